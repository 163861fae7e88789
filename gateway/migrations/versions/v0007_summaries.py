"""Summaries of what has left the window of a prompt, and the talks that wait for theirs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"


def upgrade() -> None:
    """Make the tables. A talk is told in short from its next turn on, from its first word."""
    op.create_table(
        "talks",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("told", sa.Integer(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("forgotten_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("conversation", name=op.f("pk_talks")),
    )
    op.create_index(op.f("ix_talks_fan"), "talks", ["fan"])
    op.create_index(
        "ix_talks_waiting",
        "talks",
        ["at_ms"],
        sqlite_where=sa.text("done < told"),
        postgresql_where=sa.text("done < told"),
    )
    op.create_table(
        "summaries",
        sa.Column("conversation", sa.String(length=64), nullable=False),
        sa.Column("horizon", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("turns", sa.Integer(), nullable=False),
        sa.Column("since_ms", sa.BigInteger(), nullable=False),
        sa.Column("through_ms", sa.BigInteger(), nullable=False),
        sa.Column("through_turn", sa.String(length=64), nullable=False),
        sa.Column("written_by", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("conversation", "horizon", name=op.f("pk_summaries")),
    )
    op.create_index(op.f("ix_summaries_fan"), "summaries", ["fan"])
