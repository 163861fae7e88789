"""Turns and the event log in SQL, inside the caller's transaction."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Select, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters import tables
from gateway.adapters.queueing import queue_up
from gateway.errors import UnknownConversation, UnknownTurn
from gateway.events import LogEvent, ReceiptView, TurnStatus
from gateway.records import Logged, Standing, Turn, TurnMessages

_TURN = tuple(tables.turns.c[name] for name in Turn.__dataclass_fields__)
_LOGGED = tuple(tables.log_events.c[name] for name in Logged.__dataclass_fields__)


class SqlEventLog:
    """See gateway.ports.EventLog."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def append(self, conversation: str, drafts: Sequence[LogEvent], *, now_ms: int) -> tuple[Logged, ...]:
        """See EventLog. Moving the head first makes two writers of one conversation queue."""
        table = tables.conversations
        head = (
            await self._connection.execute(
                update(table)
                .where(table.c.id == conversation)
                .values(head_seq=table.c.head_seq + len(drafts))
                .returning(table.c.head_seq, table.c.epoch)
            )
        ).one_or_none()
        if head is None:
            raise UnknownConversation
        first = head.head_seq - len(drafts) + 1
        events = [_placed(draft, conversation, head.epoch, first + n) for n, draft in enumerate(drafts)]
        await self._connection.execute(
            insert(tables.log_events),
            [
                {name: getattr(event, name) for name in Logged.__dataclass_fields__} | {"at_ms": now_ms}
                for event in events
            ],
        )
        return tuple(events)

    async def read(self, conversation: str, *, after: int, limit: int) -> tuple[Logged, ...]:
        """See EventLog."""
        c = tables.log_events.c
        return await self._events(
            select(*_LOGGED).where(c.conversation == conversation, c.seq > after).order_by(c.seq).limit(limit)
        )

    async def of_turn(self, turn: str) -> tuple[Logged, ...]:
        """See EventLog."""
        c = tables.log_events.c
        return await self._events(select(*_LOGGED).where(c.turn == turn).order_by(c.seq))

    async def heads(self, conversations: Sequence[str]) -> Mapping[str, int]:
        """See EventLog."""
        c = tables.conversations.c
        query = select(c.id, c.head_seq).where(c.id.in_(conversations), c.head_seq > 0)
        return {row.id: row.head_seq for row in await self._connection.execute(query)}

    async def newest(self, conversations: Sequence[str]) -> tuple[Logged, ...]:
        """See EventLog."""
        c, heads = tables.log_events.c, tables.conversations.c
        at_head = (c.conversation == heads.id, c.seq == heads.head_seq)
        return await self._events(select(*_LOGGED).where(heads.id.in_(conversations), *at_head))

    async def _events(self, query: Select[Any]) -> tuple[Logged, ...]:
        return tuple(Logged(*row) for row in await self._connection.execute(query))


def _placed(draft: LogEvent, conversation: str, epoch: str, seq: int) -> Logged:
    place = {"id": uuid.uuid4().hex, "conversation": conversation, "epoch": epoch, "seq": seq}
    event = draft.model_copy(update=place)
    return Logged(conversation, epoch, seq, event.turn, event.type, event.wire())


