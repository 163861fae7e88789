"""How characters stand with fans, in the relational database."""

from __future__ import annotations

from sqlalchemy import ColumnElement, delete, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters.tables import rapports
from gateway.records import RapportKept
from memory.notes import Owner
from persona.relationship import Rapport


class SqlRapports:
    """See gateway.ports.Rapports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def get(self, owner: Owner) -> Rapport:
        """See Rapports."""
        query = select(rapports.c.familiarity, rapports.c.warmth, rapports.c.trust).where(*_is(owner))
        row = (await self._connection.execute(query)).one_or_none()
        return Rapport() if row is None else Rapport(*row)

    async def put(self, owner: Owner, rapport: Rapport, *, now_ms: int) -> None:
        """See Rapports. A fan's turns queue, so nobody else writes the same row meanwhile."""
        values = {
            "familiarity": rapport.familiarity,
            "warmth": rapport.warmth,
            "trust": rapport.trust,
            "moved_at_ms": now_ms,
        }
        known = await self._connection.execute(update(rapports).where(*_is(owner)).values(**values))
        if known.rowcount == 0:
            mine = {"fan": owner.fan, "show": owner.show, "character": owner.character}
            await self._connection.execute(insert(rapports).values(**mine, **values))

    async def of_fan(self, fan: str) -> tuple[RapportKept, ...]:
        """See Rapports."""
        query = select(rapports).where(rapports.c.fan == fan).order_by(rapports.c.show, rapports.c.character)
        return tuple(
            RapportKept(row.show, row.character, Rapport(row.familiarity, row.warmth, row.trust), row.moved_at_ms)
            for row in await self._connection.execute(query)
        )

    async def erase(self, fan: str) -> None:
        """See Rapports."""
        await self._connection.execute(delete(rapports).where(rapports.c.fan == fan))


def _is(owner: Owner) -> tuple[ColumnElement[bool], ...]:
    c = rapports.c
    return (c.fan == owner.fan, c.show == owner.show, c.character == owner.character)
