"""The card files that characters were imported from."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"


def upgrade() -> None:
    """Make the table."""
    op.create_table(
        "character_cards",
        sa.Column("show", sa.String(length=63), nullable=False),
        sa.Column("slug", sa.String(length=63), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("format", sa.String(length=16), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("kind IN ('character', 'lorebook')", name=op.f("ck_character_cards_kind")),
        sa.ForeignKeyConstraint(
            ["show", "slug", "version"],
            ["character_versions.show", "character_versions.slug", "character_versions.version"],
            name=op.f("fk_character_cards_version"),
        ),
        sa.PrimaryKeyConstraint("show", "slug", "version", name=op.f("pk_character_cards")),
    )
