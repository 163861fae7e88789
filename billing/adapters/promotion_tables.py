"""The schema of promotions and rewards: what is offered, and what each fan has had of it.

The credits themselves are in the journal.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, CheckConstraint, Column, ForeignKey, Index, Integer, String, Table

from billing.adapters.tables import metadata
from billing.ledger import KEY_LENGTH_MAX, REASON_LENGTH_MAX
from billing.promotions import NAME_CHARS_MAX, PROMOTION_KINDS
from billing.rewards import NONCE_ID_CHARS_MAX

_Name, _Key = String(NAME_CHARS_MAX), String(KEY_LENGTH_MAX)

promotions = Table(
    "promotions",
    metadata,
    Column("name", _Name, primary_key=True),
    Column("kind", String(16), nullable=False, index=True),
    Column("title", String(REASON_LENGTH_MAX), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("bonus_bps", Integer, nullable=False),
    Column("lot_days", Integer),
    Column("starts_at_ms", BigInteger, nullable=False),
    Column("ends_at_ms", BigInteger),
    Column("redemptions_max", BigInteger),
    Column("per_hour_max", BigInteger),
    Column("per_source_day_max", BigInteger),
    Column("author", _Key, nullable=False),
    Column("approver", _Key, nullable=False),
    Column("retired_at_ms", BigInteger),
    CheckConstraint("credits >= 0 AND bonus_bps >= 0", name="gives"),
    CheckConstraint("author <> approver", name="approver"),
    CheckConstraint(f"kind IN ({', '.join(repr(kind) for kind in PROMOTION_KINDS)})", name="kind"),
)

redemptions = Table(
    "redemptions",
    metadata,
    Column("promotion", _Name, ForeignKey(promotions.c.name), primary_key=True),
    Column("fan", _Key, primary_key=True),
    Column("occasion", String(32), primary_key=True),
    Column("source", String(64), nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("credits > 0", name="credits"),
)
Index("ix_redemptions_pace", redemptions.c.promotion, redemptions.c.at_ms)
Index("ix_redemptions_source", redemptions.c.promotion, redemptions.c.source, redemptions.c.at_ms)

ad_nonces = Table(
    "ad_nonces",
    metadata,
    Column("id", String(NONCE_ID_CHARS_MAX), primary_key=True),
    Column("fan", _Key, nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False, index=True),
)

ad_rewards = Table(
    "ad_rewards",
    metadata,
    Column("transaction_id", _Key, primary_key=True),
    Column("nonce", String(NONCE_ID_CHARS_MAX), nullable=False, unique=True),
    Column("fan", _Key, nullable=False),
    Column("ad_unit", _Key, nullable=False),
    Column("credits", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    CheckConstraint("credits > 0", name="credits"),
    Index("ix_ad_rewards_fan_at_ms", "fan", "at_ms"),
)
