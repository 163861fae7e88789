"""Credits that are given: codes, the welcome, the free daily line, the bonus on a first purchase.

Pure: what was redeemed so far and the time are arguments. It never grants; a caller books the `Gift` it decides on.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal, get_args

from billing.errors import InvalidAmount, InvalidPromotion, PromotionRefused, SameApprover
from billing.ledger import GRANT_CREDITS_MAX
from billing.units import DAY_MS

PromotionKind = Literal["code", "welcome", "daily", "first_purchase"]
PROMOTION_KINDS: tuple[PromotionKind, ...] = get_args(PromotionKind)

NAME_CHARS_MAX = 63
BONUS_BPS_MAX = 100_000
"""Ten times what was bought; a promotion that gives more is a slip of the keyboard."""
ONCE = "once"
"""The occasion of what a fan gets a single time."""


@dataclass(frozen=True, slots=True)
class Promotion:
    """An offer with its bounds. It never changes; it is retired and another one takes its place."""

    name: str
    """The code, in the form `folded` gives; for the other kinds a name for people."""
    kind: PromotionKind
    title: str
    starts_at_ms: int
    author: str
    approver: str
    credits: int = 0
    """What is given; of a `first_purchase` what comes on top of its share."""
    bonus_bps: int = 0
    """Of a `first_purchase`: ten-thousandths of the bought credits, rounded down."""
    lot_days: int | None = None
    """How many days the credits live; None: they do not expire. Those of a `daily` end with the UTC day."""
    ends_at_ms: int | None = None
    redemptions_max: int | None = None
    per_hour_max: int | None = None
    """Over all fans, in any hour: what a ring of invented accounts runs into."""
    per_source_day_max: int | None = None
    """From one source (an address, as a digest) in any 24 hours."""


@dataclass(frozen=True, slots=True)
class Redeemed:
    """How often a promotion was redeemed before this moment."""

    ever: int = 0
    last_hour: int = 0
    from_source_last_day: int = 0


@dataclass(frozen=True, slots=True)
class Gift:
    """Credits to grant, and the occasion they are for: a fan gets one gift for each occasion of a promotion."""

    promotion: str
    occasion: str
    credits: int
    expires_at_ms: int | None

    def idem_key(self, fan: str) -> str:
        """The key of the grant. A digest stands for the fan: their own key is as long as a whole key may be."""
        return f"promotion:{self.promotion}:{self.occasion}:{hashlib.sha256(fan.encode()).hexdigest()}"


def folded(code: str) -> str:
    """A code as it is looked up: letter case, and blanks at the ends, do not matter."""
    return code.strip().casefold()


def admit(promotion: Promotion) -> Promotion:
    """The promotion, once it may be offered. Raises SameApprover, InvalidAmount, InvalidPromotion."""
    if promotion.author.strip().casefold() == promotion.approver.strip().casefold():
        raise SameApprover(promotion.author)
    return check(promotion)


def check(promotion: Promotion) -> Promotion:
    """The promotion, when it is sound but for who approves it. Raises InvalidAmount, InvalidPromotion."""
    if not 1 <= len(promotion.name) <= NAME_CHARS_MAX or promotion.name != folded(promotion.name):
        raise InvalidPromotion(promotion.name, f"its name must have 1 to {NAME_CHARS_MAX} lower-case characters")
    if ":" in promotion.name:
        raise InvalidPromotion(promotion.name, "its name cannot contain a colon")
    if not 0 <= promotion.credits <= GRANT_CREDITS_MAX:
        raise InvalidAmount(promotion.credits, 0, GRANT_CREDITS_MAX)
    if not 0 <= promotion.bonus_bps <= BONUS_BPS_MAX:
        raise InvalidPromotion(promotion.name, f"its share must be 0 to {BONUS_BPS_MAX} ten-thousandths")
    if promotion.bonus_bps and promotion.kind != "first_purchase":
        raise InvalidPromotion(promotion.name, "only a bonus on a first purchase has a share")
    if not promotion.credits and not promotion.bonus_bps:
        raise InvalidPromotion(promotion.name, "it gives nothing")
    if promotion.ends_at_ms is not None and promotion.ends_at_ms <= promotion.starts_at_ms:
        raise InvalidPromotion(promotion.name, "it ends before it starts")
    bounds = (promotion.lot_days, promotion.redemptions_max, promotion.per_hour_max, promotion.per_source_day_max)
    if any(bound is not None and bound < 1 for bound in bounds):
        raise InvalidPromotion(promotion.name, "a bound must be at least 1")
    return promotion


def decide(promotion: Promotion, so_far: Redeemed, *, verified: bool, now_ms: int, bought: int = 0) -> Gift:
    """What a fan gets who has not had this occasion's gift yet. `bought`: the credits of a first purchase.

    Raises PromotionRefused: not_begun, ended, spent (all of it was given), not_verified (a welcome is for fans whom
    the host app vouches for), too_fast (a velocity cap; it may work later), nothing (the share of it rounds to none).
    """
    if now_ms < promotion.starts_at_ms:
        raise PromotionRefused("not_begun")
    if promotion.ends_at_ms is not None and now_ms >= promotion.ends_at_ms:
        raise PromotionRefused("ended")
    if promotion.kind == "welcome" and not verified:
        raise PromotionRefused("not_verified")
    if _reached(promotion.redemptions_max, so_far.ever):
        raise PromotionRefused("spent")
    if _reached(promotion.per_hour_max, so_far.last_hour):
        raise PromotionRefused("too_fast")
    if _reached(promotion.per_source_day_max, so_far.from_source_last_day):
        raise PromotionRefused("too_fast")
    credits = min(promotion.credits + bought * promotion.bonus_bps // 10_000, GRANT_CREDITS_MAX)
    if credits == 0:
        raise PromotionRefused("nothing")
    return Gift(promotion.name, occasion_of(promotion, now_ms), credits, _expiry(promotion, now_ms))


def occasion_of(promotion: Promotion, now_ms: int) -> str:
    """What a gift is for: the UTC day, counted from the epoch, of a daily line; else the one and only time."""
    return f"day-{now_ms // DAY_MS}" if promotion.kind == "daily" else ONCE


def _expiry(promotion: Promotion, now_ms: int) -> int | None:
    if promotion.kind == "daily":
        return (now_ms // DAY_MS + 1) * DAY_MS
    return None if promotion.lot_days is None else now_ms + promotion.lot_days * DAY_MS


def _reached(bound: int | None, count: int) -> bool:
    return bound is not None and count >= bound
