"""Reads what fans wrote about a show, some conversations at a time, for counting only.

What is no part of a talk (a cry for help, a question whether somebody is human) does not come here: it must never be
counted by what it names.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from gateway.adapters.tables import conversations
from gateway.curiosity import Asked
from memory.ports import Transcripts

PAGE = 100
"""Conversations at a time; a fan says some hundred things in one in a month."""


class SqlQuestions:
    """See gateway.ports.Questions."""

    def __init__(self, reader: AsyncEngine, transcripts: Transcripts) -> None:
        self._reader, self._transcripts = reader, transcripts

    async def about(self, show: str, *, from_ms: int, until_ms: int) -> AsyncGenerator[Asked, None]:
        """See Questions."""
        c, last = conversations.c, ""
        of_show = select(c.id, c.fan).where(c.show == show, c.created_at_ms < until_ms).order_by(c.id).limit(PAGE)
        while True:
            async with self._reader.connect() as connection:
                page = {row.id: row.fan for row in await connection.execute(of_show.where(c.id > last))}
            for talk, said in await self._transcripts.within(list(page), from_ms=from_ms, until_ms=until_ms):
                yield Asked(page[talk], said.horizon, said.fan_text)
            if len(page) < PAGE:
                return
            last = next(reversed(page))  # by the database's own order, whatever its collation
