"""Persona versions in SQL, inside the caller's transaction."""

from __future__ import annotations

from sqlalchemy import insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters import tables
from gateway.adapters.queueing import queue_up
from gateway.records import PersonaVersion


class SqlPersonas:
    """See gateway.ports.Personas."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def versions(self) -> tuple[PersonaVersion, ...]:
        """See Personas."""
        await queue_up(self._connection, "personas")
        c = tables.persona_versions.c
        rows = await self._connection.execute(
            select(c.number, c.models, c.author, c.approver, c.published_at_ms).order_by(c.number)
        )
        return tuple(PersonaVersion(row[0], tuple(row[1]), *row[2:]) for row in rows)

    async def add(self, version: PersonaVersion) -> None:
        """See Personas."""
        await self._connection.execute(
            insert(tables.persona_versions).values(
                number=version.number,
                models=list(version.models),
                author=version.author,
                approver=version.approver,
                published_at_ms=version.published_at_ms,
            )
        )
