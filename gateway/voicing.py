"""One turn read aloud: pieces of speech become frames and events for whoever listens, and what came of it is kept.

It runs beside the turn's performance and never in its way: a voice that fails is told as `voice.degraded`, costs
nothing, and the text goes on. Nobody has heard what no socket took.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Awaitable, Callable
from contextlib import aclosing
from dataclasses import dataclass
from typing import Literal

from gateway.audio import (
    OPENS_SEGMENT,
    SYNTHETIC,
    AudioDone,
    AudioFrame,
    AudioMarks,
    AudioStart,
    VoiceDegraded,
    WordView,
    stream_of,
)
from gateway.logs import where
from gateway.measures import Measures
from gateway.ports import Listener, LiveEvents
from gateway.records import Turn
from persona.errors import VoiceFailed
from persona.speaking import Marked, Patience, Sounding, Speech, SpeechEnded, SpeechPiece
from persona.voices import Role, SoundStore, Voice
from persona.word_marks import WordMark, heard_until

LATE_S = 2.0
"""So long in a row audio waits for readers that are behind; then it is dropped for them."""
TICK_S = 0.05

log = logging.getLogger(__name__)
DegradedCode = Literal["voice_unavailable", "voice_not_licensed", "voice_failed", "voice_timeout"]


@dataclass(frozen=True, slots=True)
class Voiced:
    """What came of a turn's voice."""

    delivered: bool
    """Whether a socket took audio, and the voice did not fail."""
    engine: str
    chars: int
    """Characters of the reply that were heard: what it costs the fan."""
    asked_chars: int
    """Characters that the engine was given: what it costs us."""
    duration_ms: int
    heard_chars: int | None = None
    """How much of the reply a fan had heard who stopped it."""


@dataclass(frozen=True, slots=True)
class Part:
    """A turn's part for a voice: the role, what is said before the reply, and which sentences authors wrote."""

    voice: Voice
    role: Role
    authored: Callable[[], Awaitable[frozenset[str]]]
    preface: str = ""
    store: SoundStore | None = None
    patience: Patience | None = None
    """How long the voice may take."""


class Voicing:
    """Reads one turn aloud. `start` once; `feed` as text is logged; then `finish`, or `stop` at any time."""

    def __init__(self, turn: Turn, part: Part, live: LiveEvents, measures: Measures) -> None:
        self._turn, self._part, self._live, self._measures = turn, part, live, measures
        self._authored: frozenset[str] = frozenset()
        self._speech = Speech(
            part.voice,
            part.role,
            patience=part.patience,
            store=part.store,
            is_authored=lambda text: text in self._authored,
            preface=part.preface,
        )
        self._task: asyncio.Task[None] | None = None
        self._stream, self._seq = stream_of(turn.id), 0
        self._joined: set[Listener] = set()
        self._marks: list[WordMark] = []
        self._finished_at: float | None = None
        self._taken = self._failed = False
        self._duration_ms = 0
        self._heard_ms: int | None = None

    def start(self) -> None:
        """Begin to listen for text."""
        self._task = asyncio.create_task(self._run(), name=f"voice {self._turn.id}")

    def feed(self, text: str) -> None:
        """Text that is in the log, in whole segments."""
        if self._speech.feed(text) and self._finished_at is None:
            self._finished_at = asyncio.get_running_loop().time()

    async def finish(self) -> Voiced:
        """The reply is whole: read it to its end, unless `stop` comes first."""
        self._speech.end()
        return await self._ended()

    def stop(self, heard_ms: int | None = None) -> None:
        """Say no more. `heard_ms`: how much of the audio the fan heard, by their own player."""
        self._heard_ms = heard_ms
        if self._task is not None:
            self._task.cancel()

    async def _ended(self) -> Voiced:
        if self._task is not None:
            await asyncio.gather(self._task, return_exceptions=True)
        heard = None if self._heard_ms is None else heard_until(self._marks, self._heard_ms)
        delivered = self._taken and not self._failed
        said = self._speech
        return Voiced(delivered, self._part.voice.name, said.heard_chars, said.asked_chars, self._duration_ms, heard)

    async def abandon(self) -> Voiced:
        """Say no more, and tell what came of it."""
        self.stop(self._heard_ms)
        return await self._ended()

    async def _run(self) -> None:
        try:
            await self._part.voice.warm(self._part.role)
            self._authored = await self._part.authored()
            async with aclosing(self._speech.pieces()) as pieces:
                async for piece in pieces:
                    await self._pass_on(piece)
        except VoiceFailed as failed:
            self._fail(failed, "voice_timeout" if failed.reason == "timeout" else "voice_failed")
        except Exception as error:  # whatever a voice does, the reply's text goes on
            self._fail(error, "voice_failed")

    def _fail(self, error: Exception, code: DegradedCode) -> None:
        self._failed = True
        reason = error.reason if isinstance(error, VoiceFailed) else "broken"
        self._measures.voice_failed(reason)
        log.warning("the voice of turn %s: %s (%s)", self._turn.id, reason, where(error.__cause__ or error))
        tell_degraded(self._live, self._turn, code)

    async def _pass_on(self, piece: SpeechPiece) -> None:
        match piece:
            case Sounding():
                await self._sound(piece)
            case Marked(words):
                self._marks += words
                self._tell(AudioMarks(words=tuple(map(_word, words)), **self._about()).wire())
            case SpeechEnded(duration_ms):
                self._duration_ms = duration_ms
                self._tell(AudioDone(duration_ms=duration_ms, **self._about()).wire())

    async def _sound(self, piece: Sounding) -> None:
        if piece.opens:
            self._let_in()
        flags = SYNTHETIC | (OPENS_SEGMENT if piece.opens else 0)
        frame = AudioFrame(self._stream, self._seq, piece.pts_ms, piece.audio, flags).wire()
        await self._room()
        taken = [listener.speak(frame) for listener in self._joined]
        if any(taken) and piece.of_reply and not self._taken:
            self._taken = True
            if self._finished_at is not None:
                self._measures.voice_began(asyncio.get_running_loop().time() - self._finished_at)
        self._seq += 1

    def _let_in(self) -> None:
        """At a sentence's begin whoever has come since is told of the stream, and whoever has left is forgotten."""
        here = set(self._live.audience(self._turn.conversation))
        form = self._part.voice.sounds_in
        start = AudioStart(stream=self._stream, codec=form.codec, sample_rate=form.sample_rate, **self._about())
        self._joined &= here
        self._joined |= {listener for listener in here - self._joined if listener.speak(start.wire())}

    async def _room(self) -> None:
        """Wait a little for readers that are behind: a network that is only just fast enough loses nothing."""
        waited_s = 0.0
        while waited_s < LATE_S and any(listener.is_behind for listener in self._joined):
            await asyncio.sleep(TICK_S)
            waited_s += TICK_S

    def _tell(self, wire: str) -> None:
        for listener in self._joined:
            listener.speak(wire)

    def _about(self) -> dict[str, str]:
        return {"id": uuid.uuid4().hex, "conversation": self._turn.conversation, "turn": self._turn.id}


def tell_degraded(live: LiveEvents, turn: Turn, code: DegradedCode) -> None:
    """Tell whoever follows that a turn is not read aloud, or no further."""
    event = VoiceDegraded(id=uuid.uuid4().hex, conversation=turn.conversation, turn=turn.id, code=code)
    for listener in live.audience(turn.conversation):
        listener.speak(event.wire())


def _word(mark: WordMark) -> WordView:
    return WordView(start_ms=mark.start_ms, end_ms=mark.end_ms, from_=mark.start, to=mark.end)
