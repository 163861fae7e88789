"""Reads a reply aloud while it is still being written: sentence by sentence, in order, each within its deadline.

The next sentence is begun while one is heard. A voice that stalls or fails ends the speech, never the reply: the text
goes on without it. Nothing is read that has not left as text before.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass, field

from persona.errors import VoiceFailed
from persona.sentences import SentenceCutter, Utterance, speakable
from persona.voices import Role, Sound, SoundStore, Voice
from persona.word_marks import Marker, WordMark

READ_AHEAD = 2
"""Utterances that are read at a time: the one that is heard and the next."""
FRAME_BYTES_MAX = 8_192


@dataclass(frozen=True, slots=True)
class Patience:
    """How long a voice may take, in seconds: to its first sound of an utterance, and between sounds."""

    first_s: float = 6.0
    between_s: float = 4.0


@dataclass(frozen=True, slots=True)
class Sounding:
    """Audio, at most FRAME_BYTES_MAX, heard at `pts_ms` of the reply's; `opens`: an utterance begins with it.

    `of_reply` is false of what is said beside the reply.
    """

    audio: bytes
    pts_ms: int
    opens: bool = False
    of_reply: bool = True


@dataclass(frozen=True, slots=True)
class Marked:
    """Words of the reply whose audio has come."""

    words: tuple[WordMark, ...]


@dataclass(frozen=True, slots=True)
class SpeechEnded:
    """All of the reply was read: so long, and so many characters of it."""

    duration_ms: int
    chars: int


SpeechPiece = Sounding | Marked | SpeechEnded


@dataclass(frozen=True, slots=True)
class _Line:
    utterance: Utterance
    of_reply: bool = True
    """False for what is said beside the reply, which no word of it is marked by."""


@dataclass(slots=True)
class _Reading:
    """One utterance being read, in a task of its own."""

    line: _Line
    sounds: asyncio.Queue[Sound | BaseException | None] = field(default_factory=asyncio.Queue)
    task: asyncio.Task[None] | None = None


def never_authored(text: str) -> bool:
    """Nothing that is read was written by an author."""
    return False


class Speech:
    """The speech of one reply. `feed` and `end` as its text leaves; `pieces` is iterated once."""

    def __init__(
        self,
        voice: Voice,
        role: Role,
        *,
        patience: Patience | None = None,
        store: SoundStore | None = None,
        is_authored: Callable[[str], bool] = never_authored,
        preface: str = "",
    ) -> None:
        self._voice, self._role, self._patience = voice, role, patience or Patience()
        self._store, self._is_authored = store, is_authored
        self._cutter = SentenceCutter()
        self._lines: asyncio.Queue[_Line | None] = asyncio.Queue()
        self._ahead = asyncio.Semaphore(READ_AHEAD)
        self._readings: asyncio.Queue[_Reading | None] = asyncio.Queue()
        self._running: set[asyncio.Task[None]] = set()
        self.heard_chars = 0
        """Characters of the reply whose utterance has begun to be heard."""
        self.asked_chars = 0
        """Characters that the voice was given to read: what it costs, whoever hears it."""
        if said := speakable(preface):
            self._lines.put_nowait(_Line(said, of_reply=False))

    def feed(self, text: str) -> int:
        """More of the reply, in whole segments. How many utterances it completed."""
        found = self._cutter.feed(text)
        for utterance in found:
            self._lines.put_nowait(_Line(utterance))
        return len(found)

    def end(self) -> None:
        """The reply has ended."""
        for utterance in self._cutter.flush():
            self._lines.put_nowait(_Line(utterance))
        self._lines.put_nowait(None)

    async def pieces(self) -> AsyncGenerator[SpeechPiece, None]:
        """What is heard, in order, and at the end one SpeechEnded. Raises VoiceFailed."""
        beginning = asyncio.create_task(self._begin_readings(), name="speech")
        at_ms = 0
        try:
            while (reading := await self._readings.get()) is not None:
                async with aclosing(self._hear(reading, at_ms)) as pieces:
                    async for piece in pieces:
                        if isinstance(piece, int):
                            at_ms = piece
                        else:
                            yield piece
                self._ahead.release()
            yield SpeechEnded(at_ms, self.heard_chars)
        finally:
            beginning.cancel()
            for task in tuple(self._running):
                task.cancel()
            await asyncio.gather(beginning, *self._running, return_exceptions=True)

    async def _begin_readings(self) -> None:
        while (line := await self._lines.get()) is not None:
            await self._ahead.acquire()
            reading = _Reading(line)
            reading.task = asyncio.create_task(self._read(reading), name="reading")
            self._running.add(reading.task)
            reading.task.add_done_callback(self._running.discard)
            self._readings.put_nowait(reading)
        self._readings.put_nowait(None)

    async def _hear(self, reading: _Reading, at_ms: int) -> AsyncGenerator[Sounding | Marked | int, None]:
        """One utterance's sounds and marks as they come; at last the time at which it ends."""
        marker = Marker(reading.line.utterance, at_ms) if reading.line.of_reply else None
        size, form = 0, self._voice.sounds_in
        while (sound := await self._next(reading, heard=size > 0)) is not None:
            for begin in range(0, len(sound.audio), FRAME_BYTES_MAX):
                audio = sound.audio[begin : begin + FRAME_BYTES_MAX]
                if size == 0 and reading.line.of_reply:
                    self.heard_chars += len(reading.line.utterance.text)
                yield Sounding(audio, at_ms + form.ms_of(size), size == 0, reading.line.of_reply)
                size += len(audio)
            if marker is not None and (words := marker.take(sound.timings)):
                yield Marked(tuple(words))
        if not size:
            raise VoiceFailed("empty")
        if marker is not None and (words := marker.finish(form.ms_of(size))):
            yield Marked(tuple(words))
        yield at_ms + form.ms_of(size)

    async def _next(self, reading: _Reading, *, heard: bool) -> Sound | None:
        try:
            async with asyncio.timeout(self._patience.between_s if heard else self._patience.first_s):
                item = await reading.sounds.get()
        except TimeoutError:
            raise VoiceFailed("timeout") from None
        if isinstance(item, BaseException):
            raise item
        return item

    async def _read(self, reading: _Reading) -> None:
        """Have an utterance read, or take its reading from the store. What ends it is told, whatever it is."""
        text = reading.line.utterance.text
        keep = self._store if not reading.line.of_reply or self._is_authored(text) else None
        end: BaseException | None = None
        try:
            key = reading_key(self._voice, self._role, text)
            kept = await keep.get(key) if keep is not None else None
            if kept is not None:
                for sound in kept:
                    reading.sounds.put_nowait(sound)
                return
            sounds = []
            self.asked_chars += len(text)
            async with aclosing(self._voice.read(self._role, text)) as stream:
                async for sound in stream:
                    sounds.append(sound)
                    reading.sounds.put_nowait(sound)
            if keep is not None and sounds:
                await keep.put(key, tuple(sounds))
        except VoiceFailed as failed:
            end = failed
        except Exception as error:  # a voice's library may raise anything: to a fan it is a voice that failed
            end = VoiceFailed("broken")
            end.__cause__ = error
        finally:
            reading.sounds.put_nowait(end)


def reading_key(voice: Voice, role: Role, text: str) -> str:
    """What a reading depends on, as one name: the engine, its format, the role and the words."""
    form = voice.sounds_in
    parts = [voice.name, form.codec, form.sample_rate, form.bytes_per_s, role.voice, role.locale, role.speed, text]
    return hashlib.sha256(json.dumps(parts, ensure_ascii=False).encode()).hexdigest()
