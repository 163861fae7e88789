"""What characters remember of fans, and the turns it comes from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"


def upgrade() -> None:
    """Make the tables. Turns that ended before this are not read: nobody was told then that they would be."""
    op.create_table(
        "notes",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("slot", sa.Text(), nullable=False),
        sa.Column("value", sa.Text(), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("said_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("from_turns", sa.JSON(), nullable=False),
        sa.Column("confidence", sa.Float(), nullable=False),
        sa.Column("horizon", sa.Integer(), nullable=False),
        sa.Column("valid_from_ms", sa.BigInteger(), nullable=False),
        sa.Column("valid_to_ms", sa.BigInteger(), nullable=True),
        sa.Column("superseded_by", sa.String(length=64), nullable=True),
        sa.Column("stale", sa.Boolean(), nullable=False),
        sa.Column("last_used_ms", sa.BigInteger(), nullable=True),
        sa.Column("model_id", sa.String(length=120), nullable=False),
        sa.Column("vector", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notes")),
    )
    op.create_index(op.f("ix_notes_fan_show_character"), "notes", ["fan", "show", "character"])
    op.create_table(
        "told_turns",
        sa.Column("turn", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("model_id", sa.String(length=120), nullable=True),
        sa.Column("fan_vector", sa.LargeBinary(), nullable=True),
        sa.Column("reply_vector", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("turn", name=op.f("pk_told_turns")),
    )
    op.create_index(op.f("ix_told_turns_fan_show_character_at_ms"), "told_turns", ["fan", "show", "character", "at_ms"])
    op.create_index(
        "ix_told_turns_waiting",
        "told_turns",
        ["at_ms"],
        sqlite_where=sa.text("state = 'waiting'"),
        postgresql_where=sa.text("state = 'waiting'"),
    )
