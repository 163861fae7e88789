"""The money of a turn: rates and voices, proposals, shares, caps, costs, and what a hold says of its turn.

Columns are added in place: no table is made anew, for on SQLite foreign keys are on inside the transaction.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"

COLUMNS = (
    ("price_versions", "text_per_1000_tokens BIGINT DEFAULT 0 NOT NULL", "text_rate", "text_per_1000_tokens >= 0"),
    ("price_versions", "voice_per_100_chars BIGINT DEFAULT 0 NOT NULL", "voice_rate", "voice_per_100_chars >= 0"),
    ("price_versions", "tokens_max BIGINT DEFAULT 0 NOT NULL", "", ""),
    ("price_versions", "chars_max BIGINT DEFAULT 0 NOT NULL", "", ""),
    ("price_versions", "voices JSON DEFAULT '[]' NOT NULL", "", ""),
    ("price_versions", "protects_until_ms BIGINT", "", ""),
    ("holds", "show VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "character VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "mode VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "locale VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "region VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "voice VARCHAR(200) DEFAULT '' NOT NULL", "", ""),
    ("holds", "conversation_opened_at_ms BIGINT", "", ""),
    ("holds", "waived VARCHAR(32) DEFAULT '' NOT NULL", "", ""),
    ("holds", "text_delivered BOOLEAN DEFAULT false NOT NULL", "", ""),
    ("holds", "voice_delivered BOOLEAN DEFAULT false NOT NULL", "", ""),
    ("holds", "tokens BIGINT DEFAULT 0 NOT NULL", "tokens", "tokens >= 0"),
    ("holds", "chars BIGINT DEFAULT 0 NOT NULL", "chars", "chars >= 0"),
)
"""Table, column, and the name and the rule of its check. Both dialects read the same words."""


def upgrade() -> None:
    """Add the tables, then the columns, then the triggers; say of older turns what they were charged for."""
    _rate_card()
    _turns()
    for table, column, check, rule in COLUMNS:
        checked = f" CONSTRAINT ck_{table}_{check} CHECK ({rule})" if check else ""
        op.execute(f"ALTER TABLE {table} ADD COLUMN {column}{checked}")
    foreign = "CONSTRAINT fk_holds_share_terms_share_terms REFERENCES share_terms (id)"
    op.execute(f"ALTER TABLE holds ADD COLUMN share_terms VARCHAR(200) {foreign}")
    for kind in ("text", "voice"):
        charged = f"SELECT turn FROM holds WHERE kind = '{kind}' AND captured_credits > 0"
        op.execute(f"UPDATE holds SET {kind}_delivered = true WHERE turn IN ({charged})")
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _rate_card() -> None:
    op.create_table(
        "price_proposals",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("proposed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(status = 'proposed') = (decided_at_ms IS NULL)", name=op.f("ck_price_proposals_decided")),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'withdrawn')", name=op.f("ck_price_proposals_status")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_proposals")),
    )
    op.create_table(
        "share_terms",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=200), nullable=False),
        sa.Column("character", sa.String(length=200), nullable=False),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("share_bps", sa.Integer(), nullable=False),
        sa.Column("effective_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.CheckConstraint("share_bps BETWEEN 0 AND 10000", name=op.f("ck_share_terms_share_bps")),
        sa.CheckConstraint("author <> approver", name=op.f("ck_share_terms_approver")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_share_terms")),
        sa.UniqueConstraint("show", "character", "effective_from_ms", name="uq_share_terms_scope"),
    )
    op.create_table(
        "share_postings",
        sa.Column("entry_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("payee", sa.String(length=200), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("micros <> 0", name=op.f("ck_share_postings_micros")),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["journal_entries.seq"], name=op.f("fk_share_postings_entry_seq_journal_entries")
        ),
        sa.PrimaryKeyConstraint("entry_seq", "position", name=op.f("pk_share_postings")),
    )


def _turns() -> None:
    op.create_table(
        "budget_changes",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=200), nullable=False),
        sa.Column("set_by", sa.String(length=16), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=True),
        sa.Column("set_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("effective_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("credits >= 0", name=op.f("ck_budget_changes_credits")),
        sa.CheckConstraint("set_by IN ('fan', 'guardian')", name=op.f("ck_budget_changes_set_by")),
        sa.ForeignKeyConstraint(["fan"], ["wallets.fan"], name=op.f("fk_budget_changes_fan_wallets")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_budget_changes")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_budget_changes_fan"), "budget_changes", ["fan"], unique=False)
    op.create_table(
        "turn_costs",
        sa.Column("turn", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("provider", sa.String(length=200), nullable=False),
        sa.Column("model", sa.String(length=200), nullable=False),
        sa.Column("units_in", sa.BigInteger(), nullable=False),
        sa.Column("units_out", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("micros", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("units_in >= 0 AND units_out >= 0 AND micros >= 0", name=op.f("ck_turn_costs_counted")),
        sa.CheckConstraint("kind IN ('text', 'voice')", name=op.f("ck_turn_costs_kind")),
        sa.PrimaryKeyConstraint("turn", "kind", name=op.f("pk_turn_costs")),
    )


TABLES = ("share_terms", "share_postings", "budget_changes", "turn_costs")

TRIGGERS = {
    "sqlite": tuple(
        f"CREATE TRIGGER IF NOT EXISTS {table}_refuse_{verb.lower()} BEFORE {verb} ON {table} BEGIN SELECT RAISE(ABORT, '{table} is append-only'); END"
        for table in TABLES
        for verb in ("UPDATE", "DELETE")
    ),
    "postgresql": tuple(
        f"CREATE TRIGGER {table}_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON {table} FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()"
        for table in TABLES
    ),
}
