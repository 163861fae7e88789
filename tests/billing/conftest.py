"""The books under test: the double in memory, and the real ones in SQLite and in PostgreSQL."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import pytest
import pytest_asyncio
from hypothesis import settings

from billing.adapters.sql_books import SqlBooks
from billing.doubles import MemoryBooks
from billing.ports import Books
from billing.shop_double import MemoryUnits
from billing.shop_ports import ShopUnits
from gateway.adapters.database import Database
from tests.billing.builders import Transaction
from tests.billing.counters import Counter, Units, opened
from tests.billing.shops import SqlShopUnits

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
