"""SQLite without a thread: what SQLAlchemy asks of aiosqlite, carried out where it is asked.

A statement of a turn takes tens of microseconds; to a thread and back takes longer than that, four times a statement.
It is for short transactions whose rows are found by an index; what may read long belongs to aiosqlite. It never lets
the event loop wait for another process's lock: it asks again a little later.
"""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Generator, Iterable
from typing import Any, Literal, Self, TypeVar

Result = TypeVar("Result")
IsolationLevel = Literal["DEFERRED", "EXCLUSIVE", "IMMEDIATE"] | None

FIRST_WAIT_S, WAIT_MAX_S = 0.001, 0.05


class InlineCursor:
    """See aiosqlite.Cursor."""

    def __init__(self, cursor: sqlite3.Cursor, patience_s: float) -> None:
        self._cursor, self._patience_s = cursor, patience_s

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """See sqlite3.Cursor, as all below."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        return self._cursor.lastrowid

    @property
    def arraysize(self) -> int:
        return self._cursor.arraysize

    @arraysize.setter
    def arraysize(self, rows: int) -> None:
        self._cursor.arraysize = rows

    async def execute(self, statement: str, parameters: Iterable[Any] = ()) -> Self:
        """Raises sqlite3.Error; that the database is locked only after the connection's patience."""
        values = tuple(parameters)
        await _patiently(lambda: self._cursor.execute(statement, values), self._patience_s)
        return self

    async def executemany(self, statement: str, rows: Iterable[Iterable[Any]]) -> Self:
        """See `execute`."""
        values = [tuple(row) for row in rows]
        await _patiently(lambda: self._cursor.executemany(statement, values), self._patience_s)
        return self

    async def fetchall(self) -> list[Any]:
        return self._cursor.fetchall()

    async def fetchone(self) -> Any:
        return self._cursor.fetchone()

    async def fetchmany(self, size: int | None = None) -> list[Any]:
        return self._cursor.fetchmany(self.arraysize if size is None else size)

    async def close(self) -> None:
        self._cursor.close()


class InlineConnection:
    """See aiosqlite.Connection. Of one thread, like the event loop it serves."""

    def __init__(self, database: str, *, patience_s: float, uri: bool = False) -> None:
        """`patience_s`: how long a lock of another connection is waited for."""
        self._patience_s = patience_s
        # Its own wait for a lock would be the event loop's.
        self._connection: sqlite3.Connection | None = sqlite3.connect(
            database, timeout=0, uri=uri, check_same_thread=False
        )
        self._tx = _AtOnce()

    def __await__(self) -> Generator[Any, None, Self]:
        yield from ()
        return self

    @property
    def _conn(self) -> sqlite3.Connection:
        if self._connection is None:
            raise ValueError("no active connection")
        return self._connection

    @property
    def isolation_level(self) -> IsolationLevel:
        """See sqlite3.Connection."""
        return self._conn.isolation_level

    @isolation_level.setter
    def isolation_level(self, level: IsolationLevel) -> None:
        self._conn.isolation_level = level

    def cursor(self) -> InlineCursor:
        """A new cursor."""
        return InlineCursor(self._conn.cursor(), self._patience_s)

    async def create_function(self, *arguments: Any, **named: Any) -> None:
        """See sqlite3.Connection."""
        self._conn.create_function(*arguments, **named)

    async def commit(self) -> None:
        """See sqlite3.Connection."""
        await _patiently(self._conn.commit, self._patience_s)

    async def rollback(self) -> None:
        """See sqlite3.Connection."""
        self._conn.rollback()

    async def close(self) -> None:
        """Close; a second time does nothing."""
        self.stop()

    def stop(self) -> None:
        """Close at once."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None


class _AtOnce:
    """Stands for the queue to aiosqlite's thread, which SQLAlchemy uses to set an isolation level."""

    def put_nowait(self, call: tuple[asyncio.Future[Any], Callable[[], Any]]) -> None:
        future, function = call
        try:
            future.set_result(function())
        except sqlite3.Error as error:
            future.set_exception(error)


async def _patiently(ask: Callable[[], Result], patience_s: float) -> Result:
    """What `ask` answers once no other connection is in the way. Raises sqlite3.OperationalError after `patience_s`."""
    now = asyncio.get_running_loop().time
    until, wait_s = now() + patience_s, FIRST_WAIT_S
    while True:
        try:
            return ask()
        except sqlite3.OperationalError as error:
            # A snapshot that another writer has overtaken stays so; only a plain lock goes away.
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or now() >= until:
                raise
        await asyncio.sleep(wait_s)
        wait_s = min(2 * wait_s, WAIT_MAX_S)
