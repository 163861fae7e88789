"""The first schema: shows, memory, the ledger, and the gateway's conversations, turns and logs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make every table, then the triggers that keep what is append-only as it is."""
    _characters()
    _memory()
    _billing()
    _gateway()
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _characters() -> None:
    op.create_table(
        "shows",
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_shows")),
    )
    op.create_table(
        "audit_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("show", sa.String(length=63), nullable=False),
        sa.Column("action", sa.String(length=32), nullable=False),
        sa.Column("subject", sa.String(length=200), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_audit_log_show_shows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_log")),
    )
    op.create_index(op.f("ix_audit_log_show"), "audit_log", ["show"], unique=False)
    op.create_table(
        "character_versions",
        sa.Column("show", sa.String(length=63), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("sheet", sa.JSON(), nullable=False),
        sa.Column("first_episode", sa.Integer(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("status IN ('draft', 'published')", name=op.f("ck_character_versions_status")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_character_versions_version")),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_character_versions_show_shows")),
        sa.PrimaryKeyConstraint("show", "slug", "version", name=op.f("pk_character_versions")),
    )
    op.create_table(
        "releases",
        sa.Column("show", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("title", sa.Text(), nullable=False),
        sa.Column("locale", sa.String(length=35), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("script", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("terms", sa.JSON(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("version >= 1", name=op.f("ck_releases_version")),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_releases_show_shows")),
        sa.PrimaryKeyConstraint("show", "version", name=op.f("pk_releases")),
    )
    op.create_table(
        "rights",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("show", sa.String(length=63), nullable=False),
        sa.Column("character", sa.String(length=63), nullable=False),
        sa.Column("use", sa.String(length=16), nullable=False),
        sa.Column("source", sa.String(length=200), nullable=False),
        sa.Column("from_ms", sa.BigInteger(), nullable=False),
        sa.Column("until_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("\"use\" IN ('text', 'voice', 'likeness')", name=op.f("ck_rights_use")),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_rights_show_shows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rights")),
    )
    op.create_index(op.f("ix_rights_show_character"), "rights", ["show", "character"], unique=False)


def _memory() -> None:
    op.create_table(
        "exchanges",
        sa.Column("turn", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("fan_text", sa.Text(), nullable=False),
        sa.Column("reply_text", sa.Text(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("turn", name=op.f("pk_exchanges")),
    )
    op.create_index(op.f("ix_exchanges_conversation_at_ms"), "exchanges", ["conversation", "at_ms"], unique=False)
    op.create_table(
        "vectors",
        sa.Column("model_id", sa.String(length=120), nullable=False),
        sa.Column("content_hash", sa.String(length=64), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("model_id", "content_hash", name=op.f("pk_vectors")),
    )


def _billing() -> None:
    op.create_table(
        "price_versions",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=200), nullable=False),
        sa.Column("character", sa.String(length=200), nullable=False),
        sa.Column("mode", sa.String(length=200), nullable=False),
        sa.Column("locale", sa.String(length=200), nullable=False),
        sa.Column("region", sa.String(length=200), nullable=False),
        sa.Column("text_credits", sa.BigInteger(), nullable=False),
        sa.Column("voice_credits", sa.BigInteger(), nullable=False),
        sa.Column("effective_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.CheckConstraint("author <> approver", name=op.f("ck_price_versions_approver")),
        sa.CheckConstraint("text_credits >= 0", name=op.f("ck_price_versions_text")),
        sa.CheckConstraint("voice_credits >= 0", name=op.f("ck_price_versions_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_price_versions")),
        sa.UniqueConstraint(
            "show", "character", "mode", "locale", "region", "effective_from_ms", name="uq_price_versions_scope"
        ),
    )
    op.create_table(
        "seals",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("previous_hash", sa.String(length=64), nullable=False),
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("sealed_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_seals")),
        sa.UniqueConstraint("hash", name=op.f("uq_seals_hash")),
    )
    op.create_table(
        "wallets",
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("posted", sa.BigInteger(), nullable=False),
        sa.Column("held", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("held >= 0", name=op.f("ck_wallets_held")),
        sa.CheckConstraint("posted >= held", name=op.f("ck_wallets_available")),
        sa.PrimaryKeyConstraint("fan", name=op.f("pk_wallets")),
    )
    op.create_table(
        "holds",
        sa.Column("turn", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("receipt", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("status", sa.String(length=8), nullable=False),
        sa.Column("max_credits", sa.BigInteger(), nullable=False),
        sa.Column("captured_credits", sa.BigInteger(), nullable=False),
        sa.Column("price_version", sa.String(length=200), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("settled_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(status = 'open') = (settled_at_ms IS NULL)", name=op.f("ck_holds_settled")),
        sa.CheckConstraint("kind IN ('text', 'voice')", name=op.f("ck_holds_kind")),
        sa.CheckConstraint("status IN ('open', 'captured', 'voided', 'expired')", name=op.f("ck_holds_status")),
        sa.CheckConstraint("captured_credits BETWEEN 0 AND max_credits", name=op.f("ck_holds_captured_credits")),
        sa.CheckConstraint("max_credits >= 0", name=op.f("ck_holds_max_credits")),
        sa.ForeignKeyConstraint(["fan"], ["wallets.fan"], name=op.f("fk_holds_fan_wallets")),
        sa.ForeignKeyConstraint(
            ["price_version"], ["price_versions.id"], name=op.f("fk_holds_price_version_price_versions")
        ),
        sa.PrimaryKeyConstraint("turn", "kind", name=op.f("pk_holds")),
    )
    op.create_index("ix_holds_fan_opened_at_ms", "holds", ["fan", "opened_at_ms"], unique=False)
    op.create_index(
        "ix_holds_overdue",
        "holds",
        ["expires_at_ms"],
        unique=False,
        sqlite_where=sa.text("status = 'open'"),
        postgresql_where=sa.text("status = 'open'"),
    )
    op.create_index(op.f("ix_holds_receipt"), "holds", ["receipt"], unique=False)
    op.create_table(
        "journal_entries",
        sa.Column("seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("kind", sa.String(length=32), nullable=False),
        sa.Column("idem_key", sa.String(length=232), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("turn", sa.String(length=200), nullable=True),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("price_version", sa.String(length=200), nullable=True),
        sa.Column("terms", sa.JSON(none_as_null=True), nullable=True),
        sa.ForeignKeyConstraint(["fan"], ["wallets.fan"], name=op.f("fk_journal_entries_fan_wallets")),
        sa.ForeignKeyConstraint(
            ["price_version"], ["price_versions.id"], name=op.f("fk_journal_entries_price_version_price_versions")
        ),
        sa.PrimaryKeyConstraint("seq", name=op.f("pk_journal_entries")),
        sa.UniqueConstraint("idem_key", name=op.f("uq_journal_entries_idem_key")),
        sqlite_autoincrement=True,
    )
    op.create_index(op.f("ix_journal_entries_fan"), "journal_entries", ["fan"], unique=False)
    op.create_index(op.f("ix_journal_entries_turn"), "journal_entries", ["turn"], unique=False)
    op.create_table(
        "lots",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("entry_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("lot_class", sa.String(length=16), nullable=False),
        sa.Column("granted", sa.BigInteger(), nullable=False),
        sa.Column("remaining", sa.BigInteger(), nullable=False),
        sa.Column("granted_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("frozen", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("paid_minor", sa.BigInteger(), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("order_id", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "lot_class IN ('purchased', 'subscription', 'promotional', 'reward', 'goodwill')",
            name=op.f("ck_lots_lot_class"),
        ),
        sa.CheckConstraint("paid_minor >= 0", name=op.f("ck_lots_paid")),
        sa.CheckConstraint("remaining <= granted", name=op.f("ck_lots_granted")),
        sa.CheckConstraint("remaining >= 0", name=op.f("ck_lots_remaining")),
        sa.ForeignKeyConstraint(["entry_seq"], ["journal_entries.seq"], name=op.f("fk_lots_entry_seq_journal_entries")),
        sa.ForeignKeyConstraint(["fan"], ["wallets.fan"], name=op.f("fk_lots_fan_wallets")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lots")),
    )
    op.create_index(
        "ix_lots_burnable",
        "lots",
        ["fan"],
        unique=False,
        sqlite_where=sa.text("remaining > 0"),
        postgresql_where=sa.text("remaining > 0"),
    )
    op.create_index(
        "ix_lots_lapsing",
        "lots",
        ["expires_at_ms", "fan"],
        unique=False,
        sqlite_where=sa.text("remaining > 0 AND expires_at_ms IS NOT NULL"),
        postgresql_where=sa.text("remaining > 0 AND expires_at_ms IS NOT NULL"),
    )
    op.create_index(
        "ix_lots_order_id",
        "lots",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("order_id <> ''"),
        postgresql_where=sa.text("order_id <> ''"),
    )
    op.create_table(
        "postings",
        sa.Column("entry_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("account", sa.String(length=32), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("lot", sa.String(length=64), nullable=True),
        sa.CheckConstraint("credits <> 0", name=op.f("ck_postings_credits")),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["journal_entries.seq"], name=op.f("fk_postings_entry_seq_journal_entries")
        ),
        sa.PrimaryKeyConstraint("entry_seq", "position", name=op.f("pk_postings")),
    )
    op.create_table(
        "sealed_entries",
        sa.Column(
            "entry_seq", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=False, nullable=False
        ),
        sa.Column("seal", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["entry_seq"], ["journal_entries.seq"], name=op.f("fk_sealed_entries_entry_seq_journal_entries")
        ),
        sa.ForeignKeyConstraint(["seal"], ["seals.number"], name=op.f("fk_sealed_entries_seal_seals")),
        sa.PrimaryKeyConstraint("entry_seq", name=op.f("pk_sealed_entries")),
    )


def _gateway() -> None:
    op.create_table(
        "conversations",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=64), nullable=False),
        sa.Column("mode", sa.String(length=16), nullable=False),
        sa.Column("locale", sa.String(length=40), nullable=False),
        sa.Column("release_version", sa.Integer(), nullable=False),
        sa.Column("sheet_version", sa.Integer(), nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("horizon_cap", sa.BigInteger(), nullable=True),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
    )
    op.create_index(
        op.f("ix_conversations_fan_show_character_mode"),
        "conversations",
        ["fan", "show", "character", "mode"],
        unique=True,
    )
    op.create_table(
        "tickets",
        sa.Column("hash", sa.String(length=64), nullable=False),
        sa.Column("claims", sa.JSON(), nullable=False),
        sa.Column("origin", sa.String(length=300), nullable=True),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_tickets")),
    )
    op.create_table(
        "log_events",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("seq", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("epoch", sa.String(length=64), nullable=False),
        sa.Column("turn", sa.String(length=64), nullable=False),
        sa.Column("type", sa.String(length=40), nullable=False),
        sa.Column("wire", sa.Text(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_log_events_conversation")),
        sa.PrimaryKeyConstraint("conversation", "seq", name=op.f("pk_log_events")),
        sqlite_with_rowid=False,
    )
    op.create_index("ix_log_events_turn", "log_events", ["turn", "seq"], unique=False)
    op.create_table(
        "turns",
        sa.Column("position", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), autoincrement=True, nullable=False),
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("client_msg_id", sa.String(length=64), nullable=False),
        sa.Column("body_hash", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("first_seq", sa.BigInteger(), nullable=False),
        sa.Column("owner", sa.String(length=64), nullable=False),
        sa.Column("horizon", sa.BigInteger(), nullable=False),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("beat_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["conversation"], ["conversations.id"], name=op.f("fk_turns_conversation")),
        sa.PrimaryKeyConstraint("position", name=op.f("pk_turns")),
        sa.UniqueConstraint("id", name=op.f("uq_turns_id")),
    )
    op.create_index("ix_turns_conversation_position", "turns", ["conversation", "position"], unique=False)
    op.create_index(op.f("ix_turns_fan_client_msg_id"), "turns", ["fan", "client_msg_id"], unique=True)
    op.create_index(
        "uq_turns_one_running",
        "turns",
        ["conversation"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )


TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER IF NOT EXISTS audit_log_refuse_update BEFORE UPDATE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS audit_log_refuse_delete BEFORE DELETE ON audit_log BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS journal_entries_refuse_update BEFORE UPDATE ON journal_entries BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS journal_entries_refuse_delete BEFORE DELETE ON journal_entries BEGIN SELECT RAISE(ABORT, 'journal_entries is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS postings_refuse_update BEFORE UPDATE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS postings_refuse_delete BEFORE DELETE ON postings BEGIN SELECT RAISE(ABORT, 'postings is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS price_versions_refuse_update BEFORE UPDATE ON price_versions BEGIN SELECT RAISE(ABORT, 'price_versions is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS price_versions_refuse_delete BEFORE DELETE ON price_versions BEGIN SELECT RAISE(ABORT, 'price_versions is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS seals_refuse_update BEFORE UPDATE ON seals BEGIN SELECT RAISE(ABORT, 'seals is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS seals_refuse_delete BEFORE DELETE ON seals BEGIN SELECT RAISE(ABORT, 'seals is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS sealed_entries_refuse_update BEFORE UPDATE ON sealed_entries BEGIN SELECT RAISE(ABORT, 'sealed_entries is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS sealed_entries_refuse_delete BEFORE DELETE ON sealed_entries BEGIN SELECT RAISE(ABORT, 'sealed_entries is append-only'); END""",
    ),
    "postgresql": (
        """CREATE OR REPLACE FUNCTION characters_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$""",
        """DROP TRIGGER IF EXISTS audit_log_refuse_change ON audit_log""",
        """CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log FOR EACH STATEMENT EXECUTE FUNCTION characters_refuse_change()""",
        """CREATE OR REPLACE FUNCTION billing_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$""",
        """DROP TRIGGER IF EXISTS journal_entries_refuse_change ON journal_entries""",
        """CREATE TRIGGER journal_entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON journal_entries FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS postings_refuse_change ON postings""",
        """CREATE TRIGGER postings_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON postings FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS price_versions_refuse_change ON price_versions""",
        """CREATE TRIGGER price_versions_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON price_versions FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS seals_refuse_change ON seals""",
        """CREATE TRIGGER seals_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON seals FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS sealed_entries_refuse_change ON sealed_entries""",
        """CREATE TRIGGER sealed_entries_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON sealed_entries FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """CREATE OR REPLACE FUNCTION billing_refuse_unbalanced() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF (SELECT sum(credits) FROM postings WHERE entry_seq = NEW.entry_seq) <> 0 THEN RAISE EXCEPTION USING MESSAGE = 'entry ' || NEW.entry_seq || ' does not sum to zero'; END IF; RETURN NULL; END $$""",
        """DROP TRIGGER IF EXISTS postings_refuse_unbalanced ON postings""",
        """CREATE CONSTRAINT TRIGGER postings_refuse_unbalanced AFTER INSERT ON postings DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION billing_refuse_unbalanced()""",
    ),
}
