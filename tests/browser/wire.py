"""A wire between a browser and the server that a test can cut: every connection through it breaks at the same moment.

It forwards bytes and knows nothing of what they say.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Literal

CHUNK_BYTES = 64 * 1024
Cut = Literal["before", "after"]


class Wire:
    """The wire. `cut_at_next_upload` breaks it once, before or after the next bytes from the browser arrived."""

    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._open: set[tuple[asyncio.StreamWriter, asyncio.StreamWriter]] = set()
        self._armed: Cut | None = None
        self.cut = asyncio.Event()
        """Set once it has been cut."""

    def cut_at_next_upload(self, moment: Cut) -> None:
        """Break every connection when the browser sends something next."""
        self._armed = moment

    def cut_now(self) -> None:
        """Break every connection at this moment; whoever comes back is let through."""
        for browser, server in tuple(self._open):
            browser.transport.abort()
            server.close()
        self.cut.set()

    async def carry(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Serve one connection of the browser to its end."""
        up_reader, up_writer = await asyncio.open_connection(self._host, self._port)
        pair = (writer, up_writer)
        self._open.add(pair)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._up(reader, up_writer))
                group.create_task(self._down(up_reader, writer))
        except* OSError:
            pass  # one of the two ends broke off
        finally:
            self._open.discard(pair)
            for end in pair:
                end.close()

    async def _up(self, reader: asyncio.StreamReader, server: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            armed, self._armed = self._armed, None
            if armed is not None:
                self._break(server, data if armed == "after" else b"")
                return
            server.write(data)
            await server.drain()
        server.close()

    async def _down(self, reader: asyncio.StreamReader, browser: asyncio.StreamWriter) -> None:
        while data := await reader.read(CHUNK_BYTES):
            browser.write(data)
            await browser.drain()
        browser.close()

    def _break(self, server: asyncio.StreamWriter, last: bytes) -> None:
        """What the browser said last may arrive; nothing that is answered does."""
        for browser, other in tuple(self._open):
            browser.transport.abort()
            if other is server and last:
                other.write(last)
            other.close()
        self.cut.set()


@asynccontextmanager
async def wire_to(address: str) -> AsyncIterator[tuple[Wire, str]]:
    """A wire to a demo page, and the page's address through it."""
    host, _, rest = address.removeprefix("http://").partition(":")
    port, _, path = rest.partition("/")
    wire = Wire(host, int(port))
    server = await asyncio.start_server(wire.carry, "127.0.0.1", 0)
    try:
        yield wire, f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/{path}"
    finally:
        server.close()
