"""The contract of transcripts: in a dictionary, and in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest

from gateway.adapters.database import Database
from memory.adapters.sql_transcripts import SqlTranscripts, SqlTranscriptWriter
from memory.doubles import MemoryTranscripts
from memory.errors import UnknownTurn
from memory.ports import Transcripts, TranscriptWriter
from memory.types import Exchange


@dataclass(frozen=True)
class Desk:
    """Somewhere transcripts are kept: how to read, and how to open a transaction that writes."""

    reading: Transcripts
    writing: Callable[[], AbstractAsyncContextManager[TranscriptWriter]]


@pytest.fixture
def memory() -> Desk:
    kept = MemoryTranscripts()

    @asynccontextmanager
    async def same() -> AsyncIterator[TranscriptWriter]:
        yield kept

    return Desk(kept, same)


def desk_of(database: Database) -> Desk:
    @asynccontextmanager
    async def transaction() -> AsyncIterator[TranscriptWriter]:
        async with database.writer.begin() as connection:
            yield SqlTranscriptWriter(connection)

    return Desk(SqlTranscripts(database.reader), transaction)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def desk(request: pytest.FixtureRequest) -> Desk:
    chosen = request.getfixturevalue(request.param)
    return desk_of(chosen) if isinstance(chosen, Database) else chosen


async def say(desk: Desk, turn: str, at_ms: int, conversation: str = "c1") -> None:
    async with desk.writing() as writer:
        await writer.begin(conversation, turn, fan_text=f"fan {turn}", horizon=3, now_ms=at_ms)


async def turns(desk: Desk, *, limit: int = 10, before: str | None = None, conversation: str = "c1") -> list[str]:
    return [one.turn for one in await desk.reading.recent(conversation, limit=limit, before=before)]


async def test_a_turn_begins_running_and_ends_with_what_was_delivered(desk: Desk) -> None:
    await say(desk, "t1", 1_700_000_000_000)
    assert await desk.reading.recent("c1", limit=5) == (Exchange("t1", "fan t1", "", "running", 3, 1_700_000_000_000),)
    async with desk.writing() as writer:
        await writer.finish("t1", reply_text="Handmade. 🏮", status="completed")
    assert await desk.reading.recent("c1", limit=5) == (
        Exchange("t1", "fan t1", "Handmade. 🏮", "completed", 3, 1_700_000_000_000),
    )


async def test_the_newest_come_oldest_first(desk: Desk) -> None:
    for turn, at_ms in (("t2", 20), ("t1", 10), ("t3", 30)):
        await say(desk, turn, at_ms)
    assert await turns(desk) == ["t1", "t2", "t3"]
    assert await turns(desk, limit=2) == ["t2", "t3"]
    assert await turns(desk, limit=0) == []


async def test_turns_of_one_millisecond_have_an_order(desk: Desk) -> None:
    for turn in ("tb", "ta", "tc"):
        await say(desk, turn, 5)
    assert await turns(desk, limit=2) == ["tb", "tc"]
    assert await turns(desk, before="tb") == ["ta"]


async def test_before_a_turn_means_before_it(desk: Desk) -> None:
    for number in range(4):
        await say(desk, f"t{number}", number)
    assert await turns(desk, before="t2") == ["t0", "t1"]
    assert await turns(desk, before="t2", limit=1) == ["t1"]
    assert await turns(desk, before="t0") == []
    assert await turns(desk, before="unknown") == []


async def test_conversations_do_not_meet(desk: Desk) -> None:
    await say(desk, "t1", 1)
    await say(desk, "t2", 2, conversation="c2")
    assert await turns(desk) == ["t1"]
    assert await turns(desk, conversation="c2") == ["t2"]
    assert await turns(desk, conversation="c2", before="t1") == []


async def test_a_time_has_what_was_said_in_it_by_these_and_nothing_aside(desk: Desk) -> None:
    for turn, at_ms, conversation in (("t1", 9, "c1"), ("t2", 10, "c1"), ("t3", 19, "c2"), ("t4", 20, "c1")):
        await say(desk, turn, at_ms, conversation)
    await say(desk, "t5", 15, "c3")
    await say(desk, "t6", 15, "c1")
    async with desk.writing() as writer:
        await writer.put_aside("t6", status="crisis")
    said = await desk.reading.within(["c1", "c2"], from_ms=10, until_ms=20)
    assert sorted((talk, one.turn) for talk, one in said) == [("c1", "t2"), ("c2", "t3")]
    assert await desk.reading.within([], from_ms=0, until_ms=99) == ()


async def test_a_turn_that_has_begun_stays_as_it_is(desk: Desk) -> None:
    await say(desk, "t1", 1)
    async with desk.writing() as writer:
        await writer.begin("c1", "t1", fan_text="otherwise", horizon=9, now_ms=9)
    (exchange,) = await desk.reading.recent("c1", limit=5)
    assert (exchange.fan_text, exchange.horizon, exchange.at_ms) == ("fan t1", 3, 1)


async def test_a_turn_that_never_began_cannot_end(desk: Desk) -> None:
    async def finish_it() -> None:
        async with desk.writing() as writer:
            await writer.finish("t9", reply_text="", status="failed")

    with pytest.raises(UnknownTurn):
        await finish_it()


async def test_words_of_a_transaction_that_fails_are_not_kept(database: Database) -> None:
    async def begin_one_and_finish_another() -> None:
        async with database.writer.begin() as connection:
            writer = SqlTranscriptWriter(connection)
            await writer.begin("c1", "t1", fan_text="hello", horizon=1, now_ms=1)
            await writer.finish("t9", reply_text="", status="failed")

    with pytest.raises(UnknownTurn):
        await begin_one_and_finish_another()
    assert await SqlTranscripts(database.reader).recent("c1", limit=5) == ()