class SqlTurns:
    """See gateway.ports.Turns."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def add(self, turn: Turn) -> None:
        """See Turns."""
        row = {name: getattr(turn, name) for name in Turn.__dataclass_fields__}
        await self._connection.execute(insert(tables.turns).values(**row, beat_at_ms=turn.created_at_ms))

    async def by_message(self, fan: str, client_msg_id: str) -> Turn | None:
        """See Turns. Who finds none may begin it: nobody else of this fan looks until this unit ends."""
        await queue_up(self._connection, fan)
        c = tables.turns.c
        return await self._one(select(*_TURN).where(c.fan == fan, c.client_msg_id == client_msg_id))

    async def get(self, turn: str, *, fan: str) -> Turn:
        """See Turns."""
        c = tables.turns.c
        found = await self._one(select(*_TURN).where(c.id == turn, c.fan == fan))
        if found is None:
            raise UnknownTurn
        return found

    async def running(self, conversation: str) -> Turn | None:
        """See Turns."""
        c = tables.turns.c
        return await self._one(select(*_TURN).where(c.conversation == conversation, c.state == "running"))

    async def running_of(self, fan: str) -> tuple[Turn, ...]:
        """See Turns. Whoever is ending one has its row locked, and is waited for."""
        await queue_up(self._connection, fan)
        c = tables.turns.c
        running = select(*_TURN).where(c.fan == fan, c.state == "running").order_by(c.position).with_for_update()
        return tuple(Turn(*row) for row in await self._connection.execute(running))

    async def standing(self, turn: str) -> Standing:
        """See Turns. The row is locked where units run side by side; SQLite's writers wait for each other anyway."""
        c = tables.turns.c
        query = select(c.state, c.cancel_asked_at_ms).where(c.id == turn).with_for_update()
        row = (await self._connection.execute(query)).one_or_none()
        if row is None or row.state != "running":
            return "ended"
        return "running" if row.cancel_asked_at_ms is None else "unwanted"

    async def ask_to_cancel(self, turn: str, *, now_ms: int) -> bool:
        """See Turns. The first who asks is the one whose time is kept."""
        table = tables.turns
        asked = func.coalesce(table.c.cancel_asked_at_ms, now_ms)
        running = (table.c.id == turn, table.c.state == "running")
        kept = await self._connection.execute(update(table).where(*running).values(cancel_asked_at_ms=asked))
        return kept.rowcount == 1

    async def unwanted(self, turns: Sequence[str]) -> frozenset[str]:
        """See Turns."""
        c = tables.turns.c
        asked = (c.id.in_(turns), c.state == "running", c.cancel_asked_at_ms.is_not(None))
        return frozenset((await self._connection.execute(select(c.id).where(*asked))).scalars())

    async def finish(
        self, turn: str, status: TurnStatus, receipt: ReceiptView, *, heard_chars: int | None = None, now_ms: int
    ) -> bool:
        """See Turns: one guarded update, so that whoever comes second loses."""
        table = tables.turns
        ended = await self._connection.execute(
            update(table)
            .where(table.c.id == turn, table.c.state == "running")
            .values(
                state=status,
                receipt=receipt.model_dump_json(exclude_none=True),
                heard_chars=heard_chars,
                ended_at_ms=now_ms,
            )
        )
        return ended.rowcount == 1

    async def beat(self, turns: Sequence[str], *, now_ms: int) -> None:
        """See Turns."""
        table = tables.turns
        await self._connection.execute(
            update(table).where(table.c.id.in_(turns), table.c.state == "running").values(beat_at_ms=now_ms)
        )

    async def abandoned(self, *, quiet_since_ms: int) -> tuple[Turn, ...]:
        """See Turns."""
        c = tables.turns.c
        quiet = (c.state == "running", c.beat_at_ms <= quiet_since_ms)
        rows = await self._connection.execute(select(*_TURN).where(*quiet).order_by(c.position))
        return tuple(Turn(*row) for row in rows)

    async def page(self, conversation: str, *, before: str | None, limit: int) -> tuple[TurnMessages, ...]:
        """See Turns."""
        c = tables.turns.c
        query = select(c.id, c.state, c.receipt, c.replaces, c.heard_chars).where(c.conversation == conversation)
        if before is not None:
            query = query.where(c.position < select(c.position).where(c.id == before).scalar_subquery())
        rows = (await self._connection.execute(query.order_by(c.position.desc()).limit(limit))).all()
        return tuple(TurnMessages(*row) for row in reversed(rows))

    async def _one(self, query: Select[Any]) -> Turn | None:
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else Turn(*row)
