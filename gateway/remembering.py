"""What a character remembers of a fan, at work: brought to mind for a message, and read from turns off the fan's path.

A turn that ended waits in the database until it was read, so that a process that dies in between loses nothing. Every
call names one owner; a fan's words are never logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

import numpy as np

from characters.canon import Term
from gateway.errors import UnknownNote
from gateway.logs import where
from gateway.ports import Unit, Units
from gateway.records import Conversation
from memory.aloud import seen_by
from memory.asking import asked
from memory.note_recall import Remembered, prepare_talk, remember
from memory.notes import Changes, Note, Owner, Saying, horizons_of, merged, without_note, without_turn
from memory.ports import Embedder, NoteExtractor, Transcripts, Vector
from memory.recalling import QUERY_CHARS_MAX
from memory.rules import fold
from memory.types import Exchange, TalkVectors, ToldTurn

TALK_TURNS_MAX = 400
"""No more of the newest turns are searched word for word; what was noted from older ones stays."""
READ_AT_ONCE = 20
FAILED_MAX = 500
VECTOR_CHARS_MAX = 1_200
SIDES = 2

log = logging.getLogger(__name__)


class Remembrance:
    """Remembers for every fan of a process."""

    def __init__(
        self,
        units: Units,
        transcripts: Transcripts,
        embedder: Embedder,
        extractor: NoteExtractor,
        terms_of: Callable[[str], Awaitable[Sequence[Term]]],
        *,
        clock: Callable[[], int],
    ) -> None:
        """`terms_of` a show: its names, each with the first episode that has it."""
        self._units, self._transcripts, self._clock = units, transcripts, clock
        self._embedder, self._extractor, self._terms_of = embedder, extractor, terms_of
        self._used: dict[str, int] = {}
        self._failed: set[ToldTurn] = set()

    async def recall(self, owner: Owner, text: str, *, horizon: int, name: str = "") -> Remembered:
        """What of this fan comes to mind for this message. Raises EmbedderUnavailable.

        `name`: what the host app calls them, so that a question for it is not one that nobody has answered.
        """
        model = self._embedder.model_id
        async with self._units.read() as unit:
            notes = [note for note in await unit.notes.of_owner(owner) if note.horizon <= horizon]
            exchanges = await unit.notes.talk(owner, horizon=horizon, limit=TALK_TURNS_MAX)
            note_vectors = await unit.notes.note_vectors(owner, model)
            talk_vectors = await unit.notes.talk_vectors(owner, [one.turn for one in exchanges], model)
        question = text[:QUERY_CHARS_MAX]
        none = np.zeros(self._embedder.dims, dtype=np.float32)  # near nothing: what waits, or another model's
        vector = await self._embedder.query(question) if notes or exchanges else none
        rows = [note_vectors.get(note.id, none) for note in notes]
        sides: list[Vector] = []
        for exchange in exchanges:
            both = talk_vectors.get(exchange.turn)
            sides.extend((none, none) if both is None else (both.fan, both.reply))

        def ranked() -> Remembered:
            stacked = np.stack(rows) if rows else np.zeros((0, len(none)), dtype=np.float32)
            said = np.stack(sides) if sides else np.zeros((0, len(none)), dtype=np.float32)
            talk = prepare_talk(exchanges)
            return remember(question, vector, notes, stacked, talk, said, horizon=horizon, now_ms=self._clock())

        found = await asyncio.to_thread(ranked)  # a long talk takes its time
        self._used |= {one.note.id: self._clock() for one in found.notes}
        if name and found.untold and asked(question).slots == {"fan.name"}:
            return replace(found, untold=False)
        return found

    async def catch_up(self) -> int:
        """Read the turns that wait, oldest first; returns how many. One that fails waits for the next time."""
        await self._note_use()
        async with self._units.read() as unit:
            waiting = await unit.notes.waiting(limit=READ_AT_ONCE + len(self._failed))
        # Those that failed are tried again when nothing else waits: they keep no other turn from being read.
        waiting = tuple(told for told in waiting if told not in self._failed) or waiting
        said = {one.turn: one for one in await self._transcripts.of_turns([told.turn for told in waiting])}
        done = 0
        for told in waiting:
            try:
                done += await self._read(told, said.get(told.turn))
            except Exception as error:  # one turn that cannot be read keeps no other waiting
                log.error("turn %s was not read yet: %s", told.turn, where(error))
                if len(self._failed) < FAILED_MAX:
                    self._failed.add(told)
            else:
                self._failed.discard(told)
        return done

    async def _note_use(self) -> None:
        """Keep which notes came to mind: in memory until now, for losing it loses nothing a fan said."""
        used, self._used = self._used, {}
        if used:
            async with self._units.begin() as unit:
                await unit.notes.use(sorted(used), now_ms=max(used.values()))

    async def _read(self, told: ToldTurn, exchange: Exchange | None) -> bool:
        """Everything slow happens before the transaction; what it finds is merged with the notes as they are then."""
        exchange = seen_by(exchange or Exchange(told.turn, "", "", "completed", 0, told.at_ms), told.owner.character)
        sayings = await self._extractor.read(exchange.fan_text)
        horizons = horizons_of(sayings, exchange.horizon, await self._terms_of(told.owner.show) if sayings else ())
        texts = [exchange.fan_text, exchange.reply_text, *(saying.text for saying in sayings)]
        vectors = await self._embedder.passages([text[:VECTOR_CHARS_MAX] for text in texts])
        by_text = dict(zip((saying.text for saying in sayings), vectors[SIDES:], strict=True))
        model = self._embedder.model_id
        async with self._units.begin() as unit:
            await unit.notes.alone(told.owner)
            if not await unit.notes.read(told.owner, told.turn, model, TalkVectors(vectors[0], vectors[1])):
                return False
            notes = await unit.notes.of_owner(told.owner)
            changes = _merged(notes, sayings, told, horizons)
            new = {note.id: by_text[note.text] for note in changes.kept if note.text in by_text}
            await unit.notes.apply(changes, model, new)
        return True

    async def amend(self, fan: str, note: str, text: str) -> Note:
        """Let a fan put a note right: it holds from now on, as they wrote it. Raises UnknownNote.

        The turns it came from are never brought to mind again: they say what was wrong.
        """
        (vector,) = await self._embedder.passages([text])
        sayings = await self._extractor.read(text)
        async with self._units.begin() as unit:
            known = await _found(unit, note, fan)
            value = next((saying.value for saying in sayings if saying.slot == known.slot), fold(text))
            right = replace(known, text=text, value=value, confidence=1.0, from_turns=(), stale=False)
            await _hush(unit, known.from_turns, fan)
            await unit.notes.apply(Changes(kept=(right,)), self._embedder.model_id, {note: vector})
        return right

    async def forget(self, fan: str, note: str) -> None:
        """Forget a note, and never bring the turns it came from to mind again. Raises UnknownNote."""
        async with self._units.begin() as unit:
            known = await _found(unit, note, fan)
            notes = await unit.notes.of_owner(known.owner)
            await unit.notes.apply(without_note(notes, note), self._embedder.model_id, {})
            await _hush(unit, known.from_turns, fan)

    async def forget_turn(self, fan: str, turn: str) -> None:
        """Forget what was said in a turn and everything that came from it. Raises UnknownTurn.

        A turn that nobody would have read, such as one of a what-if, is forgotten all the same: no summary tells it.
        """
        async with self._units.begin() as unit:
            begun = await unit.turns.get(turn, fan=fan)
            conversation = await unit.conversations.get(begun.conversation, fan=fan)
            owners = [Owner(fan, conversation.show, slug) for slug in conversation.characters]
            for owner in owners:
                await unit.notes.alone(owner)
                await unit.notes.tell(owner, turn, now_ms=begun.created_at_ms)
            await _hush(unit, [turn], fan)
            for owner in owners:
                notes = await unit.notes.of_owner(owner)
                await unit.notes.apply(without_turn(notes, turn), self._embedder.model_id, {})

    async def forget_all(self, fan: str, *, show: str | None = None, character: str | None = None) -> None:
        """Forget everything, or what one show's or one character's conversations left.

        What was said until now comes to mind no more and is told in no summary; the conversations stay to be read.
        """
        async with self._units.begin() as unit:
            await unit.notes.hush_talk(fan, show=show, character=character)  # first: whoever reads one of them waits
            mine = [one for one in await unit.notes.of_fan(fan) if _is_of(one.owner, show, character)]
            await unit.notes.apply(Changes(removed=tuple(note.id for note in mine)), "", {})
            talks = [one.id for one in await unit.conversations.of_fan(fan) if _was_in(one, show, character)]
            await unit.summaries.forget_talks(talks, fan=fan, now_ms=self._clock())


def _merged(notes: Sequence[Note], sayings: Sequence[Saying], told: ToldTurn, horizons: dict[str, int]) -> Changes:
    return merged(notes, sayings, owner=told.owner, turn=told.turn, horizons=horizons, at_ms=told.at_ms)


def _is_of(one: Owner, show: str | None, character: str | None) -> bool:
    return show in (None, one.show) and character in (None, one.character)


def _was_in(one: Conversation, show: str | None, character: str | None) -> bool:
    return show in (None, one.show) and character in (None, *one.characters)


async def _hush(unit: Unit, turns: Sequence[str], fan: str) -> None:
    """Never bring these turns to mind again, neither word for word nor in a summary."""
    await unit.notes.hush(turns, fan=fan)
    await unit.summaries.forget(turns, fan=fan)


async def _found(unit: Unit, note: str, fan: str) -> Note:
    """The note, with nobody else changing its owner's. Raises UnknownNote, also for another fan's."""
    known = await unit.notes.get(note, fan=fan)
    if known is None:
        raise UnknownNote
    await unit.notes.alone(known.owner)
    known = await unit.notes.get(note, fan=fan)
    if known is None:
        raise UnknownNote
    return known
