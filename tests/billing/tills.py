"""The tills under one contract: the double, and Stripe's own library against the stand-in; and who acts at them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Literal, Protocol

from billing.adapters.stripe_till import StripeTill
from billing.till import CheckoutRequest, Till
from billing.till_double import MemoryTill
from tests.fakes.stripe_server.running import StripeServer, stripe_server

NOW_S = 1_800_000_000
NOW_MS = NOW_S * 1000
How = Literal["pay", "later", "decline"]


def order(number: int = 1, **more: Any) -> CheckoutRequest:
    """A pack of 500 credits for 4.99, unless more is said."""
    fields: dict[str, Any] = {
        "order": f"ord-{number}",
        "fan": "fan-1",
        "title": "500 credits",
        "credits": 500,
        "amount_minor": 499,
        "currency": "usd",
        "mode": "payment",
        "interval": None,
        "success_url": "https://fan.example/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "https://fan.example/no",
    }
    return CheckoutRequest(**{**fields, **more})


def membership(number: int = 1, interval: Literal["month", "year"] = "month") -> CheckoutRequest:
    """A subscription for 9.00."""
    return order(number, title="Pass", amount_minor=900, mode="subscription", interval=interval)


class Counter(Protocol):
    """A till, and what payers, banks and time do at it."""

    till: Till

    async def press(self, session: str, how: How = "pay") -> None: ...

    async def conclude(self, session: str, *, succeeded: bool) -> None: ...

    async def expire(self, session: str) -> None: ...

    async def renew(self, subscription: str, *, succeeded: bool = True) -> None: ...

    async def dispute(self, payment: str, amount_minor: int | None = None, *, inquiry: bool = False) -> str: ...

    async def decide(self, dispute: str, *, won: bool) -> None: ...

    async def refund_fail(self, refund: str) -> None: ...


class MemoryCounter:
    """At the double."""

    def __init__(self) -> None:
        self.double = MemoryTill(now_ms=NOW_MS)
        self.till: Till = self.double

    async def press(self, session: str, how: How = "pay") -> None:
        self.double.pay(session, how)

    async def conclude(self, session: str, *, succeeded: bool) -> None:
        self.double.conclude(session, succeeded=succeeded)

    async def expire(self, session: str) -> None:
        self.double.expire(session)

    async def renew(self, subscription: str, *, succeeded: bool = True) -> None:
        self.double.renew(subscription, succeeded=succeeded)

    async def dispute(self, payment: str, amount_minor: int | None = None, *, inquiry: bool = False) -> str:
        return self.double.dispute_open(payment, amount_minor, inquiry=inquiry)

    async def decide(self, dispute: str, *, won: bool) -> None:
        self.double.dispute_decide(dispute, won=won)

    async def refund_fail(self, refund: str) -> None:
        self.double.refund_fail(refund)


class StripeCounter:
    """At the stand-in."""

    def __init__(self, server: StripeServer, stripe_till: StripeTill) -> None:
        self.server = server
        self.till: Till = stripe_till

    async def press(self, session: str, how: How = "pay") -> None:
        await self.server.control("press", session=session, button=how)

    async def conclude(self, session: str, *, succeeded: bool) -> None:
        await self.server.control("conclude", session=session, succeeded=succeeded)

    async def expire(self, session: str) -> None:
        await self.server.control("advance", seconds=86_400)

    async def renew(self, subscription: str, *, succeeded: bool = True) -> None:
        await self.server.control("advance_period", subscription=subscription, succeeded=succeeded)

    async def dispute(self, payment: str, amount_minor: int | None = None, *, inquiry: bool = False) -> str:
        charge = (await self.till.payment(payment)).charge
        opened = await self.server.control("dispute_open", charge=charge, amount=amount_minor, inquiry=inquiry)
        return str(opened["id"])

    async def decide(self, dispute: str, *, won: bool) -> None:
        await self.server.control("dispute_decide", dispute=dispute, won=won)

    async def refund_fail(self, refund: str) -> None:
        await self.server.control("refund_fail", refund=refund)


@asynccontextmanager
async def stripe_counter(*, retries: int = 0, timeout_s: float = 10.0) -> AsyncIterator[StripeCounter]:
    """The real adapter at a stand-in of its own while the block runs."""
    async with stripe_server(now=lambda: float(NOW_S)) as server:
        stripe_till = StripeTill(server.key, base_url=server.url, timeout_s=timeout_s, max_network_retries=retries)
        try:
            yield StripeCounter(server, stripe_till)
        finally:
            await stripe_till.aclose()


async def bought(counter: Counter, number: int = 1, **more: Any) -> str:
    """The payment of a pack that was paid."""
    page = await counter.till.open_checkout(order(number, **more))
    await counter.press(page.session)
    payment = (await counter.till.session(page.session)).payment
    assert payment is not None
    return payment


async def subscribed(counter: Counter, interval: Literal["month", "year"] = "month", number: int = 1) -> str:
    """A subscription whose first period was paid."""
    page = await counter.till.open_checkout(membership(number, interval))
    await counter.press(page.session)
    subscription = (await counter.till.session(page.session)).subscription
    assert subscription is not None
    return subscription
