"""What every part's tests may ask for: a migrated database of their own, in SQLite and on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate
from tests.postgres import Postgres, serving
from tests.redis_server import RedisServer, redis_server


def sqlite_url_of(path: Path) -> str:
    """The address of a SQLite file."""
    return f"sqlite+aiosqlite:///{path}"


@pytest.fixture(scope="session")
def migrated_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with the schema and nothing in it, made once and copied for every test."""
    path = tmp_path_factory.mktemp("migrated") / "empty.db"

    async def create() -> None:
        database = open_database(sqlite_url_of(path))
        await migrate(database)
        await database.aclose()

    asyncio.run(create())
    return path


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """One server for all the tests of this process, started by the first that asks for it."""
    with serving() as server:
        asyncio.run(server.make_template())
        yield server


@pytest.fixture
def sqlite_url(migrated_file: Path, tmp_path: Path) -> str:
    """The address of a migrated file for one test."""
    return sqlite_url_of(Path(shutil.copy(migrated_file, tmp_path / "test.db")))


@pytest_asyncio.fixture
async def postgres_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a migrated database on the server for one test."""
    async with postgres.fresh() as url:
        yield url


@pytest.fixture(params=["sqlite_url", "postgres_url"], ids=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest) -> str:
    """The same test in both."""
    url: str = request.getfixturevalue(request.param)
    return url


@pytest_asyncio.fixture
async def sqlite(sqlite_url: str) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url)
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture
async def postgresql(postgres_url: str) -> AsyncIterator[Database]:
    opened = open_database(postgres_url)
    yield opened
    await opened.aclose()


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> Database:
    """The same test in both."""
    chosen: Database = request.getfixturevalue(request.param)
    return chosen


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    """A Redis server for one test, which may do to it what it likes."""
    with redis_server() as server:
        yield server
