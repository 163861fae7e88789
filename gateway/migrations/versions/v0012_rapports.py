"""How characters stand with fans."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"


def upgrade() -> None:
    """Make the table; everybody has only just met."""
    op.create_table(
        "rapports",
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=64), nullable=False),
        sa.Column("familiarity", sa.Integer(), nullable=False),
        sa.Column("warmth", sa.Integer(), nullable=False),
        sa.Column("trust", sa.Integer(), nullable=False),
        sa.Column("moved_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("fan", "show", "character", name=op.f("pk_rapports")),
    )
