"""The HTTP of an OpenAI-compatible model that streams: what the models of the benchmarks have in common.

What is said, and when, is each model's own: a function that writes one reply.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Awaitable, Callable

BACKLOG = 2_048
REQUEST_BYTES_MAX = 2**20
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"

Speak = Callable[[asyncio.StreamWriter], Awaitable[None]]
"""Writes the chunks of one reply, after its HEAD and before its END."""


def framed(data: str) -> bytes:
    """One server-sent event as one chunk of HTTP."""
    body = f"data: {data}\n\n".encode()
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def chunk(text: str, end: str | None = None) -> bytes:
    """One event of a chat completion's stream."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": end}
    body = {"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "bench", "choices": [choice]}
    return framed(json.dumps(body))


END = chunk("", "stop") + framed("[DONE]") + b"0\r\n\r\n"


async def serve_model(speak: Speak) -> None:
    """Serve on a free port of the loopback, which is printed as `{"port": N}`, until the parent goes."""

    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while await _request(reader):
                await speak(writer)
                writer.write(END)
                await writer.drain()
        except ConnectionError:
            return
        finally:
            writer.close()

    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=REQUEST_BYTES_MAX, backlog=BACKLOG)
    tell(port=server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


def tell(**fields: int) -> None:
    """One line of JSON for the parent."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


async def _request(reader: asyncio.StreamReader) -> bool:
    """Read one request to its end; False when the client has gone."""
    if not await reader.readline():
        return False
    length = 0
    while (header := await reader.readline()).strip():
        name, _, value = header.decode("latin-1").partition(":")
        length = int(value) if name.lower() == "content-length" else length
    await reader.readexactly(length)
    return True
