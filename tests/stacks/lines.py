"""Six WebSocket stacks behind one small port: connect, send a frame, take one in, and lose the connection.

Each is used as its own documentation has it. What is said over a line is the test's business.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from typing import Any, Protocol

import aiohttp
import picows
import websocket
import websockets.asyncio.client
from playwright.async_api import Browser, Page
from websockets.typing import Subprotocol


class Line(Protocol):
    """A connected WebSocket."""

    async def send(self, text: str) -> None:
        """Send a text frame."""
        ...

    async def receive(self) -> str:
        """The next text frame."""
        ...

    async def drop(self) -> None:
        """Lose the connection."""
        ...


class WebsocketsLine:
    """`websockets`, asyncio."""

    def __init__(self, socket: websockets.asyncio.client.ClientConnection) -> None:
        self._socket = socket

    @classmethod
    async def connect(cls, url: str, protocols: Sequence[str]) -> WebsocketsLine:
        offered = [Subprotocol(name) for name in protocols]
        return cls(await websockets.asyncio.client.connect(url, subprotocols=offered, proxy=None))

    async def send(self, text: str) -> None:
        await self._socket.send(text)

    async def receive(self) -> str:
        return str(await self._socket.recv())

    async def drop(self) -> None:
        self._socket.transport.abort()
        await self._socket.wait_closed()


class AiohttpLine:
    """`aiohttp`."""

    def __init__(self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse) -> None:
        self._session, self._socket = session, socket

    @classmethod
    async def connect(cls, url: str, protocols: Sequence[str]) -> AiohttpLine:
        session = aiohttp.ClientSession()
        return cls(session, await session.ws_connect(url, protocols=protocols))

    async def send(self, text: str) -> None:
        await self._socket.send_str(text)

    async def receive(self) -> str:
        return await self._socket.receive_str()

    async def drop(self) -> None:
        await self._session.close()


class PicowsLine(picows.WSListener):
    """`picows`, whose listener is called from the transport."""

    def __init__(self) -> None:
        self._came: asyncio.Queue[str] = asyncio.Queue()
        self._gone = asyncio.Event()
        self._transport: picows.WSTransport | None = None

    @classmethod
    async def connect(cls, url: str, protocols: Sequence[str]) -> PicowsLine:
        headers = {"Sec-WebSocket-Protocol": ", ".join(protocols)}
        _, line = await picows.ws_connect(cls, url, extra_headers=headers)
        assert isinstance(line, PicowsLine)
        return line

    def on_ws_connected(self, transport: picows.WSTransport) -> None:
        self._transport = transport

    def on_ws_frame(self, transport: picows.WSTransport, frame: picows.WSFrame) -> None:
        if frame.msg_type == picows.WSMsgType.TEXT:
            self._came.put_nowait(frame.get_payload_as_utf8_text())

    def on_ws_disconnected(self, transport: picows.WSTransport) -> None:
        self._gone.set()

    async def send(self, text: str) -> None:
        assert self._transport is not None
        self._transport.send(picows.WSMsgType.TEXT, text.encode())

    async def receive(self) -> str:
        return await self._came.get()

    async def drop(self) -> None:
        assert self._transport is not None
        self._transport.disconnect(graceful=False)
        await self._gone.wait()


class WebSocketClientLine:
    """`websocket-client`, which blocks, in a thread."""

    def __init__(self, socket: Any) -> None:
        self._socket = socket

    @classmethod
    async def connect(cls, url: str, protocols: Sequence[str]) -> WebSocketClientLine:
        made = await asyncio.to_thread(
            websocket.create_connection, url, subprotocols=list(protocols), suppress_origin=True, timeout=30
        )
        return cls(made)

    async def send(self, text: str) -> None:
        await asyncio.to_thread(self._socket.send, text)

    async def receive(self) -> str:
        return str(await asyncio.to_thread(self._socket.recv))

    async def drop(self) -> None:
        await asyncio.to_thread(self._socket.shutdown)


class ChromiumLine:
    """The WebSocket of a page in Chromium."""

    _OPEN = """([url, protocols]) => new Promise((opened, failed) => {
        const came = [], asking = [];
        const socket = new WebSocket(url, protocols);
        socket.onmessage = event => (asking.length ? asking.shift()(event.data) : came.push(event.data));
        socket.onopen = () => opened();
        socket.onerror = () => failed(new Error("refused"));
        window.line = {
            send: text => socket.send(text),
            receive: () => came.length ? came.shift() : new Promise(given => asking.push(given)),
        };
    })"""

    def __init__(self, page: Page) -> None:
        self._page = page

    @classmethod
    async def connect(cls, browser: Browser, page_url: str, url: str, protocols: Sequence[str]) -> ChromiumLine:
        page = await browser.new_page()
        await page.goto(page_url)
        await page.evaluate(cls._OPEN, [url, list(protocols)])
        return cls(page)

    async def send(self, text: str) -> None:
        await self._page.evaluate("text => window.line.send(text)", text)

    async def receive(self) -> str:
        return str(await self._page.evaluate("() => window.line.receive()"))

    async def drop(self) -> None:
        await self._page.close()


async def said(line: Line, type_: str) -> tuple[dict[str, Any], list[dict[str, Any]]]:
    """The next event of this type, and all that came up to it."""
    came: list[dict[str, Any]] = []
    while True:
        came.append(json.loads(await line.receive()))
        assert came[-1]["type"] != "error", came[-1]
        if came[-1]["type"] == type_:
            return came[-1], came
