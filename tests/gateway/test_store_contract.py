"""What the stores of a unit promise: one log without gaps, one running turn, one end."""

from __future__ import annotations

import asyncio
import uuid
from dataclasses import replace

import pytest
from sqlalchemy.exc import IntegrityError

from gateway.bootstrap import Store
from gateway.errors import UnknownConversation, UnknownTurn
from gateway.events import Credits, ReceiptView, ReplyDelta, TurnStatusEvent, parse_log_event
from gateway.records import Conversation, Turn

NOW_MS = 1_800_000_000_000
FAN, STRANGER = "demo/mara", "demo/somebody-else"
RECEIPT = ReceiptView(id="r-1", charged=Credits(text=2, voice=0), price_version="opening")


def conversation(number: int = 1, *, fan: str = FAN, created_at_ms: int = NOW_MS) -> Conversation:
    return Conversation(
        id=f"c-{number}",
        fan=fan,
        show="the-roof",
        character=f"character-{number}",
        mode="canon",
        locale="en",
        release_version=1,
        sheet_version=1,
        epoch=f"e-{number}",
        head_seq=0,
        horizon_cap=None,
        created_at_ms=created_at_ms,
    )


def turn(number: int = 1, *, of: str = "c-1", at_ms: int = NOW_MS) -> Turn:
    return Turn(
        id=f"t-{number}",
        conversation=of,
        fan=FAN,
        client_msg_id=f"m-{number}",
        body_hash="0" * 64,
        state="running",
        first_seq=1,
        owner="process-1",
        horizon=2,
        created_at_ms=at_ms,
    )


def delta(text: str = "x", of: str = "t-1") -> ReplyDelta:
    return ReplyDelta(id="", turn=of, offset=0, text=text)


@pytest.fixture
def store(empty_store: Store) -> Store:
    return empty_store


@pytest.fixture
async def talked(store: Store) -> Store:
    """A store with one conversation."""
    async with store.units.begin() as unit:
        await unit.conversations.add(conversation())
    return store


async def test_numbers_are_contiguous_from_one_however_many_append_at_once(talked: Store) -> None:
    async def append(n: int) -> None:
        async with talked.units.begin() as unit:
            await unit.log.append("c-1", [delta(f"{n}a"), delta(f"{n}b")], now_ms=NOW_MS)

    await asyncio.gather(*(append(n) for n in range(20)))
    async with talked.units.read() as unit:
        log = await unit.log.read("c-1", after=0, limit=100)
        head = (await unit.conversations.get("c-1", fan=FAN)).head_seq
    assert [event.seq for event in log] == list(range(1, 41))
    assert head == 40
    texts = [event.text for event in map(parse_log_event, (e.wire for e in log)) if isinstance(event, ReplyDelta)]
    assert [(a[:-1], a[-1], b[-1]) for a, b in zip(texts[::2], texts[1::2], strict=True)] == [
        (b[:-1], "a", "b") for b in texts[1::2]
    ]


async def test_an_event_is_kept_as_the_text_that_is_sent(talked: Store) -> None:
    async with talked.units.begin() as unit:
        (appended,) = await unit.log.append("c-1", [delta("灯笼 \u2028")], now_ms=NOW_MS)
    async with talked.units.read() as unit:
        (kept,) = await unit.log.read("c-1", after=0, limit=10)
        assert await unit.log.of_turn("t-1") == (kept,)
    assert kept == appended
    event = parse_log_event(kept.wire)
    assert (event.conversation, event.epoch, event.seq) == ("c-1", "e-1", 1)
    assert event.id


async def test_an_append_that_is_rolled_back_leaves_no_gap(talked: Store) -> None:
    async def append_and_break() -> None:
        async with talked.units.begin() as unit:
            await unit.log.append("c-1", [delta()], now_ms=NOW_MS)
            await unit.log.append("c-9", [delta()], now_ms=NOW_MS)

    with pytest.raises(UnknownConversation):
        await append_and_break()
    async with talked.units.begin() as unit:
        (event,) = await unit.log.append("c-1", [delta()], now_ms=NOW_MS)
    assert event.seq == 1


