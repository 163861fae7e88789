"""Turns without sockets: who is admitted when many ask at once, and how what nobody ended is ended."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass

import pytest

from characters.errors import UnknownCharacter
from characters.importing import find_cast
from gateway.assembly import Gateway
from gateway.auth import Claims
from gateway.bootstrap import Store, now_ms
from gateway.errors import NotEnoughCredits, TurnInProgress
from gateway.events import Credits, MessageAccepted, ReceiptView, ReplyDelta, ReplyDone, parse_log_event
from gateway.ports import Units
from gateway.protocol import MessageSend
from gateway.records import Conversation
from gateway.settings import Settings
from gateway.settling import Ending, Settler
from gateway.turns import TurnService
from tests.gateway.breaking import FailingEnds, GatedUnits, Outage, WatchedUnits
from tests.gateway.builders import PRICE, assembled_house, books_add_up, claims_of, grant
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW

MARA = claims_of()
FREE = ReceiptView(id="r-0", charged=Credits(text=0, voice=0), price_version="opening")


@dataclass(frozen=True)
class Offstage:
    """A gateway without sockets, and what the tests ask of it."""

    store: Store
    turns: TurnService

    async def converse(self, number: int = 1, claims: Claims = MARA) -> str:
        """A conversation with a copy of Tamsin of its own: a fan has one with each character."""
        tamsin = find_cast(await self.store.catalogue.cast(SHOW, published_only=True), "tamsin")
        assert tamsin is not None
        copy = tamsin.sheet.model_copy(update={"slug": f"tamsin-{number}"})
        await self.store.catalogue.save_sheet(SHOW, copy, first_episode=1, now_ms=0)
        kept = Conversation(
            f"c-{number}", claims.fan, SHOW, copy.slug, "canon", "en", 1, 1, uuid.uuid4().hex, 0, None, 0
        )
        async with self.store.units.begin() as unit:
            await unit.conversations.add(kept)
        return kept.id

    async def send(self, conversation: str, text: str = "Hello.", claims: Claims = MARA) -> str:
        """Send a message; returns its turn."""
        message = MessageSend(
            type="message.send", client_msg_id=str(uuid.uuid4()), conversation=conversation, text=text
        )
        return (await self.turns.take(claims, message)).turn.id

    async def end_of(self, turn: str) -> ReplyDone:
        """The end of a turn, as soon as it is in the log."""
        async with asyncio.timeout(WAIT_S):
            while True:
                ends = [event for event in await self.events(turn) if isinstance(event, ReplyDone)]
                if ends:
                    (end,) = ends
                    return end

    async def words_of(self, turn: str) -> None:
        """Wait until there are words of a turn in the log."""
        async with asyncio.timeout(WAIT_S):
            while not any(isinstance(event, ReplyDelta) for event in await self.events(turn)):
                continue

    async def events(self, turn: str) -> list[object]:
        """The log events of a turn."""
        async with self.store.units.read() as unit:
            return [parse_log_event(logged.wire) for logged in await unit.log.of_turn(turn)]

    async def wallet(self, claims: Claims = MARA) -> tuple[int, int]:
        """Credits available and held."""
        async with self.store.units.read() as unit:
            found = await unit.books.wallet(claims.fan)
        return found.available, found.held


@pytest.fixture
async def crew(offstage: tuple[Store, Gateway]) -> Offstage:
    store, gateway = offstage
    return Offstage(store, gateway.turns)


@pytest.mark.parametrize("admitted", [0, 1, 7, 20])
async def test_of_twenty_messages_at_once_as_many_are_admitted_as_there_are_credits_for(
    crew: Offstage, model: LedModel, admitted: int
) -> None:
    model.text = None
    conversations = [await crew.converse(number) for number in range(20)]
    if admitted:
        await grant(crew.store.units, MARA, PRICE * admitted + 1)
    answers = await asyncio.gather(*(crew.send(c) for c in conversations), return_exceptions=True)
    turns = [answer for answer in answers if isinstance(answer, str)]
    refused = [answer for answer in answers if isinstance(answer, NotEnoughCredits)]
    assert (len(turns), len(refused)) == (admitted, 20 - admitted)
    if admitted:
        assert await crew.wallet() == (1, PRICE * admitted)
    for _ in turns:
        part = await model.asked()
        part.say(TEXT)
        part.end()
    assert [(await crew.end_of(turn)).status for turn in turns] == ["completed"] * admitted
    assert (await crew.wallet())[1] == 0
    assert await books_add_up(crew.store.units)


async def test_of_two_messages_at_once_in_one_conversation_one_is_admitted(crew: Offstage, model: LedModel) -> None:
    model.text = None
    conversation = await crew.converse()
    await grant(crew.store.units, MARA, 20)
    answers = await asyncio.gather(*(crew.send(conversation) for _ in range(5)), return_exceptions=True)
    (turn,) = (answer for answer in answers if isinstance(answer, str))
    assert [answer.turn for answer in answers if isinstance(answer, TurnInProgress)] == [turn] * 4
    assert await crew.wallet() == (20 - PRICE, PRICE)


async def test_the_same_message_sent_many_times_at_once_is_one_turn(crew: Offstage) -> None:
    conversation = await crew.converse()
    await grant(crew.store.units, MARA, 20)
    message = MessageSend(
        type="message.send", client_msg_id=str(uuid.uuid4()), conversation=conversation, text="Hello."
    )
    taken = await asyncio.gather(*(crew.turns.take(MARA, message) for _ in range(10)))
    (turn,) = {one.turn.id for one in taken}
    assert (await crew.end_of(turn)).status == "completed"
    assert await crew.wallet() == (20 - PRICE, 0)


async def test_accepting_tells_what_is_held_and_that_it_began(crew: Offstage) -> None:
    await grant(crew.store.units, MARA, 20)
    turn = await crew.send(await crew.converse())
    accepted = (await crew.events(turn))[0]
    assert isinstance(accepted, MessageAccepted)
    assert (accepted.hold.text, accepted.hold.voice) == (PRICE, 0)


# Cleaning up


@pytest.fixture
async def abandoned(settings: Settings, model: LedModel) -> AsyncIterator[tuple[Offstage, str]]:
    """A second process on a database in which a dead one left a turn half said. Two gateways, one file."""
    model.text = None
    async with assembled_house(settings, model) as (store, gateway):
        dead = Offstage(store, gateway.turns)
        await grant(store.units, MARA, 20)
        turn = await dead.send(await dead.converse())
        (await model.asked()).say("One whole sentence. And half")
        await dead.words_of(turn)
        yield dead, turn


async def test_a_turn_that_a_dead_process_left_is_settled_once_when_the_next_one_starts(
    abandoned: tuple[Offstage, str], settings: Settings
) -> None:
    dead, turn = abandoned
    assert await dead.wallet() == (20 - PRICE, PRICE)
    async with assembled_house(settings, LedModel()) as (store, gateway):
        next_one = Offstage(store, gateway.turns)
        end = await next_one.end_of(turn)
        assert (end.status, end.code, end.receipt.charged.text) == ("failed", "interrupted", 0)
        assert await next_one.wallet() == (20, 0)
        counted = len(await next_one.events(turn))
        assert await gateway.turns.sweep(quiet_s=0) == 0
        assert len(await next_one.events(turn)) == counted
        (said,) = await store.transcripts.of_turns([turn])
        assert (said.reply_text, said.status) == ("One whole sentence.", "failed")
        assert await books_add_up(store.units)


async def test_however_many_end_a_turn_at_once_one_of_them_does(abandoned: tuple[Offstage, str]) -> None:
    """The turn's own process, a cancel and the sweeps of two others; the first decides how it ended."""
    dead, name = abandoned
    async with dead.store.units.read() as unit:
        turn = await unit.turns.get(name, fan=MARA.fan)
    settler = Settler(dead.store.units, clock=now_ms)
    endings = [Ending("completed"), Ending("cancelled"), Ending("failed", "interrupted"), Ending("failed", "internal")]
    logged = await asyncio.gather(*(settler.settle(turn, ending) for ending in endings))
    (ended,) = (number for number, events in enumerate(logged) if events)
    end = await dead.end_of(name)
    assert (end.status, end.code) == (endings[ended].status, endings[ended].code)
    assert await dead.wallet() == (20 - end.receipt.charged.text, 0)
    assert await books_add_up(dead.store.units)


