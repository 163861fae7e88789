"""The figures of the dashboards, which are filled from the journal and the log of turns."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
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


def _key(name: str) -> sa.Column[str]:
    return sa.Column(name, sa.String(length=200), nullable=False)


def _count(name: str) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), autoincrement=False, nullable=False)


def upgrade() -> None:
    """Make the tables; they are empty until they are filled."""
    place = ("show", "character", "episode")
    op.create_table(
        "figure_days",
        _count("day_ms"),
        _key("show"),
        _key("character"),
        _count("episode"),
        *(_count(name) for name in _SUMS),
        sa.PrimaryKeyConstraint("day_ms", *place, name=op.f("pk_figure_days")),
    )
    op.create_table(
        "figure_sales",
        _count("day_ms"),
        _key("fan"),
        sa.Column("currency", sa.String(length=3), nullable=False),
        _key("show"),
        _key("character"),
        _count("episode"),
        *(_count(name) for name in ("sales", "paid_minor", "credits")),
        sa.PrimaryKeyConstraint("day_ms", "fan", "currency", *place, name=op.f("pk_figure_sales")),
    )
    op.create_index("ix_figure_sales_fan", "figure_sales", ["fan"], unique=False)
    op.create_table(
        "figure_fan_days",
        _key("fan"),
        *(_count(name) for name in ("day_ms", "turns", "episode")),
        sa.PrimaryKeyConstraint("fan", "day_ms", name=op.f("pk_figure_fan_days")),
    )
    op.create_table(
        "figure_marks",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(_count(name) for name in ("seal", "turn")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_figure_marks")),
    )
