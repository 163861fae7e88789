"""What live events promise: in one process, and between two that share a Redis server."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from dataclasses import dataclass

import pytest

from gateway.adapters.redis_live import open_redis_events
from gateway.live import LocalEvents
from gateway.ports import LiveEvents
from tests.gateway.ears import Ear, event
from tests.redis_server import RedisServer


@dataclass(frozen=True)
class Ends:
    """Where something is published, and where it is followed; the same process or another one."""

    here: LiveEvents
    there: LiveEvents
    owner: str
    """The process that `there` is."""
    told: Ear
    """What `there` is told of: cancels, and what was missed."""

    async def follow(self, conversation: str, ear: Ear) -> None:
        """Follow a conversation there, and wait until that is in force."""
        before = len(self.told.missed)
        self.there.follow(conversation, ear)
        if self.here is not self.there:
            await self.told.until(lambda: conversation in self.told.missed[before:])


@pytest.fixture(params=["local", "redis, the same process", "redis, another process"])
async def ends(request: pytest.FixtureRequest) -> AsyncIterator[Ends]:
    told = Ear()
    if request.param == "local":
        only = LocalEvents()
        only.attend(cancelled=told.cancel, missed=told.miss)
        yield Ends(only, only, "process-1", told)
        return
    redis: RedisServer = request.getfixturevalue("redis")
    async with AsyncExitStack() as stack:
        owner = uuid.uuid4().hex
        there = await stack.enter_async_context(open_redis_events(redis.url, owner=owner))
        there.attend(cancelled=told.cancel, missed=told.miss)
        here: LiveEvents = there
        if request.param == "redis, another process":
            here = await stack.enter_async_context(open_redis_events(redis.url, owner=uuid.uuid4().hex))
        yield Ends(here, there, owner, told)


async def test_whoever_follows_hears_what_is_published_afterwards_in_order(ends: Ends) -> None:
    ear = Ear()
    await ends.follow("c-1", ear)
    events = [event(seq) for seq in range(1, 101)]
    for first, second in zip(events[::2], events[1::2], strict=True):
        ends.here.publish([first, second])
    await ear.until(lambda: len(ear.heard) == len(events))
    assert ear.heard == events


async def test_everybody_who_follows_hears_it_once_however_often_they_began(ends: Ends) -> None:
    ears = [Ear(), Ear()]
    for ear in ears:
        ends.there.follow("c-1", ear)
    await ends.follow("c-2", ears[0])
    for ear in ears:
        ends.there.follow("c-1", ear)
    ends.here.publish([event(1)])
    ends.here.publish([event(1, "c-2")])
    await ears[0].until(lambda: event(1, "c-2") in ears[0].heard)
    assert ears[0].heard == [event(1), event(1, "c-2")]
    assert ears[1].heard == [event(1)]


async def test_nobody_hears_of_what_they_do_not_follow_or_follow_no_more(ends: Ends) -> None:
    gone, stranger, staying = Ear(), Ear(), Ear()
    for conversation in ("c-1", "c-2"):
        ends.there.follow(conversation, gone)
    ends.there.follow("c-3", stranger)
    await ends.follow("c-1", staying)
    ends.there.leave(gone)
    ends.there.leave(gone)  # again is harmless
    assert set(ends.there.followed) == {"c-1", "c-3"}
    ends.here.publish([event(1)])
    ends.here.publish([event(1, "c-2")])
    ends.here.publish([])
    ends.here.publish([event(2)])
    await staying.until(lambda: event(2) in staying.heard)
    assert staying.heard == [event(1), event(2)]
    assert gone.heard == stranger.heard == []


async def test_who_comes_back_hears_again(ends: Ends) -> None:
    ear, other = Ear(), Ear()
    await ends.follow("c-1", ear)
    ends.there.leave(ear)
    await ends.follow("c-2", other)
    await ends.follow("c-1", ear)
    ends.here.publish([event(7)])
    await ear.until(lambda: ear.heard != [])
    assert ear.heard == [event(7)]


async def test_what_is_delivered_stays_in_its_process(ends: Ends) -> None:
    ear = Ear()
    await ends.follow("c-1", ear)
    if ends.here is not ends.there:
        ends.here.deliver([event(1)])
    ends.there.deliver([event(2)])
    ends.here.publish([event(3)])
    await ear.until(lambda: event(3) in ear.heard)
    assert ear.heard == [event(2), event(3)]


async def test_a_cancel_reaches_the_process_that_performs_the_turn(ends: Ends) -> None:
    for turn in ("t-1", "t-2"):
        ends.here.cancel(turn, owner=ends.owner)
    await ends.told.until(lambda: len(ends.told.cancelled) == 2)
    assert ends.told.cancelled == ["t-1", "t-2"]
