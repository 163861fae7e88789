"""Readings for alerts, each by one statement that an index serves or that counts a day's rows. Nothing is written."""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.shop_tables import orders, refused_webhooks
from billing.adapters.tables import holds
from billing.alerts import BUYER_SPAN_MS, DISPUTE_SPAN_MS, AlertBounds, Readings
from billing.units import DAY_MS

BUYERS_SHOWN = 20


async def readings(connection: AsyncConnection, *, now_ms: int, bounds: AlertBounds) -> Readings:
    """What there is to be told of at a moment."""
    stuck = select(func.count()).where(
        holds.c.status == "open", holds.c.expires_at_ms <= now_ms - bounds.hold_overdue_ms
    )
    overdue = select(func.count()).where(orders.c.next_look_ms <= now_ms - bounds.look_overdue_ms)
    refused = select(func.coalesce(func.sum(refused_webhooks.c.times), 0)).where(
        refused_webhooks.c.day == now_ms // DAY_MS
    )
    count = func.count().label("bought")
    hasty = (
        select(orders.c.fan, count)
        .where(orders.c.paid_at_ms > now_ms - BUYER_SPAN_MS, orders.c.kind != "subscription")
        .group_by(orders.c.fan)
        .having(count >= bounds.orders_hour)
        .order_by(count.desc(), orders.c.fan)
        .limit(BUYERS_SHOWN)
    )
    disputed = select(func.count()).where(
        orders.c.dispute != "", orders.c.dispute != "won", orders.c.looked_at_ms > now_ms - DISPUTE_SPAN_MS
    )
    return Readings(
        stuck_holds=int((await connection.execute(stuck)).scalar_one()),
        overdue_looks=int((await connection.execute(overdue)).scalar_one()),
        refused_webhooks=int((await connection.execute(refused)).scalar_one()),
        hasty_buyers=tuple((row.fan, row.bought) for row in (await connection.execute(hasty)).all()),
        disputes=int((await connection.execute(disputed)).scalar_one()),
    )
