"""Speaks through any chat model that LangChain can open: hosted, or OpenAI-compatible at an address of one's own.

A provider's failure becomes ModelFailed with a code. Its words are never carried, since they may hold the prompt, and
an error's text is never taken for a reply.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Sequence
from contextlib import aclosing
from typing import Any, cast

import aiohttp
import httpx2
import openai
from langchain.chat_models import init_chat_model
from langchain_core.exceptions import (
    LangChainException,
    ModelAuthenticationError,
    ModelConnectionError,
    ModelInvalidRequestError,
    ModelNotFoundError,
    ModelPermissionDeniedError,
    ModelRateLimitError,
    ModelRefusalError,
    ModelTimeoutError,
)
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, AIMessageChunk, BaseMessage, HumanMessage, SystemMessage
from langchain_openai import ChatOpenAI
from pydantic import SecretStr

from persona.adapters.openai_stream import CompletionStreams
from persona.errors import ModelFailed, UnknownModel
from persona.portable import portable
from persona.types import Message, ModelPart, Prompt, TextPart, UsagePart

_KINDS: tuple[tuple[type[BaseException] | tuple[type[BaseException], ...], str], ...] = (
    ((ModelRateLimitError, openai.RateLimitError), "rate_limited"),
    ((ModelTimeoutError, openai.APITimeoutError, httpx2.TimeoutException, TimeoutError), "timeout"),
    ((ModelAuthenticationError, openai.AuthenticationError), "not_authorised"),
    ((ModelPermissionDeniedError, openai.PermissionDeniedError), "not_authorised"),
    ((ModelNotFoundError, openai.NotFoundError), "model_not_found"),
    (openai.InternalServerError, "upstream_5xx"),
    ((ModelInvalidRequestError, openai.BadRequestError, openai.UnprocessableEntityError), "bad_request"),
    (ModelRefusalError, "refused_by_provider"),
    (
        (ModelConnectionError, openai.APIConnectionError, httpx2.TransportError, aiohttp.ClientError, OSError),
        "connection",
    ),
    # A broken event stream: JSON and UTF-8 errors are ValueErrors, a missing field is a KeyError or a TypeError.
    ((ValueError, KeyError, TypeError), "bad_response"),
)
_EXPECTED = (
    *(LangChainException, openai.OpenAIError, httpx2.HTTPError, aiohttp.ClientError),
    *(OSError, ValueError, KeyError, TypeError),
)


class LangChainModel:
    """A ChatModel over `langchain.chat_models.init_chat_model`.

    `model` is `provider:name`; with `base_url` and no provider it is taken for OpenAI-compatible. Nothing is retried
    here: a turn is paid for once, and whether to try again is decided above. Raises UnknownModel when LangChain cannot
    open it, and ModelFailed while streaming.
    """

    def __init__(
        self,
        model: str,
        *,
        base_url: str | None = None,
        api_key: SecretStr | None = None,
        temperature: float = 0.8,
        timeout_s: float = 60.0,
    ) -> None:
        self._model = model if ":" in model or base_url is None else f"openai:{model}"
        self._base_url, self._api_key = base_url, api_key
        self._temperature, self._timeout_s = temperature, timeout_s
        # OpenAI's own models take a system message anywhere; of another template that must not be expected.
        self._takes_late_system = self._model.startswith("openai:") and base_url is None
        self._opened: dict[int, BaseChatModel] = {}
        self._streams = CompletionStreams(timeout_s)

    @property
    def name(self) -> str:
        return self._model

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        async with aclosing(self.answer(prompt.messages, prompt.reply_tokens_max)) as parts:
            async for part in parts:
                yield part

    async def answer(
        self, asked: Sequence[Message], tokens_max: int, **options: Any
    ) -> AsyncGenerator[ModelPart, None]:
        """What `stream` does, for bare messages; `options` are the provider's own. Raises ModelFailed."""
        chat = self._open(tokens_max)
        messages = [_message(message) for message in (asked if self._takes_late_system else portable(asked))]
        try:
            async with aclosing(_read(chat, messages, options, self._streams)) as parts:
                async for part in parts:
                    yield part
        except _EXPECTED as failure:
            raise ModelFailed(_code(failure)) from None  # a provider's words may quote the prompt: not even as a cause

    def check(self) -> None:
        """Open the model without asking it anything: for a start. Raises UnknownModel, also when there is no key."""
        self._open(1)

    async def warm(self) -> None:
        """Import what the provider needs; no request is made."""
        self.check()

    async def aclose(self) -> None:
        await self._streams.aclose()
        for chat in self._opened.values():
            if isinstance(chat, ChatOpenAI):
                await chat.root_async_client.close()
                chat.root_client.close()
        self._opened.clear()

    def _open(self, reply_tokens_max: int) -> BaseChatModel:
        if reply_tokens_max in self._opened:
            return self._opened[reply_tokens_max]
        options: dict[str, Any] = {
            "temperature": self._temperature,
            "max_tokens": reply_tokens_max,
            "timeout": self._timeout_s,
            "max_retries": 0,
        }
        if self._base_url is not None:
            options["base_url"] = self._base_url
        if self._api_key is not None:
            options["api_key"] = self._api_key
        elif self._base_url is not None:
            options["api_key"] = SecretStr("none")  # a server of one's own asks for none, the client insists on one
        if self._model.startswith("openai:"):
            options["stream_usage"] = True
            # Of its own: LangChain would lend every model of an address the same client, and one closes it for all.
            options["http_async_client"] = openai.DefaultAsyncHttpxClient(timeout=self._timeout_s)
        try:
            chat: BaseChatModel = init_chat_model(self._model, **options)
        except (ImportError, ValueError, openai.OpenAIError) as failure:
            raise UnknownModel(self._model, _why_closed(failure)) from None
        self._opened[reply_tokens_max] = chat
        return chat


