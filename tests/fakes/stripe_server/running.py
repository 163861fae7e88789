"""The stand-in put together and run: a context manager for tests, and the parts it is made of.

It is the only module here that reads the clock, and only as a default.
"""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import asynccontextmanager
from typing import Any

from tests.fakes.stripe_server import pages
from tests.fakes.stripe_server.api import Api
from tests.fakes.stripe_server.control import Control
from tests.fakes.stripe_server.courier import RETRY_DELAYS_S, Courier
from tests.fakes.stripe_server.wire import HttpServer, Request, Response
from tests.fakes.stripe_server.world import Ids, Json, World

KEY = "sk_test_encore"
SECRET = "whsec_encore"


class StripeServer:
    """A running stand-in: `url` for the SDK's `base_addresses`, `key` for its API key."""

    def __init__(
        self,
        *,
        webhook_url: str | None = None,
        secret: str = SECRET,
        key: str = KEY,
        seed: int = 1,
        now: Callable[[], float] = time.time,
        retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
    ) -> None:
        self.key = key
        self.secret = secret
        self.world = World(now, Ids(seed))
        self.courier = Courier(self.world, url=webhook_url, secrets=[secret], retry_delays_s=retry_delays_s)
        self.world.on_event = self.courier.submit
        self._api = Api(self.world, key)
        self._control = Control(self.world, self._api, self.courier)
        self._http = HttpServer(self._answer)

    @property
    def url(self) -> str:
        """Such as `http://127.0.0.1:4242`."""
        return self._http.url

    @property
    def requests(self) -> list[Json]:
        """The API requests so far, as in `GET /_log`."""
        return self._api.log

    async def start(self, port: int = 0) -> None:
        """Listen and deliver."""
        await self._http.start(port)
        self.world.base_url = self._http.url
        await self.courier.start()

    async def aclose(self) -> None:
        """Stop both."""
        await self._http.aclose()
        await self.courier.aclose()

    async def control(self, action: str, **arguments: Any) -> Json:
        """Order something without HTTP; see `Control`. Raises StripeFault."""
        return await self._control.run(action, arguments)

    async def settled(self) -> None:
        """Wait until no webhook is on its way."""
        await self.courier.settled()

    async def _answer(self, request: Request) -> Response | None:
        if request.path.startswith("/v1/"):
            return self._api.answer(request)
        if request.path in ("/_control", "/_log"):
            return await self._control.answer(request)
        return pages.answer(self.world, request)


@asynccontextmanager
async def stripe_server(
    *,
    webhook_url: str | None = None,
    secret: str = SECRET,
    key: str = KEY,
    seed: int = 1,
    now: Callable[[], float] = time.time,
    retry_delays_s: Sequence[float] = RETRY_DELAYS_S,
) -> AsyncGenerator[StripeServer, None]:
    """A stand-in on a free port of the loopback while the block runs."""
    server = StripeServer(
        webhook_url=webhook_url, secret=secret, key=key, seed=seed, now=now, retry_delays_s=retry_delays_s
    )
    await server.start()
    try:
        yield server
    finally:
        await server.aclose()
