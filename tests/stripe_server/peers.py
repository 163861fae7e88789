"""Two other stand-ins for Stripe, each as a process of its own, and ours, behind one way to use them.

`localstripe` (a development dependency) and `emulate` (an npm package) were
written by other people from the same documentation. Nothing here may hide what they do differently.
"""

from __future__ import annotations

import asyncio
import socket
import sys
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from typing import Protocol

import httpx
import stripe

from tests.fakes.stripe_server.running import stripe_server
from tests.node import node
from tests.stripe_server.till import plan, sdk

START_S = 60.0
KEY = "sk_test_encore"
_LOCALSTRIPE = """
import socket
from aiohttp import web
from localstripe import resources, server
resources.Store.dump_to_disk = lambda self: None  # it would leave a pickle in /tmp
listening = socket.create_server(("127.0.0.1", 0))
print(f"http://127.0.0.1:{listening.getsockname()[1]}", flush=True)
web.run_app(server.app, sock=listening, access_log=None, print=None)
"""


class Peer(Protocol):
    """A stand-in for Stripe that is running, with what each does in its own way."""

    client: stripe.StripeClient

    async def card(self) -> str:
        """A payment method that pays."""

    async def pay(self, session: stripe.checkout.Session) -> str:
        """Press the pay button of a session's page; returns where the person is sent."""

    async def subscribe(self, email: str) -> str:
        """A paid monthly subscription of 9.00 EUR for a new customer; returns its id."""


class Ours:
    """The stand-in of this project."""

    def __init__(self, client: stripe.StripeClient, browser: httpx.AsyncClient) -> None:
        self.client = client
        self._browser = browser

    async def card(self) -> str:
        return "pm_card_visa"

    async def pay(self, session: stripe.checkout.Session) -> str:
        assert session.url is not None
        return (await self._browser.post(session.url, data={"button": "pay"})).headers["location"]

    async def subscribe(self, email: str) -> str:
        sessions = self.client.v1.checkout.sessions
        opened = await sessions.create_async(plan(customer_email=email))
        await self.pay(opened)
        subscription = (await sessions.retrieve_async(opened.id)).subscription
        assert isinstance(subscription, str)
        return subscription


class Localstripe:
    """https://github.com/adrienverge/localstripe, which knows no checkout.

    It is under the GPL, so it runs as a program of its own and no line of ours imports it.
    """

    def __init__(self, client: stripe.StripeClient) -> None:
        self.client = client

    async def card(self) -> str:
        details = {"number": "4242424242424242", "exp_month": "12", "exp_year": "2030", "cvc": "123"}
        return (await self._post("/v1/payment_methods", type="card", **_nested("card", details)))["id"]

    async def pay(self, session: stripe.checkout.Session) -> str:
        raise NotImplementedError

    async def subscribe(self, email: str) -> str:
        card = await self.card()
        customer = (await self.client.v1.customers.create_async({"email": email})).id
        await self._post(f"/v1/payment_methods/{card}/attach", customer=customer)
        await self._post(f"/v1/customers/{customer}", **{"invoice_settings[default_payment_method]": card})
        product = (await self.client.v1.products.create_async({"name": "Pass"})).id
        price = await self._post("/v1/plans", amount="900", currency="eur", interval="month", product=product)
        return (await self._post("/v1/subscriptions", customer=customer, **{"items[0][plan]": price["id"]}))["id"]

    async def _post(self, path: str, **form: str) -> dict[str, str]:
        answer = await self.client.raw_request_async("post", path, **form)
        found: dict[str, str] = self.client.deserialize(answer, api_mode="V1").to_dict()
        return found


class Emulate:
    """https://github.com/vercel-labs/emulate, which knows no refunds and no subscriptions."""

    def __init__(self, client: stripe.StripeClient, browser: httpx.AsyncClient, url: str) -> None:
        self.client = client
        self._browser = browser
        self._url = url

    async def card(self) -> str:
        return "pm_card_visa"

    async def pay(self, session: stripe.checkout.Session) -> str:
        return (await self._browser.post(f"{self._url}/checkout/{session.id}/complete")).headers["location"]

    async def subscribe(self, email: str) -> str:
        raise NotImplementedError


def _nested(name: str, fields: dict[str, str]) -> dict[str, str]:
    return {f"{name}[{key}]": value for key, value in fields.items()}


@asynccontextmanager
async def ours() -> AsyncGenerator[Peer, None]:
    """Our stand-in while the block runs."""
    async with (
        stripe_server(key=KEY) as server,
        sdk(server.url) as client,
        httpx.AsyncClient(trust_env=False) as browser,
    ):
        yield Ours(client, browser)


@asynccontextmanager
async def localstripe() -> AsyncGenerator[Peer, None]:
    """localstripe while the block runs. Raises AssertionError when it is not installed."""
    async with _process([sys.executable, "-c", _LOCALSTRIPE]) as url, sdk(url, KEY) as client:
        yield Localstripe(client)


@asynccontextmanager
async def emulate() -> AsyncGenerator[Peer, None]:
    """emulate while the block runs. Raises AssertionError when it is not installed."""
    command = [*node("emulate.mjs"), str(_free_port())]
    async with (
        _process(command) as url,
        sdk(url, KEY) as client,
        httpx.AsyncClient(trust_env=False) as browser,
    ):
        for seeded in (await client.v1.customers.list_async()).data:
            await client.v1.customers.delete_async(seeded.id)
        yield Emulate(client, browser, url)


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port: int = taken.getsockname()[1]
        return port


@asynccontextmanager
async def _process(command: Sequence[str]) -> AsyncGenerator[str, None]:
    """A program that prints its address first."""
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(*command, stdout=pipe, stderr=pipe)
    assert process.stdout is not None
    try:
        url = (await asyncio.wait_for(process.stdout.readline(), START_S)).decode().strip()
        if not url.startswith("http"):
            _, complaint = await process.communicate()
            raise AssertionError(f"it did not start: {complaint.decode()[-500:]}")
        yield url
    finally:
        if process.returncode is None:
            process.kill()
        await process.communicate()
