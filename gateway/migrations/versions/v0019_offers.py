"""Packs that are sold from one moment until another, and packs and promotions that wait for a second person."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"


def upgrade() -> None:
    """Add the columns, by which every pack is sold as it was, and the empty table."""
    op.add_column("packs", sa.Column("starts_at_ms", sa.BigInteger(), server_default=sa.text("0"), nullable=False))
    op.add_column("packs", sa.Column("ends_at_ms", sa.BigInteger(), nullable=True))
    op.create_table(
        "offer_proposals",
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("draft", sa.JSON(), nullable=False),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("proposed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("status", sa.String(length=16), nullable=False),
        sa.Column("decided_by", sa.String(length=200), nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('pack', 'promotion')", name=op.f("ck_offer_proposals_kind")),
        sa.CheckConstraint("status IN ('proposed', 'approved', 'withdrawn')", name=op.f("ck_offer_proposals_status")),
        sa.CheckConstraint("status <> 'approved' OR author <> decided_by", name=op.f("ck_offer_proposals_approver")),
        sa.PrimaryKeyConstraint("kind", "name", name=op.f("pk_offer_proposals")),
    )
