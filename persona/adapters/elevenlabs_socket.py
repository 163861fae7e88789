"""One socket of ElevenLabs' `multi-stream-input`: frames out, and each context's answers to whoever reads it.

Answers come as `{"audio", "isFinal", "alignment", "contextId"}` in either spelling; alignment may be null. A socket
that ends, by an error, a restart of theirs or the network, ends every context on it, each with the reason.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from websockets.asyncio.client import ClientConnection
from websockets.asyncio.client import connect as open_socket
from websockets.exceptions import ConnectionClosed, InvalidHandshake, InvalidStatus

from persona.errors import VoiceFailed

CONTEXTS_MAX = 5
FRAME_BYTES_MAX = 4 * 1024 * 1024
REASONS = frozenset(
    {
        "concurrent_limit_exceeded",
        "rate_limit_exceeded",
        "quota_exceeded",
        "voice_not_found",
        "invalid_api_key",
        "model_not_found",
    }
)
"""Reasons of theirs that are told; any other is `refused`, for it may repeat what was sent."""


@dataclass(frozen=True, slots=True)
class Chunk:
    """Audio of one context, and when each of `chars` is heard in it, in ms from its begin."""

    audio: bytes
    chars: list[str] = field(default_factory=list)
    starts_ms: list[int] = field(default_factory=list)
    durations_ms: list[int] = field(default_factory=list)


class Context:
    """One utterance on a socket."""

    def __init__(self, socket: ElevenLabsSocket, name: str) -> None:
        self._socket, self._name = socket, name
        self.answers: asyncio.Queue[Chunk | VoiceFailed | None] = asyncio.Queue()
        self._ended = False

    async def say(self, text: str, *, speed: float) -> None:
        """Send all of an utterance. Raises VoiceFailed."""
        first: dict[str, Any] = {"text": " ", "context_id": self._name}
        if speed != 1.0:  # settings may only stand in a context's first message
            first["voice_settings"] = {"speed": speed}
        await self._socket.send(first)
        await self._socket.send({"text": f"{text} ", "context_id": self._name, "flush": True})
        await self._socket.send({"context_id": self._name, "close_context": True})

    async def next(self) -> Chunk | None:
        """More audio; None when there is no more. Raises VoiceFailed."""
        answer = await self.answers.get()
        if not isinstance(answer, Chunk):
            self._ended = True
        if isinstance(answer, VoiceFailed):
            raise answer
        return answer

    async def close(self) -> None:
        """Let it go. One that was not read to its end is asked to stop."""
        self._socket.contexts.pop(self._name, None)
        if not self._ended and self._socket.is_open:
            self._ended = True
            try:
                await self._socket.send({"context_id": self._name, "close_context": True})
            except VoiceFailed:
                return


class ElevenLabsSocket:
    """A connected socket and the contexts on it."""

    def __init__(self, line: ClientConnection) -> None:
        self._line = line
        self.contexts: dict[str, Context] = {}
        self._failure: VoiceFailed | None = None
        self._reading = asyncio.create_task(self._read(), name="elevenlabs")

    @property
    def is_open(self) -> bool:
        """Whether anything may be said on it."""
        return self._failure is None

    def context(self, name: str) -> Context:
        """A new context; nothing has been sent of it."""
        self.contexts[name] = Context(self, name)
        return self.contexts[name]

    async def send(self, message: Mapping[str, Any]) -> None:
        """Send one message. Raises VoiceFailed."""
        if self._failure is not None:
            raise self._failure
        try:
            await self._line.send(json.dumps(message))
        except ConnectionClosed as closed:
            await asyncio.wait([self._reading])  # it may still be reading why they closed
            raise self._failure or VoiceFailed(_closed(closed)) from None

    async def aclose(self) -> None:
        """Close, and end what is on it."""
        await self._line.close()
        await asyncio.gather(self._reading, return_exceptions=True)

    async def _read(self) -> None:
        failure = VoiceFailed("closed")
        try:
            async for frame in self._line:
                self._take(frame)
                if self._failure is not None:
                    return
        except ConnectionClosed as closed:
            failure = VoiceFailed(_closed(closed))
        finally:
            self._fail(self._failure or failure)

    def _take(self, frame: str | bytes) -> None:
        try:
            message = json.loads(frame)
        except ValueError:
            return self._fail(VoiceFailed("garbage"))
        if not isinstance(message, dict):
            return self._fail(VoiceFailed("garbage"))
        name = message.get("contextId") or message.get("context_id")
        context = self.contexts.get(name) if isinstance(name, str) else None
        if "error" in message or "message" in message:
            failure = VoiceFailed(_reason(message.get("error")))
            return self._fail(failure) if context is None else context.answers.put_nowait(failure)
        if context is None:
            return None  # somebody stopped listening
        try:
            chunk = _chunk(message)
        except (ValueError, TypeError, binascii.Error):
            return context.answers.put_nowait(VoiceFailed("garbage"))
        if chunk is not None:
            context.answers.put_nowait(chunk)
        if message.get("isFinal") or message.get("is_final"):
            context.answers.put_nowait(None)
        return None

    def _fail(self, failure: VoiceFailed) -> None:
        self._failure = failure
        for context in self.contexts.values():
            context.answers.put_nowait(failure)


async def connect(url: str, key: str, *, within_s: float) -> ElevenLabsSocket:
    """A new socket. Raises VoiceFailed: `unreachable`, `timeout`, or why they refuse."""
    try:
        async with asyncio.timeout(within_s):
            line = await open_socket(
                url, additional_headers={"xi-api-key": key}, max_size=FRAME_BYTES_MAX, open_timeout=None, proxy=None
            )
    except TimeoutError:
        raise VoiceFailed("timeout") from None
    except InvalidStatus as refused:
        raise VoiceFailed(_refusal(refused)) from None
    except (OSError, InvalidHandshake):
        raise VoiceFailed("unreachable") from None
    return ElevenLabsSocket(line)


def _chunk(message: Mapping[str, Any]) -> Chunk | None:
    audio = base64.b64decode(message.get("audio") or "", validate=True)
    alignment = message.get("alignment") or {}
    chars = list(alignment.get("chars") or ())
    starts = [int(ms) for ms in alignment.get("charStartTimesMs") or alignment.get("char_start_times_ms") or ()]
    durations = [int(ms) for ms in alignment.get("charDurationsMs") or alignment.get("char_durations_ms") or ()]
    return Chunk(audio, chars, starts, durations) if audio or chars else None


def _closed(closed: ConnectionClosed) -> str:
    code = closed.rcvd.code if closed.rcvd is not None else 1006
    return f"closed_{code}"


def _reason(error: object) -> str:
    return error if isinstance(error, str) and error in REASONS else "refused"


def _refusal(refused: InvalidStatus) -> str:
    """Why a handshake was refused: `{"detail": {"status": …}}`, or the status alone."""
    try:
        detail = json.loads(refused.response.body or b"")["detail"]
        status = detail.get("status") or detail.get("code")
    except (ValueError, KeyError, TypeError, AttributeError):
        status = None
    return status if status in REASONS else f"http_{refused.response.status_code}"
