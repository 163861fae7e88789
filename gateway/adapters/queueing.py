"""Letting the units of one fan queue where the database would let them run side by side.

On SQLite every transaction that writes waits for the one before it. On PostgreSQL two messages of a fan would both look
for a turn, both find none and both begin one; here the second waits, and then finds what the first has begun. It never
outlives the transaction.
"""

from __future__ import annotations

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection


async def queue_up(connection: AsyncConnection, fan: str) -> None:
    """Wait until no other transaction that queued up for this fan is under way, and keep others waiting."""
    if connection.dialect.name == "postgresql":
        await connection.execute(select(func.pg_advisory_xact_lock(func.hashtextextended(fan, 0))))
