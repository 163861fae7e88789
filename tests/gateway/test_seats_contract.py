"""What every Seats keeps to: in one process, and over a real Redis; and a fan's sockets at several processes."""

from __future__ import annotations

import asyncio
import logging
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest
import pytest_asyncio

from gateway.adapters import redis_seats
from gateway.adapters.redis_seats import open_redis_seats
from gateway.seats import LEASE_MS, RENEW_S, LocalSeats, Seats
from tests.gateway.builders import claims_of, served, settings_of
from tests.gateway.lead import WAIT_S, LedModel
from tests.redis_server import RedisServer, redis_server


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with redis_server() as server:
        yield server


@pytest_asyncio.fixture(params=["local", "redis"])
async def seats(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Seats]:
    if request.param == "local":
        yield LocalSeats()
        return
    server: RedisServer = request.getfixturevalue("redis")
    monkeypatch.setattr(redis_seats, "ANSWER_S", WAIT_S)  # a busy machine is no Redis that is away
    async with open_redis_seats(server.url) as shared:
        yield shared
        assert not shared.degraded


async def until_taken(seats: Seats, fan: str, seat: str, most: int) -> None:
    """Ask until there is a seat."""
    async with asyncio.timeout(WAIT_S):
        while not await seats.take(fan, seat, most):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.02)


async def test_a_fan_has_so_many_seats_and_no_more(seats: Seats) -> None:
    assert [await seats.take("one", seat, 2) for seat in ("a", "b", "c")] == [True, True, False]
    assert await seats.take("another", "d", 2)


async def test_a_seat_that_is_left_may_be_taken_and_one_that_was_refused_takes_no_place(seats: Seats) -> None:
    assert await seats.take("two", "a", 1)
    assert not await seats.take("two", "b", 1)
    await seats.leave("two", "a")
    await seats.leave("two", "a")
    await seats.leave("two", "never taken")
    assert await seats.take("two", "c", 1)


async def test_of_many_at_once_no_more_are_let_in(seats: Seats) -> None:
    assert sum(await asyncio.gather(*(seats.take("three", str(n), 5) for n in range(40)))) == 5


async def test_renewing_changes_no_count(seats: Seats) -> None:
    assert await seats.take("four", "a", 2)
    await seats.renew()
    await seats.renew()
    assert await seats.take("four", "b", 2)
    assert not await seats.take("four", "c", 2)


async def test_processes_share_a_fans_seats(redis: RedisServer) -> None:
    async with open_redis_seats(redis.url) as here, open_redis_seats(redis.url) as there:
        assert await here.take("shared", "a", 2)
        assert await there.take("shared", "b", 2)
        assert not await here.take("shared", "c", 2)
        await there.leave("shared", "b")
        assert await here.take("shared", "c", 2)


async def test_the_seats_of_a_process_that_is_killed_come_back_and_those_of_one_that_lives_stay(
    redis: RedisServer,
) -> None:
    async with open_redis_seats(redis.url, lease_ms=400) as killed, open_redis_seats(redis.url) as alive:
        assert await killed.take("leased", "a", 2)
        assert await alive.take("leased", "b", 2)
        assert not await alive.take("leased", "c", 2)
        await until_taken(alive, "leased", "c", 2)
        assert not await alive.take("leased", "d", 2)


async def test_a_renewed_lease_outlives_its_first_end(redis: RedisServer) -> None:
    async with (
        open_redis_seats(redis.url, lease_ms=1_000) as renewing,
        open_redis_seats(redis.url, lease_ms=1_000) as silent,
        open_redis_seats(redis.url) as there,
    ):
        assert await renewing.take("renewed", "a", 1)
        assert await silent.take("let go", "b", 1)
        async with asyncio.timeout(WAIT_S):
            while not await there.take("let go", "c", 1):  # its lease began after the other
                await renewing.renew()
                await asyncio.sleep(0.02)
        assert not await there.take("renewed", "d", 1)


async def test_a_server_that_forgot_everything_is_told_again() -> None:
    with redis_server() as server:
        async with open_redis_seats(server.url) as here, open_redis_seats(server.url) as there:
            assert await here.take("told", "a", 1)
            server.kill()
            server.start()
            await here.renew()  # may still meet the connection to the server that was killed
            await here.renew()
            assert not await there.take("told", "b", 1)


async def test_without_its_server_each_process_counts_alone_and_comes_back(caplog: pytest.LogCaptureFixture) -> None:
    with tempfile.TemporaryDirectory() as folder:
        server = RedisServer(Path(folder))
        async with open_redis_seats(server.url) as here, open_redis_seats(server.url) as there:
            with caplog.at_level(logging.WARNING):
                assert [await here.take("lost-fan", seat, 1) for seat in ("a", "b")] == [True, False]
                await here.renew()
            assert here.degraded
            assert len(caplog.records) == 1
            assert "lost-fan" not in caplog.text
            server.start()
            try:
                await here.renew()
                assert not here.degraded
                assert not await there.take("lost-fan", "c", 1)
                server.pause()
                assert await there.take("lost-fan", "c", 1)
                await here.leave("lost-fan", "a")
                assert here.degraded
            finally:
                server.kill()


def test_a_lease_outlives_two_renewals_that_failed() -> None:
    assert LEASE_MS >= 3 * RENEW_S * 1_000


async def test_sockets_at_another_process_count_here(data_dir: Path, model: LedModel, redis: RedisServer) -> None:
    settings = settings_of(data_dir, REDIS_URL=redis.url, SOCKETS_PER_FAN="2")
    async with served(settings, model) as house, open_redis_seats(redis.url, lease_ms=LEASE_MS) as elsewhere:
        fan = claims_of("mara").fan
        assert await elsewhere.take(fan, "there", 2)
        async with house.fan("mara").talk() as talk:
            async with house.fan("mara").socket() as one_more:
                assert await one_more.closed() == 4504
            await elsewhere.leave(fan, "there")
            async with house.fan("mara").talk():
                assert not await elsewhere.take(fan, "there", 2)
            await talk.drop()
        await until_taken(elsewhere, fan, "there", 1)
