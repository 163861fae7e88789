"""A fan's account, as those see it who help: found, read and frozen; the same of books in memory and in a database."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from billing import goodwill
from billing.account_double import MemoryAccounts
from billing.account_ports import Account, Accounts
from billing.adapters.sql_accounts import SqlAccounts
from billing.adapters.sql_books import SqlBooks
from billing.doubles import MemoryBooks
from billing.errors import AccountFrozen, GoodwillCapped
from billing.goodwill import GoodwillCaps
from billing.ports import Books
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOTHING, NOW_MS, STRANGER, TEXT, TTL_MS, WORDS, grant, stock


@dataclass(frozen=True)
class Both:
    """The books, and the accounts over them, in one transaction."""

    books: Books
    accounts: Accounts


Opened = Callable[[], AbstractAsyncContextManager[Both]]


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def opened(request: pytest.FixtureRequest) -> Opened:
    if request.param == "memory":
        memory = MemoryBooks()

        @asynccontextmanager
        async def in_memory() -> AsyncIterator[Both]:
            async with memory.transaction() as books:
                yield Both(books, MemoryAccounts(lambda: memory._state))

        return in_memory
    database: Database = request.getfixturevalue(request.param)

    @asynccontextmanager
    async def in_database() -> AsyncIterator[Both]:
        async with database.writer.begin() as connection:
            yield Both(SqlBooks(connection), SqlAccounts(connection))

    return in_database


async def test_a_fan_is_found_by_their_key_by_a_turn_and_by_a_receipt(opened: Opened) -> None:
    async with opened() as both:
        await stock(both.books)
        await grant(both.books, 20)
        await both.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        receipt = await both.books.capture("t1", WORDS, now_ms=NOW_MS + 1)
        for name in (FAN, "t1", receipt.id):
            assert await both.accounts.owners(name, limit=5) == (FAN,)
        assert await both.accounts.owners("nobody", limit=5) == ()
        assert await both.accounts.account(FAN) == Account(FAN, NOW_MS, False)
        assert await both.accounts.account(STRANGER) is None
        assert [(lot.granted, lot.remaining) for lot in await both.accounts.lots(FAN)] == [(20, 17)]
        (hold,) = await both.accounts.holds(FAN, limit=5)
        assert (hold.turn, hold.status, hold.captured_credits) == ("t1", "captured", 3)
        assert await both.accounts.holds(FAN, limit=1) == (hold,)


async def test_a_frozen_account_spends_nothing_and_settles_what_it_held(opened: Opened) -> None:
    async with opened() as both:
        await stock(both.books)
        await grant(both.books, 20)
        await both.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert await both.accounts.freeze(FAN, frozen=True)
        assert not await both.accounts.freeze(FAN, frozen=True)
        assert not await both.accounts.freeze(STRANGER, frozen=True)
    async with opened() as both:
        with pytest.raises(AccountFrozen):
            await both.books.hold("t2", FAN, TEXT, now_ms=NOW_MS + 1, ttl_ms=TTL_MS)
        assert (await both.books.hold("t3", FAN, NOTHING, now_ms=NOW_MS + 1, ttl_ms=TTL_MS)).total == 0
        assert (await both.books.capture("t1", WORDS, now_ms=NOW_MS + 2)).charged.total == 3
        assert (await both.books.hold("t1", FAN, TEXT, now_ms=NOW_MS + 3, ttl_ms=TTL_MS)).total == 3
        assert await both.accounts.freeze(FAN, frozen=False)
    async with opened() as both:
        assert (await both.books.hold("t2", FAN, TEXT, now_ms=NOW_MS + 4, ttl_ms=TTL_MS)).total == 3
        assert await both.books.verify() == ()


async def test_what_was_given_is_counted_by_fan_by_giver_and_by_time(opened: Opened) -> None:
    async with opened() as both:
        await grant(both.books, 5, "a", lot_class="goodwill")
        await grant(both.books, 7, "b", lot_class="goodwill", fan=STRANGER, now_ms=NOW_MS + 10)
        await grant(both.books, 9, "c")
        given = both.accounts.given
        assert await given("goodwill", since_ms=0) == 12
        assert await given("goodwill", since_ms=0, fan=FAN) == 5
        assert await given("goodwill", since_ms=NOW_MS) == 7
        assert await given("goodwill", since_ms=0, actor="tester") == 12
        assert await given("goodwill", since_ms=0, actor="somebody") == 0


@pytest.mark.parametrize(
    ("credits", "to_fan", "by_giver", "left"),
    [(10, 0, 0, None), (11, 0, 0, 10), (6, 15, 0, 5), (5, 15, 0, None), (4, 0, 97, 3), (1, 30, 0, 0)],
)
def test_goodwill_is_bounded_at_once_for_a_fan_and_for_a_giver(
    credits: int, to_fan: int, by_giver: int, left: int | None
) -> None:
    caps = GoodwillCaps(at_once=10, fan_30_days=20, giver_day=100)
    if left is None:
        goodwill.check(caps, credits, to_fan=to_fan, by_giver=by_giver)
        return
    with pytest.raises(GoodwillCapped) as refused:
        goodwill.check(caps, credits, to_fan=to_fan, by_giver=by_giver)
    assert refused.value.left == left
