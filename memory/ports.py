"""What memory needs from outside: an embedder, an index and a store of vectors, transcripts, notes and summaries."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from characters.release import ReleaseId
from memory.notes import Changes, Note, Owner, Saying
from memory.summaries import Mark, Summary, TalkUnderWay
from memory.types import Exchange, Passage, TalkVectors, ToldTurn

Vector = NDArray[np.float32]
"""Shape (dims,), length 1."""
Progress = Callable[[int, int], None]
"""Called with (done, total)."""


class Embedder(Protocol):
    """Turns text into vectors of length 1. Slow work runs off the event loop."""

    @property
    def model_id(self) -> str:
        """Names the weights: vectors of two ids never meet."""
        ...

    @property
    def dims(self) -> int: ...

    async def query(self, text: str) -> Vector:
        """The vector of a question. Raises EmbedderUnavailable."""
        ...

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """The vectors of passages, in order. Raises EmbedderUnavailable."""
        ...


class VectorStore(Protocol):
    """Vectors kept by what they are of, so that the same text is embedded once, and an index can always be rebuilt."""

    async def get(self, model_id: str, content_hashes: Sequence[str]) -> Mapping[str, Vector]:
        """Those that are known; the rest are missing from the answer."""
        ...

    async def put(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Add vectors; one that is there already stays as it is."""
        ...


class PassageIndex(Protocol):
    """Nearest passages among a set of allowed ids. An index can always be rebuilt from passages and vectors."""

    async def ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        """Make the index hold exactly these passages (`vectors` by content hash); cheap when it does already.

        Raises IndexUnavailable.
        """
        ...

    async def nearest(
        self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int
    ) -> list[tuple[str, float]]:
        """Up to `k` (passage id, cosine) pairs, best first, every id from `allowed`. Nothing allowed: nothing asked.

        Raises IndexUnavailable, also when the release, or a passage of `allowed`, is not indexed: a lost row is never
        passed over in silence.
        """
        ...

    async def count(self, release: ReleaseId) -> int:
        """How many passages of a release are held; 0 when it was never indexed. Raises IndexUnavailable."""
        ...

    async def releases(self) -> tuple[ReleaseId, ...]:
        """Every release that is held, in no order. Raises IndexUnavailable."""
        ...

    async def drop(self, release: ReleaseId) -> None:
        """Hold nothing of a release any more; one that is not held is no error. Raises IndexUnavailable."""
        ...


class Transcripts(Protocol):
    """What was said in a conversation. Written inside the caller's transaction, read outside it."""

    async def recent(self, conversation: str, *, limit: int, before: str | None = None) -> tuple[Exchange, ...]:
        """The newest exchanges (those before the turn `before`, none when it is unknown), oldest first."""
        ...

    async def of_turns(self, turns: Sequence[str]) -> tuple[Exchange, ...]:
        """The exchanges of these turns, in no order; unknown turns have none."""
        ...

    async def within(
        self, conversations: Sequence[str], *, from_ms: int, until_ms: int
    ) -> tuple[tuple[str, Exchange], ...]:
        """What was said in these conversations in a time, each with its conversation, without what is ASIDE."""
        ...


class TranscriptWriter(Protocol):
    """The writing side, bound to one transaction."""

    async def begin(self, conversation: str, turn: str, *, fan_text: str, horizon: int, now_ms: int) -> None:
        """A fan's message was accepted; its status is `running`. A turn that has begun already stays as it is."""
        ...

    async def finish(self, turn: str, *, reply_text: str, status: str) -> None:
        """The turn ended; `reply_text` is what was delivered. Raises UnknownTurn."""
        ...

    async def put_aside(self, turn: str, *, status: str) -> None:
        """Keep a turn that has ended as one of ASIDE; what was said stays. Raises UnknownTurn."""
        ...


class NoteExtractor(Protocol):
    """Reads what a fan says of themself in one message. Runs off the fan's path."""

    async def read(self, text: str) -> Sequence[Saying]:
        """What is said, in order; nothing for quotes, suppositions, questions and other people. Raises MemoryFault."""
        ...


