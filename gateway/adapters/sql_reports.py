"""What fans report, in SQL, inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import delete, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters import tables
from gateway.adapters.queueing import queue_up
from gateway.records import TurnReport

_REPORT = tuple(tables.turn_reports.c[name] for name in TurnReport.__dataclass_fields__)


class SqlTurnReports:
    """See gateway.ports.TurnReports."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, turn: str) -> TurnReport | None:
        """See TurnReports. Who finds none may add it: nobody else reports this turn until this unit ends."""
        await queue_up(self._connection, f"report:{turn}")
        query = select(*_REPORT).where(tables.turn_reports.c.turn == turn)
        row = (await self._connection.execute(query)).one_or_none()
        return None if row is None else TurnReport(**row._mapping)

    async def add(self, report: TurnReport) -> None:
        """See TurnReports."""
        row = {name: getattr(report, name) for name in TurnReport.__dataclass_fields__}
        await self._connection.execute(insert(tables.turn_reports).values(**row))

    async def of_fan(self, fan: str) -> tuple[TurnReport, ...]:
        """See TurnReports."""
        c = tables.turn_reports.c
        rows = await self._connection.execute(select(*_REPORT).where(c.fan == fan).order_by(c.at_ms, c.turn))
        return tuple(TurnReport(**row._mapping) for row in rows)

    async def erase(self, fan: str) -> None:
        """See TurnReports."""
        await self._connection.execute(delete(tables.turn_reports).where(tables.turn_reports.c.fan == fan))
