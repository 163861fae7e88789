"""Persona versions, and by which of them a turn was played."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"


def upgrade() -> None:
    """Make the table; of turns until now nobody wrote down who played them."""
    op.create_table(
        "persona_versions",
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("models", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("published_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("number", name=op.f("pk_persona_versions")),
    )
    op.add_column("turns", sa.Column("persona_version", sa.Integer(), nullable=True))
