"""Reads what fans wrote about a show, page by page, for counting only.

What is no part of a talk (a cry for help, a question whether somebody is human) is left out in the database: it must
never be counted by what it names.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from sqlalchemy import select, tuple_
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.adapters.tables import conversations
from gateway.curiosity import Asked
from memory.adapters.tables import exchanges
from memory.types import ASIDE

PAGE = 1_000


class SqlQuestions:
    """See gateway.ports.Questions."""

    def __init__(self, reader: AsyncEngine) -> None:
        self._reader = reader

    async def about(self, show: str, *, from_ms: int, until_ms: int) -> AsyncGenerator[Asked, None]:
        """See Questions."""
        c, place = exchanges.c, (from_ms, "")
        told = (
            select(c.at_ms, c.turn, c.horizon, c.fan_text, conversations.c.fan)
            .join(conversations, conversations.c.id == c.conversation)
            .where(conversations.c.show == show, c.at_ms < until_ms, c.status.not_in(ASIDE))
            .order_by(c.at_ms, c.turn)
            .limit(PAGE)
        )
        while True:
            async with self._reader.connect() as connection:
                page = (await connection.execute(told.where(tuple_(c.at_ms, c.turn) > place))).all()
            for row in page:
                yield Asked(row.fan, row.horizon, row.fan_text)
            if len(page) < PAGE:
                return
            place = (page[-1].at_ms, page[-1].turn)
