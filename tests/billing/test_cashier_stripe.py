"""The cashier with Stripe's own library at the stand-in: webhooks as a network delivers them, on both databases."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

import pytest
from sqlalchemy import update

from billing.adapters.shop_tables import orders
from billing.adapters.stripe_till import StripeTill
from billing.cashier import Cashier
from billing.errors import BillingError
from billing.orders import Order
from billing.units import DAY_MS, HOUR_MS
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOW_MS
from tests.billing.shop_builders import Clock, counted, furnish
from tests.billing.shops import SqlShopUnits
from tests.fakes.stripe_server.running import KEY, SECRET, StripeServer, stripe_server
from tests.fakes.stripe_server.wire import HttpServer, Request, Response


@dataclass
class Shop:
    """A cashier whose webhooks arrive over HTTP."""

    units: SqlShopUnits
    server: StripeServer
    clock: Clock
    cashier: Cashier
    answers: list[str] = field(default_factory=list)

    async def begin(self, pack: str = "small") -> Order:
        opened = await self.cashier.checkout(FAN, pack, success_url="https://s/{ORDER}", cancel_url="https://c")
        return await self.order(opened.order)

    async def order(self, name: str) -> Order:
        return next(order for order in await self.cashier.orders(FAN) if order.id == name)

    async def press(self, order: Order, button: str = "pay") -> dict[str, Any]:
        return await self.server.control("press", session=order.session, button=button)

    async def charge(self, order: Order) -> str:
        intent = self.server.world.objects[str((await self.order(order.id)).payment)]
        return str(intent["latest_charge"])

    async def available(self) -> int:
        async with self.units.begin() as unit:
            assert await unit.books.verify() == ()
            return (await unit.books.wallet(FAN)).available

    def advance(self, ms: int) -> None:
        self.clock.now_ms += ms


@asynccontextmanager
async def running(database: Database) -> AsyncIterator[Shop]:
    units, clock = SqlShopUnits(database), Clock()
    answers: list[str] = []

    async def receive(request: Request) -> Response:
        try:
            answers.append(await cashier.webhook(request.body, request.headers["stripe-signature"]))
        except BillingError as error:
            answers.append(type(error).__name__)
            return Response(400 if type(error).__name__ == "WebhookRefused" else 503)
        return Response(200)

    http = HttpServer(receive)
    await http.start()
    async with stripe_server(
        webhook_url=f"{http.url}/hook", now=lambda: clock.now_ms / 1000, retry_delays_s=(0.0, 0.0, 0.0)
    ) as server:
        till = StripeTill(KEY, base_url=server.url, timeout_s=10, max_network_retries=0)
        cashier = Cashier(units, till, clock=clock, new_id=counted(), livemode=False, secrets=[SECRET])
        await furnish(units)
        yield Shop(units, server, clock, cashier, answers)
        await till.aclose()
    await http.aclose()


@pytest.fixture
async def shop(database: Database) -> AsyncIterator[Shop]:
    async with running(database) as opened:
        yield opened


async def test_a_fan_pays_and_has_the_credits_when_the_webhooks_are_through(shop: Shop) -> None:
    order = await shop.begin()
    await shop.press(order)
    await shop.server.settled()
    assert ((await shop.order(order.id)).state, await shop.available()) == ("paid", 550)


@pytest.mark.parametrize(
    "switches",
    [
        {"duplicate": {"copies": 3}},
        {"reorder": {"window": 3}},
        {"forge": {"types": ["checkout.session.completed"], "times": 1}},
        {"future": {"types": ["checkout.session.completed"], "times": 1}},
        {"drop": {"types": ["checkout.session.completed"]}},
    ],
    ids=lambda switches: next(iter(switches)),
)
async def test_whatever_the_network_does_the_books_end_the_same(shop: Shop, switches: dict[str, Any]) -> None:
    await shop.server.control("switches", **switches)
    order = await shop.begin()
    await shop.press(order)
    await shop.server.control("release")
    await shop.server.settled()
    shop.advance(HOUR_MS)
    await shop.cashier.poll()
    assert await shop.available() == 550
    await shop.server.control("dispute_open", charge=await shop.charge(order))
    dispute = shop.server.world.every("dispute")[0]["id"]
    await shop.server.control("dispute_decide", dispute=dispute, won=False)
    await shop.server.control("release")
    await shop.server.settled()
    assert ((await shop.order(order.id)).dispute, await shop.available()) == ("lost", 0)


async def test_nothing_was_told_and_the_poller_finds_it(shop: Shop) -> None:
    await shop.server.control("switches", drop=True)
    order = await shop.begin()
    await shop.press(order)
    await shop.server.settled()
    assert (shop.answers, await shop.available()) == ([], 0)
    shop.advance(HOUR_MS)
    assert (await shop.cashier.poll()).looked == 1
    assert await shop.available() == 550


async def test_a_delayed_payment_is_granted_when_the_bank_says_so(shop: Shop) -> None:
    order = await shop.begin()
    await shop.press(order, "later")
    await shop.server.settled()
    assert ((await shop.order(order.id)).state, await shop.available()) == ("awaiting", 0)
    await shop.server.control("conclude", session=order.session)
    await shop.server.settled()
    assert await shop.available() == 550


async def test_a_subscription_is_renewed_told_or_not(shop: Shop) -> None:
    order = await shop.begin("pass")
    await shop.press(order)
    await shop.server.settled()
    assert await shop.available() == 800
    await shop.server.control("switches", drop=True)
    shop.advance(32 * DAY_MS)  # the stand-in's time is the same, so a period has ended
    await shop.cashier.poll()
    assert await shop.available() == 1600


async def test_a_dispute_freezes_and_winning_it_releases(shop: Shop) -> None:
    order = await shop.begin()
    await shop.press(order)
    await shop.server.settled()
    await shop.server.control("dispute_open", charge=await shop.charge(order))
    await shop.server.settled()
    assert await shop.available() == 0
    dispute = shop.server.world.every("dispute")[0]["id"]
    await shop.server.control("dispute_decide", dispute=dispute, won=True)
    await shop.server.settled()
    assert await shop.available() == 550


async def test_staff_refund_and_the_balance_agrees(shop: Shop) -> None:
    order = await shop.begin()
    await shop.press(order)
    await shop.server.settled()
    for _ in range(2):
        await shop.cashier.refund(
            order.id, 100, reason="requested_by_customer", note="", actor="desk:ana", idem_key="r1"
        )
    await shop.server.settled()
    assert ((await shop.order(order.id)).refunded_minor, await shop.available()) == (99, 550 - 99 - 9)
    found = await shop.cashier.reconcile(NOW_MS - DAY_MS, NOW_MS + DAY_MS, repair=False)
    assert (found.matched, found.findings) == (1, ())


async def test_a_payment_that_nobody_heard_of_is_found_in_the_balance(shop: Shop) -> None:
    await shop.server.control("switches", drop=True)
    order = await shop.begin()
    await shop.press(order)
    found = await shop.cashier.reconcile(NOW_MS - DAY_MS, NOW_MS + DAY_MS, repair=True)
    assert ([finding.kind for finding in found.findings], found.repaired) == (["missing_here"], (order.id,))
    assert await shop.available() == 550


async def test_webhook_return_page_and_poller_at_once_grant_once(shop: Shop) -> None:
    await shop.server.control("switches", duplicate={"copies": 4})
    order = await shop.begin()
    shop.advance(HOUR_MS)
    await shop.press(order)
    await asyncio.gather(
        *(shop.cashier.fulfil(order.id) for _ in range(6)),
        *(shop.cashier.poll() for _ in range(3)),
        shop.server.settled(),
    )
    assert ((await shop.order(order.id)).state, await shop.available()) == ("paid", 550)


async def test_three_differences_that_were_planted_are_found_down_to_the_object(shop: Shop, database: Database) -> None:
    paid = []
    for _ in range(4):
        order = await shop.begin()
        await shop.press(order)
        await shop.server.settled()
        paid.append(await shop.order(order.id))
    fine, unknown_here, differing, unknown_there = paid
    async with database.writer.begin() as connection:
        # A payment that nobody of ours has an order for, an order of less than was paid, and one of a payment that
        # the till has never had.
        for order, changes in (
            (unknown_here, {"payment": None}),
            (differing, {"amount_minor": differing.amount_minor - 1}),
            (unknown_there, {"payment": "pi_never_there"}),
        ):
            await connection.execute(update(orders).where(orders.c.id == order.id).values(**changes))
    found = await shop.cashier.reconcile(NOW_MS - DAY_MS, NOW_MS + DAY_MS, repair=False)
    assert {(each.kind, each.payment, each.order) for each in found.findings} == {
        ("missing_here", unknown_here.payment, None),
        ("missing_here", unknown_there.payment, None),
        ("amount", differing.payment, differing.id),
        ("missing_there", "pi_never_there", unknown_there.id),
    }
    (agreed,) = found.agreed
    assert (agreed.payment, agreed.order, agreed.amount_minor) == (fine.payment, fine.id, fine.amount_minor)
    charge = next(each for each in found.findings if each.kind == "amount")
    assert (charge.expected, charge.found) == (str(differing.amount_minor - 1), str(differing.amount_minor))
    assert len(charge.lines) == len(agreed.lines) == 1
