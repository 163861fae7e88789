"""Group commit on SQLite: transactions commit one by one without waiting for the disk, and share the wait.

In WAL mode a commit appends to one file, so one fsync of it makes durable all that were appended before. Nobody is
answered before that; who reads waits as well, so that nothing is shown which a power cut could still take back.
The log is folded into the database from time to time by the same thread, so that no commit has to do it.
See https://www.sqlite.org/wal.html (2.1, 3.3) and https://www.sqlite.org/pragma.html#pragma_synchronous.
"""

from __future__ import annotations

import asyncio
import logging
import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from gateway.logs import where

log = logging.getLogger(__name__)

CHECKPOINT_EVERY = 200
"""Transactions, of some five pages each: SQLite's own measure is 1,000 pages."""


class Flusher:
    """Makes a write-ahead log durable. Of one event loop; `flushes` counts the fsyncs that were done."""

    def __init__(self, database: Path) -> None:
        self._database = database
        # SQLite follows links to the file before it names the log.
        self._log = Path(f"{database.resolve()}-wal")
        self._committing = self._written = self._durable = self.flushes = 0
        self._folded = 0
        self._folding: asyncio.Task[None] | None = None
        self._running: asyncio.Task[None] | None = None
        self._broken: OSError | None = None
        self._inode = -1

    @contextmanager
    def committing(self) -> Iterator[None]:
        """Around a commit, and only that: within it others may see the transaction, and it has no number yet."""
        self._committing += 1
        try:
            yield
        finally:
            self._committing -= 1

    async def written(self) -> None:
        """Return once the transaction that was just committed is on the disk. Raises OSError when it cannot be."""
        self._written += 1
        await self._until_durable(self._written)

    async def seen(self) -> None:
        """Return once whatever could be seen of the database is on the disk. Raises OSError when it cannot be."""
        if self._committing or self._written > self._durable:
            await self.written()

    async def aclose(self) -> None:
        """Wait for what is under way."""
        while (task := self._running or self._folding) is not None:
            await task

    async def _until_durable(self, number: int) -> None:
        # An fsync that runs already may have begun before the commit, so that one is not enough: the next covers all
        # who came meanwhile. Who is cancelled stops waiting; the fsync that others wait for goes on.
        while self._durable < number:
            if self._broken is not None:
                raise OSError(self._broken.errno, self._broken.strerror)
            if self._running is None:
                self._running = asyncio.create_task(self._flush(), name="flush")
            await asyncio.shield(self._running)

    async def _flush(self) -> None:
        covered = self._written
        try:
            await asyncio.to_thread(self._fsync)
        except OSError as error:
            # For good: after one failure an fsync may answer well for pages that the system has thrown away.
            # https://wiki.postgresql.org/wiki/Fsync_Errors
            self._broken = error
        else:
            self._durable, self.flushes = covered, self.flushes + 1
        finally:
            self._running = None
        if self._folding is None and self._durable - self._folded >= CHECKPOINT_EVERY:
            self._folding = asyncio.create_task(self._fold(), name="fold the log")

    async def _fold(self) -> None:
        self._folded = self._durable
        try:
            await asyncio.to_thread(self._checkpoint)
        except sqlite3.Error as error:  # nothing is lost by it: the log is as good a place, and grows until next time
            log.warning("the log could not be folded into the database: %s", where(error))
        finally:
            self._folding = None

    def _checkpoint(self) -> None:
        with closing(sqlite3.connect(self._database)) as connection:
            connection.execute("PRAGMA wal_checkpoint(PASSIVE)")  # waits for nobody and keeps nobody waiting

    def _fsync(self) -> None:
        # Opened each time, for SQLite may have made the file anew. Its locks are on other files, which POSIX would
        # take away from the whole process when any descriptor of them is closed.
        descriptor = os.open(self._log, os.O_RDWR)
        try:
            os.fsync(descriptor)
            inode = os.fstat(descriptor).st_ino
        finally:
            os.close(descriptor)
        if inode != self._inode:
            _fsync_folder(self._log.parent)
            self._inode = inode


def _fsync_folder(folder: Path) -> None:
    """Make a new file's name durable, not only what is in it; Windows knows no such thing."""
    if os.name != "posix":
        return
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
