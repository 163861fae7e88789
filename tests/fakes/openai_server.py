"""An OpenAI-compatible chat server that says what it is told and misbehaves on demand, over real HTTP.

It lets a real client library be tested with a real connection. It must never be reachable from outside the machine.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any, Literal

Mode = Literal["reply", "stall", "cut", "error", "garbage"]
_HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


@dataclass
class Behaviour:
    """How a request is answered."""

    text: str = "Mind the step."
    mode: Mode = "reply"
    after_words: int = 1
    """Where `stall`, `cut` and `garbage` set in."""
    status: int = 500
    """Of `error`."""
    pause_s: float = 0.0
    """Between two words."""


@dataclass
class OpenAIServer(Behaviour):
    """The behaviour of the next request, and what has happened: requests received, streams the client abandoned."""

    requests: list[dict[str, Any]] = field(default_factory=list)
    abandoned: asyncio.Event = field(default_factory=asyncio.Event)
    """Set when a client hung up on a stalled stream."""
    url: str = ""

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """One connection."""
        try:
            while line := await reader.readline():
                length = 0
                while (header := await reader.readline()).strip():
                    name, _, value = header.decode("latin-1").partition(":")
                    length = int(value) if name.lower() == "content-length" else length
                request = {"line": line.decode().strip(), **json.loads(await reader.readexactly(length))}
                self.requests.append(request)
                if not await self._answer(self.behaviour(request), reader, writer):
                    return
        except (ConnectionError, asyncio.IncompleteReadError):
            self.abandoned.set()
        finally:
            writer.close()

    def behaviour(self, _request: dict[str, Any]) -> Behaviour:
        """How this request is answered."""
        return self

    async def _answer(self, how: Behaviour, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bool:
        """Whether the connection goes on."""
        if how.mode == "error":
            body = json.dumps({"error": {"message": "SECRET words of the provider", "type": "server_error"}}).encode()
            writer.write(f"HTTP/1.1 {how.status} No\r\ncontent-length: {len(body)}\r\n\r\n".encode() + body)
            await writer.drain()
            return True
        writer.write(_HEAD)
        words = re.findall(r"\s*\S+|\s+\Z", how.text)
        for number, word in enumerate([*words, None]):
            if number == how.after_words and how.mode != "reply":
                await writer.drain()
                if how.mode == "garbage":
                    _chunk(writer, b'data: {"choices": [{"del\n\n')
                elif how.mode == "cut":
                    return False
                else:
                    await reader.read()  # returns when the client hangs up
                    self.abandoned.set()
                    return False
            if word is not None:
                role = {"role": "assistant"} if number == 0 else {}
                _event(writer, choices=[{"index": 0, "delta": {**role, "content": word}, "finish_reason": None}])
                await writer.drain()
                if how.pause_s:
                    await asyncio.sleep(how.pause_s)
        _event(writer, choices=[{"index": 0, "delta": {}, "finish_reason": "stop"}])
        _event(writer, choices=[], usage={"prompt_tokens": 11, "completion_tokens": len(words), "total_tokens": 0})
        _chunk(writer, b"data: [DONE]\n\n")
        writer.write(b"0\r\n\r\n")
        await writer.drain()
        return True


@asynccontextmanager
async def openai_server(state: OpenAIServer | None = None) -> AsyncGenerator[OpenAIServer, None]:
    """A server on a free port of the loopback; `url` is what a client takes for `base_url`."""
    state = state or OpenAIServer()
    server = await asyncio.start_server(state.serve, "127.0.0.1", 0)
    async with server:
        state.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/v1"
        yield state
        server.close()


def _event(writer: asyncio.StreamWriter, **fields: Any) -> None:
    frame = {"id": "c1", "object": "chat.completion.chunk", "created": 1, "model": "scripted", **fields}
    _chunk(writer, b"data: " + json.dumps(frame).encode() + b"\n\n")


def _chunk(writer: asyncio.StreamWriter, data: bytes) -> None:
    writer.write(f"{len(data):x}\r\n".encode() + data + b"\r\n")
