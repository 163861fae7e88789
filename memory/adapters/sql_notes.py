"""Notes, and the turns they come from, in the relational database.

Bound to the caller's transaction and never committing for it. Every statement that reads or changes notes names the fan
or the owner, so that no query can meet two fans; deleting is left to the database to make unreadable (see
`gateway.adapters.database`).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
from sqlalchemy import ColumnElement, Row, Table, and_, delete, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from memory.adapters.sql_inserts import insert_new
from memory.adapters.sql_transcripts import exchange_of
from memory.adapters.tables import exchanges, notes, told_turns
from memory.aloud import seen_by
from memory.notes import Changes, Note, Owner
from memory.ports import Vector
from memory.types import Exchange, TalkVectors, ToldTurn

KEYS_PER_STATEMENT = 500
_STORED = np.dtype("<f4")
_OWNED = {"owner"}
_FIELDS = tuple(name for name in Note.__dataclass_fields__ if name not in _OWNED)


class SqlNotebook:
    """See memory.ports.Notebook."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def tell(self, owner: Owner, turn: str, *, now_ms: int) -> None:
        """See Notebook."""
        row = {"turn": turn, **asdict(owner), "at_ms": now_ms, "state": "waiting"}
        await insert_new(self._connection, told_turns, [row])

    async def waiting(self, *, limit: int) -> tuple[ToldTurn, ...]:
        """See Notebook."""
        c = told_turns.c
        query = select(told_turns).where(c.state == "waiting").order_by(c.at_ms, c.turn).limit(limit)
        return tuple(ToldTurn(row.turn, _owner(row), row.at_ms) for row in await self._connection.execute(query))

    async def read(self, owner: Owner, turn: str, model_id: str, vectors: TalkVectors) -> bool:
        """See Notebook: one guarded update, so that whoever comes second loses."""
        kept = {"state": "read", "model_id": model_id, "fan_vector": _bytes(vectors.fan)}
        done = await self._connection.execute(
            update(told_turns)
            .where(told_turns.c.turn == turn, _of(told_turns, owner), told_turns.c.state == "waiting")
            .values(**kept, reply_vector=_bytes(vectors.reply))
        )
        return done.rowcount == 1

    async def alone(self, owner: Owner) -> None:
        """See Notebook. On SQLite every transaction that writes is alone anyway."""
        if self._connection.dialect.name == "postgresql":
            key = "\x1f".join((owner.fan, owner.show, owner.character))
            await self._connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(key, 1))))

    async def of_owner(self, owner: Owner) -> tuple[Note, ...]:
        """See Notebook."""
        return await self._notes(_of(notes, owner))

    async def of_fan(self, fan: str) -> tuple[Note, ...]:
        """See Notebook."""
        return await self._notes(notes.c.fan == fan)

    async def get(self, note: str, *, fan: str) -> Note | None:
        """See Notebook."""
        found = await self._notes(and_(notes.c.id == note, notes.c.fan == fan))
        return found[0] if found else None

    async def _notes(self, condition: ColumnElement[bool]) -> tuple[Note, ...]:
        columns = [notes.c[name] for name in (*_FIELDS, "fan", "show", "character")]
        query = select(*columns).where(condition).order_by(notes.c.said_at_ms, notes.c.id)
        return tuple(_note(row) for row in await self._connection.execute(query))

    async def note_vectors(self, owner: Owner, model_id: str) -> Mapping[str, Vector]:
        """See Notebook."""
        query = select(notes.c.id, notes.c.vector).where(_of(notes, owner), notes.c.model_id == model_id)
        return {row.id: _vector(row.vector) for row in await self._connection.execute(query)}

    async def apply(self, changes: Changes, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """See Notebook."""
        if changes.removed:
            await self._connection.execute(delete(notes).where(notes.c.id.in_(changes.removed)))
        for note in changes.kept:
            row = {name: getattr(note, name) for name in _FIELDS} | {"from_turns": list(note.from_turns)}
            if note.id in vectors:
                row |= {"model_id": model_id, "vector": _bytes(vectors[note.id])}
            same = and_(notes.c.id == note.id, _of(notes, note.owner))
            changed = await self._connection.execute(update(notes).where(same).values(**row))
            if changed.rowcount == 0:
                new = {"model_id": "", "vector": b"", **row, **asdict(note.owner)}
                await insert_new(self._connection, notes, [new])
        if changes.reread:
            again = told_turns.c.turn.in_(changes.reread) & (told_turns.c.state == "read")
            await self._connection.execute(update(told_turns).where(again).values(state="waiting"))

    async def use(self, used: Sequence[str], *, now_ms: int) -> None:
        """See Notebook."""
        await self._connection.execute(update(notes).where(notes.c.id.in_(used)).values(last_used_ms=now_ms))

    async def hush(self, turns: Sequence[str], *, fan: str) -> None:
        """See Notebook."""
        await self._hush(told_turns.c.turn.in_(turns) & (told_turns.c.fan == fan))

    async def hush_talk(self, fan: str, *, show: str | None = None, character: str | None = None) -> None:
        """See Notebook."""
        c = told_turns.c
        wanted = [c.fan == fan]
        wanted += [] if show is None else [c.show == show]
        wanted += [] if character is None else [c.character == character]
        await self._hush(and_(*wanted))

    async def _hush(self, which: ColumnElement[bool]) -> None:
        gone = {"state": "forgotten", "model_id": None, "fan_vector": None, "reply_vector": None}
        await self._connection.execute(update(told_turns).where(which).values(**gone))

    async def talk(self, owner: Owner, *, horizon: int, limit: int) -> tuple[Exchange, ...]:
        """See Notebook."""
        c = exchanges.c
        query = (
            select(exchanges)
            .join(told_turns, told_turns.c.turn == c.turn)
            .where(_of(told_turns, owner), told_turns.c.state != "forgotten", c.horizon <= horizon)
            .order_by(c.at_ms.desc(), c.turn.desc())
            .limit(limit)
        )
        rows = (await self._connection.execute(query)).all()
        return tuple(seen_by(exchange_of(row), owner.character) for row in reversed(rows))

    async def talk_vectors(self, owner: Owner, turns: Sequence[str], model_id: str) -> Mapping[str, TalkVectors]:
        """See Notebook."""
        found: dict[str, TalkVectors] = {}
        c = told_turns.c
        for start in range(0, len(turns), KEYS_PER_STATEMENT):
            some = turns[start : start + KEYS_PER_STATEMENT]
            mine = (c.turn.in_(some), _of(told_turns, owner), c.model_id == model_id)
            for row in await self._connection.execute(select(c.turn, c.fan_vector, c.reply_vector).where(*mine)):
                found[row.turn] = TalkVectors(_vector(row.fan_vector), _vector(row.reply_vector))
        return found

    async def erase(self, fan: str, conversations: Sequence[str]) -> None:
        """See Notebook."""
        # In the order in which reading a turn takes them: two that waited for each other would both fail.
        await self._connection.execute(delete(told_turns).where(told_turns.c.fan == fan))
        await self._connection.execute(delete(notes).where(notes.c.fan == fan))
        await self._connection.execute(delete(exchanges).where(exchanges.c.conversation.in_(conversations)))


def _of(table: Table, owner: Owner) -> ColumnElement[bool]:
    return and_(table.c.fan == owner.fan, table.c.show == owner.show, table.c.character == owner.character)


def _owner(row: Row[Any]) -> Owner:
    return Owner(row.fan, row.show, row.character)


def _note(row: Row[Any]) -> Note:
    fields = {name: getattr(row, name) for name in _FIELDS}
    return Note(**{**fields, "owner": _owner(row), "from_turns": tuple(row.from_turns)})


def _bytes(vector: Vector) -> bytes:
    return np.asarray(vector, dtype=_STORED).tobytes()


def _vector(stored: bytes) -> Vector:
    return np.frombuffer(stored, dtype=_STORED).astype(np.float32)
