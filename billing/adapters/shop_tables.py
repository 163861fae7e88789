"""The schema of the shop: packs, orders, the inbox of webhooks, refunds asked for and what did not add up.

It shares the metadata of the books. Packs, their prices, retirements and refunds asked for are append-only; an order's
row follows the till and is worth nothing without the journal.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    String,
    Table,
    event,
    text,
)

from billing.adapters.tables import metadata
from billing.adapters.triggers import postgres_refusal, sqlite_refusal
from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX

SHOP_APPEND_ONLY_TABLES = ("packs", "pack_prices", "pack_retirements", "refund_requests")

_Key = String(KEY_LENGTH_MAX)
_Object = String(255)  # the till's ids may grow to that (https://docs.stripe.com/upgrades)
_Title = String(250)

packs = Table(
    "packs",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("kind", String(16), nullable=False),
    Column("title", _Title, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("bonus", BigInteger, nullable=False),
    Column("interval", String(8)),
    Column("author", _Key, nullable=False),
    Column("approver", _Key, nullable=False),
    Column("added_at_ms", BigInteger, nullable=False),
    Column("starts_at_ms", BigInteger, nullable=False, server_default=text("0")),
    Column("ends_at_ms", BigInteger),
    CheckConstraint("credits > 0", name="credits"),
    CheckConstraint("bonus >= 0", name="bonus"),
    CheckConstraint("author <> approver", name="approver"),
)

pack_prices = Table(
    "pack_prices",
    metadata,
    Column("pack", _Key, ForeignKey(packs.c.id), primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("amount_minor", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount"),
)

pack_retirements = Table(
    "pack_retirements",
    metadata,
    Column("pack", _Key, ForeignKey(packs.c.id), primary_key=True),
    Column("actor", _Key, nullable=False),
    Column("retired_at_ms", BigInteger, nullable=False),
)

orders = Table(
    "orders",
    metadata,
    Column("id", _Key, primary_key=True),
    Column("fan", _Key, nullable=False),
    Column("pack", _Key, ForeignKey(packs.c.id), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("title", _Title, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("bonus", BigInteger, nullable=False),
    Column("interval", String(8)),
    Column("currency", String(3), nullable=False),
    Column("amount_minor", BigInteger, nullable=False),
    Column("livemode", Boolean, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),
    Column("parent", _Key, ForeignKey("orders.id")),
    Column("session", _Object),
    Column("payment", _Object),
    Column("subscription", _Object),
    Column("invoice", _Object),
    Column("customer", _Object),
    Column("refunded_minor", BigInteger, nullable=False),
    Column("dispute", String(40), nullable=False),
    Column("pending", BigInteger, nullable=False),
    Column("paid_at_ms", BigInteger),
    Column("period_end_ms", BigInteger),
    Column("ended", Boolean, nullable=False),
    Column("looks", BigInteger, nullable=False),
    Column("looked_at_ms", BigInteger, nullable=False),
    Column("next_look_ms", BigInteger),
    CheckConstraint("amount_minor > 0", name="amount"),
    CheckConstraint("refunded_minor >= 0", name="refunded"),
    CheckConstraint("pending >= 0", name="pending"),
    CheckConstraint("(state = 'paid') = (paid_at_ms IS NOT NULL)", name="paid"),
    CheckConstraint("(kind = 'period') = (parent IS NOT NULL)", name="parent"),
    Index("ix_orders_fan_created_at_ms", "fan", "created_at_ms"),
)
for _column in ("session", "payment", "invoice", "subscription", "next_look_ms", "paid_at_ms"):
    _there = text(f"{_column} IS NOT NULL")
    Index(f"ix_orders_{_column}", orders.c[_column], sqlite_where=_there, postgresql_where=_there)

webhook_inbox = Table(
    "webhook_inbox",
    metadata,
    Column("id", _Object, primary_key=True),
    Column("type", String(100), nullable=False),
    Column("object", _Object),
    Column("outcome", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("received_at_ms", BigInteger, nullable=False, index=True),
)

refused_webhooks = Table(
    "refused_webhooks",
    metadata,
    Column("day", Integer, primary_key=True, autoincrement=False),
    Column("reason", String(16), primary_key=True),
    Column("times", BigInteger, nullable=False),
)

discrepancies = Table(
    "discrepancies",
    metadata,
    Column("order_id", _Key, primary_key=True),
    Column("field", String(16), primary_key=True),
    Column("expected", _Object, nullable=False),
    Column("found", _Object, primary_key=True),
    Column("times", BigInteger, nullable=False),
    Column("first_at_ms", BigInteger, nullable=False),
    Column("last_at_ms", BigInteger, nullable=False),
)

refund_requests = Table(
    "refund_requests",
    metadata,
    Column("key", _Key, primary_key=True),
    Column("order_id", _Key, ForeignKey(orders.c.id), nullable=False, index=True),
    Column("amount_minor", BigInteger, nullable=False),
    Column("reason", String(40), nullable=False),
    Column("note", String(REASON_LENGTH_MAX), nullable=False),
    Column("actor", _Key, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    CheckConstraint("amount_minor > 0", name="amount"),
)

SHOP_SQLITE_TRIGGERS = tuple(
    sqlite_refusal(table, verb) for table in SHOP_APPEND_ONLY_TABLES for verb in ("UPDATE", "DELETE")
)
SHOP_POSTGRES_TRIGGERS = tuple(statement for table in SHOP_APPEND_ONLY_TABLES for statement in postgres_refusal(table))
for _dialect, _statements in (("sqlite", SHOP_SQLITE_TRIGGERS), ("postgresql", SHOP_POSTGRES_TRIGGERS)):
    for _statement in _statements:
        event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
