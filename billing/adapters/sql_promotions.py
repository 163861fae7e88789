"""Promotions and their redemptions as rows, inside one transaction of the caller: nothing here commits.

Who redeems locks the promotion's row first and the wallet afterwards, never the other way round; turns lock none.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import promotions as rules
from billing.adapters.promotion_tables import promotions, redemptions
from billing.adapters.sql_inserts import insert_new
from billing.errors import IdempotencyConflict, UnknownPromotion
from billing.promotions import Gift, Promotion, PromotionKind, Redeemed
from billing.units import DAY_MS, HOUR_MS


class SqlPromotions:
    """`billing.gift_ports.Promotions` over one connection in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def offer(self, promotion: Promotion) -> None:
        values = asdict(rules.admit(promotion))
        new = insert_new(self._connection, promotions, promotions.c.name).returning(promotions.c.name)
        if (await self._connection.execute(new, values)).one_or_none() is not None:
            return
        statement = select(promotions).where(promotions.c.name == promotion.name)
        there = (await self._connection.execute(statement)).one()
        if _promotion(there) != promotion or there.retired_at_ms is not None:
            raise IdempotencyConflict(promotion.name)

    async def retire(self, name: str, *, now_ms: int) -> None:
        retired = func.coalesce(promotions.c.retired_at_ms, now_ms)
        statement = update(promotions).where(promotions.c.name == name).values(retired_at_ms=retired)
        if (await self._connection.execute(statement)).rowcount == 0:
            raise UnknownPromotion

    async def offered(self, kind: PromotionKind) -> tuple[Promotion, ...]:
        statement = (
            select(promotions)
            .where(promotions.c.kind == kind, promotions.c.retired_at_ms.is_(None))
            .order_by(promotions.c.starts_at_ms, promotions.c.name)
        )
        return tuple(_promotion(row) for row in (await self._connection.execute(statement)).all())

    async def redeem(
        self, name: str, fan: str, *, source: str, verified: bool, now_ms: int, bought: int = 0
    ) -> Gift | None:
        occasion = rules.occasion_of(await self._read(name, lock=False), now_ms)
        if await self._had(name, fan, occasion):  # nearly always, and then nobody waits for anybody
            return None
        promotion = await self._read(name, lock=True)
        if await self._had(name, fan, occasion):
            return None
        so_far = await self._so_far(name, source, now_ms)
        gift = rules.decide(promotion, so_far, verified=verified, now_ms=now_ms, bought=bought)
        values = {
            "promotion": name,
            "fan": fan,
            "occasion": gift.occasion,
            "source": source,
            "credits": gift.credits,
            "at_ms": now_ms,
        }
        await self._connection.execute(insert(redemptions), values)
        return gift

    async def _read(self, name: str, *, lock: bool) -> Promotion:
        """With the lock, redemptions of one promotion come one after the other, so that its bounds are exact."""
        statement = select(promotions).where(promotions.c.name == name, promotions.c.retired_at_ms.is_(None))
        row = (await self._connection.execute(statement.with_for_update() if lock else statement)).one_or_none()
        if row is None:
            raise UnknownPromotion
        return _promotion(row)

    async def _had(self, name: str, fan: str, occasion: str) -> bool:
        key = (redemptions.c.promotion == name, redemptions.c.fan == fan, redemptions.c.occasion == occasion)
        return (await self._connection.execute(select(redemptions.c.at_ms).where(*key))).first() is not None

    async def _so_far(self, name: str, source: str, now_ms: int) -> Redeemed:
        of_it = select(func.count()).select_from(redemptions).where(redemptions.c.promotion == name)
        recent = of_it.where(redemptions.c.at_ms > now_ms - HOUR_MS)
        nearby = of_it.where(redemptions.c.source == source, redemptions.c.at_ms > now_ms - DAY_MS)
        counted = select(of_it.scalar_subquery(), recent.scalar_subquery(), nearby.scalar_subquery())
        return Redeemed(*(await self._connection.execute(counted)).one())


def _promotion(row: Row[Any]) -> Promotion:
    return Promotion(
        name=row.name,
        kind=row.kind,
        title=row.title,
        starts_at_ms=row.starts_at_ms,
        author=row.author,
        approver=row.approver,
        credits=row.credits,
        bonus_bps=row.bonus_bps,
        lot_days=row.lot_days,
        ends_at_ms=row.ends_at_ms,
        redemptions_max=row.redemptions_max,
        per_hour_max=row.per_hour_max,
        per_source_day_max=row.per_source_day_max,
    )
