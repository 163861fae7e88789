"""Live events whose server is killed, stopped, restarted or spoken to by others: what is not heard is looked up."""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from redis.asyncio import Redis

from gateway.adapters import redis_live
from gateway.adapters.redis_live import CONVERSATION, PROCESS, RedisEvents, open_redis_events
from gateway.dispatches import pack_told, pack_unwanted
from gateway.errors import InvalidSetting
from tests.gateway.ears import Ear, event
from tests.gateway.router import Router, routed
from tests.redis_server import RedisServer


@dataclass(frozen=True)
class End:
    """One process's live events, with somebody who follows `c-1` there."""

    events: RedisEvents
    owner: str
    told: Ear = field(default_factory=Ear)
    ear: Ear = field(default_factory=Ear)

    async def until(self, reach: str) -> None:
        """Return when events reach that far; `missed` is told at every change."""
        await self.told.until(lambda: self.events.reach == reach)

    async def until_confirmed(self, conversation: str, before: int) -> None:
        """Return when `missed` has been told of the conversation after so many others."""
        await self.told.until(lambda: conversation in self.told.missed[before:])


@asynccontextmanager
async def following(url: str) -> AsyncIterator[End]:
    """A process that hears what there is to hear."""
    owner = uuid.uuid4().hex
    async with open_redis_events(url, owner=owner) as events:
        end = End(events, owner)
        events.attend(cancelled=end.told.cancel, missed=end.told.miss)
        events.follow("c-1", end.ear)
        await end.until_confirmed("c-1", 0)
        await end.until("shared")
        yield end


@pytest.fixture
async def pair(redis: RedisServer) -> AsyncIterator[tuple[End, End]]:
    """Two processes that hear each other."""
    async with following(redis.url) as here, following(redis.url) as there:
        yield here, there


@pytest.fixture
async def router(redis: RedisServer, tmp_path: Path) -> AsyncIterator[Router]:
    async with routed(redis, tmp_path / "router") as router:
        yield router


@pytest.fixture
async def apart(redis: RedisServer, router: Router) -> AsyncIterator[tuple[End, End]]:
    """The same, the first one behind the router."""
    async with following(router.url) as here, following(redis.url) as there:
        yield here, there


async def hears(end: End, other: End, seq: int) -> None:
    """Whatever was before: what one end publishes is heard at the other."""
    end.events.publish([event(seq)])
    await other.ear.until(lambda: event(seq) in other.ear.heard)


async def test_when_the_server_dies_both_say_so_and_everything_followed_is_looked_up(
    pair: tuple[End, End], redis: RedisServer
) -> None:
    here, there = pair
    told = [len(end.told.missed) for end in pair]
    redis.kill()
    for end, before in zip(pair, told, strict=True):
        await end.until("degraded")
        assert end.told.missed[before:] == ["c-1"]
    here.events.publish([event(1)])
    assert here.ear.heard == [event(1)], "who is here goes on hearing"
    assert there.ear.heard == []


async def test_when_the_server_is_back_everything_is_looked_up_and_heard_again(
    pair: tuple[End, End], redis: RedisServer
) -> None:
    here, there = pair
    redis.kill()
    for end in pair:
        await end.until("degraded")
    told = [len(end.told.missed) for end in pair]
    redis.start()
    for end, before in zip(pair, told, strict=True):
        await end.until_confirmed("c-1", before)
        await end.until("shared")
    await hears(here, there, 1)
    await hears(there, here, 2)


async def test_what_was_published_meanwhile_is_told_afterwards_the_newest_of_each_conversation(
    apart: tuple[End, End], router: Router
) -> None:
    """Who could hear all the time has nothing to look up; the newest event shows what is missing before it."""
    here, there = apart
    before = len(there.told.missed)
    router.close()
    await here.until("degraded")
    last = redis_live.OUTGOING_MAX + 9
    for seq in range(1, last + 1):
        here.events.publish([event(seq)])
    router.open()
    await there.ear.until(lambda: there.ear.heard[-1:] == [event(last)])
    assert len(there.ear.heard) < last
    assert (there.events.reach, there.told.missed[before:]) == ("shared", [])


async def test_of_too_many_conversations_the_newest_are_told_of_afterwards(
    apart: tuple[End, End], router: Router
) -> None:
    here, there = apart
    router.close()
    await here.until("degraded")
    for number in range(redis_live.OUTGOING_MAX):
        here.events.publish([event(1, f"c-{number + 2}")])
    here.events.publish([event(1)])
    router.open()
    await there.ear.until(lambda: there.ear.heard == [event(1)])


