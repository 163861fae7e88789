"""The log of turns as reports read it: which have ended, how far their fans had watched, and where a fan was last."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import takewhile

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters import tables


class SqlTurnLog:
    """See gateway.ports.TurnLog."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def ended_after(self, position: int, *, before_ms: int, limit: int) -> tuple[tuple[int, str, int], ...]:
        """See TurnLog."""
        c = tables.turns.c
        statement = (
            select(c.position, c.id, c.horizon, c.state)
            .where(c.position > position, c.created_at_ms < before_ms)
            .order_by(c.position)
            .limit(limit)
        )
        rows = (await self._connection.execute(statement)).all()
        return tuple((row.position, row.id, row.horizon) for row in takewhile(lambda row: row.state != "running", rows))

    async def episodes_of(self, turns: Sequence[str]) -> Mapping[str, int]:
        """See TurnLog."""
        c = tables.turns.c
        rows = (await self._connection.execute(select(c.id, c.horizon).where(c.id.in_(turns)))).all()
        return {row.id: row.horizon for row in rows}

    async def last_place(self, fan: str, *, before_ms: int) -> tuple[str, str, int]:
        """See TurnLog."""
        c, of = tables.turns.c, tables.conversations.c
        statement = (
            select(of.show, of.character, c.horizon)
            .join(tables.conversations, of.id == c.conversation)
            .where(c.fan == fan, c.created_at_ms <= before_ms)
            .order_by(c.position.desc())
            .limit(1)
        )
        row = (await self._connection.execute(statement)).one_or_none()
        return ("", "", 0) if row is None else (row.show, row.character, max(row.horizon, 0))
