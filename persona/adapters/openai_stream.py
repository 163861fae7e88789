"""Reads a streamed chat completion as its lines come, over the OpenAI client that LangChain has opened.

LangChain and the client make several checked objects of every chunk, which takes ten times as long as reading its text;
a busy gateway would do little else (bench/gateway). The request, its errors and its connection stay theirs.
Format: https://platform.openai.com/docs/api-reference/chat-streaming
"""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Any

import openai

from persona.errors import ModelFailed
from persona.types import ModelPart, TextPart, UsagePart

_DATA, _DONE = "data:", "[DONE]"


async def read_stream(client: openai.AsyncOpenAI, payload: Mapping[str, Any]) -> AsyncGenerator[ModelPart, None]:
    """The text of a streamed completion, piece by piece, and what it took when the provider tells.

    `payload`: the request's body, with `messages`. Closing the generator closes the connection. Raises ModelFailed
    ("cut" for a stream that breaks off without its end, "upstream" for an error in its midst), what the client raises,
    and ValueError, KeyError or TypeError for what is no such stream.
    """
    ended, usage = False, None
    async with (
        client.chat.completions.with_streaming_response.create(
            **{**payload, "stream": True, "stream_options": {"include_usage": True}}
        ) as response,
        aclosing(_data(response)) as chunks,
    ):
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


async def _data(response: openai.AsyncAPIResponse[Any]) -> AsyncGenerator[dict[str, Any], None]:
    """The events of a stream as JSON, up to its end mark."""
    async for line in response.iter_lines():
        if not line.startswith(_DATA):
            continue
        data = line[len(_DATA) :].strip()
        if data == _DONE:
            return
        chunk = json.loads(data)
        if not isinstance(chunk, dict):
            raise TypeError("a chunk of a stream is an object")
        yield chunk