async def test_what_was_on_its_way_when_the_link_failed_is_told_afterwards(
    apart: tuple[End, End], router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = apart
    monkeypatch.setattr(redis_live, "ANSWER_S", 0.3)
    router.forget(listening=False)
    here.events.publish([event(1)])
    await here.until("degraded")
    assert there.ear.heard == []
    await there.ear.until(lambda: there.ear.heard == [event(1)])


async def test_a_process_that_can_speak_and_not_hear_notices_that(
    apart: tuple[End, End], router: Router, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = apart
    monkeypatch.setattr(redis_live, "ANSWER_S", 0.3)
    router.forget(listening=True)
    await here.until("degraded")
    await here.until("shared")
    await hears(there, here, 1)


async def test_a_link_that_is_cut_is_made_anew(pair: tuple[End, End], redis: RedisServer) -> None:
    here, there = pair
    told = [len(end.told.missed) for end in pair]
    async with Redis.from_url(redis.url) as cutting:
        assert await cutting.client_kill_filter(_type="pubsub") == 2
    for end, before in zip(pair, told, strict=True):
        await end.told.until(lambda end=end, before=before: end.told.missed[before:] == ["c-1"] * 2)  # type: ignore[misc]
        await end.until("shared")
    await hears(here, there, 1)
    await hears(there, here, 2)


async def test_a_server_that_falls_silent_is_given_up_and_taken_back(
    pair: tuple[End, End], redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    here, there = pair
    monkeypatch.setattr(redis_live, "ANSWER_S", 0.3)
    redis.pause()
    for end in pair:
        await end.until("degraded")
    here.events.publish([event(1)])
    told = [len(end.told.missed) for end in pair]
    monkeypatch.undo()
    redis.resume()
    for end, before in zip(pair, told, strict=True):
        await end.until_confirmed("c-1", before)
        await end.until("shared")
    await hears(here, there, 2)
    await hears(there, here, 3)


async def test_nobody_hears_their_own_words_again(pair: tuple[End, End]) -> None:
    here, there = pair
    await hears(here, there, 1)
    await hears(there, here, 2)  # by then the first one has been all the way round
    assert here.ear.heard == [event(1), event(2)]


async def test_a_process_may_start_before_its_server(redis: RedisServer) -> None:
    redis.kill()
    async with open_redis_events(redis.url, owner="p-1") as events:
        end = End(events, "p-1")
        events.attend(cancelled=end.told.cancel, missed=end.told.miss)
        events.follow("c-1", end.ear)
        assert events.reach == "degraded"
        redis.start()
        await end.until_confirmed("c-1", 0)
        await end.until("shared")


async def test_what_is_published_just_before_the_end_is_still_told(redis: RedisServer, pair: tuple[End, End]) -> None:
    _, there = pair
    async with following(redis.url) as leaving:
        events = [event(seq) for seq in range(1, 3 * redis_live.BATCH)]
        for one in events:
            leaving.events.publish([one])
    await there.ear.until(lambda: len(there.ear.heard) == len(events))
    assert there.ear.heard == events


async def test_nonsense_on_a_channel_is_looked_up_and_not_believed(
    pair: tuple[End, End], redis: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:
    here, there = pair
    before = len(there.told.missed)
    words = "what a fan said"
    async with Redis.from_url(redis.url) as stranger:
        await stranger.publish(CONVERSATION + "c-1", words)
        await stranger.publish(CONVERSATION + "c-1", pack_told("p-9", [event(1, "c-2")]))  # of another conversation
        await stranger.publish(CONVERSATION + "c-1", pack_unwanted("t-1"))  # for a process alone
        await stranger.publish(PROCESS + there.owner, pack_told("p-9", [event(1)]))
        await stranger.publish(PROCESS + there.owner, words)
    await hears(here, there, 2)
    assert there.ear.heard == [event(2)]
    assert there.told.missed[before:] == ["c-1"]
    assert there.told.cancelled == []
    assert words not in caplog.text


async def test_channels_are_left_with_the_last_who_follows(pair: tuple[End, End], redis: RedisServer) -> None:
    here, there = pair
    second = Ear()
    there.events.follow("c-1", second)
    there.events.leave(there.ear)
    here.events.publish([event(1)])
    await second.until(lambda: second.heard == [event(1)])
    there.events.leave(second)
    here.events.leave(here.ear)
    async with Redis.from_url(redis.url) as asking:
        while await asking.pubsub_channels(CONVERSATION + "*"):
            continue
    assert there.ear.heard == []


async def test_many_conversations_are_followed_over_one_link(pair: tuple[End, End], redis: RedisServer) -> None:
    here, there = pair
    names = [f"c-{number}" for number in range(2, 3 * redis_live.BATCH)]
    for name in names:
        there.events.follow(name, there.ear)
    await there.told.until(lambda: set(names) <= set(there.told.missed))
    for name in names:
        here.events.publish([event(1, name)])
    await there.ear.until(lambda: len(there.ear.heard) == len(names))
    assert [heard.conversation for heard in there.ear.heard] == names
    redis.kill()
    await there.until("degraded")
    there.told.missed.clear()
    redis.start()
    await there.told.until(lambda: set(names) <= set(there.told.missed))


@pytest.mark.parametrize("url", ["http://127.0.0.1:6379", "redis://127.0.0.1:port", "no address: a-secret"])
async def test_an_address_that_is_none_is_told_without_being_repeated(url: str) -> None:
    with pytest.raises(InvalidSetting) as refused:
        async with open_redis_events(url, owner="p-1"):
            pass
    assert "ENCORE_REDIS_URL" in str(refused.value)
    assert url not in str(refused.value)
