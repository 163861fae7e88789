"""Replies that are given in place of another, what fans report, and when they were last told that this is an AI."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"


def upgrade() -> None:
    """Add them; no turn until now was given again, and whoever is in a conversation is told anew."""
    op.add_column("conversations", sa.Column("disclosed_at_ms", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("turns", sa.Column("replaces", sa.String(64), nullable=True))
    op.create_table(
        "turn_reports",
        sa.Column("turn", sa.String(64), nullable=False),
        sa.Column("fan", sa.String(200), nullable=False),
        sa.Column("reason", sa.String(32), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("justified", sa.Boolean(), nullable=False),
        sa.Column("refunded", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("turn", name=op.f("pk_turn_reports")),
    )
    op.create_index(op.f("ix_turn_reports_fan_at_ms"), "turn_reports", ["fan", "at_ms"], unique=False)
