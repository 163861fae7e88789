"""What a fan is given without asking: the welcome, and the free line of the day. Bounds are the promotions' own."""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Callable

from billing.promoting import give
from billing.promotions import PromotionKind
from gateway.auth import Claims
from gateway.ports import Units

UNASKED: tuple[PromotionKind, ...] = ("welcome", "daily")


class Gifts:
    """Gives them when a fan comes in."""

    def __init__(self, units: Units, *, clock: Callable[[], int]) -> None:
        self._units, self._clock = units, clock

    async def welcome(self, claims: Claims, source: str) -> int:
        """Give the fan what is on offer and not had yet; returns the credits. `source` is as `source_of` gives it."""
        async with self._units.read() as unit:
            offered = [kind for kind in UNASKED if await unit.promotions.offered(kind)]
        if not offered:
            return 0
        now_ms, credits = self._clock(), 0
        async with self._units.begin() as unit:
            for kind in offered:
                credits += await give(unit, kind, claims.fan, source=source, verified=claims.verified, now_ms=now_ms)
        return credits


def source_of(address: str, key: str) -> str:
    """What stands for a client's address where gifts are counted: nobody reads the address back without the key."""
    return hmac.new(key.encode(), address.encode(), hashlib.sha256).hexdigest()
