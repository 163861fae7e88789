"""Any order of what can happen to money leaves books that add up, in memory, in SQLite and in PostgreSQL alike.

`--hypothesis-profile=long` (`make long`) looks much further; the ordinary profile is short enough for every check.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from hypothesis import HealthCheck, settings
from hypothesis.stateful import run_state_machine_as_test
from sqlalchemy.ext.asyncio import AsyncConnection

from gateway.adapters.database import open_database
from tests.billing.books_machine import BooksMachine
from tests.postgres import Postgres

LONG = settings.get_current_profile_name() == "long"
IN_MEMORY = settings(
    max_examples=3_000 if LONG else 60,
    stateful_step_count=100 if LONG else 40,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow],
)
IN_BOTH = settings(IN_MEMORY, max_examples=300 if LONG else 15, stateful_step_count=80 if LONG else 30)


def test_books_in_memory_add_up_after_any_steps() -> None:
    with asyncio.Runner() as loop:

        class InMemory(BooksMachine):
            runner = loop

        run_state_machine_as_test(InMemory, settings=IN_MEMORY)


@pytest.fixture(params=["sqlite", "postgresql"])
def loop_and_url(request: pytest.FixtureRequest) -> Iterator[tuple[asyncio.Runner, str]]:
    """Hypothesis runs its steps from outside of a loop: here is one, and a database to be opened in it."""
    with asyncio.Runner() as loop:
        if request.param == "sqlite":
            yield loop, request.getfixturevalue("sqlite_url")
            return
        server: Postgres = request.getfixturevalue("postgres")
        fresh = server.fresh()
        yield loop, loop.run(fresh.__aenter__())
        loop.run(fresh.__aexit__(None, None, None))


def test_books_in_a_database_answer_as_those_in_memory(loop_and_url: tuple[asyncio.Runner, str]) -> None:
    loop, url = loop_and_url
    database = open_database(url)

    async def connect() -> AsyncConnection:
        return await database.writer.connect()

    async def close() -> None:
        await opened.close()
        await database.aclose()

    opened = loop.run(connect())

    class InBoth(BooksMachine):
        """One example is one transaction, and it is rolled back."""

        runner = loop
        connection = opened

    try:
        run_state_machine_as_test(InBoth, settings=IN_BOTH)
    finally:
        loop.run(close())
