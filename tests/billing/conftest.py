"""The books under test: the double in memory, and the real ones on a SQLite file of their own."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import pytest_asyncio

from billing.adapters.sql_books import SqlBooks
from billing.adapters.tables import metadata
from billing.doubles import MemoryBooks
from billing.ports import Books
from gateway.adapters.database import Database, open_database
from tests.billing.builders import Transaction


@pytest.fixture(scope="session")
def empty_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with the schema and nothing in it, made once and copied for every test."""
    path = tmp_path_factory.mktemp("billing") / "empty.db"

    async def create() -> None:
        database = open_database(f"sqlite+aiosqlite:///{path}")
        async with database.writer.begin() as connection:
            await connection.run_sync(metadata.create_all)
        await database.aclose()

    asyncio.run(create())
    return path


@pytest_asyncio.fixture
async def database(empty_file: Path, tmp_path: Path) -> AsyncIterator[Database]:
    path = tmp_path / "books.db"
    shutil.copy(empty_file, path)
    opened = open_database(f"sqlite+aiosqlite:///{path}")
    yield opened
    await opened.aclose()


@pytest_asyncio.fixture
async def sql(database: Database) -> Transaction:
    @asynccontextmanager
    async def transaction() -> AsyncIterator[Books]:
        async with database.writer.begin() as connection:
            yield SqlBooks(connection)

    return transaction


@pytest.fixture
def memory() -> Transaction:
    return MemoryBooks().transaction


@pytest.fixture(params=["memory", "sql"])
def transaction(request: pytest.FixtureRequest) -> Transaction:
    chosen: Transaction = request.getfixturevalue(request.param)
    return chosen