class Notebook(Protocol):
    """The notes of fans and the turns they come from, bound to one transaction of the caller's.

    Every method takes an owner or a fan: nothing here can be read without saying whose it is.
    """

    async def tell(self, owner: Owner, turn: str, *, now_ms: int) -> None:
        """A turn ended and waits to be read. One that is known already stays as it is."""
        ...

    async def waiting(self, *, limit: int) -> tuple[ToldTurn, ...]:
        """Turns that wait to be read, oldest first."""
        ...

    async def read(self, turn: str, model_id: str, vectors: TalkVectors) -> bool:
        """Keep that a waiting turn was read, with the vectors of its words; False when it does not wait (any more)."""
        ...

    async def alone(self, owner: Owner) -> None:
        """Wait until no other transaction that called this changes this owner's notes, and keep others waiting."""
        ...

    async def of_owner(self, owner: Owner) -> tuple[Note, ...]:
        """All notes of a fan with a character, oldest first."""
        ...

    async def of_fan(self, fan: str) -> tuple[Note, ...]:
        """All notes of a fan, oldest first."""
        ...

    async def get(self, note: str, *, fan: str) -> Note | None:
        """A note of this fan's; None also for another fan's."""
        ...

    async def note_vectors(self, owner: Owner, model_id: str) -> Mapping[str, Vector]:
        """Note id -> vector, of those that this model made."""
        ...

    async def apply(self, changes: Changes, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Keep, delete and mark for reading again. `vectors` by note id; a note without one keeps what it has."""
        ...

    async def use(self, notes: Sequence[str], *, now_ms: int) -> None:
        """These notes came to mind."""
        ...

    async def hush(self, turns: Sequence[str], *, fan: str) -> None:
        """Never bring these turns to mind again, nor read them; their vectors go."""
        ...

    async def hush_talk(self, fan: str, *, show: str | None = None, character: str | None = None) -> None:
        """The same for every turn of this fan that was told so far, or of one show or character."""
        ...

    async def talk(self, owner: Owner, *, horizon: int, limit: int) -> tuple[Exchange, ...]:
        """The newest exchanges within the horizon that may come to mind, oldest first."""
        ...

    async def talk_vectors(self, turns: Sequence[str], model_id: str) -> Mapping[str, TalkVectors]:
        """Turn -> the vectors of its words, of those that this model made."""
        ...

    async def erase(self, fan: str, conversations: Sequence[str]) -> None:
        """Delete a fan's notes, what waits to be read, and every word said in these conversations of theirs."""
        ...


class Summaries(Protocol):
    """The summaries of talks, and which talks wait for theirs, bound to one transaction of the caller's."""

    async def tell(self, conversation: str, *, fan: str, now_ms: int) -> None:
        """A turn of this talk ended: its summaries may have to be brought up to date."""
        ...

    async def waiting(self, *, limit: int) -> tuple[TalkUnderWay, ...]:
        """Talks that wait, the longest first."""
        ...

    async def untold(self, talk: TalkUnderWay, *, before: Mark, limit: int) -> tuple[Exchange, ...]:
        """Turns before a place that are answered, not forgotten and in no summary yet, oldest first."""
        ...

    async def of_talk(self, conversation: str, *, fan: str, horizon: int) -> tuple[Summary, ...]:
        """The summaries of this fan's talk that were written at this horizon or below, the lowest first."""
        ...

    async def of_fan(self, fan: str) -> tuple[Summary, ...]:
        """All of a fan's, by conversation and horizon."""
        ...

    async def keep(self, talk: TalkUnderWay, summary: Summary) -> bool:
        """Put a summary in the place of the one of its horizon; False, and nothing changes, when `talk` has moved on.

        Keeping one moves the talk on: its version is one higher afterwards.
        """
        ...

    async def done(self, talk: TalkUnderWay) -> None:
        """The talk waits no longer, unless a turn of it ended since it was read."""
        ...

    async def forget(self, turns: Sequence[str], *, fan: str) -> None:
        """Drop every summary of this fan that tells of these turns; what else was in them waits to be told again.

        That the turns themselves are not told again is the notebook's to know (`Notebook.hush`).
        """
        ...

    async def forget_talks(self, conversations: Sequence[str], *, fan: str, now_ms: int) -> None:
        """Drop the summaries of these talks of this fan; what was said until now is never told in one again."""
        ...

    async def erase(self, fan: str) -> None:
        """Delete a fan's summaries, and that there were talks."""
        ...
