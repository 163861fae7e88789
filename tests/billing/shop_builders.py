"""Values for the tests of the shop: packs, orders and events with what a test seldom cares about filled in."""

from __future__ import annotations

import itertools
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from billing.orders import Order, RefundRequest, started
from billing.packs import Pack, PackPrice
from billing.shop_ports import ShopUnits
from billing.webhooks import TillEvent
from tests.billing.builders import FAN, NOW_MS


def pack(name: str = "small", **fields: Any) -> Pack:
    """500 credits and 50 more for 4.99 dollars or 750 yen."""
    prices = (PackPrice("jpy", 750), PackPrice("usd", 499))
    base = Pack(name, "one_time", "500 credits and 50 more", 500, 50, None, prices, "ana", "ben")
    return replace(base, **fields)


SMALL = pack()
PASS = pack("pass", kind="subscription", title="800 credits every month", credits=800, bonus=0, interval="month")
EXACT = pack(
    "exact", kind="top_up", title="What you need", credits=5, bonus=0, prices=(PackPrice("jpy", 9), PackPrice("usd", 6))
)


def order(name: str = "o1", *, fan: str = FAN, now_ms: int = NOW_MS, **fields: Any) -> Order:
    """A new order for the small pack."""
    fresh = started(
        name,
        fan,
        SMALL.id,
        SMALL.kind,
        title=SMALL.title,
        credits=SMALL.credits,
        bonus=SMALL.bonus,
        interval=None,
        currency="usd",
        amount_minor=499,
        livemode=False,
        now_ms=now_ms,
    )
    return replace(fresh, **fields)


def event(name: str = "evt_1", **fields: Any) -> TillEvent:
    """An event about a session."""
    base = TillEvent(name, "checkout.session.completed", NOW_MS, False, "cs_1", "checkout.session")
    return replace(base, **fields)


def asked(key: str = "r1", **fields: Any) -> RefundRequest:
    """A refund that staff ask for."""
    return replace(RefundRequest(key, "o1", 100, "requested_by_customer", "sorry", "desk:ana", NOW_MS), **fields)


@dataclass
class Clock:
    """A time that a test moves."""

    now_ms: int = NOW_MS

    def __call__(self) -> int:
        return self.now_ms


def counted(prefix: str = "order") -> Callable[[], str]:
    """Ids that can be foretold."""
    numbers = itertools.count(1)
    return lambda: f"{prefix}-{next(numbers)}"


async def furnish(units: ShopUnits, *packs: Pack) -> None:
    """Packs for sale."""
    async with units.begin() as unit:
        for each in packs or (SMALL, PASS, EXACT):
            await unit.shop.add_pack(each, now_ms=NOW_MS)
