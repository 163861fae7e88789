"""Units on SQLite share the wait for the disk: none is answered before it, none waits for another's statements."""

from __future__ import annotations

import asyncio
import os
import shutil
import sqlite3
import threading
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import pytest_asyncio
from sqlalchemy import insert, select, text, update
from sqlalchemy.exc import IntegrityError

from billing.adapters.tables import wallets
from gateway.adapters.database import Database, open_database
from gateway.adapters.flushing import Flusher
from tests.conftest import sqlite_url_of

WAITERS = 5


@dataclass
class Disk:
    """Stands for the disk's fsync, which can be held back and can fail; the real one is done first."""

    free: threading.Event = field(default_factory=threading.Event)
    asked: asyncio.Event = field(default_factory=asyncio.Event)
    error: OSError | None = None
    told: Callable[[], None] = lambda: None

    def fsync(self, descriptor: int) -> None:
        os.fdatasync(descriptor)
        self.told()
        self.free.wait()
        if self.error is not None:
            raise self.error


@pytest_asyncio.fixture
async def disk(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Disk]:
    """A disk that holds every fsync back until it is set free."""
    held, loop = Disk(), asyncio.get_running_loop()

    def tell() -> None:
        loop.call_soon_threadsafe(held.asked.set)

    held.told = tell
    monkeypatch.setattr("gateway.adapters.flushing.os.fsync", held.fsync)
    yield held
    held.free.set()


def flusher_of(database: Database) -> Flusher:
    assert database.flusher is not None
    return database.flusher


async def write(database: Database, fan: str, *, held: int = 0) -> None:
    async with database.unit() as connection:
        await connection.execute(insert(wallets), {"fan": fan, "posted": 0, "held": 0, "created_at_ms": 1})
        await connection.execute(update(wallets).where(wallets.c.fan == fan).values(held=held))


async def fans(database: Database) -> list[str]:
    async with database.reading() as connection:
        return list((await connection.execute(select(wallets.c.fan).order_by(wallets.c.fan))).scalars())


async def until_committed(database: Database, count: int) -> None:
    """Return when so many wallets can be seen, durable or not."""
    async with asyncio.timeout(30), database.long_reader.connect() as connection:
        while len((await connection.execute(select(wallets.c.fan))).all()) < count:
            continue


async def test_a_unit_is_answered_only_when_it_is_on_the_disk(sqlite: Database, disk: Disk) -> None:
    writing = asyncio.create_task(write(sqlite, "a"))
    await disk.asked.wait()
    await until_committed(sqlite, 1)
    assert not writing.done()
    disk.free.set()
    await writing
    assert await fans(sqlite) == ["a"]


async def test_units_that_wait_for_the_disk_share_one_wait(sqlite: Database, disk: Disk) -> None:
    first = asyncio.create_task(write(sqlite, "a"))
    await disk.asked.wait()
    more = [asyncio.create_task(write(sqlite, f"b{number}")) for number in range(WAITERS)]
    await until_committed(sqlite, 1 + WAITERS)
    before = flusher_of(sqlite).flushes
    assert not any(task.done() for task in (first, *more))
    disk.free.set()
    await asyncio.gather(first, *more)
    assert flusher_of(sqlite).flushes == before + 2, "one that ran already, and one for all who came meanwhile"


async def test_nobody_is_shown_what_a_power_cut_could_still_take_back(sqlite: Database, disk: Disk) -> None:
    writing = asyncio.create_task(write(sqlite, "a"))
    await disk.asked.wait()
    await until_committed(sqlite, 1)
    seen = asyncio.Event()

    async def read() -> list[str]:
        async with sqlite.reading() as connection:
            found = list((await connection.execute(select(wallets.c.fan))).scalars())
            seen.set()
        return found

    reading = asyncio.create_task(read())
    await seen.wait()
    async with sqlite.reader.connect() as connection:  # more turns of the loop than leaving the block takes
        for _ in range(10):
            await connection.execute(text("SELECT 1"))
    assert not reading.done()
    disk.free.set()
    assert await reading == ["a"]
    await writing