async def test_a_turn_that_is_alive_is_left_alone_by_every_sweep(crew: Offstage, model: LedModel) -> None:
    model.text = None
    await grant(crew.store.units, MARA, 20)
    turn = await crew.send(await crew.converse())
    part = await model.asked()
    await crew.turns.beat()
    assert await crew.turns.sweep(quiet_s=0) == 0
    part.say(TEXT)
    part.end()
    assert (await crew.end_of(turn)).status == "completed"
    assert await crew.wallet() == (20 - PRICE, 0)


async def test_an_owner_that_wakes_up_late_adds_nothing_after_the_end(crew: Offstage, model: LedModel) -> None:
    """It was paused for so long that another process took it for dead and ended its turn."""
    model.text = None
    await grant(crew.store.units, MARA, 20)
    turn_id = await crew.send(await crew.converse())
    part = await model.asked()
    part.say("One whole sentence. ")
    await crew.words_of(turn_id)
    async with crew.store.units.read() as unit:
        turn = await unit.turns.get(turn_id, fan=MARA.fan)
    assert await Settler(crew.store.units, clock=now_ms).settle(turn, Ending("failed", "interrupted"))
    part.say("And one more sentence. ")
    await asyncio.wait_for(part.over.wait(), WAIT_S)
    await crew.turns.drained(within_s=WAIT_S)
    events = await crew.events(turn_id)
    assert [type(event) for event in events if isinstance(event, ReplyDelta | ReplyDone)] == [ReplyDelta, ReplyDone]
    assert isinstance(events[-1], ReplyDone)
    assert (crew.turns.running, await crew.wallet()) == (0, (20, 0))
    assert await books_add_up(crew.store.units)


