"""Opening the relational database: SQLite by default, any async SQLAlchemy URL beyond.

Three engines share one database. On `writer` every transaction begins as the one that writes (`BEGIN IMMEDIATE` on
SQLite, one connection, so that writers of this process queue instead of failing); on the readers every statement stands
alone and never waits for a writer. On PostgreSQL writers run side by side: what must not, an adapter locks.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import ExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.adapters.flushing import Flusher
from gateway.adapters.inline_sqlite import InlineConnection
from gateway.errors import InvalidSetting

BUSY_TIMEOUT_S = 15
POOL_TIMEOUT_S = 180
"""Who finds no connection waits so long: two thousand fans who come back at once are late with us, and not lost."""
READERS_MAX = 4
SERVER_CONNECTIONS_MAX = 10
"""Of one engine, so twice as many of one process."""
_MODE, _SYNCHRONOUS = "encore_journal_mode", "encore_synchronous"


@dataclass(frozen=True, slots=True)
class Database:
    """The engines of one database."""

    writer: AsyncEngine
    reader: AsyncEngine
    """For what an index finds: on SQLite it is read in the event loop's own time."""
    long_reader: AsyncEngine
    """For what may take long, and keeps nobody waiting."""
    flusher: Flusher | None = None
    """Who makes units of work durable; None where each commit does that by itself."""

    @asynccontextmanager
    async def unit(self) -> AsyncIterator[AsyncConnection]:
        """A transaction that commits when its block ends, and is on the disk when this returns.

        Raises OSError when it was committed and the disk refuses it: what became of it shows after a restart.
        """
        if self.flusher is None:
            async with self.writer.begin() as connection:
                yield connection
            return
        with ExitStack() as commit:
            async with self._grouped.begin() as connection:
                yield connection
                shared = connection.info[_SYNCHRONOUS] == "NORMAL"
                if shared:
                    commit.enter_context(self.flusher.committing())
        if shared:
            await self.flusher.written()

    @asynccontextmanager
    async def reading(self) -> AsyncIterator[AsyncConnection]:
        """A connection to read through; what was seen through it is on the disk when this returns."""
        await asyncio.sleep(0)  # what is read in place lets the loop turn first, also when it is read over and over
        async with self.reader.connect() as connection:
            yield connection
        if self.flusher is not None:
            await self.flusher.seen()

    @property
    def _grouped(self) -> AsyncEngine:
        return self.writer.execution_options(**{_SYNCHRONOUS: "NORMAL"})

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A transaction whose statements all see the database as it was at one moment. Nothing may be written in it."""
        if self.reader.dialect.name == "sqlite":
            # A transaction that begins by reading keeps what it saw and, in WAL, keeps no writer waiting.
            async with self.long_reader.connect() as connection:
                await connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    await connection.exec_driver_sql("ROLLBACK")
            if self.flusher is not None:
                await self.flusher.seen()
            return
        engine = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with engine.begin() as connection:
            yield connection

    async def scrub(self) -> None:
        """Let nothing that was deleted stay readable in the files: SQLite's log is folded in and emptied.

        What was deleted is overwritten as it is deleted (`secure_delete`), but the log still has the pages from before.
        On a server the database's own vacuum sees to it.
        """
        if self.reader.dialect.name == "sqlite":
            async with self.long_reader.connect() as connection:
                await connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    async def rewrite(self) -> None:
        """Write the database anew without what was deleted, so that no page has an old copy. Other writers wait."""
        if self.reader.dialect.name == "sqlite":
            async with self.long_reader.connect() as connection:
                await connection.exec_driver_sql("VACUUM")
            await self.scrub()

    async def aclose(self) -> None:
        """Close every connection."""
        if self.flusher is not None:
            await self.flusher.aclose()
        await self.writer.dispose()
        await self.reader.dispose()
        await self.long_reader.dispose()


def open_database(url: str) -> Database:
    """Open `url`; nothing is asked of the database before the first statement. Raises InvalidSetting."""
    try:
        return _open(make_url(url))
    except (ArgumentError, InvalidRequestError, ModuleNotFoundError) as error:
        reason = "it must be an async SQLAlchemy URL whose driver is installed, such as sqlite+aiosqlite:///encore.db"
        raise InvalidSetting("ENCORE_DATABASE_URL", reason) from error


def _open(parsed: URL) -> Database:
    if parsed.get_backend_name() == "sqlite":
        return _open_sqlite(parsed)
    shared = {
        "pool_pre_ping": True,
        "pool_size": SERVER_CONNECTIONS_MAX,
        "max_overflow": 0,  # a connection that was opened stays open; who finds none waits
        "pool_timeout": POOL_TIMEOUT_S,
    }
    # Said here and not left to the server's defaults: who waited for a lock has to see what the other one wrote.
    writer = create_async_engine(parsed, isolation_level="READ COMMITTED", **shared)
    reader = create_async_engine(parsed, isolation_level="AUTOCOMMIT", **shared)
    return Database(writer, reader, reader)


def _open_sqlite(url: URL) -> Database:
    shared = {
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_S,
        "connect_args": {"timeout": BUSY_TIMEOUT_S},
        # Every transaction here is ended by its block, so a connection comes back with nothing to roll back.
        "pool_reset_on_return": None,
    }
    reading = {**shared, "pool_size": READERS_MAX, "isolation_level": "AUTOCOMMIT"}
    writer = create_async_engine(url, pool_size=1, async_creator=_inline(url), **shared)
    reader = create_async_engine(url, async_creator=_inline(url), **reading)
    long_reader = create_async_engine(url, **reading)
    for engine in (writer, reader, long_reader):
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(writer.sync_engine, "connect", _leave_transactions_to_us)
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    named = url.database not in (None, "", ":memory:") and not str(url.database).startswith("file:")
    if not named:
        return Database(writer, reader, long_reader)
    event.listen(writer.sync_engine, "connect", _leave_checkpoints_to_the_flusher)
    return Database(writer, reader, long_reader, Flusher(Path(str(url.database)).absolute()))


def _inline(url: URL) -> Callable[[], Awaitable[InlineConnection]]:
    """Opens connections to a URL without a thread, to the same file as SQLAlchemy would."""
    (database,), options = url.get_dialect()().create_connect_args(url)

    async def connect() -> InlineConnection:
        return InlineConnection(database, patience_s=BUSY_TIMEOUT_S, uri=bool(options.get("uri")))

    return connect


def _set_pragmas(connection: DBAPIConnection, entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    entry.info[_MODE] = cursor.fetchone()
    cursor.execute("PRAGMA synchronous = FULL")  # a commit that was answered survives a power cut
    entry.info[_SYNCHRONOUS] = "FULL"
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.execute("PRAGMA secure_delete = ON")  # what a fan has deleted is gone from the file
    cursor.close()


def _leave_transactions_to_us(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would otherwise begin a deferred transaction late, which can fail when it comes to write.
    connection.isolation_level = None


def _leave_checkpoints_to_the_flusher(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # Every so many pages a commit would wait for the disk twice, and the event loop with it.
    cursor = connection.cursor()
    cursor.execute("PRAGMA wal_autocheckpoint = 0")
    cursor.close()


def _begin_immediate(connection: Connection) -> None:
    info = connection.info
    wanted = connection.get_execution_options().get(_SYNCHRONOUS, "FULL")
    if info[_MODE] != ("wal",):  # where SQLite cannot have a log (some network drives), there is none to be flushed
        wanted = "FULL"
    if info[_SYNCHRONOUS] != wanted:  # it cannot be changed within a transaction
        connection.exec_driver_sql(f"PRAGMA synchronous = {wanted}")
        info[_SYNCHRONOUS] = wanted
    connection.exec_driver_sql("BEGIN IMMEDIATE")
