"""What every RateLimits keeps to: in one process, and over a real Redis."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.adapters import redis_limits
from gateway.adapters.redis_limits import RedisLimits, open_redis_limits
from gateway.bootstrap import now_ms
from gateway.errors import TooOften
from gateway.limits import LocalLimits, RateLimits, Unlimited, allow
from gateway.rates import Rule
from tests.gateway.lead import WAIT_S
from tests.redis_server import RedisServer, redis_server

RULE = Rule("test", at_once=5, a_minute=6)
"""Slow enough that nothing comes back while a test runs."""


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest_asyncio.fixture(params=["local", "redis"])
async def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[RateLimits]:
    if request.param == "local":
        yield LocalLimits(now_ms)
        return
    server: RedisServer = request.getfixturevalue("redis")
    server.start()
    monkeypatch.setattr(redis_limits, "ANSWER_S", WAIT_S)  # a busy machine is no Redis that is away
    async with open_redis_limits(server.url, LocalLimits(now_ms)) as shared:
        yield shared
        assert not shared.degraded


async def test_so_many_are_let_through_and_then_told_how_long_to_wait(limits: RateLimits) -> None:
    answers = [await limits.take(RULE, "one") for _ in range(6)]
    assert answers[:5] == [0] * 5
    assert 0 < answers[5] <= 60_000 / RULE.a_minute + 1


async def test_everybody_and_every_rule_is_counted_apart(limits: RateLimits) -> None:
    other = Rule("other", at_once=1, a_minute=6)
    for _ in range(5):
        await limits.take(RULE, "two")
    assert await limits.take(RULE, "two") > 0
    assert await limits.take(RULE, "three") == 0
    assert await limits.take(other, "two") == 0
    assert await limits.take(other, "two") > 0


async def test_an_amount_is_taken_whole_or_not_at_all(limits: RateLimits) -> None:
    assert await limits.take(RULE, "four", 4) == 0
    assert await limits.take(RULE, "four", 2) > 0
    assert await limits.take(RULE, "four", 1) == 0


async def test_of_many_at_once_no_more_are_let_through(limits: RateLimits) -> None:
    answers = await asyncio.gather(*(limits.take(RULE, "five") for _ in range(40)))
    assert answers.count(0) == 5


async def test_too_often_is_an_error_with_the_time_to_wait(limits: RateLimits) -> None:
    once = Rule("once", at_once=1, a_minute=6)
    await allow(limits, once, "six")
    with pytest.raises(TooOften) as refused:
        await allow(limits, once, "six")
    assert refused.value.retry_after_ms > 0
    await allow(Unlimited(), once, "six")


async def test_two_processes_share_a_bucket(redis: RedisServer) -> None:
    redis.start()
    alone = LocalLimits(now_ms)
    async with open_redis_limits(redis.url, alone) as here, open_redis_limits(redis.url, alone) as there:
        answers = [await one.take(RULE, "shared") for one in (here, there, here, there, here, there)]
    assert answers.count(0) == 5


async def test_without_its_server_each_process_counts_alone_and_comes_back() -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        async with open_redis_limits(server.url, LocalLimits(now_ms)) as limits:
            assert isinstance(limits, RedisLimits)
            assert [await limits.take(RULE, "lost") for _ in range(5)] == [0] * 5
            assert await limits.take(RULE, "lost") > 0
            assert limits.degraded
            server.start()
            try:
                assert await limits.take(RULE, "lost") == 0
                assert not limits.degraded
                server.pause()
                assert await limits.take(RULE, "lost") > 0
                assert limits.degraded
            finally:
                server.kill()