async def test_a_unit_that_takes_long_holds_nobody_s_commit_back(sqlite: Database) -> None:
    async with sqlite.unit() as connection:
        await connection.execute(text("SELECT 1"))
        await flusher_of(sqlite).written()  # as one does that was committed before this one began
        assert await fans(sqlite) == []


async def test_a_unit_that_raises_takes_back_its_own_work_and_no_other(sqlite: Database, disk: Disk) -> None:
    writing = asyncio.create_task(write(sqlite, "a"))
    await disk.asked.wait()
    with pytest.raises(IntegrityError):
        await write(sqlite, "b", held=-1)
    disk.free.set()
    await writing
    assert await fans(sqlite) == ["a"]


async def test_who_is_cancelled_stops_waiting_and_the_others_are_answered(sqlite: Database, disk: Disk) -> None:
    first = asyncio.create_task(write(sqlite, "a"))
    await disk.asked.wait()
    second = asyncio.create_task(write(sqlite, "b"))
    await until_committed(sqlite, 2)
    first.cancel()
    with pytest.raises(asyncio.CancelledError):
        await first
    assert not second.done()
    disk.free.set()
    await second
    assert await fans(sqlite) == ["a", "b"]


async def test_a_disk_that_refused_once_is_never_believed_again(sqlite: Database, disk: Disk) -> None:
    disk.error = OSError(5, "Input/output error")
    disk.free.set()
    with pytest.raises(OSError, match="Input/output error"):
        await write(sqlite, "a")
    disk.error = None
    with pytest.raises(OSError, match="Input/output error"):
        await fans(sqlite)
    with pytest.raises(OSError, match="Input/output error"):
        await write(sqlite, "b")


async def test_only_units_leave_the_disk_to_the_shared_wait(sqlite: Database) -> None:
    """1 is NORMAL, 2 is FULL: https://www.sqlite.org/pragma.html#pragma_synchronous."""
    asked = text("PRAGMA synchronous")
    for _ in range(2):
        async with sqlite.unit() as connection:
            assert (await connection.execute(asked)).scalar_one() == 1
        async with sqlite.writer.begin() as connection:
            assert (await connection.execute(asked)).scalar_one() == 2


async def test_where_the_name_of_the_log_is_not_known_each_commit_waits_by_itself(sqlite_url: str) -> None:
    database = open_database(sqlite_url.replace(":////", ":///file:/") + "?uri=true")
    assert database.flusher is None
    async with database.unit() as connection:
        assert (await connection.execute(text("PRAGMA synchronous"))).scalar_one() == 2
    await database.aclose()


async def test_the_log_is_found_through_a_link_to_the_database(sqlite_url: str, tmp_path: Path) -> None:
    link = tmp_path / "elsewhere" / "linked.db"
    link.parent.mkdir()
    link.symlink_to(tmp_path / "test.db")
    database = open_database(sqlite_url_of(link))
    await write(database, "a")
    assert flusher_of(database).flushes == 1
    assert await fans(database) == ["a"]
    await database.aclose()


async def test_postgresql_groups_its_commits_by_itself(postgresql: Database) -> None:
    assert postgresql.flusher is None
    await write(postgresql, "a")
    assert await fans(postgresql) == ["a"]


async def test_after_so_many_units_the_log_is_in_the_database_itself(
    sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.adapters.flushing.CHECKPOINT_EVERY", 3)
    for fan in "abc":
        await write(sqlite, fan)
    await flusher_of(sqlite).aclose()
    alone = tmp_path / "without-its-log.db"
    shutil.copyfile(str(sqlite.writer.url.database), alone)
    copy = open_database(sqlite_url_of(alone))
    try:
        assert await fans(copy) == ["a", "b", "c"]
    finally:
        await copy.aclose()


async def test_a_log_that_cannot_be_folded_in_takes_nothing_from_a_unit(
    sqlite: Database, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def refuse(_: Flusher) -> None:
        raise sqlite3.OperationalError("disk I/O error")

    monkeypatch.setattr("gateway.adapters.flushing.CHECKPOINT_EVERY", 1)
    monkeypatch.setattr(Flusher, "_checkpoint", refuse)
    await write(sqlite, "a")
    await flusher_of(sqlite).aclose()
    await write(sqlite, "b")
    assert await fans(sqlite) == ["a", "b"]
    assert "could not be folded" in caplog.text