async def test_an_end_that_comes_too_late_takes_its_charge_back(crew: Offstage, model: LedModel) -> None:
    model.text = None
    await grant(crew.store.units, MARA, 20)
    turn_id = await crew.send(await crew.converse())
    await model.asked()
    async with crew.store.units.begin() as unit:
        turn = await unit.turns.get(turn_id, fan=MARA.fan)
        assert await unit.turns.finish(turn_id, "failed", FREE, now_ms=now_ms())  # the hold is still there
    before = await crew.events(turn_id)
    assert await Settler(crew.store.units, clock=now_ms).settle(turn, Ending("completed")) is None
    assert await crew.wallet() == (20 - PRICE, PRICE)
    assert await crew.events(turn_id) == before
    async with crew.store.units.begin() as unit:
        await unit.books.void(turn_id, "tests", now_ms=now_ms())
    assert await books_add_up(crew.store.units)


async def test_a_turn_heard_of_lately_is_not_taken_for_dead(
    abandoned: tuple[Offstage, str], settings: Settings
) -> None:
    """The next process starts with a sweep of its own here, so a third one looks with the usual patience."""
    dead, turn = abandoned
    assert await dead.turns.sweep() == 0
    assert not any(isinstance(event, ReplyDone) for event in await dead.events(turn))


@pytest.mark.parametrize("failures", [1, 2, 3])
async def test_a_settlement_that_fails_is_tried_again_and_charged_once(
    settings: Settings, model: LedModel, failures: int
) -> None:
    ends = FailingEnds(failures)
    async with assembled_house(settings, model, wrap=lambda units: WatchedUnits(units, ends)) as (store, gateway):
        crew = Offstage(store, gateway.turns)
        await grant(store.units, MARA, 20)
        turn = await crew.send(await crew.converse())
        await asyncio.wait_for(ends.failed.wait(), WAIT_S)
        assert await crew.wallet() == (20 - PRICE, PRICE)
        for _ in range(failures):
            await crew.turns.sweep(quiet_s=0)  # however long that takes, a delivered reply is not taken for a lost one
        end = await crew.end_of(turn)
        assert (end.status, end.receipt.charged.text) == ("completed", PRICE)
        assert await crew.wallet() == (20 - PRICE, 0)
        await crew.turns.sweep(quiet_s=0)
        assert await crew.wallet() == (20 - PRICE, 0)
        assert await books_add_up(store.units)


async def test_a_turn_whose_words_cannot_be_written_is_ended_free_as_soon_as_the_database_is_back(
    settings: Settings, model: LedModel
) -> None:
    outage = Outage()
    async with assembled_house(settings, model, wrap=lambda units: WatchedUnits(units, outage)) as (store, gateway):
        crew = Offstage(store, gateway.turns)
        await grant(store.units, MARA, 20)
        turn = await crew.send(await crew.converse())
        await asyncio.wait_for(outage.refused_end.wait(), WAIT_S)
        outage.over = True
        await crew.turns.sweep()  # which waits for nobody to be quiet: it was performed here
        end = await crew.end_of(turn)
        assert (end.status, end.code, end.receipt.charged.text) == ("failed", "interrupted", 0)
        assert await crew.wallet() == (20, 0)
        assert await books_add_up(store.units)


