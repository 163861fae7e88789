"""The books under test: the double in memory, and the real ones in SQLite and in PostgreSQL."""

from __future__ import annotations

from asyncio import to_thread
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from itertools import count
from pathlib import Path
from shutil import copyfile

import pytest
import pytest_asyncio
from hypothesis import settings

from billing.adapters.sql_books import SqlBooks
from billing.doubles import MemoryBooks
from billing.ports import Books
from billing.shop_double import MemoryUnits
from billing.shop_ports import ShopUnits
from gateway.adapters.database import Database, open_database
from tests.billing.builders import Transaction
from tests.billing.counters import Counter, Units, opened
from tests.billing.shops import FreshUnits, SqlShopUnits
from tests.conftest import sqlite_url_of
from tests.postgres import Postgres

settings.register_profile("long", settings.get_profile("default"), deadline=None)
"""Chosen by `make long`: who asks for its name does more examples and longer runs."""


def transactions(database: Database) -> Transaction:
    """Opens the real books of a database, each time in a transaction of their own."""

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Books]:
        async with database.writer.begin() as connection:
            yield SqlBooks(connection)

    return transaction


@pytest.fixture
def sql(database: Database) -> Transaction:
    return transactions(database)


@pytest.fixture
def memory() -> Transaction:
    return MemoryBooks().transaction


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def transaction(request: pytest.FixtureRequest) -> Transaction:
    chosen = request.getfixturevalue(request.param)
    return transactions(chosen) if isinstance(chosen, Database) else chosen


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def units(request: pytest.FixtureRequest) -> ShopUnits:
    """Books and shop together."""
    return MemoryUnits() if request.param == "memory" else SqlShopUnits(request.getfixturevalue(request.param))


@pytest_asyncio.fixture
async def at(units: Units) -> Counter:
    """A counter with packs to sell."""
    return await opened(units)


@pytest.fixture(params=["sqlite", "postgresql"])
def fresh_units(request: pytest.FixtureRequest, tmp_path: Path) -> FreshUnits:
    """Opens an empty database each time it is called."""
    if request.param == "postgresql":
        server: Postgres = request.getfixturevalue("postgres")

        @asynccontextmanager
        async def on_the_server() -> AsyncIterator[SqlShopUnits]:
            async with server.fresh() as url, opened_units(url) as units:
                yield units

        return on_the_server
    empty: Path = request.getfixturevalue("migrated_file")
    numbers = count()

    @asynccontextmanager
    async def in_a_file() -> AsyncIterator[SqlShopUnits]:
        async with opened_units(
            sqlite_url_of(await to_thread(copyfile, empty, tmp_path / f"{next(numbers)}.db"))
        ) as units:
            yield units

    return in_a_file


@asynccontextmanager
async def opened_units(url: str) -> AsyncIterator[SqlShopUnits]:
    """The shop of a database, which is closed afterwards."""
    database = open_database(url)
    try:
        yield SqlShopUnits(database)
    finally:
        await database.aclose()
