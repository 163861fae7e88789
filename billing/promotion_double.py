"""Promotions in memory, for tests and for trying things out: the same pure rules, no database, no durability."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from billing import promotions as rules
from billing.errors import IdempotencyConflict, UnknownPromotion
from billing.promotions import Gift, Promotion, PromotionKind, Redeemed
from billing.units import DAY_MS, HOUR_MS


@dataclass(frozen=True, slots=True)
class _Redemption:
    source: str
    at_ms: int


class MemoryPromotions:
    """`billing.gift_ports.Promotions` over dictionaries. No method waits for anything, so each one is atomic."""

    def __init__(self) -> None:
        self._offered: dict[str, Promotion] = {}
        self._retired: set[str] = set()
        self._redeemed: dict[tuple[str, str, str], _Redemption] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryPromotions]:
        """Keep what is done inside, or, when it raises, nothing of it."""
        before = (dict(self._offered), set(self._retired), dict(self._redeemed))
        try:
            yield self
        except BaseException:  # whatever ends the block early, also a cancellation, takes its changes back
            self._offered, self._retired, self._redeemed = before
            raise

    async def offer(self, promotion: Promotion) -> None:
        there = self._offered.get(rules.admit(promotion).name)
        if there is not None and (there != promotion or promotion.name in self._retired):
            raise IdempotencyConflict(promotion.name)
        self._offered[promotion.name] = promotion

    async def retire(self, name: str, *, now_ms: int) -> None:
        if name not in self._offered:
            raise UnknownPromotion
        self._retired.add(name)

    async def offered(self, kind: PromotionKind) -> tuple[Promotion, ...]:
        found = [each for each in self._offered.values() if each.kind == kind and each.name not in self._retired]
        return tuple(sorted(found, key=lambda promotion: (promotion.starts_at_ms, promotion.name)))

    async def redeem(
        self, name: str, fan: str, *, source: str, verified: bool, now_ms: int, bought: int = 0
    ) -> Gift | None:
        promotion = self._offered.get(name)
        if promotion is None or name in self._retired:
            raise UnknownPromotion
        key = (name, fan, rules.occasion_of(promotion, now_ms))
        if key in self._redeemed:
            return None
        gift = rules.decide(
            promotion, self._so_far(name, source, now_ms), verified=verified, now_ms=now_ms, bought=bought
        )
        self._redeemed[key] = _Redemption(source, now_ms)
        return gift

    def _so_far(self, name: str, source: str, now_ms: int) -> Redeemed:
        of_it = [each for (promotion, _, _), each in self._redeemed.items() if promotion == name]
        return Redeemed(
            ever=len(of_it),
            last_hour=sum(each.at_ms > now_ms - HOUR_MS for each in of_it),
            from_source_last_day=sum(each.source == source and each.at_ms > now_ms - DAY_MS for each in of_it),
        )
