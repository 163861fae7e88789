"""The shop: packs, orders, the webhook inbox, refunds asked for; entries name their order, lots freeze by movement."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"


def upgrade() -> None:
    """Add the shop's tables, change the books, then guard what is append-only."""
    _books()
    _shop()
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


def _books() -> None:
    op.add_column("journal_entries", sa.Column("order_id", sa.String(length=200), nullable=True))
    op.create_index(
        "ix_journal_entries_order_id",
        "journal_entries",
        ["order_id"],
        unique=False,
        sqlite_where=sa.text("order_id IS NOT NULL"),
        postgresql_where=sa.text("order_id IS NOT NULL"),
    )
    op.drop_column("lots", "frozen")


def _shop() -> None:
    op.create_table(
        "discrepancies",
        sa.Column("order_id", sa.String(length=200), nullable=False),
        sa.Column("field", sa.String(length=16), nullable=False),
        sa.Column("expected", sa.String(length=255), nullable=False),
        sa.Column("found", sa.String(length=255), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.Column("first_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("last_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("order_id", "field", "found", name=op.f("pk_discrepancies")),
    )
    op.create_table(
        "packs",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.String(length=8), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("added_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("author <> approver", name=op.f("ck_packs_approver")),
        sa.CheckConstraint("bonus >= 0", name=op.f("ck_packs_bonus")),
        sa.CheckConstraint("credits > 0", name=op.f("ck_packs_credits")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_packs")),
    )
    op.create_table(
        "refused_webhooks",
        sa.Column("day", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("reason", sa.String(length=16), nullable=False),
        sa.Column("times", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("day", "reason", name=op.f("pk_refused_webhooks")),
    )
    op.create_table(
        "webhook_inbox",
        sa.Column("id", sa.String(length=255), nullable=False),
        sa.Column("type", sa.String(length=100), nullable=False),
        sa.Column("object", sa.String(length=255), nullable=True),
        sa.Column("outcome", sa.String(length=16), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("received_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_inbox")),
    )
    op.create_index(op.f("ix_webhook_inbox_received_at_ms"), "webhook_inbox", ["received_at_ms"], unique=False)
    op.create_table(
        "orders",
        sa.Column("id", sa.String(length=200), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("pack", sa.String(length=200), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=250), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("bonus", sa.BigInteger(), nullable=False),
        sa.Column("interval", sa.String(length=8), nullable=True),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("livemode", sa.Boolean(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("parent", sa.String(length=200), nullable=True),
        sa.Column("session", sa.String(length=255), nullable=True),
        sa.Column("payment", sa.String(length=255), nullable=True),
        sa.Column("subscription", sa.String(length=255), nullable=True),
        sa.Column("invoice", sa.String(length=255), nullable=True),
        sa.Column("customer", sa.String(length=255), nullable=True),
        sa.Column("refunded_minor", sa.BigInteger(), nullable=False),
        sa.Column("dispute", sa.String(length=40), nullable=False),
        sa.Column("pending", sa.BigInteger(), nullable=False),
        sa.Column("paid_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("period_end_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended", sa.Boolean(), nullable=False),
        sa.Column("looks", sa.BigInteger(), nullable=False),
        sa.Column("looked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("next_look_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("(kind = 'period') = (parent IS NOT NULL)", name=op.f("ck_orders_parent")),
        sa.CheckConstraint("(state = 'paid') = (paid_at_ms IS NOT NULL)", name=op.f("ck_orders_paid")),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_orders_amount")),
        sa.CheckConstraint("pending >= 0", name=op.f("ck_orders_pending")),
        sa.CheckConstraint("refunded_minor >= 0", name=op.f("ck_orders_refunded")),
        sa.ForeignKeyConstraint(["pack"], ["packs.id"], name=op.f("fk_orders_pack_packs")),
        sa.ForeignKeyConstraint(["parent"], ["orders.id"], name=op.f("fk_orders_parent_orders")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_orders")),
    )
    op.create_index("ix_orders_fan_created_at_ms", "orders", ["fan", "created_at_ms"], unique=False)
    op.create_index(
        "ix_orders_invoice",
        "orders",
        ["invoice"],
        unique=False,
        sqlite_where=sa.text("invoice IS NOT NULL"),
        postgresql_where=sa.text("invoice IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_next_look_ms",
        "orders",
        ["next_look_ms"],
        unique=False,
        sqlite_where=sa.text("next_look_ms IS NOT NULL"),
        postgresql_where=sa.text("next_look_ms IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_paid_at_ms",
        "orders",
        ["paid_at_ms"],
        unique=False,
        sqlite_where=sa.text("paid_at_ms IS NOT NULL"),
        postgresql_where=sa.text("paid_at_ms IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_payment",
        "orders",
        ["payment"],
        unique=False,
        sqlite_where=sa.text("payment IS NOT NULL"),
        postgresql_where=sa.text("payment IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_session",
        "orders",
        ["session"],
        unique=False,
        sqlite_where=sa.text("session IS NOT NULL"),
        postgresql_where=sa.text("session IS NOT NULL"),
    )
    op.create_index(
        "ix_orders_subscription",
        "orders",
        ["subscription"],
        unique=False,
        sqlite_where=sa.text("subscription IS NOT NULL"),
        postgresql_where=sa.text("subscription IS NOT NULL"),
    )
    op.create_table(
        "pack_prices",
        sa.Column("pack", sa.String(length=200), nullable=False),
        sa.Column("currency", sa.String(length=3), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_pack_prices_amount")),
        sa.ForeignKeyConstraint(["pack"], ["packs.id"], name=op.f("fk_pack_prices_pack_packs")),
        sa.PrimaryKeyConstraint("pack", "currency", name=op.f("pk_pack_prices")),
    )
    op.create_table(
        "pack_retirements",
        sa.Column("pack", sa.String(length=200), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("retired_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["pack"], ["packs.id"], name=op.f("fk_pack_retirements_pack_packs")),
        sa.PrimaryKeyConstraint("pack", name=op.f("pk_pack_retirements")),
    )
    op.create_table(
        "refund_requests",
        sa.Column("key", sa.String(length=200), nullable=False),
        sa.Column("order_id", sa.String(length=200), nullable=False),
        sa.Column("amount_minor", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.String(length=40), nullable=False),
        sa.Column("note", sa.String(length=500), nullable=False),
        sa.Column("actor", sa.String(length=200), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("amount_minor > 0", name=op.f("ck_refund_requests_amount")),
        sa.ForeignKeyConstraint(["order_id"], ["orders.id"], name=op.f("fk_refund_requests_order_id_orders")),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_refund_requests")),
    )
    op.create_index(op.f("ix_refund_requests_order_id"), "refund_requests", ["order_id"], unique=False)


TRIGGERS = {
    "sqlite": (
        """CREATE TRIGGER IF NOT EXISTS packs_refuse_update BEFORE UPDATE ON packs BEGIN SELECT RAISE(ABORT, 'packs is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS packs_refuse_delete BEFORE DELETE ON packs BEGIN SELECT RAISE(ABORT, 'packs is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS pack_prices_refuse_update BEFORE UPDATE ON pack_prices BEGIN SELECT RAISE(ABORT, 'pack_prices is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS pack_prices_refuse_delete BEFORE DELETE ON pack_prices BEGIN SELECT RAISE(ABORT, 'pack_prices is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS pack_retirements_refuse_update BEFORE UPDATE ON pack_retirements BEGIN SELECT RAISE(ABORT, 'pack_retirements is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS pack_retirements_refuse_delete BEFORE DELETE ON pack_retirements BEGIN SELECT RAISE(ABORT, 'pack_retirements is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS refund_requests_refuse_update BEFORE UPDATE ON refund_requests BEGIN SELECT RAISE(ABORT, 'refund_requests is append-only'); END""",
        """CREATE TRIGGER IF NOT EXISTS refund_requests_refuse_delete BEFORE DELETE ON refund_requests BEGIN SELECT RAISE(ABORT, 'refund_requests is append-only'); END""",
    ),
    "postgresql": (
        """DROP TRIGGER IF EXISTS packs_refuse_change ON packs""",
        """CREATE TRIGGER packs_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON packs FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS pack_prices_refuse_change ON pack_prices""",
        """CREATE TRIGGER pack_prices_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pack_prices FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS pack_retirements_refuse_change ON pack_retirements""",
        """CREATE TRIGGER pack_retirements_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON pack_retirements FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
        """DROP TRIGGER IF EXISTS refund_requests_refuse_change ON refund_requests""",
        """CREATE TRIGGER refund_requests_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON refund_requests FOR EACH STATEMENT EXECUTE FUNCTION billing_refuse_change()""",
    ),
}
