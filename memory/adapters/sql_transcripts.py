"""What was said, turn by turn, in the relational database.

The reader stands alone; the writer is bound to the caller's transaction, so that a turn's words and its money are
kept or lost together. Neither ever commits for the caller.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Row, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine

from memory.adapters.sql_inserts import insert_new
from memory.adapters.tables import exchanges
from memory.errors import UnknownTurn
from memory.types import ASIDE, Exchange


class SqlTranscripts:
    """Reads transcripts outside any transaction."""

    def __init__(self, reader: AsyncEngine) -> None:
        self._reader = reader

    async def recent(self, conversation: str, *, limit: int, before: str | None = None) -> tuple[Exchange, ...]:
        """The newest exchanges, oldest first; turns of one millisecond are ordered by their ids."""
        wanted = select(exchanges).where(exchanges.c.conversation == conversation)
        if before is not None:
            mark = select(exchanges.c.at_ms).where(exchanges.c.turn == before, exchanges.c.conversation == conversation)
            wanted = wanted.where(tuple_(exchanges.c.at_ms, exchanges.c.turn) < tuple_(mark.scalar_subquery(), before))
        newest = wanted.order_by(exchanges.c.at_ms.desc(), exchanges.c.turn.desc()).limit(max(limit, 0))
        async with self._reader.connect() as connection:
            rows = (await connection.execute(newest)).all()
        return tuple(_exchange(row) for row in reversed(rows))

    async def of_turns(self, turns: Sequence[str]) -> tuple[Exchange, ...]:
        """The exchanges of these turns."""
        async with self._reader.connect() as connection:
            rows = await connection.execute(select(exchanges).where(exchanges.c.turn.in_(turns)))
        return tuple(_exchange(row) for row in rows)

    async def within(
        self, conversations: Sequence[str], *, from_ms: int, until_ms: int
    ) -> tuple[tuple[str, Exchange], ...]:
        """See Transcripts."""
        c = exchanges.c
        said = select(exchanges).where(
            c.conversation.in_(conversations), c.at_ms >= from_ms, c.at_ms < until_ms, c.status.not_in(ASIDE)
        )
        async with self._reader.connect() as connection:
            rows = await connection.execute(said)
        return tuple((row.conversation, _exchange(row)) for row in rows)


def _exchange(row: Row[Any]) -> Exchange:
    return Exchange(row.turn, row.fan_text, row.reply_text, row.status, row.horizon, row.at_ms)


class SqlTranscriptWriter:
    """Writes transcripts inside the transaction of `connection`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def begin(self, conversation: str, turn: str, *, fan_text: str, horizon: int, now_ms: int) -> None:
        """Keep the fan's message; a turn that has begun already stays as it is."""
        row = {
            "turn": turn,
            "conversation": conversation,
            "fan_text": fan_text,
            "reply_text": "",
            "status": "running",
            "horizon": horizon,
            "at_ms": now_ms,
        }
        await insert_new(self._connection, exchanges, [row])

    async def finish(self, turn: str, *, reply_text: str, status: str) -> None:
        """Keep what was delivered and how the turn ended. Raises UnknownTurn."""
        ended = await self._connection.execute(
            update(exchanges).where(exchanges.c.turn == turn).values(reply_text=reply_text, status=status)
        )
        if ended.rowcount == 0:
            raise UnknownTurn(turn)

    async def put_aside(self, turn: str, *, status: str) -> None:
        """See TranscriptWriter."""
        put = await self._connection.execute(update(exchanges).where(exchanges.c.turn == turn).values(status=status))
        if put.rowcount == 0:
            raise UnknownTurn(turn)
