"""Streams a chat completion of an OpenAI-compatible server, over connections of its own.

LangChain's objects and the OpenAI client's walk over every message and every chunk take ten times as long as reading
them; a busy gateway would do little else (docs/gateway-performance.md). What is asked, where and with what key stays
theirs. Format: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any
from urllib.request import getproxies

import aiohttp
import openai

from persona.errors import ModelFailed
from persona.types import ModelPart, TextPart, UsagePart

LINE_BYTES_MAX = 1 << 22
IDLE_S = 3
"""How long a connection is kept for the next request, at most twice that: after a crowd there are many."""
_DATA, _DONE = b"data:", b"[DONE]"
_REASONS = {400: "bad_request", 401: "not_authorised", 403: "not_authorised", 404: "model_not_found", 408: "timeout"}
_REASONS |= {422: "bad_request", 429: "rate_limited", 504: "timeout"}


class CompletionStreams:
    """Opens streams. Of one event loop; connections are kept between them until it is closed."""

    def __init__(self, timeout_s: float) -> None:
        """`timeout_s`: how long connecting may take, and any silence."""
        self._timeout = aiohttp.ClientTimeout(total=None, connect=timeout_s, sock_read=timeout_s)
        self._session: aiohttp.ClientSession | None = None

    async def read(self, client: openai.AsyncOpenAI, payload: Mapping[str, Any]) -> AsyncGenerator[ModelPart, None]:
        """The text of a streamed completion, piece by piece, and what it took when the provider tells.

        `client` says where to ask and with what key; `payload` is the request's body, with `messages`. Closing the
        generator closes the connection. Raises ModelFailed ("cut" for a stream that breaks off without its end,
        "upstream" for an error in its midst), OSError and aiohttp.ClientError for the network's failures, and
        ValueError, KeyError or TypeError for what is no such stream.
        """
        ended, usage = False, None
        body = json.dumps({**payload, "stream": True, "stream_options": {"include_usage": True}}).encode()
        url = f"{client.base_url}chat/completions"
        async with self._opened().post(url, data=body, headers=_headers(client)) as response:
            if response.status != 200:
                raise ModelFailed(_reason(response.status))
            async with aclosing(_data(response)) as chunks:
                async for chunk in chunks:
                    if chunk.get("error"):
                        raise ModelFailed("upstream")
                    for choice in chunk["choices"]:
                        if text := choice["delta"].get("content"):
                            yield TextPart(text)
                        ended = ended or bool(choice.get("finish_reason"))
                    if counted := chunk.get("usage"):
                        usage = UsagePart(counted["prompt_tokens"], counted["completion_tokens"])
        if not ended:
            raise ModelFailed("cut")
        if usage is not None:
            yield usage

    async def aclose(self) -> None:
        """Close the connections; a second time does nothing."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _opened(self) -> aiohttp.ClientSession:
        if self._session is None:
            # How many turns run at once is bounded elsewhere: a limit here would make one wait without a word.
            connector = aiohttp.TCPConnector(limit=0, keepalive_timeout=IDLE_S)
            # Looked for once: for every request it would read a file of passwords too.
            proxied = bool(getproxies())
            self._session = aiohttp.ClientSession(connector=connector, timeout=self._timeout, trust_env=proxied)
        return self._session


def _headers(client: openai.AsyncOpenAI) -> dict[str, str]:
    """What a provider must know. The client's own headers tell of this machine, and ask it by a subprocess."""
    named = {"OpenAI-Organization": client.organization, "OpenAI-Project": client.project}
    told = {name: value for name, value in named.items() if value is not None}
    return {"Accept": "text/event-stream", "Content-Type": "application/json", **client.auth_headers, **told}


def _reason(status: int) -> str:
    return _REASONS.get(status, "upstream_5xx" if status >= 500 else "upstream")


async def _data(response: aiohttp.ClientResponse) -> AsyncGenerator[dict[str, Any], None]:
    """The events of a stream as JSON, up to its end mark."""
    rest = b""
    async for read in response.content.iter_any():
        *lines, rest = (rest + read).split(b"\n")
        for line in lines:
            if not line.startswith(_DATA):
                continue
            data = line[len(_DATA) :].strip()
            if data == _DONE:
                return
            chunk = json.loads(data)
            if not isinstance(chunk, dict):
                raise TypeError("a chunk of a stream is an object")
            yield chunk
        if len(rest) > LINE_BYTES_MAX:
            raise ValueError("a line of a stream has an end")
