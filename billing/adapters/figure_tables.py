"""The tables of the dashboards' figures: sums that can be dropped and filled anew from the journal and the turns."""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, String, Table

from billing.adapters.tables import metadata
from billing.ledger import KEY_LENGTH_MAX

_Key = String(KEY_LENGTH_MAX)
_SUMS = (
    "turns",
    "voiced",
    "credits",
    "voice_credits",
    "bought_credits",
    "reward_credits",
    "gift_credits",
    "refunds",
    "refunded_credits",
    "refused",
)

figure_days = Table(
    "figure_days",
    metadata,
    Column("day_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("show", _Key, primary_key=True),
    Column("character", _Key, primary_key=True),
    Column("episode", BigInteger, primary_key=True, autoincrement=False),
    *(Column(name, BigInteger, nullable=False) for name in _SUMS),
)

figure_sales = Table(
    "figure_sales",
    metadata,
    Column("day_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("fan", _Key, primary_key=True),
    Column("currency", String(3), primary_key=True),
    Column("show", _Key, primary_key=True),
    Column("character", _Key, primary_key=True),
    Column("episode", BigInteger, primary_key=True, autoincrement=False),
    Column("sales", BigInteger, nullable=False),
    Column("paid_minor", BigInteger, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Index("ix_figure_sales_fan", "fan"),
)

figure_fan_days = Table(
    "figure_fan_days",
    metadata,
    Column("fan", _Key, primary_key=True),
    Column("day_ms", BigInteger, primary_key=True, autoincrement=False),
    Column("turns", BigInteger, nullable=False),
    Column("episode", BigInteger, nullable=False),
)

figure_marks = Table(
    "figure_marks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("seal", BigInteger, nullable=False),
    Column("turn", BigInteger, nullable=False),
)
