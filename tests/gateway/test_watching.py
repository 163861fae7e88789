"""Looking into the logs: whoever follows a conversation is handed its newest event when there is one they may lack."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import cast

import pytest

from gateway import watching
from gateway.bootstrap import Store
from gateway.live import LocalEvents
from gateway.ports import Reach
from gateway.records import Logged
from gateway.watching import LogWatch
from tests.gateway.breaking import UnreadableUnits
from tests.gateway.ears import Ear
from tests.gateway.test_store_contract import NOW_MS, conversation, delta


class Room:
    """A store with conversations, live events that hear nothing of others, and a watch over both."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self.live = LocalEvents()
        self.units = UnreadableUnits(store.units)
        self.watch = LogWatch(self.units, self.live)
        self.ear = Ear()

    async def append(self, name: str, count: int = 1) -> Logged:
        """Somebody else appends to a log; returns the newest event."""
        async with self.store.units.begin() as unit:
            return (await unit.log.append(name, [delta() for _ in range(count)], now_ms=NOW_MS))[-1]

    @asynccontextmanager
    async def watched(self) -> AsyncIterator[None]:
        """The watch runs while the block does."""
        running = asyncio.create_task(self.watch.run())
        try:
            yield
        finally:
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)


@pytest.fixture
async def room(empty_store: Store) -> Room:
    async with empty_store.units.begin() as unit:
        for number in (1, 2, 3):
            await unit.conversations.add(conversation(number))
    return Room(empty_store)


async def test_only_what_is_followed_and_has_moved_is_told_and_of_it_the_newest(room: Room) -> None:
    for name in ("c-1", "c-2"):
        room.live.follow(name, room.ear)
    newest = await room.append("c-1", 3)
    await room.append("c-3")
    names = ["c-1", "c-2", "c-3", "c-9"]
    for _ in range(2):
        await room.watch.look(names)
    assert room.ear.heard == [newest]
    later = await room.append("c-2")
    await room.watch.look(names)
    assert room.ear.heard == [newest, later]


async def test_what_may_have_been_missed_is_told_again_although_it_has_not_moved(room: Room) -> None:
    room.live.follow("c-1", room.ear)
    newest = await room.append("c-1")
    await room.watch.look(["c-1"])
    async with room.watched():
        room.watch.missed(["c-1"])
        await room.ear.until(lambda: room.ear.heard == [newest, newest])


async def test_who_follows_anew_is_told_although_somebody_before_them_was(room: Room) -> None:
    room.live.follow("c-1", room.ear)
    newest = await room.append("c-1")
    await room.watch.look(["c-1"])
    room.live.leave(room.ear)
    await room.watch.look([])
    another = Ear()
    room.live.follow("c-1", another)
    await room.watch.look(["c-1"])
    assert another.heard == [newest]


async def test_more_than_one_question_holds_are_all_told(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "CHUNK", 2)
    newest = {await room.append(name) for name in ("c-1", "c-2", "c-3")}
    for name in ("c-1", "c-2", "c-3"):
        room.live.follow(name, room.ear)
    await room.watch.look(["c-1", "c-2", "c-3"])
    assert set(room.ear.heard) == newest


@pytest.mark.parametrize(
    ("reach", "interval"), [("local", "ALONE_S"), ("degraded", "ALONE_S"), ("shared", "TOGETHER_S")]
)
async def test_everything_followed_is_looked_at_now_and_then(
    room: Room, monkeypatch: pytest.MonkeyPatch, reach: str, interval: str
) -> None:
    for name in ("ALONE_S", "TOGETHER_S"):
        monkeypatch.setattr(watching, name, 0.01 if name == interval else 3_600.0)
    room.live.reach = cast(Reach, reach)
    room.live.follow("c-1", room.ear)
    async with room.watched():
        for number in range(1, 4):
            newest = await room.append("c-1")
            await room.ear.until(lambda newest=newest: newest in room.ear.heard)  # type: ignore[misc]
            assert newest.seq == number


async def test_when_the_others_fall_silent_the_next_look_is_soon(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "TOGETHER_S", 3_600.0)
    monkeypatch.setattr(watching, "ALONE_S", 0.01)
    room.live.reach = "shared"
    room.live.follow("c-1", room.ear)
    async with room.watched():
        first = await room.append("c-1")
        room.watch.missed(["c-1"])
        await room.ear.until(lambda: room.ear.heard == [first])
        room.live.reach = "degraded"
        room.watch.missed([])
        second = await room.append("c-1")
        await room.ear.until(lambda: second in room.ear.heard)


async def test_a_database_that_does_not_answer_is_asked_again(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(watching, "ALONE_S", 0.01)
    room.live.follow("c-1", room.ear)
    newest = await room.append("c-1")
    room.units.broken = True
    async with room.watched():
        room.watch.missed(["c-1"])
        await room.units.refused.wait()
        room.units.broken = False
        await room.ear.until(lambda: newest in room.ear.heard)
