"""Promotions, what fans have had of them, and rewards for watched advertisements."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the tables."""
    op.create_table(
        "ad_nonces",
        sa.Column("id", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ad_nonces")),
    )
    op.create_index(op.f("ix_ad_nonces_expires_at_ms"), "ad_nonces", ["expires_at_ms"], unique=False)
    op.create_table(
        "ad_rewards",
        sa.Column("transaction_id", sa.String(length=200), nullable=False),
        sa.Column("nonce", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("ad_unit", sa.String(length=200), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("credits > 0", name=op.f("ck_ad_rewards_credits")),
        sa.PrimaryKeyConstraint("transaction_id", name=op.f("pk_ad_rewards")),
        sa.UniqueConstraint("nonce", name=op.f("uq_ad_rewards_nonce")),
    )
    op.create_index("ix_ad_rewards_fan_at_ms", "ad_rewards", ["fan", "at_ms"], unique=False)
    op.create_table(
        "promotions",
        sa.Column("name", sa.String(length=63), nullable=False),
        sa.Column("kind", sa.String(length=16), nullable=False),
        sa.Column("title", sa.String(length=500), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("bonus_bps", sa.Integer(), nullable=False),
        sa.Column("lot_days", sa.Integer(), nullable=True),
        sa.Column("starts_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("redemptions_max", sa.BigInteger(), nullable=True),
        sa.Column("per_hour_max", sa.BigInteger(), nullable=True),
        sa.Column("per_source_day_max", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.String(length=200), nullable=False),
        sa.Column("approver", sa.String(length=200), nullable=False),
        sa.Column("retired_at_ms", sa.BigInteger(), nullable=True),
        sa.CheckConstraint("kind IN ('code', 'welcome', 'daily', 'first_purchase')", name=op.f("ck_promotions_kind")),
        sa.CheckConstraint("author <> approver", name=op.f("ck_promotions_approver")),
        sa.CheckConstraint("credits >= 0 AND bonus_bps >= 0", name=op.f("ck_promotions_gives")),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_promotions")),
    )
    op.create_index(op.f("ix_promotions_kind"), "promotions", ["kind"], unique=False)
    op.create_table(
        "redemptions",
        sa.Column("promotion", sa.String(length=63), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("occasion", sa.String(length=32), nullable=False),
        sa.Column("source", sa.String(length=64), nullable=False),
        sa.Column("credits", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("credits > 0", name=op.f("ck_redemptions_credits")),
        sa.ForeignKeyConstraint(["promotion"], ["promotions.name"], name=op.f("fk_redemptions_promotion_promotions")),
        sa.PrimaryKeyConstraint("promotion", "fan", "occasion", name=op.f("pk_redemptions")),
    )
    op.create_index("ix_redemptions_pace", "redemptions", ["promotion", "at_ms"], unique=False)
    op.create_index("ix_redemptions_source", "redemptions", ["promotion", "source", "at_ms"], unique=False)
