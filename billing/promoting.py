"""Giving a fan what a promotion promises: the redemption and the grant, in one transaction of the caller.

It decides nothing about money itself: bounds are the promotion's, postings the ledger's.
"""

from __future__ import annotations

from typing import Protocol

from billing.errors import PromotionRefused
from billing.gift_ports import Promotions
from billing.ledger import BOOKS_ACTOR
from billing.ports import Books
from billing.promotions import Gift, PromotionKind, folded


class GivingUnit(Protocol):
    """The part of a transaction that giving needs."""

    @property
    def books(self) -> Books: ...
    @property
    def promotions(self) -> Promotions: ...


async def redeem_code(unit: GivingUnit, code: str, fan: str, *, source: str, verified: bool, now_ms: int) -> int:
    """Redeem what a fan typed in; returns the credits granted just now, 0 when the fan has had it before.

    Raises UnknownPromotion, PromotionRefused. Only promotions of the kind `code` can be typed in.
    """
    name = folded(code)
    known = {promotion.name for promotion in await unit.promotions.offered("code")}
    if name not in known:
        name = ""  # so that the name of a welcome, typed in, is as unknown as any other
    gift = await unit.promotions.redeem(name, fan, source=source, verified=verified, now_ms=now_ms)
    return await _grant(unit, gift, fan, "code", now_ms=now_ms)


async def give(
    unit: GivingUnit, kind: PromotionKind, fan: str, *, source: str, verified: bool, now_ms: int, bought: int = 0
) -> int:
    """Give a fan everything on offer of a kind that they have not had; returns the credits granted just now.

    An offer that refuses is passed over: nobody asked for it by name.
    """
    granted = 0
    for promotion in await unit.promotions.offered(kind):
        try:
            gift = await unit.promotions.redeem(
                promotion.name, fan, source=source, verified=verified, now_ms=now_ms, bought=bought
            )
        except PromotionRefused:
            continue
        granted += await _grant(unit, gift, fan, kind, now_ms=now_ms)
    return granted


async def first_purchase_bonus(promotions: Promotions, fan: str, bought: int, *, now_ms: int) -> int:
    """What comes on top of a fan's first purchase of `bought` credits; the caller books it with the order.

    So it is refunded with the order, in proportion. 0 for a purchase that is not the first, or without such an offer.
    """
    credits = 0
    for promotion in await promotions.offered("first_purchase"):
        try:
            gift = await promotions.redeem(promotion.name, fan, source="", verified=True, now_ms=now_ms, bought=bought)
        except PromotionRefused:
            continue
        credits += gift.credits if gift is not None else 0
    return credits


async def _grant(unit: GivingUnit, gift: Gift | None, fan: str, kind: PromotionKind, *, now_ms: int) -> int:
    if gift is None:
        return 0
    await unit.books.grant(
        fan,
        gift.credits,
        lot_class="promotional",
        reason=f"{kind}: {gift.promotion}",
        actor=BOOKS_ACTOR,
        idem_key=gift.idem_key(fan),
        now_ms=now_ms,
        expires_at_ms=gift.expires_at_ms,
    )
    return gift.credits
