"""Experiments in SQL: their plans inside the caller's transaction."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from characters.errors import UnknownExperiment
from characters.experiment import Experiment, Plan
from gateway.adapters.queueing import queue_up
from gateway.adapters.tables import experiments

_COLUMNS = tuple(experiments.c[name] for name in Experiment.__dataclass_fields__)


class SqlExperiments:
    """See gateway.experiment_ports.Experiments."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def propose(self, experiment: Experiment) -> None:
        """See Experiments."""
        row = {name: getattr(experiment, name) for name in Experiment.__dataclass_fields__}
        await self._connection.execute(insert(experiments).values(**row))

    async def get(self, show: str, experiment: str) -> Experiment:
        """See Experiments."""
        found = await self._found(experiments.c.show == show, experiments.c.id == experiment)
        if not found:
            raise UnknownExperiment(show, experiment)
        return found[0]

    async def of_show(self, show: str) -> tuple[Experiment, ...]:
        """See Experiments."""
        return await self._found(experiments.c.show == show)

    async def running(self) -> tuple[Experiment, ...]:
        """See Experiments."""
        return await self._found(*_running())

    async def plan_for(self, show: str, character: str) -> Plan | None:
        """See Experiments."""
        c = experiments.c
        found = await self._found(c.show == show, c.character == character, *_running())
        return found[0].plan if found else None

    async def begin(self, experiment: str, *, by: str, now_ms: int) -> bool:
        """See Experiments. Two that begin at once for one character queue, so that the second finds the first."""
        c = experiments.c
        whose = (await self._connection.execute(select(c.show, c.character).where(c.id == experiment))).one()
        await queue_up(self._connection, f"experiment:{whose.show}/{whose.character}")
        if await self.plan_for(whose.show, whose.character) is not None:
            return False
        proposed = (c.id == experiment, c.begun_at_ms.is_(None), c.ended_at_ms.is_(None))
        begun = update(experiments).where(*proposed).values(begun_by=by, begun_at_ms=now_ms)
        return (await self._connection.execute(begun)).rowcount == 1

    async def end(self, experiment: str, *, by: str, as_: str, now_ms: int) -> bool:
        """See Experiments."""
        open_ = (experiments.c.id == experiment, experiments.c.ended_at_ms.is_(None))
        ended = update(experiments).where(*open_).values(ended_by=by, ended_as=as_, ended_at_ms=now_ms)
        return (await self._connection.execute(ended)).rowcount == 1

    async def _found(self, *wanted: ColumnElement[bool]) -> tuple[Experiment, ...]:
        newest = select(*_COLUMNS).where(*wanted).order_by(experiments.c.proposed_at_ms.desc(), experiments.c.id)
        return tuple(_experiment(row) for row in await self._connection.execute(newest))


def _running() -> tuple[ColumnElement[bool], ...]:
    return (experiments.c.begun_at_ms.is_not(None), experiments.c.ended_at_ms.is_(None))


def _experiment(row: Row[Any]) -> Experiment:
    return Experiment(**row._mapping)
