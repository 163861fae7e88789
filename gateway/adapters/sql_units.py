"""Units of work in SQL: one connection, one transaction, every store bound to it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncConnection

from billing.ports import Books
from gateway.adapters.database import Database
from gateway.adapters.sql_conversations import SqlConversations, SqlTickets
from gateway.adapters.sql_turns import SqlEventLog, SqlTurns
from gateway.ports import Unit
from memory.ports import TranscriptWriter


@dataclass(frozen=True, slots=True)
class SqlUnit:
    """See gateway.ports.Unit."""

    conversations: SqlConversations
    log: SqlEventLog
    turns: SqlTurns
    tickets: SqlTickets
    transcripts: TranscriptWriter
    books: Books


class SqlUnits:
    """See gateway.ports.Units. The factories bind the other packages' stores to the connection."""

    def __init__(
        self,
        database: Database,
        *,
        books: Callable[[AsyncConnection], Books],
        transcripts: Callable[[AsyncConnection], TranscriptWriter],
    ) -> None:
        self._database, self._books, self._transcripts = database, books, transcripts

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._database.writer.begin() as connection:
            yield self._bound(connection)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._database.reader.connect() as connection:
            yield self._bound(connection)

    def _bound(self, connection: AsyncConnection) -> Unit:
        return SqlUnit(
            conversations=SqlConversations(connection),
            log=SqlEventLog(connection),
            turns=SqlTurns(connection),
            tickets=SqlTickets(connection),
            transcripts=self._transcripts(connection),
            books=self._books(connection),
        )
