"""A client that does what no library lets one do: bytes of its own making, on a TCP connection with a small buffer.

It is for the tests of what the server does about bad manners; it knows just enough of RFC 6455 to come in and to tell
what came back.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from urllib.parse import urlsplit

from tests.gateway.client import Fan
from tests.gateway.lead import WAIT_S

TEXT, BINARY, CLOSE, PING, PONG, CONT = 1, 2, 8, 9, 10, 0
RECEIVE_BUFFER_BYTES = 4_096
HELLO = b'{"type": "hello", "protocol": "encore.v1"}'


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True, rsv: int = 0, masked: bool = True) -> bytes:
    """One frame. RFC 6455, section 5.2."""
    length = len(payload)
    extended = b"" if length < 126 else struct.pack("!H", length) if length < 65_536 else struct.pack("!Q", length)
    short = length if length < 126 else 126 if length < 65_536 else 127
    head = bytes([fin << 7 | rsv << 4 | opcode, masked << 7 | short]) + extended
    return head + (bytes(4) + payload if masked else payload)  # a mask of zeros leaves everything as it is


class Raw:
    """One TCP connection to a gateway."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer

    @property
    def left(self) -> bool:
        """Whether the server has ended the connection, as far as that was noticed."""
        return self._writer.transport.is_closing()

    async def send(self, data: bytes) -> None:
        """Send bytes; harmless when the server has left."""
        try:
            self._writer.write(data)
            await asyncio.wait_for(self._writer.drain(), WAIT_S)
        except ConnectionError:
            return

    async def whole_head(self) -> str:
        """The head of the answer; "" when the server just left."""
        try:
            return (await asyncio.wait_for(self._reader.readuntil(b"\r\n\r\n"), WAIT_S)).decode()
        except (asyncio.IncompleteReadError, ConnectionError):
            return ""

    async def head(self) -> str:
        """The status line of the answer, with the headers read; "" when the server just left."""
        return (await self.whole_head()).partition("\r\n")[0]

    async def frame(self) -> tuple[int, bytes]:
        """The next frame: its opcode and what it holds. Raises ConnectionError when the server has left."""
        try:
            async with asyncio.timeout(WAIT_S):
                first, second = await self._reader.readexactly(2)
                length = second & 0x7F
                if length == 126:
                    (length,) = struct.unpack("!H", await self._reader.readexactly(2))
                elif length == 127:
                    (length,) = struct.unpack("!Q", await self._reader.readexactly(8))
                return first & 0x0F, await self._reader.readexactly(length)
        except asyncio.IncompleteReadError as error:
            raise ConnectionResetError from error

    async def text(self) -> str:
        """The next text frame."""
        while True:
            opcode, payload = await self.frame()
            if opcode == TEXT:
                return payload.decode()
            assert opcode != CLOSE, f"closed with {struct.unpack('!H', payload[:2])}"

    async def closed(self) -> int:
        """Read on to the close; returns its code, 1006 when the server just left."""
        try:
            while True:
                opcode, payload = await self.frame()
                if opcode == CLOSE:
                    return int.from_bytes(payload[:2]) if payload else 1005
        except ConnectionError:
            return 1006

    async def rest(self) -> bytes:
        """Everything that comes until the server leaves."""
        came = b""
        try:
            while more := await asyncio.wait_for(self._reader.read(65_536), WAIT_S):
                came += more
        except ConnectionError:
            pass
        return came

    async def gone(self) -> None:
        """Read until the server has left."""
        await self.rest()

    def stop_reading(self) -> None:
        """Take nothing more in: the window closes when the buffers are full."""
        self._writer.transport.pause_reading()  # type: ignore[attr-defined]

    def read_on(self) -> None:
        """Read again."""
        self._writer.transport.resume_reading()  # type: ignore[attr-defined]

    def cut(self) -> None:
        """Leave without a word."""
        self._writer.transport.abort()


@asynccontextmanager
async def raw_connection(base: str) -> AsyncIterator[Raw]:
    """A connection on which nothing was sent yet."""
    address = urlsplit(base)
    connecting = socket.socket()
    connecting.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, RECEIVE_BUFFER_BYTES)
    connecting.setblocking(False)
    await asyncio.get_running_loop().sock_connect(connecting, (address.hostname, address.port))
    reader, writer = await asyncio.open_connection(sock=connecting, limit=RECEIVE_BUFFER_BYTES)
    try:
        yield Raw(reader, writer)
    finally:
        writer.transport.abort()


def upgrade(base: str, ticket: str, *headers: str) -> bytes:
    """The request that opens a socket."""
    lines = (
        "GET /v1/realtime HTTP/1.1",
        f"Host: {urlsplit(base).netloc}",
        "Upgrade: websocket",
        "Connection: Upgrade",
        f"Sec-WebSocket-Key: {base64.b64encode(os.urandom(16)).decode()}",
        "Sec-WebSocket-Version: 13",
        f"Sec-WebSocket-Protocol: encore.v1, ticket.{ticket}",
        *headers,
    )
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


@asynccontextmanager
async def raw_socket(fan: Fan, *headers: str, hello: bool = True) -> AsyncIterator[Raw]:
    """A socket that was welcomed, or let in without a hello."""
    ticket = await fan.ticket()
    async with raw_connection(fan.base) as raw:
        await raw.send(upgrade(fan.base, ticket, *headers))
        assert (await raw.head()).startswith("HTTP/1.1 101")
        if hello:
            await raw.send(frame(HELLO))
            assert '"welcome"' in await raw.text()
        yield raw