async def _read(
    chat: BaseChatModel, messages: list[BaseMessage], options: dict[str, Any], streams: CompletionStreams
) -> AsyncGenerator[ModelPart, None]:
    """A reply, piece by piece, then what it took."""
    if isinstance(chat, ChatOpenAI):
        # LangChain's own way from messages to a request, so that both ask alike.
        payload = chat._get_request_payload(messages, **options)
        if "messages" in payload:  # else the model is only reached by OpenAI's other interface
            async with aclosing(streams.read(chat.root_async_client, payload)) as parts:
                async for part in parts:
                    yield part
            return
    usage: UsagePart | None = None
    # LangChain promises an iterator; what it gives is a generator, and closing it closes the connection.
    chunks = cast(AsyncGenerator[AIMessageChunk, None], chat.astream(messages, **options))
    async with aclosing(chunks):
        async for chunk in cast(AsyncIterator[AIMessageChunk], chunks):
            if text := str(chunk.text):
                yield TextPart(text)
            if counted := chunk.usage_metadata:
                usage = UsagePart(counted["input_tokens"], counted["output_tokens"])
    if usage is not None:
        yield usage


def _why_closed(failure: Exception) -> str:
    """Why a model cannot be opened, in our words: a provider's own may quote a key."""
    if isinstance(failure, openai.OpenAIError):
        return "it has no key, set OPENAI_API_KEY"
    if isinstance(failure, ImportError):
        return "the LangChain package of its provider is not installed"
    return "LangChain knows no such provider, or the provider has no key"


def _message(message: Message) -> BaseMessage:
    kinds: dict[str, type[BaseMessage]] = {"system": SystemMessage, "user": HumanMessage, "assistant": AIMessage}
    return kinds[message.role](content=message.content)


def _code(failure: BaseException) -> str:
    status = getattr(failure, "status_code", None)
    if isinstance(status, int) and status >= 500:
        return "upstream_5xx"
    return next((code for kinds, code in _KINDS if isinstance(failure, kinds)), "upstream")
