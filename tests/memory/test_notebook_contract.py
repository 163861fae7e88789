"""The contract of a notebook: in dictionaries, and in SQL."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

import numpy as np
import pytest

from gateway.adapters.database import Database
from memory.adapters.sql_notes import SqlNotebook
from memory.adapters.sql_transcripts import SqlTranscriptWriter
from memory.doubles import MemoryTranscripts
from memory.notebook_double import MemoryNotebook
from memory.notes import Changes, Note, Owner
from memory.ports import Notebook, TranscriptWriter, Vector
from memory.types import Part, TalkVectors, ToldTurn

OWNER = Owner("demo/mara", "the-roof", "tamsin")
OTHERS = (
    Owner("demo/other", "the-roof", "tamsin"),
    Owner("demo/mara", "the-roof", "gideon"),
    Owner("demo/mara", "another", "tamsin"),
)
MODEL = "model-1"


@dataclass(frozen=True)
class Shelf:
    """Somewhere notes are kept: how to open a transaction that reads and writes."""

    opened: Callable[[], AbstractAsyncContextManager[tuple[Notebook, TranscriptWriter]]]


@pytest.fixture
def memory() -> Shelf:
    transcripts = MemoryTranscripts()
    notebook = MemoryNotebook(transcripts)

    @asynccontextmanager
    async def same() -> AsyncIterator[tuple[Notebook, TranscriptWriter]]:
        yield notebook, transcripts

    return Shelf(same)


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def shelf(request: pytest.FixtureRequest) -> Shelf:
    chosen = request.getfixturevalue(request.param)
    if not isinstance(chosen, Database):
        memory: Shelf = chosen
        return memory
    database = chosen

    @asynccontextmanager
    async def transaction() -> AsyncIterator[tuple[Notebook, TranscriptWriter]]:
        async with database.writer.begin() as connection:
            yield SqlNotebook(connection), SqlTranscriptWriter(connection)

    return Shelf(transaction)


def note(key: str = "n-1", owner: Owner = OWNER, *, at_ms: int = 10) -> Note:
    return Note(key, owner, "fact", "fan.home", "lima", f"I live in Lima. 🏮 {key}", at_ms, ("t1",), 0.9, 0, at_ms)


def vector(first: float = 1.0) -> Vector:
    return np.array([first, 0.0, 0.5], dtype=np.float32)


async def keep(shelf: Shelf, *notes: Note) -> None:
    async with shelf.opened() as (notebook, _):
        await notebook.apply(Changes(kept=notes), MODEL, {one.id: vector() for one in notes})


async def say(shelf: Shelf, turn: str, at_ms: int, owner: Owner = OWNER, *, horizon: int = 1) -> None:
    async with shelf.opened() as (notebook, writer):
        await writer.begin(f"c-{owner.character}", turn, fan_text=f"fan {turn}", horizon=horizon, now_ms=at_ms)
        await notebook.tell(owner, turn, now_ms=at_ms)


async def read(shelf: Shelf, turn: str, owner: Owner = OWNER) -> bool:
    async with shelf.opened() as (notebook, _):
        return await notebook.read(owner, turn, MODEL, TalkVectors(vector(0.25), vector(0.75)))


async def talk(shelf: Shelf, owner: Owner = OWNER, *, horizon: int = 9, limit: int = 9) -> list[str]:
    async with shelf.opened() as (notebook, _):
        return [one.turn for one in await notebook.talk(owner, horizon=horizon, limit=limit)]


async def test_a_note_comes_back_as_it_was_kept(shelf: Shelf) -> None:
    kept = replace(
        note(), valid_to_ms=20, superseded_by="n-2", stale=True, last_used_ms=30, from_turns=("t1", "t2"), horizon=3
    )
    await keep(shelf, kept)
    async with shelf.opened() as (notebook, _):
        assert await notebook.of_owner(OWNER) == (kept,)
        assert await notebook.of_fan(OWNER.fan) == (kept,)
        assert await notebook.get(kept.id, fan=OWNER.fan) == kept
        (found,) = (await notebook.note_vectors(OWNER, MODEL)).values()
        assert found.tolist() == vector().tolist()
        assert await notebook.note_vectors(OWNER, "another model") == {}


async def test_notes_come_oldest_first_and_change_in_place(shelf: Shelf) -> None:
    await keep(shelf, note("n-2", at_ms=20), note("n-1", at_ms=10))
    changed = replace(note("n-1", at_ms=10), text="otherwise", stale=True)
    async with shelf.opened() as (notebook, _):
        await notebook.apply(Changes(kept=(changed,), removed=("n-2",)), MODEL, {})
        assert await notebook.of_owner(OWNER) == (changed,)
        assert list(await notebook.note_vectors(OWNER, MODEL)) == ["n-1"]


@pytest.mark.parametrize("other", OTHERS)
async def test_owners_do_not_meet(shelf: Shelf, other: Owner) -> None:
    await keep(shelf, note())
    await say(shelf, "t1", 1)
    assert await read(shelf, "t1")
    assert await talk(shelf, other) == []
    async with shelf.opened() as (notebook, _):
        assert await notebook.of_owner(other) == ()
        assert await notebook.note_vectors(other, MODEL) == {}
        if other.fan != OWNER.fan:
            assert await notebook.of_fan(other.fan) == ()
            assert await notebook.get("n-1", fan=other.fan) is None
            await notebook.hush(["t1"], fan=other.fan)
            await notebook.erase(other.fan, [])
    assert await talk(shelf) == ["t1"]


async def test_a_turn_waits_until_it_is_read_once(shelf: Shelf) -> None:
    await say(shelf, "t2", 2)
    await say(shelf, "t1", 1)
    await say(shelf, "t2", 9)
    async with shelf.opened() as (notebook, _):
        assert await notebook.waiting(limit=9) == (ToldTurn("t1", OWNER, 1), ToldTurn("t2", OWNER, 2))
        assert await notebook.waiting(limit=1) == (ToldTurn("t1", OWNER, 1),)
    assert [await read(shelf, turn) for turn in ("t1", "t1", "unknown")] == [True, False, False]
    async with shelf.opened() as (notebook, _):
        assert [told.turn for told in await notebook.waiting(limit=9)] == ["t2"]
        (kept,) = (await notebook.talk_vectors(OWNER, ["t1", "t2"], MODEL)).values()
        assert (kept.fan[0], kept.reply[0]) == (0.25, 0.75)
        assert await notebook.talk_vectors(OWNER, ["t1"], "another model") == {}


async def test_two_who_were_told_a_turn_read_it_each_for_themself(shelf: Shelf) -> None:
    gideon = OTHERS[1]
    await say(shelf, "t1", 1)
    async with shelf.opened() as (notebook, _):
        await notebook.tell(gideon, "t1", now_ms=1)
        assert {told.owner for told in await notebook.waiting(limit=9)} == {OWNER, gideon}
    assert await read(shelf, "t1")
    async with shelf.opened() as (notebook, _):
        assert [told.owner for told in await notebook.waiting(limit=9)] == [gideon]
        assert await notebook.talk_vectors(gideon, ["t1"], MODEL) == {}
    assert [await read(shelf, "t1"), await read(shelf, "t1", gideon)] == [False, True]
    async with shelf.opened() as (notebook, _):
        await notebook.hush_talk(OWNER.fan, character="gideon")
    assert (await talk(shelf), await talk(shelf, gideon)) == (["t1"], [])
    async with shelf.opened() as (notebook, _):
        await notebook.hush(["t1"], fan=OWNER.fan)
    assert await talk(shelf) == []


async def test_of_a_scene_each_remembers_the_fan_and_their_own_words(shelf: Shelf) -> None:
    gideon = OTHERS[1]
    await say(shelf, "t1", 1)
    async with shelf.opened() as (notebook, writer):
        await notebook.tell(gideon, "t1", now_ms=1)
        parts = (Part("tamsin", 0, 3), Part("gideon", 5, 8))
        await writer.finish("t1", reply_text="It.\n\nNo.", status="completed", parts=parts)
        told = [(await notebook.talk(owner, horizon=9, limit=9))[0] for owner in (OWNER, gideon)]
    assert [(one.fan_text, one.reply_text, one.parts) for one in told] == [("fan t1", "It.", ()), ("fan t1", "No.", ())]


async def test_talk_is_the_newest_within_the_horizon_oldest_first(shelf: Shelf) -> None:
    for number in range(4):
        await say(shelf, f"t{number}", number, horizon=number)
    assert await talk(shelf) == ["t0", "t1", "t2", "t3"]
    assert await talk(shelf, limit=2) == ["t2", "t3"]
    assert await talk(shelf, horizon=1) == ["t0", "t1"]


async def test_a_hushed_turn_comes_to_mind_no_more_and_is_never_read_again(shelf: Shelf) -> None:
    await say(shelf, "t1", 1)
    await say(shelf, "t2", 2)
    assert await read(shelf, "t1")
    async with shelf.opened() as (notebook, _):
        await notebook.hush(["t1", "t2"], fan=OWNER.fan)
        await notebook.apply(Changes(reread=("t1", "t2")), MODEL, {})
        assert await notebook.waiting(limit=9) == ()
        assert await notebook.talk_vectors(OWNER, ["t1"], MODEL) == {}
    assert await talk(shelf) == []
    assert not await read(shelf, "t2")


async def test_a_turn_can_be_asked_to_be_read_again(shelf: Shelf) -> None:
    await say(shelf, "t1", 1)
    assert await read(shelf, "t1")
    async with shelf.opened() as (notebook, _):
        await notebook.apply(Changes(reread=("t1",)), MODEL, {})
    assert await read(shelf, "t1")


async def test_use_is_noted(shelf: Shelf) -> None:
    await keep(shelf, note("n-1"), note("n-2"))
    async with shelf.opened() as (notebook, _):
        await notebook.use(["n-1", "unknown"], now_ms=77)
        assert [one.last_used_ms for one in await notebook.of_owner(OWNER)] == [77, None]


async def test_erasing_a_fan_leaves_the_others(shelf: Shelf) -> None:
    await keep(shelf, note("n-1"), note("n-2", OTHERS[0]))
    await say(shelf, "t1", 1)
    await say(shelf, "t2", 2, replace(OTHERS[0], character="x"))
    async with shelf.opened() as (notebook, _):
        await notebook.alone(OWNER)
        await notebook.erase(OWNER.fan, ["c-tamsin"])
        assert await notebook.of_fan(OWNER.fan) == ()
        assert len(await notebook.of_fan(OTHERS[0].fan)) == 1
        assert [told.turn for told in await notebook.waiting(limit=9)] == ["t2"]
    assert await talk(shelf) == []
    assert await talk(shelf, replace(OTHERS[0], character="x")) == ["t2"]
