"""Opening the relational database: SQLite by default, any async SQLAlchemy URL beyond.

Two engines share one database. On `writer` every transaction begins as the one that writes (`BEGIN IMMEDIATE` on
SQLite, one connection, so that writers of this process queue instead of failing); on `reader` every statement stands
alone and never waits for a writer. On PostgreSQL writers run side by side: what must not, an adapter locks.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from sqlalchemy import URL, Connection, event, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.exc import ArgumentError, InvalidRequestError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine
from sqlalchemy.pool import ConnectionPoolEntry

from gateway.errors import InvalidSetting

BUSY_TIMEOUT_S = 15
POOL_TIMEOUT_S = 60
READERS_MAX = 4
SERVER_CONNECTIONS_MAX = 10
"""Of one engine, so twice as many of one process."""


@dataclass(frozen=True, slots=True)
class Database:
    """The two engines of one database."""

    writer: AsyncEngine
    reader: AsyncEngine

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[AsyncConnection]:
        """A transaction whose statements all see the database as it was at one moment. Nothing may be written in it."""
        if self.reader.dialect.name == "sqlite":
            # A transaction that begins by reading keeps what it saw and, in WAL, keeps no writer waiting.
            async with self.reader.connect() as connection:
                await connection.exec_driver_sql("BEGIN")
                try:
                    yield connection
                finally:
                    await connection.exec_driver_sql("ROLLBACK")
            return
        engine = self.writer.execution_options(isolation_level="REPEATABLE READ", postgresql_readonly=True)
        async with engine.begin() as connection:
            yield connection

    async def aclose(self) -> None:
        """Close every connection."""
        await self.writer.dispose()
        await self.reader.dispose()


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
    return Database(
        # Said here and not left to the server's defaults: who waited for a lock has to see what the other one wrote.
        writer=create_async_engine(parsed, isolation_level="READ COMMITTED", **shared),
        reader=create_async_engine(parsed, isolation_level="AUTOCOMMIT", **shared),
    )


def _open_sqlite(url: URL) -> Database:
    shared = {
        "max_overflow": 0,
        "pool_timeout": POOL_TIMEOUT_S,
        "connect_args": {"timeout": BUSY_TIMEOUT_S},
        # Every transaction here is ended by its block, so a connection comes back with nothing to roll back.
        "pool_reset_on_return": None,
    }
    writer = create_async_engine(url, pool_size=1, **shared)
    reader = create_async_engine(url, pool_size=READERS_MAX, isolation_level="AUTOCOMMIT", **shared)
    for engine in (writer, reader):
        event.listen(engine.sync_engine, "connect", _set_pragmas)
    event.listen(writer.sync_engine, "connect", _leave_transactions_to_us)
    event.listen(writer.sync_engine, "begin", _begin_immediate)
    return Database(writer=writer, reader=reader)


def _set_pragmas(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    cursor = connection.cursor()
    cursor.execute("PRAGMA journal_mode = WAL")
    cursor.execute("PRAGMA synchronous = FULL")  # a commit that was answered survives a power cut
    cursor.execute("PRAGMA foreign_keys = ON")
    cursor.close()


def _leave_transactions_to_us(connection: DBAPIConnection, _entry: ConnectionPoolEntry) -> None:
    # The driver would otherwise begin a deferred transaction late, which can fail when it comes to write.
    connection.isolation_level = None


def _begin_immediate(connection: Connection) -> None:
    connection.exec_driver_sql("BEGIN IMMEDIATE")
