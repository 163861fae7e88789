"""A stand-in with a receiver for its webhooks and the real SDK, for one test."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest_asyncio

from tests.fakes.stripe_server.running import stripe_server
from tests.stripe_server.receiver import Receiver
from tests.stripe_server.till import Till, sdk


@pytest_asyncio.fixture
async def till() -> AsyncIterator[Till]:
    """Everything connected; retries come at once."""
    receiver = Receiver()
    await receiver.http.start()
    async with (
        httpx.AsyncClient(trust_env=False) as browser,
        stripe_server(webhook_url=f"{receiver.http.url}/hook", retry_delays_s=(0.0, 0.0, 0.0)) as server,
        sdk(server.url) as client,
    ):
        yield Till(server, client, receiver, browser)
    await receiver.http.aclose()
