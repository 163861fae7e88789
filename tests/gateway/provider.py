"""A model provider that the test leads: an OpenAI-compatible stream over real HTTP, for a server in its own process.

It answers one request at a time with what the test says, when the test says it.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from tests.gateway.lead import WAIT_S

_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\nconnection: close\r\n\r\n"


class Provider:
    """`asked` is set when a request has come; `say` and `end` make the answer."""

    def __init__(self) -> None:
        self.url = ""
        self.asked = asyncio.Event()
        self._said: asyncio.Queue[str | None] = asyncio.Queue()

    def say(self, text: str) -> None:
        """Some more text."""
        self._said.put_nowait(text)

    def end(self) -> None:
        """The reply is complete."""
        self._said.put_nowait(None)

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection, one answer."""
        try:
            await reader.readuntil(b"\r\n\r\n")
            writer.write(_HEAD)
            self.asked.set()
            while (text := await self._said.get()) is not None:
                _event(writer, {"content": text}, None)
                await writer.drain()
            _event(writer, {}, "stop")
            writer.write(b"data: [DONE]\n\n")
            await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            return
        finally:
            writer.close()

    async def was_asked(self) -> None:
        """Wait for a request."""
        await asyncio.wait_for(self.asked.wait(), WAIT_S)


def _event(writer: asyncio.StreamWriter, delta: dict[str, str], finish: str | None) -> None:
    choice = {"index": 0, "delta": delta, "finish_reason": finish}
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "led", "choices": [choice]}
    writer.write(b"data: " + json.dumps(frame).encode() + b"\n\n")


@asynccontextmanager
async def provider(port: int = 0) -> AsyncIterator[Provider]:
    """A provider on this port, or on a free one; `url` is what ENCORE_MODEL_BASE_URL takes."""
    one = Provider()
    server = await asyncio.start_server(one.serve, "127.0.0.1", port)
    async with server:
        one.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield one
        server.close()
