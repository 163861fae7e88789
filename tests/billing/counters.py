"""A cashier behind a counter: a shop, a till that says what a test wrote, and a clock. No test logic lives here."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import count

from billing.cashier import Cashier
from billing.orders import Discrepancy
from billing.shop_double import MemoryUnits
from tests.billing.builders import FAN
from tests.billing.scripted_till import SECRET, ScriptedTill, signed, told
from tests.billing.shop_builders import Clock, counted, furnish
from tests.billing.shops import SqlShopUnits

Units = MemoryUnits | SqlShopUnits


@dataclass
class Counter:
    """A shop with its cashier, its till and its time."""

    units: Units
    till: ScriptedTill
    clock: Clock
    cashier: Cashier
    numbers: count[int]

    async def begin(self, pack: str = "small", shortfall: int = 0) -> str:
        urls = {"success_url": "https://s/{ORDER}", "cancel_url": "https://c"}
        return (await self.cashier.checkout(FAN, pack, shortfall=shortfall, **urls)).order

    async def buy(self) -> str:
        order = await self.begin()
        self.till.pay(order)
        await self.cashier.fulfil(order)
        return order

    async def tell(self, kind: str, thing: str, name: str, event: str | None = None, **fields: str) -> str:
        event = event or f"evt_{next(self.numbers)}"
        payload = told(kind, {"id": name, "object": thing, **fields}, name=event)
        return await self.cashier.webhook(payload, signed(payload, self.clock.now_ms))

    async def available(self) -> int:
        async with self.units.begin() as unit:
            assert await unit.books.verify() == ()
            return (await unit.books.wallet(FAN)).available

    async def wrong(self) -> list[Discrepancy]:
        async with self.units.begin() as unit:
            return [found for found, _ in await unit.shop.discrepancies()]


async def opened(units: Units) -> Counter:
    clock = Clock()
    till = ScriptedTill(clock)
    cashier = Cashier(units, till, clock=clock, new_id=counted(), livemode=False, secrets=["old", SECRET])
    await furnish(units)
    return Counter(units, till, clock, cashier, count(1))
