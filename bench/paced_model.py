"""An OpenAI-compatible model in a process of its own: a first sentence at once, the rest a little later.

Started by `bench/turn_latency.py`. It prints its port, and then, for each request, when it had been read: lines of
JSON, times in ns of the machine's clock.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time

FIRST = "Mind the step, it is crooked, and the notice is not, for I checked it twice. "
REST = "It burns as if nothing had ever happened to it."
PAUSE_S = 0.08
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def note(**fields: int) -> None:
    """One line for the parent."""
    sys.stdout.write(json.dumps(fields) + "\n")
    sys.stdout.flush()


def chunk(text: str, end: str | None = None) -> bytes:
    """One event of a chat completion's stream."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": end}
    body = json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "p", "choices": [choice]})
    data = f"data: {body}\n\n".encode()
    return f"{len(data):x}\r\n".encode() + data + b"\r\n"


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Every request of one connection."""
    while await reader.readline():
        length = 0
        while (header := await reader.readline()).strip():
            name, _, value = header.decode("latin-1").partition(":")
            length = int(value) if name.lower() == "content-length" else length
        await reader.readexactly(length)
        note(arrived_ns=time.time_ns())
        writer.write(HEAD + chunk(FIRST))
        await asyncio.sleep(PAUSE_S)
        writer.write(chunk(REST) + chunk("", "stop") + b"e\r\ndata: [DONE]\n\n\r\n0\r\n\r\n")
        await writer.drain()


async def main() -> None:
    """Serve until the parent goes."""
    server = await asyncio.start_server(answer, "127.0.0.1", 0, limit=2**20)
    note(port=server.sockets[0].getsockname()[1])
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
