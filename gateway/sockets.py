"""The sockets of this process: a seat for each, who is stuck, and how to take leave of all of them."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator, Coroutine, Iterator
from contextlib import asynccontextmanager, contextmanager

from gateway.connection import Connection
from gateway.errors import TooManySockets
from gateway.seats import Seats

GOODBYE_BATCH = 100
LEAVE_S = 5.0
RECONNECT_IN_MS = 1_000


class Sockets:
    """Every open connection."""

    def __init__(self, seats: Seats, per_fan_max: int) -> None:
        self._seats, self._per_fan_max = seats, per_fan_max
        self._open: set[Connection] = set()

    def __len__(self) -> int:
        return len(self._open)

    @asynccontextmanager
    async def count(self, fan: str) -> AsyncIterator[None]:
        """Count one more socket of a fan while the block runs. Raises TooManySockets."""
        seat = uuid.uuid4().hex
        if not await self._seats.take(fan, seat, self._per_fan_max):
            raise TooManySockets
        try:
            yield
        finally:
            await self._seats.leave(fan, seat)

    @contextmanager
    def hold(self, connection: Connection) -> Iterator[None]:
        """Know of a connection while the block runs."""
        self._open.add(connection)
        try:
            yield
        finally:
            self._open.discard(connection)

    async def evict_stuck(self) -> int:
        """Cut off every client that has not taken a frame for too long; returns how many."""
        now_s = asyncio.get_running_loop().time()
        stuck = [connection for connection in self._open if connection.is_stuck(now_s)]
        for connection in stuck:
            connection.evict()
        return len(stuck)

    async def goodbye(self) -> None:
        """Tell every client to come back, a batch at a time, each batch a little later: no stampede."""
        for start, batch in enumerate(_batches(list(self._open))):
            delay_ms = RECONNECT_IN_MS + start * 250
            await _all([connection.goodbye(delay_ms) for connection in batch])

    async def close(self) -> None:
        """Close every socket after what it still has to send; one that does not take it ends with the process."""
        await _all([connection.end() for connection in tuple(self._open)])
        if self._open:
            await asyncio.wait(
                [asyncio.ensure_future(connection.closed.wait()) for connection in self._open], timeout=LEAVE_S
            )


def _batches(connections: list[Connection]) -> Iterator[list[Connection]]:
    for start in range(0, len(connections), GOODBYE_BATCH):
        yield connections[start : start + GOODBYE_BATCH]


async def _all(steps: list[Coroutine[None, None, None]]) -> None:
    """Run these together, for LEAVE_S at most: a client that takes nothing keeps nobody waiting."""
    if steps:
        tasks = [asyncio.ensure_future(step) for step in steps]
        _, late = await asyncio.wait(tasks, timeout=LEAVE_S)
        for task in late:
            task.cancel()
