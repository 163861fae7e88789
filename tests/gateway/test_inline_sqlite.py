"""SQLite carried out in place: what it does for a caller, and how it waits for somebody else's lock."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from gateway.adapters.database import Database, open_database
from gateway.adapters.inline_sqlite import InlineConnection


@pytest.fixture
def path(tmp_path: Path) -> Path:
    file = tmp_path / "some.db"
    with sqlite3.connect(file) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
        connection.execute("CREATE TABLE words (word TEXT PRIMARY KEY)")
    connection.close()
    return file


@pytest.fixture
async def database(path: Path) -> AsyncIterator[Database]:
    opened = open_database(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.aclose()


def words_in(path: Path) -> list[str]:
    connection = sqlite3.connect(path)
    try:
        return [word for (word,) in connection.execute("SELECT word FROM words ORDER BY word")]
    finally:
        connection.close()


async def add(database: Database, *words: str) -> None:
    async with database.unit() as connection:
        for word in words:
            await connection.execute(text("INSERT INTO words VALUES (:word)"), {"word": word})


async def test_a_unit_is_there_as_a_whole_or_not_at_all(database: Database, path: Path) -> None:
    await add(database, "kept")
    with pytest.raises(Exception, match="UNIQUE"):
        await add(database, "lost", "kept")
    assert words_in(path) == ["kept"]
    await add(database, "later")  # the connection is fit for the next one
    assert words_in(path) == ["kept", "later"]


async def test_the_loop_goes_on_while_another_process_holds_the_lock_and_the_unit_follows_it(
    database: Database, path: Path
) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    other.execute("INSERT INTO words VALUES ('first')")
    waiting = asyncio.create_task(add(database, "second"))
    for _ in range(20):  # the loop turns, and nothing was written
        await asyncio.sleep(0)
    assert not waiting.done()
    other.execute("COMMIT")
    other.close()
    await waiting
    assert words_in(path) == ["first", "second"]


async def test_whoever_gives_up_waiting_for_a_lock_leaves_nothing_behind(database: Database, path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(add(database, "given up"))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    other.execute("ROLLBACK")
    other.close()
    await add(database, "after")
    assert words_in(path) == ["after"]


async def test_without_patience_a_lock_is_an_error(path: Path) -> None:
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    impatient = await InlineConnection(str(path), patience_s=0)
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await impatient.cursor().execute("INSERT INTO words VALUES ('no')")
    await impatient.close()
    await impatient.close()  # a second time does nothing
    with pytest.raises(ValueError, match="no active connection"):
        impatient.cursor()
    other.close()


async def test_a_view_that_another_writer_has_overtaken_is_an_error_at_once(path: Path) -> None:
    late = await InlineConnection(str(path), patience_s=3600)
    late.isolation_level = None
    cursor = late.cursor()
    await cursor.execute("BEGIN")
    await cursor.execute("SELECT * FROM words")
    with sqlite3.connect(path) as other:
        other.execute("INSERT INTO words VALUES ('meanwhile')")
    other.close()
    with pytest.raises(sqlite3.OperationalError, match="locked"):
        await cursor.execute("INSERT INTO words VALUES ('too late')")
    await late.close()


async def test_a_broken_statement_is_the_librarys_error(database: Database) -> None:
    with pytest.raises(OperationalError, match="no such table"):
        async with database.unit() as connection:
            await connection.execute(text("SELECT * FROM nowhere"))