async def test_a_settlement_that_goes_on_failing_keeps_no_other_turn_waiting(
    settings: Settings, model: LedModel
) -> None:
    model.text = None
    ends = FailingEnds(2)
    async with assembled_house(settings, model, wrap=lambda units: WatchedUnits(units, ends)) as (store, gateway):
        crew = Offstage(store, gateway.turns)
        await grant(store.units, MARA, 20)
        turns = [await crew.send(await crew.converse(number)) for number in (1, 2)]
        for _ in turns:
            part = await model.asked()
            ends.failed.clear()
            part.say(TEXT)
            part.end()
            await asyncio.wait_for(ends.failed.wait(), WAIT_S)
        ends.poisoned = {turns[0]}
        await crew.turns.sweep()
        assert (await crew.end_of(turns[1])).status == "completed"
        assert await crew.wallet() == (20 - 2 * PRICE, PRICE)
    async with assembled_house(settings, model, wrap=lambda units: WatchedUnits(units, ends)) as (store, gateway):
        assert await Offstage(store, gateway.turns).wallet() == (20 - 2 * PRICE, PRICE), "and the next process starts"


async def test_a_performance_cut_by_the_end_of_the_process_is_interrupted_and_free(
    crew: Offstage, model: LedModel
) -> None:
    model.text = None
    await grant(crew.store.units, MARA, 20)
    turn = await crew.send(await crew.converse())
    part = await model.asked()
    part.say("One whole sentence. And half")
    await crew.words_of(turn)
    await crew.turns.drained(within_s=0)
    end = await crew.end_of(turn)
    assert (end.status, end.code, end.receipt.charged.text) == ("failed", "interrupted", 0)
    assert await crew.wallet() == (20, 0)
    assert (part.over.is_set(), crew.turns.running) == (True, 0)
    assert await books_add_up(crew.store.units)


async def test_the_process_does_not_end_before_what_was_delivered_is_in_the_books(
    settings: Settings, model: LedModel
) -> None:
    model.text = None
    gates: list[GatedUnits] = []

    def gated(units: Units) -> Units:
        gates.append(GatedUnits(units))
        return gates[0]

    async with assembled_house(settings, model, wrap=gated) as (store, gateway):
        crew = Offstage(store, gateway.turns)
        await grant(store.units, MARA, 20)
        turn = await crew.send(await crew.converse())
        part = await model.asked()
        part.say("One whole sentence. ")
        await crew.words_of(turn)
        gates[0].open.clear()
        part.end()
        await asyncio.wait_for(gates[0].waiting.wait(), WAIT_S)
        draining = asyncio.create_task(crew.turns.drained(within_s=0))
        assert await crew.wallet() == (20 - PRICE, PRICE)
        gates[0].open.set()
        await asyncio.wait_for(draining, WAIT_S)
        (end,) = (event for event in await crew.events(turn) if isinstance(event, ReplyDone))
        assert (end.status, end.receipt.charged.text) == ("completed", PRICE)
        assert await crew.wallet() == (20 - PRICE, 0)


async def test_a_character_whom_the_host_app_took_back_is_not_performed(crew: Offstage) -> None:
    await grant(crew.store.units, MARA, 20)
    async with crew.store.units.begin() as unit:
        await unit.conversations.add(
            Conversation("c-gideon", MARA.fan, SHOW, "gideon", "canon", "en", 1, 1, uuid.uuid4().hex, 0, None, 0)
        )
    with pytest.raises(UnknownCharacter):
        await crew.send("c-gideon", claims=claims_of(watched=1))
    assert await books_add_up(crew.store.units)
    await crew.end_of(await crew.send("c-gideon"))


async def test_a_drain_lets_replies_end(crew: Offstage, model: LedModel) -> None:
    model.text = None
    await grant(crew.store.units, MARA, 20)
    turn = await crew.send(await crew.converse())
    part = await model.asked()
    draining = asyncio.create_task(crew.turns.drained(within_s=WAIT_S))
    part.say(TEXT)
    part.end()
    await asyncio.wait_for(draining, WAIT_S)
    assert (await crew.end_of(turn)).status == "completed"
