"""Lets only so many requests to a model run at once, and the fans that wait in turn.

The order is FairQueue's; here it is waited in. Whoever stops waiting must never keep a place.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from persona.errors import ModelFailed
from persona.fair_queue import FairQueue

WAITING_PER_PLACE = 20
"""More than this cannot be served before their patience is at an end: they are told so at once."""


class Turnstile:
    """The way to one model, for one event loop."""

    def __init__(self, places: int) -> None:
        self._queue = FairQueue(places, places * WAITING_PER_PLACE)
        self._called: dict[int, asyncio.Future[None]] = {}
        self._tickets = 0

    @property
    def waiting(self) -> int:
        """How many wait."""
        return self._queue.waiting

    @asynccontextmanager
    async def place(self, fan: str, within_s: float) -> AsyncIterator[None]:
        """A place while the block runs. Raises ModelFailed (`busy`) when there is none within so many seconds."""
        self._tickets += 1
        ticket = self._tickets
        entered = self._queue.enter(ticket, fan)
        if entered is None:
            raise ModelFailed("busy")
        try:
            if not entered:
                await self._wait(ticket, within_s)
            yield
        finally:
            self._called.pop(ticket, None)
            following = self._queue.leave(ticket)
            if following is not None and not (called := self._called[following]).done():
                called.set_result(None)

    async def _wait(self, ticket: int, within_s: float) -> None:
        called = self._called[ticket] = asyncio.get_running_loop().create_future()
        try:
            async with asyncio.timeout(within_s):
                await called
        except TimeoutError:
            raise ModelFailed("busy") from None
