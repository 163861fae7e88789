"""The real SDK pointed at a stand-in, and the few purchases that these tests start from."""

from __future__ import annotations

from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any, Literal, cast

import httpx
import pytest
import stripe
from stripe.params.checkout import SessionCreateParams

from tests.fakes.stripe_server.running import KEY, StripeServer
from tests.stripe_server.receiver import Receiver

SDK_WARNS = pytest.mark.filterwarnings("ignore:Use 'content=:DeprecationWarning")
"""The SDK hands its form to httpx as `data`, which httpx would rather have as `content`."""


@asynccontextmanager
async def sdk(url: str, key: str = KEY, *, retries: int = 0) -> AsyncGenerator[stripe.StripeClient, None]:
    """The official client, async over httpx, while the block runs."""
    http = stripe.HTTPXClient(timeout=10)
    yield stripe.StripeClient(key, base_addresses={"api": url}, http_client=http, max_network_retries=retries)
    await http.close_async()  # type: ignore[no-untyped-call]


def pack(*, amount: int = 499, currency: str = "usd", **more: Any) -> SessionCreateParams:
    """The parameters of a session for one pack of credits."""
    product = {"name": "500 credits"}
    item = {"price_data": {"currency": currency, "unit_amount": amount, "product_data": product}, "quantity": 1}
    params = {
        "mode": "payment",
        "line_items": [item],
        "success_url": "http://fan.example/back?session={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://fan.example/no",
        **more,
    }
    return cast(SessionCreateParams, params)


def plan(*, amount: int = 900, **more: Any) -> SessionCreateParams:
    """The parameters of a session for a monthly subscription."""
    data = {
        "currency": "eur",
        "unit_amount": amount,
        "recurring": {"interval": "month"},
        "product_data": {"name": "Pass"},
    }
    return pack(**{"mode": "subscription", "line_items": [{"price_data": data, "quantity": 1}], **more})


def plain(thing: Any) -> dict[str, Any]:
    """An object of the SDK, such as metadata, as a dictionary."""
    assert isinstance(thing, stripe.StripeObject)
    return thing.to_dict()


@dataclass
class Till:
    """A stand-in, its client and the receiver of its webhooks."""

    server: StripeServer
    client: stripe.StripeClient
    receiver: Receiver
    browser: httpx.AsyncClient

    async def open(self, params: SessionCreateParams) -> stripe.checkout.Session:
        """A new session."""
        return await self.client.v1.checkout.sessions.create_async(params)

    async def press(self, session: str, button: Literal["pay", "later", "decline", "cancel"] = "pay") -> httpx.Response:
        """Press a button of the pay page."""
        return await self.browser.post(f"{self.server.url}/pay/{session}", data={"button": button})

    async def session(self, identity: str) -> stripe.checkout.Session:
        """A session as it is now."""
        return await self.client.v1.checkout.sessions.retrieve_async(identity)

    async def buy(self, **more: Any) -> stripe.checkout.Session:
        """A paid pack."""
        opened = await self.open(pack(**more))
        await self.press(opened.id)
        return await self.session(opened.id)

    async def charge(self, **more: Any) -> stripe.Charge:
        """The charge of a paid pack."""
        intent = (await self.buy(**more)).payment_intent
        assert isinstance(intent, str)
        found = await self.client.v1.payment_intents.retrieve_async(intent, {"expand": ["latest_charge"]})
        assert isinstance(found.latest_charge, stripe.Charge)
        return found.latest_charge

    async def subscribe(self, **more: Any) -> stripe.Subscription:
        """A paid subscription."""
        opened = await self.open(plan(**more))
        await self.press(opened.id)
        identity = (await self.session(opened.id)).subscription
        assert isinstance(identity, str)
        return await self.client.v1.subscriptions.retrieve_async(identity)

    async def arrived(self) -> list[str]:
        """The types of the webhooks that have come, once none is on its way."""
        await self.server.settled()
        return self.receiver.types(self.server.secret)
