"""The contract of kept summaries: in dictionaries, and in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import pytest

from gateway.adapters.database import Database
from memory.adapters.sql_notes import SqlNotebook
from memory.adapters.sql_summaries import SqlSummaries
from memory.adapters.sql_transcripts import SqlTranscriptWriter
from memory.doubles import MemoryTranscripts
from memory.notebook_double import MemoryNotebook
from memory.notes import Owner
from memory.ports import Notebook, Summaries, TranscriptWriter
from memory.summaries import Summary, TalkUnderWay
from memory.summaries_double import MemorySummaries

FAN, OTHER = "demo/mara", "demo/other"
TALK = "c-1"
END = (10_000, "")


@dataclass(frozen=True)
class Opened:
    summaries: Summaries
    words: TranscriptWriter
    notes: Notebook


Shelf = Callable[[], AbstractAsyncContextManager[Opened]]


@pytest.fixture
def memory() -> Shelf:
    transcripts = MemoryTranscripts()
    notebook = MemoryNotebook(transcripts)
    opened = Opened(MemorySummaries(transcripts, notebook), transcripts, notebook)

    @asynccontextmanager
    async def same() -> AsyncIterator[Opened]:
        yield opened

    return same


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    chosen = request.getfixturevalue(request.param)
    if not isinstance(chosen, Database):
        made: Shelf = chosen
        return made
    database = chosen

    @asynccontextmanager
    async def transaction() -> AsyncIterator[Opened]:
        async with database.writer.begin() as connection:
            yield Opened(SqlSummaries(connection), SqlTranscriptWriter(connection), SqlNotebook(connection))

    return transaction


def summary(horizon: int = 1, through: int = 2, talk: str = TALK, text: str = "It rained. 🏮") -> Summary:
    return Summary(talk, horizon, text, 2, 1, (through, f"t{through}"), "rules")


async def say(shelf: Shelf, *turns: int, talk: str = TALK, fan: str = FAN, horizon: int = 1) -> None:
    async with shelf() as opened:
        for turn in turns:
            await opened.words.begin(talk, f"t{turn}", fan_text=f"fan {turn}", horizon=horizon, now_ms=turn)
            await opened.words.finish(f"t{turn}", reply_text=f"reply {turn}", status="completed")
            await opened.summaries.tell(talk, fan=fan, now_ms=turn)


async def under_way(shelf: Shelf) -> TalkUnderWay:
    async with shelf() as opened:
        (talk,) = await opened.summaries.waiting(limit=9)
    return talk


async def keep(shelf: Shelf, *kept: Summary) -> None:
    for one in kept:
        talk = await under_way(shelf)
        async with shelf() as opened:
            assert await opened.summaries.keep(talk, one)


async def untold(shelf: Shelf, before: tuple[int, str] = END, limit: int = 99) -> list[str]:
    talk = await under_way(shelf)
    async with shelf() as opened:
        return [one.turn for one in await opened.summaries.untold(talk, before=before, limit=limit)]


async def of_talk(shelf: Shelf, *, fan: str = FAN, horizon: int = 9) -> list[Summary]:
    async with shelf() as opened:
        return list(await opened.summaries.of_talk(TALK, fan=fan, horizon=horizon))


async def test_a_talk_waits_from_its_first_untold_turn_until_it_is_done(shelf: Shelf) -> None:
    await say(shelf, 5, talk="c-2")
    await say(shelf, 3, 7)
    async with shelf() as opened:
        first, second = await opened.summaries.waiting(limit=9)
        assert (first, second.conversation) == (TalkUnderWay(TALK, FAN, 2, 0, -1), "c-2")
        assert await opened.summaries.waiting(limit=1) == (first,)
        await opened.summaries.done(first)
        assert [talk.conversation for talk in await opened.summaries.waiting(limit=9)] == ["c-2"]
    await say(shelf, 9)
    async with shelf() as opened:
        assert [talk.conversation for talk in await opened.summaries.waiting(limit=9)] == ["c-2", TALK]


async def test_a_turn_that_ends_meanwhile_keeps_its_talk_waiting(shelf: Shelf) -> None:
    await say(shelf, 1)
    read = await under_way(shelf)
    await say(shelf, 2)
    async with shelf() as opened:
        await opened.summaries.done(read)
    assert (await under_way(shelf)).told == 2


async def test_summaries_come_back_as_they_were_kept_within_the_horizon(shelf: Shelf) -> None:
    await say(shelf, 1)
    await keep(shelf, summary(3), summary(1))
    assert await of_talk(shelf) == [summary(1), summary(3)]
    assert await of_talk(shelf, horizon=2) == [summary(1)]
    assert await of_talk(shelf, horizon=0) == []
    await keep(shelf, summary(1, through=4, text="It snowed."))
    assert await of_talk(shelf) == [summary(1, through=4, text="It snowed."), summary(3)]


async def test_who_read_an_older_state_keeps_nothing(shelf: Shelf) -> None:
    await say(shelf, 1)
    read = await under_way(shelf)
    async with shelf() as opened:
        assert await opened.summaries.keep(read, summary(1))
        assert not await opened.summaries.keep(read, summary(2))
        assert await opened.summaries.keep(replace(read, version=read.version + 1), summary(2))
        assert not await opened.summaries.keep(TalkUnderWay("unknown", FAN, 1, 0, -1), summary(1, talk="unknown"))
    assert await of_talk(shelf) == [summary(1), summary(2)]


async def test_untold_are_the_answered_turns_of_the_talk_that_no_summary_tells(shelf: Shelf) -> None:
    await say(shelf, 1, 2, 4)
    await say(shelf, 3, horizon=2)
    await say(shelf, 5, talk="c-2")
    async with shelf() as opened:
        await opened.words.begin(TALK, "t6", fan_text="fan 6", horizon=1, now_ms=6)
        await opened.words.begin(TALK, "t7", fan_text="fan 7", horizon=1, now_ms=7)
        await opened.words.finish("t7", reply_text="No.", status="refused")
        await opened.summaries.done(TalkUnderWay("c-2", FAN, 9, 0, -1))
    assert await untold(shelf) == ["t1", "t2", "t3", "t4"]
    assert await untold(shelf, before=(3, "t3")) == ["t1", "t2"]
    assert await untold(shelf, limit=1) == ["t1"]
    await keep(shelf, summary(1, through=2))
    assert await untold(shelf) == ["t3", "t4"]


async def test_forgetting_a_turn_drops_the_summary_that_tells_it_and_no_other(shelf: Shelf) -> None:
    await say(shelf, 1, 2, 3)
    await say(shelf, 4, horizon=2)
    await keep(shelf, summary(1, through=2), summary(2, through=4))
    before = await under_way(shelf)
    async with shelf() as opened:
        await opened.summaries.done(before)
        await opened.notes.tell(Owner(FAN, "show", "tamsin"), "t1", now_ms=1)
        await opened.notes.hush(["t1"], fan=FAN)
        await opened.summaries.forget(["t1", "unknown"], fan=FAN)
        assert not await opened.summaries.keep(before, summary(1))
    assert await of_talk(shelf) == [summary(2, through=4)]
    assert await untold(shelf) == ["t2", "t3"]


async def test_forgetting_a_turn_that_is_not_told_yet_drops_nothing_and_stops_who_read_it(shelf: Shelf) -> None:
    await say(shelf, 1, 2, 3)
    await keep(shelf, summary(1, through=2))
    before = await under_way(shelf)
    async with shelf() as opened:
        await opened.summaries.forget(["t3"], fan=FAN)
        assert not await opened.summaries.keep(before, summary(1, through=3))
    assert await of_talk(shelf) == [summary(1, through=2)]


async def test_a_forgotten_talk_is_told_anew_from_its_next_turn(shelf: Shelf) -> None:
    await say(shelf, 1, 2)
    await keep(shelf, summary(1, through=1))
    async with shelf() as opened:
        await opened.summaries.forget_talks([TALK, "c-9"], fan=FAN, now_ms=2)
        await opened.summaries.done(TalkUnderWay("c-9", FAN, 9, 0, -1))
    assert await of_talk(shelf) == []
    await say(shelf, 3)
    assert await untold(shelf) == ["t3"]


async def test_a_stranger_reads_and_changes_nothing(shelf: Shelf) -> None:
    await say(shelf, 1)
    await keep(shelf, summary(1))
    assert await of_talk(shelf, fan=OTHER) == []
    async with shelf() as opened:
        assert await opened.summaries.of_fan(OTHER) == ()
        await opened.summaries.tell(TALK, fan=OTHER, now_ms=9)
        await opened.summaries.forget(["t1"], fan=OTHER)
        await opened.summaries.forget_talks([TALK], fan=OTHER, now_ms=9)
        await opened.summaries.erase(OTHER)
    talk = await under_way(shelf)
    assert talk == TalkUnderWay(TALK, FAN, 1, 1, -1)
    async with shelf() as opened:
        assert not await opened.summaries.keep(replace(talk, fan=OTHER), summary(1, text="mine"))
        assert await opened.summaries.of_fan(FAN) == (summary(1),)


async def test_erasing_a_fan_leaves_nothing_and_nothing_can_be_kept_after(shelf: Shelf) -> None:
    await say(shelf, 1)
    await keep(shelf, summary(1))
    talk = await under_way(shelf)
    async with shelf() as opened:
        await opened.summaries.erase(FAN)
        assert not await opened.summaries.keep(talk, summary(1))
        assert await opened.summaries.of_fan(FAN) == ()
        assert await opened.summaries.waiting(limit=9) == ()
