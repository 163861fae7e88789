"""Rewards from the nonce to the lot: the same contract in memory, in SQLite and in PostgreSQL."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_rewards import SqlRewards
from billing.admob import parse_callback
from billing.doubles import MemoryBooks
from billing.errors import RewardRefused
from billing.gift_ports import Rewards
from billing.ports import Books
from billing.reward_double import MemoryRewards
from billing.rewarding import NONCE_LIFETIME_MS, issue_nonce, reward
from billing.rewards import RewardRules
from billing.units import DAY_MS
from gateway.adapters.database import Database
from tests.billing.admob_stand_in import UNIT, content, query
from tests.billing.builders import FAN, NOW_MS, STRANGER

SECRET = b"s" * 32
RULES = RewardRules({UNIT: 3}, daily_cap=2)
CALLBACK = parse_callback(query(content(), b"x"))


@dataclass(frozen=True, slots=True)
class Unit:
    books: Books
    rewards: Rewards


Units = Callable[[], AbstractAsyncContextManager[Unit]]


def units_of(database: Database) -> Units:
    @asynccontextmanager
    async def written() -> AsyncIterator[Unit]:
        async with database.writer.begin() as connection:
            yield Unit(SqlBooks(connection), SqlRewards(connection))

    return written


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def units(request: pytest.FixtureRequest) -> Units:
    if request.param != "memory":
        return units_of(request.getfixturevalue(request.param))
    books, rewards = MemoryBooks(), MemoryRewards()

    @asynccontextmanager
    async def remembered() -> AsyncIterator[Unit]:
        async with books.transaction() as kept, rewards.transaction() as given:
            yield Unit(kept, given)

    return remembered


async def nonce_for(units: Units, id: str, fan: str = FAN, *, now_ms: int = NOW_MS) -> str:
    async with units() as unit:
        return await issue_nonce(unit, fan, id=id, secret=SECRET, now_ms=now_ms)


async def watched(units: Units, nonce: str, transaction: str, *, now_ms: int = NOW_MS) -> str:
    """What comes of a finished ad: `given`, or why nothing was."""
    told = replace(CALLBACK, custom_data=nonce, transaction_id=transaction, timestamp_ms=now_ms)
    try:
        async with units() as unit:
            given = await reward(unit, told, rules=RULES, secrets=[SECRET], now_ms=now_ms)
    except RewardRefused as refused:
        return refused.reason
    assert given.credits == 3
    return "given"


async def credits_of(units: Units, fan: str = FAN) -> int:
    async with units() as unit:
        assert await unit.books.verify(now_ms=NOW_MS) == ()
        wallet = await unit.books.wallet(fan)
        assert wallet.by_class.get("reward", 0) == wallet.available
        return wallet.available


async def test_an_ad_is_rewarded_once_to_the_fan_of_its_nonce(units: Units) -> None:
    nonce = await nonce_for(units, "n1")
    assert [await watched(units, nonce, "a"), await watched(units, nonce, "a")] == ["given", "repeated"]
    assert await watched(units, nonce, "b") == "used_nonce"
    assert (await credits_of(units), await credits_of(units, STRANGER)) == (3, 0)


async def test_a_transaction_that_comes_with_another_nonce_is_a_repetition(units: Units) -> None:
    assert await watched(units, await nonce_for(units, "n1"), "a") == "given"
    assert await watched(units, await nonce_for(units, "n2"), "a") == "repeated"
    assert await credits_of(units) == 3


async def test_the_cap_counts_the_utc_day_of_one_fan(units: Units) -> None:
    midnight = (NOW_MS // DAY_MS + 1) * DAY_MS
    times = [NOW_MS, midnight - 1, midnight - 1, midnight]
    got = []
    for number, now_ms in enumerate(times):
        nonce = await nonce_for(units, f"n{number}", now_ms=now_ms)
        got.append(await watched(units, nonce, f"a{number}", now_ms=now_ms))
    assert got == ["given", "given", "over_cap", "given"]
    assert await watched(units, await nonce_for(units, "other", STRANGER), "z") == "given"
    assert (await credits_of(units), await credits_of(units, STRANGER)) == (9, 3)


async def test_a_nonce_that_was_never_issued_here_gives_nothing(units: Units) -> None:
    other = MemoryRewards()
    stray = await issue_nonce(Unit(MemoryBooks(), other), FAN, id="n1", secret=SECRET, now_ms=NOW_MS)
    assert await watched(units, stray, "a") == "bad_nonce"
    assert await credits_of(units) == 0


async def test_nonces_are_forgotten_after_their_end_and_what_was_given_stays(units: Units) -> None:
    used, unused = await nonce_for(units, "n1"), await nonce_for(units, "n2")
    assert await watched(units, used, "a") == "given"
    ends_ms = NOW_MS + NONCE_LIFETIME_MS
    async with units() as unit:
        assert await unit.rewards.forget(expired_before_ms=ends_ms) == 0
        assert await unit.rewards.forget(expired_before_ms=ends_ms + 1) == 2
    assert await watched(units, unused, "b") == "bad_nonce"
    assert await watched(units, unused, "b", now_ms=ends_ms) == "expired_nonce"
    assert await credits_of(units) == 3


async def test_ads_finished_at_once_never_pass_the_cap(database: Database) -> None:
    units = units_of(database)
    nonces = [await nonce_for(units, f"n{number}") for number in range(12)]
    got = await asyncio.gather(*(watched(units, nonce, f"a{number}") for number, nonce in enumerate(nonces)))
    assert (got.count("given"), got.count("over_cap")) == (2, 10)
    assert await credits_of(units) == 6
