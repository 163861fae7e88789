"""A Notebook in dictionaries, with the transcripts of the same fan beside it: the offline double of the SQL one.

It keeps no secrets from itself, so it shows what is stored; nothing but tests and benchmarks may use it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from memory.aloud import seen_by
from memory.doubles import MemoryTranscripts
from memory.notes import Changes, Note, Owner
from memory.ports import Vector
from memory.types import Exchange, TalkVectors, ToldTurn


class MemoryNotebook:
    """See memory.ports.Notebook."""

    def __init__(self, transcripts: MemoryTranscripts) -> None:
        self._transcripts = transcripts
        self.notes: dict[str, Note] = {}
        self.vectors: dict[str, tuple[str, Vector]] = {}
        self.told: dict[tuple[str, Owner], tuple[ToldTurn, str, tuple[str, TalkVectors] | None]] = {}
        """Turn and owner -> when it was told, its state, and the vectors of its words."""

    async def tell(self, owner: Owner, turn: str, *, now_ms: int) -> None:
        self.told.setdefault((turn, owner), (ToldTurn(turn, owner, now_ms), "waiting", None))

    async def waiting(self, *, limit: int) -> tuple[ToldTurn, ...]:
        found = [told for told, state, _ in self.told.values() if state == "waiting"]
        return tuple(sorted(found, key=lambda told: (told.at_ms, told.turn))[:limit])

    async def read(self, owner: Owner, turn: str, model_id: str, vectors: TalkVectors) -> bool:
        told, state, _ = self.told.get((turn, owner), (None, "", None))
        if told is None or state != "waiting":
            return False
        self.told[turn, owner] = (told, "read", (model_id, vectors))
        return True

    async def alone(self, owner: Owner) -> None:
        pass  # nobody else is there

    async def of_owner(self, owner: Owner) -> tuple[Note, ...]:
        return tuple(sorted((n for n in self.notes.values() if n.owner == owner), key=_said_first))

    async def of_fan(self, fan: str) -> tuple[Note, ...]:
        return tuple(sorted((n for n in self.notes.values() if n.owner.fan == fan), key=_said_first))

    async def get(self, note: str, *, fan: str) -> Note | None:
        found = self.notes.get(note)
        return found if found is not None and found.owner.fan == fan else None

    async def note_vectors(self, owner: Owner, model_id: str) -> Mapping[str, Vector]:
        mine = {note.id for note in await self.of_owner(owner)}
        return {key: vector for key, (model, vector) in self.vectors.items() if key in mine and model == model_id}

    async def apply(self, changes: Changes, model_id: str, vectors: Mapping[str, Vector]) -> None:
        for gone in changes.removed:
            self.notes.pop(gone, None)
            self.vectors.pop(gone, None)
        for note in changes.kept:
            self.notes[note.id] = note
            if note.id in vectors:
                self.vectors[note.id] = (model_id, vectors[note.id])
        for key, (told, state, _) in self.told.items():
            if told.turn in changes.reread and state == "read":
                self.told[key] = (told, "waiting", None)

    async def use(self, notes: Sequence[str], *, now_ms: int) -> None:
        for note in set(notes) & set(self.notes):
            self.notes[note] = replace(self.notes[note], last_used_ms=now_ms)

    async def hush(self, turns: Sequence[str], *, fan: str) -> None:
        for key, (told, _, _) in self.told.items():
            if told.turn in turns and told.owner.fan == fan:
                self.told[key] = (told, "forgotten", None)

    async def hush_talk(self, fan: str, *, show: str | None = None, character: str | None = None) -> None:
        for key, (told, _, _) in self.told.items():
            owner = told.owner
            if owner.fan == fan and show in (None, owner.show) and character in (None, owner.character):
                self.told[key] = (told, "forgotten", None)

    async def talk(self, owner: Owner, *, horizon: int, limit: int) -> tuple[Exchange, ...]:
        turns = [t.turn for t, state, _ in self.told.values() if t.owner == owner and state != "forgotten"]
        found = await self._transcripts.of_turns(turns)
        said = [seen_by(one, owner.character) for one in found if one.horizon <= horizon]
        said.sort(key=lambda one: (one.at_ms, one.turn))
        return tuple(said[max(len(said) - limit, 0) :])

    async def talk_vectors(self, owner: Owner, turns: Sequence[str], model_id: str) -> Mapping[str, TalkVectors]:
        found: dict[str, TalkVectors] = {}
        for told, _, kept in self.told.values():
            if told.turn in turns and told.owner == owner and kept is not None and kept[0] == model_id:
                found[told.turn] = kept[1]
        return found

    async def erase(self, fan: str, conversations: Sequence[str]) -> None:
        for note in await self.of_fan(fan):
            del self.notes[note.id]
            self.vectors.pop(note.id, None)
        for key in [key for key in self.told if key[1].fan == fan]:
            del self.told[key]
        for turn in [turn for turn, (owner, _) in self._transcripts.kept.items() if owner in set(conversations)]:
            del self._transcripts.kept[turn]


def _said_first(note: Note) -> tuple[int, str]:
    return note.said_at_ms, note.id
