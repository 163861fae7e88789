"""ElevenLabs' voices over `multi-stream-input`: many utterances on one socket, each in a context of its own.

The SDK's own streaming is synchronous and gives no timings (ElevenLabs API reference, “Multi-Context WebSocket”, and
elevenlabs 2.78). A context is opened for one utterance, flushed and closed at once, so its end is certain. The key
goes into a header and nowhere else.
"""

from __future__ import annotations

import asyncio
import uuid
from collections import defaultdict
from collections.abc import AsyncGenerator
from urllib.parse import urlencode, urlsplit, urlunsplit

from persona.adapters.elevenlabs_socket import CONTEXTS_MAX, Context, ElevenLabsSocket, connect
from persona.errors import VoiceFailed
from persona.voices import Role, Sound, SoundFormat, pcm
from persona.word_marks import Timing

IDLE_S = 120
"""How long the provider keeps a socket on which nothing is said, in seconds; it allows 180."""
BUSY_S = (0.2, 0.5, 1.0)
"""When every slot of the account is taken, one is asked for again after so long, in seconds."""
LOOK_AHEAD_CHARS = 12
_LANGUAGE_MODELS = ("eleven_flash_v2_5", "eleven_turbo_v2_5", "eleven_v3")


class ElevenLabsVoice:
    """Reads with ElevenLabs. Sockets are kept by voice and language, and shared by at most CONTEXTS_MAX utterances."""

    def __init__(
        self, *, key: str, base_url: str, model: str, output_format: str = "mp3_44100_64", connect_s: float = 5.0
    ) -> None:
        self._key, self._base_url, self._model = key, base_url, model
        self._output_format, self._connect_s = output_format, connect_s
        self._format = format_of(output_format)
        self._sockets: dict[tuple[str, str], list[ElevenLabsSocket]] = {}
        self._opening: defaultdict[tuple[str, str], asyncio.Lock] = defaultdict(asyncio.Lock)

    @property
    def name(self) -> str:
        """See Voice."""
        return "elevenlabs"

    @property
    def sounds_in(self) -> SoundFormat:
        """See Voice."""
        return self._format

    def speaks(self, role: Role) -> bool:
        """See Voice. Its models read every language that Encore talks in, with any voice."""
        return bool(role.voice)

    async def warm(self, role: Role | None = None) -> None:
        """See Voice: connects, so that the first sentence need not."""
        if role is None:
            return
        try:
            await self._socket_for(role)
        except VoiceFailed:
            return  # reading will tell

    async def read(self, role: Role, text: str) -> AsyncGenerator[Sound, None]:
        """See Voice."""
        context = await self._open_context(role, text)
        clock = _Clock(text, self._format)
        try:
            while (message := await context.next()) is not None:
                sound = clock.sound(message.audio, message.chars, message.starts_ms, message.durations_ms)
                if sound is not None:
                    yield sound
        finally:
            await context.close()

    async def aclose(self) -> None:
        """See Voice."""
        sockets = [socket for pool in self._sockets.values() for socket in pool]
        self._sockets.clear()
        await asyncio.gather(*(socket.aclose() for socket in sockets), return_exceptions=True)

    async def _open_context(self, role: Role, text: str) -> Context:
        """A context that has been told all of the text. A socket that was closed unnoticed is replaced once."""
        for last in (False, True):
            socket = await self._socket_for(role)
            context = socket.context(uuid.uuid4().hex)
            try:
                await context.say(text, speed=role.speed)
            except VoiceFailed as failed:
                await context.close()
                if last or not failed.reason.startswith("closed"):
                    raise
            else:
                return context
        raise AssertionError("unreachable")

    async def _socket_for(self, role: Role) -> ElevenLabsSocket:
        """A socket with room for one more context."""
        language = role.locale.split("-")[0].lower() if self._model.startswith(_LANGUAGE_MODELS) else ""
        kind = (role.voice, language)
        async with self._opening[kind]:
            pool = self._sockets.setdefault(kind, [])
            pool[:] = [socket for socket in pool if socket.is_open]
            for socket in pool:
                if len(socket.contexts) < CONTEXTS_MAX:
                    return socket
            socket = await self._connected(role.voice, language)
            pool.append(socket)
            return socket

    async def _connected(self, voice: str, language: str) -> ElevenLabsSocket:
        """A new socket. While every slot of the account is taken, one is waited for; any other refusal is final."""
        for wait_s in (*BUSY_S, None):
            try:
                return await connect(self._url(voice, language), self._key, within_s=self._connect_s)
            except VoiceFailed as failed:
                if failed.reason != "concurrent_limit_exceeded" or wait_s is None:
                    raise
            await asyncio.sleep(wait_s)
        raise AssertionError("unreachable")

    def _url(self, voice: str, language: str) -> str:
        base = urlsplit(self._base_url)
        scheme = {"https": "wss", "http": "ws"}.get(base.scheme, base.scheme)
        wanted = {
            "model_id": self._model,
            "output_format": self._output_format,
            "inactivity_timeout": IDLE_S,
            "sync_alignment": "true",
        }
        if language:
            wanted["language_code"] = language
        path = f"{base.path.rstrip('/')}/v1/text-to-speech/{voice}/multi-stream-input"
        return urlunsplit((scheme, base.netloc, path, urlencode(wanted), ""))


def format_of(output_format: str) -> SoundFormat:
    """`mp3_44100_64` or `pcm_16000`, as ElevenLabs names them. Raises ValueError for another codec."""
    codec, _, rest = output_format.partition("_")
    if codec == "pcm" and rest.isdigit():
        return pcm(int(rest))
    rate, _, kilobits = rest.partition("_")
    if codec == "mp3" and rate.isdigit() and kilobits.isdigit():
        return SoundFormat("mp3", int(rate), int(kilobits) * 125)
    raise ValueError(output_format)


class _Clock:
    """Turns a provider's times, which begin anew with every chunk, into times of the utterance."""

    def __init__(self, text: str, form: SoundFormat) -> None:
        self._text, self._format = text, form
        self._size, self._place = 0, 0

    def sound(self, audio: bytes, chars: list[str], starts_ms: list[int], durations_ms: list[int]) -> Sound | None:
        """A chunk as a sound; None for one that holds nothing."""
        base_ms = self._format.ms_of(self._size)
        self._size += len(audio)
        timings = []
        for char, start_ms, duration_ms in zip(chars, starts_ms, durations_ms, strict=False):
            place = self._text.find(char, self._place, self._place + LOOK_AHEAD_CHARS) if char else -1
            if place < 0:
                continue  # the provider says something that does not stand there: a space of its own, a number in words
            timings.append(Timing(place, place + 1, base_ms + start_ms, base_ms + start_ms + duration_ms))
            self._place = place + 1
        return Sound(audio, tuple(timings)) if audio or timings else None
