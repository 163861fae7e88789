"""The schema of the books, portable to SQLite and PostgreSQL; times are milliseconds since the epoch, UTC.

The journal (entries, postings, shares), the rate card, share terms, caps, costs and the seals are append-only. Wallets
and lots are derived from the journal, holds are the state of turns, proposals that of drafts; the CHECKs are the second
of two independent guards, the code is the first.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    UniqueConstraint,
    event,
    false,
    text,
)

from billing.adapters.triggers import APPEND_ONLY_TABLES, POSTGRES_TRIGGERS, SQLITE_TRIGGERS
from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX
from billing.types import BUDGET_SETTERS, CHARGE_KINDS, LOT_CLASSES, PROPOSAL_STATUSES

__all__ = [
    "APPEND_ONLY_TABLES",
    "POSTGRES_TRIGGERS",
    "SQLITE_TRIGGERS",
    "budget_changes",
    "holds",
    "journal_entries",
    "lots",
    "metadata",
    "postings",
    "price_proposals",
    "price_versions",
    "sealed_entries",
    "seals",
    "share_postings",
    "share_terms",
    "turn_costs",
    "wallets",
]

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Seq = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only an INTEGER PRIMARY KEY
_Key = String(KEY_LENGTH_MAX)
_Id = String(64)
_None, _Zero, _NoText = text("'[]'"), text("0"), text("''")  # what rows have that were written before the column


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


wallets = Table(
    "wallets",
    metadata,
    Column("fan", _Key, primary_key=True),
    Column("posted", BigInteger, nullable=False),
    Column("held", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("frozen", Boolean, nullable=False, server_default=false()),
    CheckConstraint("held >= 0", name="held"),
    CheckConstraint("posted >= held", name="available"),
)

price_versions = Table(
    "price_versions",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("show", _Key, nullable=False),
    Column("character", _Key, nullable=False),
    Column("mode", _Key, nullable=False),
    Column("locale", _Key, nullable=False),
    Column("region", _Key, nullable=False),
    Column("text_credits", BigInteger, nullable=False),
    Column("voice_credits", BigInteger, nullable=False),
    Column("effective_from_ms", BigInteger, nullable=False),
    Column("author", _Key, nullable=False),
    Column("approver", _Key, nullable=False),
    Column("text_per_1000_tokens", BigInteger, nullable=False, server_default=_Zero),
    Column("voice_per_100_chars", BigInteger, nullable=False, server_default=_Zero),
    Column("tokens_max", BigInteger, nullable=False, server_default=_Zero),
    Column("chars_max", BigInteger, nullable=False, server_default=_Zero),
    Column("voices", JSON, nullable=False, server_default=_None),
    Column("protects_until_ms", BigInteger),
    CheckConstraint("text_per_1000_tokens >= 0", name="text_rate"),
    CheckConstraint("voice_per_100_chars >= 0", name="voice_rate"),
    CheckConstraint("text_credits >= 0", name="text"),
    CheckConstraint("voice_credits >= 0", name="voice"),
    CheckConstraint("author <> approver", name="approver"),
    UniqueConstraint(
        "show", "character", "mode", "locale", "region", "effective_from_ms", name="uq_price_versions_scope"
    ),
)

price_proposals = Table(
    "price_proposals",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("draft", JSON, nullable=False),
    Column("proposed_at_ms", BigInteger, nullable=False),
    Column("status", String(16), nullable=False),
    Column("decided_by", _Key, nullable=False),
    Column("decided_at_ms", BigInteger),
    CheckConstraint("(status = 'proposed') = (decided_at_ms IS NULL)", name="decided"),
    CheckConstraint(_one_of("status", PROPOSAL_STATUSES), name="status"),
)

share_terms = Table(
    "share_terms",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("show", _Key, nullable=False),
    Column("character", _Key, nullable=False),
    Column("payee", _Key, nullable=False),
    Column("share_bps", Integer, nullable=False),
    Column("effective_from_ms", BigInteger, nullable=False),
    Column("author", _Key, nullable=False),
    Column("approver", _Key, nullable=False),
    CheckConstraint("share_bps BETWEEN 0 AND 10000", name="share_bps"),
    CheckConstraint("author <> approver", name="approver"),
    UniqueConstraint("show", "character", "effective_from_ms", name="uq_share_terms_scope"),
)

journal_entries = Table(
    "journal_entries",
    metadata,
    Column("seq", _Seq, primary_key=True, autoincrement=True),
    Column("kind", String(32), nullable=False),
    Column("idem_key", String(KEY_LENGTH_MAX + 32), nullable=False, unique=True),
    Column("fan", _Key, ForeignKey(wallets.c.fan), nullable=False, index=True),
    Column("turn", _Key, index=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("reason", String(REASON_LENGTH_MAX), nullable=False),
    Column("actor", _Key, nullable=False),
    Column("price_version", _Key, ForeignKey(price_versions.c.id)),
    Column("terms", JSON(none_as_null=True)),
    Column("order_id", _Key),
    sqlite_autoincrement=True,
)

Index(
    "ix_journal_entries_order_id",
    journal_entries.c.order_id,
    sqlite_where=text("order_id IS NOT NULL"),
    postgresql_where=text("order_id IS NOT NULL"),
)

postings = Table(
    "postings",
    metadata,
    Column("entry_seq", _Seq, ForeignKey(journal_entries.c.seq), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("account", String(32), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("lot", _Id),  # no foreign key: the lot is derived from the entry and is written after it
    CheckConstraint("credits <> 0", name="credits"),
)

share_postings = Table(
    "share_postings",
    metadata,
    Column("entry_seq", _Seq, ForeignKey(journal_entries.c.seq), primary_key=True),
    Column("position", Integer, primary_key=True),
    Column("payee", _Key, nullable=False),
    Column("lot", _Id, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("micros", BigInteger, nullable=False),
    CheckConstraint("micros <> 0", name="micros"),
)

lots = Table(
    "lots",
    metadata,
    Column("id", _Id, primary_key=True),
    Column("fan", _Key, ForeignKey(wallets.c.fan), nullable=False),
    Column("entry_seq", _Seq, ForeignKey(journal_entries.c.seq), nullable=False),
    Column("lot_class", String(16), nullable=False),
    Column("granted", BigInteger, nullable=False),
    Column("remaining", BigInteger, nullable=False),
    Column("granted_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger),
    Column("paid_minor", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("order_id", _Key, nullable=False),
    CheckConstraint("remaining >= 0", name="remaining"),
    CheckConstraint("remaining <= granted", name="granted"),
    CheckConstraint("paid_minor >= 0", name="paid"),
    CheckConstraint(_one_of("lot_class", LOT_CLASSES), name="lot_class"),
)
Index("ix_lots_burnable", lots.c.fan, sqlite_where=text("remaining > 0"), postgresql_where=text("remaining > 0"))
Index("ix_lots_order_id", lots.c.order_id, sqlite_where=text("order_id <> ''"), postgresql_where=text("order_id <> ''"))
_LAPSING = text("remaining > 0 AND expires_at_ms IS NOT NULL")
Index("ix_lots_lapsing", lots.c.expires_at_ms, lots.c.fan, sqlite_where=_LAPSING, postgresql_where=_LAPSING)

holds = Table(
    "holds",
    metadata,
    Column("turn", _Key, primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("receipt", _Id, nullable=False, index=True),
    Column("fan", _Key, ForeignKey(wallets.c.fan), nullable=False),
    Column("status", String(8), nullable=False),
    Column("max_credits", BigInteger, nullable=False),
    Column("captured_credits", BigInteger, nullable=False),
    Column("price_version", _Key, ForeignKey(price_versions.c.id), nullable=False),
    Column("reason", String(REASON_LENGTH_MAX), nullable=False),
    Column("opened_at_ms", BigInteger, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Column("settled_at_ms", BigInteger),
    Column("show", _Key, nullable=False, server_default=_NoText),
    Column("character", _Key, nullable=False, server_default=_NoText),
    Column("mode", _Key, nullable=False, server_default=_NoText),
    Column("locale", _Key, nullable=False, server_default=_NoText),
    Column("region", _Key, nullable=False, server_default=_NoText),
    Column("voice", _Key, nullable=False, server_default=_NoText),
    Column("conversation_opened_at_ms", BigInteger),
    Column("waived", String(32), nullable=False, server_default=_NoText),
    Column("text_delivered", Boolean, nullable=False, server_default=false()),
    Column("voice_delivered", Boolean, nullable=False, server_default=false()),
    Column("tokens", BigInteger, nullable=False, server_default=_Zero),
    Column("chars", BigInteger, nullable=False, server_default=_Zero),
    Column("share_terms", _Key, ForeignKey(share_terms.c.id)),
    CheckConstraint("tokens >= 0", name="tokens"),
    CheckConstraint("chars >= 0", name="chars"),
    CheckConstraint("max_credits >= 0", name="max_credits"),
    CheckConstraint("captured_credits BETWEEN 0 AND max_credits", name="captured_credits"),
    CheckConstraint("(status = 'open') = (settled_at_ms IS NULL)", name="settled"),
    CheckConstraint(_one_of("status", ("open", "captured", "voided", "expired")), name="status"),
    CheckConstraint(_one_of("kind", CHARGE_KINDS), name="kind"),
    Index("ix_holds_fan_opened_at_ms", "fan", "opened_at_ms"),
)
_OPEN = text("status = 'open'")
Index("ix_holds_overdue", holds.c.expires_at_ms, sqlite_where=_OPEN, postgresql_where=_OPEN)

budget_changes = Table(
    "budget_changes",
    metadata,
    Column("position", _Seq, primary_key=True, autoincrement=True),
    Column("fan", _Key, ForeignKey(wallets.c.fan), nullable=False, index=True),
    Column("show", _Key, nullable=False),
    Column("set_by", String(16), nullable=False),
    Column("credits", BigInteger),
    Column("set_at_ms", BigInteger, nullable=False),
    Column("effective_at_ms", BigInteger, nullable=False),
    CheckConstraint("credits >= 0", name="credits"),
    CheckConstraint(_one_of("set_by", BUDGET_SETTERS), name="set_by"),
    sqlite_autoincrement=True,
)

turn_costs = Table(
    "turn_costs",
    metadata,
    Column("turn", _Key, primary_key=True),
    Column("kind", String(8), primary_key=True),
    Column("provider", _Key, nullable=False),
    Column("model", _Key, nullable=False),
    Column("units_in", BigInteger, nullable=False),
    Column("units_out", BigInteger, nullable=False),
    Column("currency", String(3), nullable=False),
    Column("micros", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("units_in >= 0 AND units_out >= 0 AND micros >= 0", name="counted"),
    CheckConstraint(_one_of("kind", CHARGE_KINDS), name="kind"),
)

seals = Table(
    "seals",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("previous_hash", String(64), nullable=False),
    Column("hash", String(64), nullable=False, unique=True),
    Column("sealed_at_ms", BigInteger, nullable=False),
)

sealed_entries = Table(
    "sealed_entries",
    metadata,
    Column("entry_seq", _Seq, ForeignKey(journal_entries.c.seq), primary_key=True, autoincrement=False),
    Column("seal", Integer, ForeignKey(seals.c.number), nullable=False),
)

for _dialect, _statements in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRES_TRIGGERS)):
    for _statement in _statements:
        event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