async def test_while_a_unit_knows_that_a_turn_runs_nobody_ends_it(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())
        assert await unit.turns.standing("t-9") == "ended"
    looked, ended = asyncio.Event(), asyncio.Event()

    async def end() -> None:
        await looked.wait()
        async with talked.units.begin() as unit:
            assert await unit.turns.finish("t-1", "failed", RECEIPT, now_ms=NOW_MS)
        ended.set()

    ending = asyncio.create_task(end())
    async with talked.units.begin() as unit:
        assert await unit.turns.standing("t-1") == "running"
        looked.set()
        for _ in range(20):  # a few looks of our own; the other unit has had its chance at each
            assert (await unit.turns.get("t-1", fan=FAN)).state == "running"
        assert not ended.is_set()
    await ending
    async with talked.units.begin() as unit:
        assert await unit.turns.standing("t-1") == "ended"


async def test_a_running_turn_can_be_asked_to_end_and_one_that_ended_cannot(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.conversations.add(conversation(2))
        await unit.turns.add(turn())
        await unit.turns.add(turn(2, of="c-2"))
        assert await unit.turns.unwanted(["t-1", "t-2", "t-9"]) == frozenset()
        for now_ms in (NOW_MS, NOW_MS + 1):  # asking again is harmless
            assert await unit.turns.ask_to_cancel("t-1", now_ms=now_ms)
        assert not await unit.turns.ask_to_cancel("t-9", now_ms=NOW_MS)
    async with talked.units.begin() as unit:
        assert await unit.turns.unwanted(["t-1", "t-2", "t-9"]) == {"t-1"}
        assert [await unit.turns.standing(name) for name in ("t-1", "t-2")] == ["unwanted", "running"]
        assert await unit.turns.running("c-1") == turn(), "it has not ended yet"
        assert await unit.turns.finish("t-1", "cancelled", RECEIPT, now_ms=NOW_MS)
        assert await unit.turns.standing("t-1") == "ended"
        assert await unit.turns.unwanted(["t-1"]) == frozenset()
        assert not await unit.turns.ask_to_cancel("t-1", now_ms=NOW_MS)


async def test_a_turn_is_asked_to_end_before_or_after_words_are_added_and_not_in_between(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())
    order: list[str] = []

    async def ask() -> None:
        async with talked.units.begin() as unit:
            assert await unit.turns.ask_to_cancel("t-1", now_ms=NOW_MS)
            order.append("asked")

    async with talked.units.begin() as unit:
        assert await unit.turns.standing("t-1") == "running"
        asking = asyncio.create_task(ask())
        for _ in range(20):  # a few looks of our own; the other unit has had its chance at each
            await unit.log.append("c-1", [delta()], now_ms=NOW_MS)
        order.append("added")
    await asking
    assert order == ["added", "asked"]


async def test_the_heads_of_many_logs_and_what_stands_there_are_read_at_once(talked: Store) -> None:
    async with talked.units.begin() as unit:
        for number in (2, 3):
            await unit.conversations.add(conversation(number))
        await unit.log.append("c-1", [delta("a"), delta("b")], now_ms=NOW_MS)
        (last,) = await unit.log.append("c-2", [delta("c")], now_ms=NOW_MS)
    asked = ["c-1", "c-2", "c-3", "c-9"]
    async with talked.units.read() as unit:
        assert await unit.log.heads(asked) == {"c-1": 2, "c-2": 1}
        newest = {event.conversation: event for event in await unit.log.newest(asked)}
        assert newest == {"c-1": (await unit.log.read("c-1", after=1, limit=9))[0], "c-2": last}
        assert (await unit.log.heads([]), await unit.log.newest([])) == ({}, ())


async def test_a_log_is_read_in_pages_from_any_place(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.log.append("c-1", [delta() for _ in range(5)], now_ms=NOW_MS)
    async with talked.units.read() as unit:
        assert [e.seq for e in await unit.log.read("c-1", after=2, limit=2)] == [3, 4]
        assert await unit.log.read("c-1", after=5, limit=2) == ()
        assert await unit.log.read("nothing", after=0, limit=2) == ()


async def test_nothing_is_appended_to_a_conversation_that_is_not_there(store: Store) -> None:
    with pytest.raises(UnknownConversation):
        async with store.units.begin() as unit:
            await unit.log.append("c-9", [delta()], now_ms=NOW_MS)


async def test_a_fan_has_one_conversation_of_a_kind_and_nobody_elses(talked: Store) -> None:
    with pytest.raises(IntegrityError):
        async with talked.units.begin() as unit:
            await unit.conversations.add(replace(conversation(), id="c-again"))
    async with talked.units.begin() as unit:
        await unit.conversations.add(replace(conversation(fan=STRANGER, created_at_ms=NOW_MS + 1), id="c-theirs"))
        await unit.conversations.add(conversation(2, created_at_ms=NOW_MS + 2))
        assert [c.id for c in await unit.conversations.of_fan(FAN)] == ["c-2", "c-1"]
        assert await unit.conversations.find(FAN, "the-roof", "character-1", "canon") == conversation()
        assert await unit.conversations.find(FAN, "the-roof", "character-1", "what_if") is None
        for missing in ("c-theirs", "c-9"):
            with pytest.raises(UnknownConversation):
                await unit.conversations.get(missing, fan=FAN)


async def test_a_pair_has_one_conversation_beside_those_of_each_alone(talked: Store) -> None:
    pair = replace(conversation(), id="c-pair", mode="scene", partner="character-2", partner_version=4)
    async with talked.units.begin() as unit:
        await unit.conversations.add(pair)
        await unit.conversations.add(replace(pair, id="c-another", partner="character-3"))
        assert await unit.conversations.find(FAN, "the-roof", "character-1", "scene") is None
        found = await unit.conversations.find(FAN, "the-roof", "character-1", "scene", partner="character-2")
        assert found == pair
        assert await unit.conversations.find(FAN, "the-roof", "character-1", "canon") == conversation()
        assert pair.performed == (("character-1", 1), ("character-2", 4))
    with pytest.raises(IntegrityError):
        async with talked.units.begin() as unit:
            await unit.conversations.add(replace(pair, id="c-again"))


async def test_a_lowered_horizon_is_kept_and_can_be_taken_back(talked: Store) -> None:
    for cap in (1, None):
        async with talked.units.begin() as unit:
            await unit.conversations.set_horizon_cap("c-1", cap)
        async with talked.units.read() as unit:
            assert (await unit.conversations.get("c-1", fan=FAN)).horizon_cap == cap


async def test_the_language_of_a_conversation_may_change(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.conversations.set_locale("c-1", "zh-Hans")
    async with talked.units.read() as unit:
        assert (await unit.conversations.get("c-1", fan=FAN)).locale == "zh-Hans"


async def test_one_turn_runs_at_a_time_and_the_database_says_so_too(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())
    with pytest.raises(IntegrityError):
        async with talked.units.begin() as unit:
            await unit.turns.add(turn(2))
    async with talked.units.begin() as unit:
        assert await unit.turns.running("c-1") == turn()
        assert await unit.turns.finish("t-1", "completed", RECEIPT, now_ms=NOW_MS)
        assert await unit.turns.running("c-1") is None
        await unit.turns.add(turn(2))


async def test_a_message_id_has_one_turn_for_each_fan(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())
        await unit.turns.finish("t-1", "failed", RECEIPT, now_ms=NOW_MS)
        assert (await unit.turns.by_message(FAN, "m-1")) == replace(turn(), state="failed")
        assert await unit.turns.by_message(STRANGER, "m-1") is None
    with pytest.raises(IntegrityError):
        async with talked.units.begin() as unit:
            await unit.turns.add(replace(turn(2), client_msg_id="m-1"))


async def test_a_turn_ends_once_whoever_tries(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())

    async def end(status: str) -> bool:
        async with talked.units.begin() as unit:
            return await unit.turns.finish("t-1", "failed" if status == "failed" else "completed", RECEIPT, now_ms=1)

    ended = await asyncio.gather(*(end(status) for status in ["completed", "failed"] * 5))
    assert ended.count(True) == 1
    async with talked.units.read() as unit:
        state = (await unit.turns.get("t-1", fan=FAN)).state
    assert state == ("completed", "failed")[ended.index(True) % 2]


async def test_a_turn_of_somebody_else_looks_like_none(talked: Store) -> None:
    async with talked.units.begin() as unit:
        await unit.turns.add(turn())
        for fan, name in ((STRANGER, "t-1"), (FAN, "t-9")):
            with pytest.raises(UnknownTurn):
                await unit.turns.get(name, fan=fan)


async def test_a_turn_is_abandoned_when_its_owner_has_been_quiet_and_not_when_it_has_ended(talked: Store) -> None:
    async with talked.units.begin() as unit:
        for number in (2, 3):
            await unit.conversations.add(conversation(number))
        for number in (1, 2, 3):
            await unit.turns.add(turn(number, of=f"c-{number}"))
        await unit.turns.beat(["t-2", "t-9"], now_ms=NOW_MS + 10)
        await unit.turns.finish("t-3", "completed", RECEIPT, now_ms=NOW_MS)
        await unit.turns.beat(["t-3"], now_ms=NOW_MS + 10)
        assert [t.id for t in await unit.turns.abandoned(quiet_since_ms=NOW_MS)] == ["t-1"]
        assert [t.id for t in await unit.turns.abandoned(quiet_since_ms=NOW_MS + 10)] == ["t-1", "t-2"]
        assert await unit.turns.abandoned(quiet_since_ms=NOW_MS - 1) == ()


async def test_turns_are_paged_from_the_newest_and_listed_from_the_oldest(talked: Store) -> None:
    async with talked.units.begin() as unit:
        for number in range(1, 6):
            await unit.turns.add(turn(number, at_ms=NOW_MS))
            await unit.turns.finish(f"t-{number}", "completed", RECEIPT, now_ms=NOW_MS)
        assert [t.turn for t in await unit.turns.page("c-1", before=None, limit=2)] == ["t-4", "t-5"]
        assert [t.turn for t in await unit.turns.page("c-1", before="t-4", limit=9)] == ["t-1", "t-2", "t-3"]
        assert await unit.turns.page("c-1", before="t-1", limit=9) == ()
        (last,) = await unit.turns.page("c-1", before=None, limit=1)
        assert ReceiptView.model_validate_json(last.receipt or "") == RECEIPT


async def test_what_is_read_outside_a_transaction_never_waits_for_a_writer(talked: Store) -> None:
    async with talked.units.begin() as writing:
        await writing.log.append("c-1", [TurnStatusEvent(id="", turn="t-1", state="thinking")], now_ms=NOW_MS)
        async with talked.units.read() as reading:
            before = await asyncio.wait_for(reading.log.read("c-1", after=0, limit=9), 5)
    assert before == ()


async def test_two_fans_units_do_not_mix(talked: Store) -> None:
    """Writers queue: each sees what the one before it left."""

    async def open_one() -> bool:
        async with talked.units.begin() as unit:
            if await unit.conversations.find(STRANGER, "the-roof", "character-1", "canon") is not None:
                return False
            mine = replace(conversation(fan=STRANGER), id=f"c-{uuid.uuid4().hex}")
            await unit.conversations.add(mine)
            return True

    assert (await asyncio.gather(*(open_one() for _ in range(8)))).count(True) == 1
