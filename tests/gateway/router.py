"""A router between a process and its Redis server, that a test can make forget connections, or close.

What it forgets it swallows, both ways, and leaves open: as a real one does whose tables were lost.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.redis_server import RedisServer


class Way:
    """One connection through the router."""

    def __init__(self) -> None:
        self.listens = False
        """Whether it has subscribed to anything."""
        self.forgotten = False
        self.broken = asyncio.Event()


class Router:
    """`url` is where a process finds its server through the router."""

    def __init__(self, server: RedisServer, place: Path) -> None:
        self.url = f"unix://{place}"
        self._server = server.url.removeprefix("unix://")
        self._ways: set[Way] = set()
        self._open = True

    def forget(self, *, listening: bool) -> None:
        """Nothing more passes on the connections there are now: on those that have subscribed, or on the others."""
        for way in self._ways:
            way.forgotten = way.forgotten or way.listens == listening

    def close(self) -> None:
        """Break every connection and refuse others."""
        self._open = False
        for way in self._ways:
            way.broken.set()

    def open(self) -> None:
        """Let connections through again."""
        self._open = True

    async def accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One client."""
        if not self._open:
            writer.close()
            return
        server_reader, server_writer = await asyncio.open_unix_connection(self._server)
        way = Way()
        self._ways.add(way)
        passing = [
            asyncio.create_task(self._pass(way, reader, server_writer)),
            asyncio.create_task(self._pass(way, server_reader, writer)),
            asyncio.create_task(way.broken.wait()),
        ]
        try:
            await asyncio.wait(passing, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._ways.discard(way)
            for task in passing:
                task.cancel()
            for end in (writer, server_writer):
                end.close()

    async def _pass(self, way: Way, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(65_536):
            way.listens = way.listens or b"SUBSCRIBE" in data
            if not way.forgotten:
                writer.write(data)


@asynccontextmanager
async def routed(server: RedisServer, place: Path) -> AsyncIterator[Router]:
    """A router in front of the server while the block runs."""
    router = Router(server, place)
    accepting = await asyncio.start_unix_server(router.accept, str(place))
    try:
        yield router
    finally:
        router.close()
        accepting.close()
