"""A cancel that comes to another process than the one that performs the turn: kept, heeded, and priced the same."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from gateway.errors import TurnFinished, UnknownTurn
from gateway.events import ReplyDelta
from gateway.settings import Settings
from tests.gateway.builders import (
    PRICE,
    assembled_house,
    books_add_up,
    claims_of,
    grant,
    import_small_show,
    settings_of,
)
from tests.gateway.lead import TEXT, LedModel, Part
from tests.gateway.test_turns import MARA, Offstage

CREDITS = 20
STRANGER = claims_of("somebody-else")


@pytest.fixture
def settings(database_url: str, tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "data", DATABASE_URL=database_url)


@pytest.fixture
async def two(settings: Settings, model: LedModel, tmp_path: Path) -> AsyncIterator[tuple[Offstage, Offstage]]:
    """Two gateways on one database, each with live events of its own: neither hears of the other. Mara has credits."""
    model.text = None
    async with open_store(settings) as store:
        await import_small_show(store, tmp_path / "show")
        await grant(store.units, MARA, CREDITS)
    async with AsyncExitStack() as stack:
        houses = [await stack.enter_async_context(assembled_house(settings, model)) for _ in range(2)]
        first, second = (Offstage(store, gateway.turns) for store, gateway in houses)
        yield first, second


async def performed(crew: Offstage, model: LedModel) -> tuple[str, Part]:
    """A turn under way there, and the model's part in it."""
    turn = await crew.send(await crew.converse())
    return turn, await model.asked()


async def test_before_any_word_it_ends_free_when_its_owner_beats(
    two: tuple[Offstage, Offstage], model: LedModel
) -> None:
    here, there = two
    turn, _ = await performed(there, model)
    for _ in range(2):  # again is harmless
        await here.turns.cancel(MARA, turn)
    assert there.turns.running == 1
    await there.turns.beat()
    end = await here.end_of(turn)
    assert (end.status, end.receipt.charged.text) == ("cancelled", 0)
    assert await here.wallet() == (CREDITS, 0)
    assert await books_add_up(here.store.units)


async def test_no_word_is_said_after_it_although_its_owner_has_not_heard_of_it(
    two: tuple[Offstage, Offstage], model: LedModel
) -> None:
    here, there = two
    turn, part = await performed(there, model)
    await here.turns.cancel(MARA, turn)
    part.say(TEXT)
    part.end()
    end = await here.end_of(turn)
    assert (end.status, end.receipt.charged.text) == ("cancelled", 0)
    (said,) = await here.store.transcripts.of_turns([turn])
    assert (said.reply_text, said.status) == ("", "cancelled")
    assert await here.wallet() == (CREDITS, 0)
    async with asyncio.timeout(10):
        await part.over.wait()


async def test_what_had_been_said_stays_and_is_paid_for(two: tuple[Offstage, Offstage], model: LedModel) -> None:
    here, there = two
    turn, part = await performed(there, model)
    part.say("One whole sentence. ")
    await here.words_of(turn)
    await here.turns.cancel(MARA, turn)
    part.say("And nobody wants this one. ")
    end = await here.end_of(turn)
    assert (end.status, end.receipt.charged.text) == ("cancelled", PRICE)
    (said,) = await here.store.transcripts.of_turns([turn])
    assert said.reply_text == "One whole sentence."
    assert await here.wallet() == (CREDITS - PRICE, 0)
    assert await books_add_up(here.store.units)


async def test_whose_owner_has_died_it_is_ended_as_interrupted(two: tuple[Offstage, Offstage], model: LedModel) -> None:
    here, there = two
    turn, _ = await performed(there, model)
    await here.turns.cancel(MARA, turn)
    assert await here.turns.sweep(quiet_s=0) == 1  # as when the owner had not beaten for long
    end = await here.end_of(turn)
    assert (end.status, end.code, end.receipt.charged.text) == ("failed", "interrupted", 0)
    assert await here.wallet() == (CREDITS, 0)


async def test_a_turn_that_ended_there_is_finished_here(two: tuple[Offstage, Offstage], model: LedModel) -> None:
    here, there = two
    turn, part = await performed(there, model)
    part.say(TEXT)
    part.end()
    end = await here.end_of(turn)
    for crew in two:
        with pytest.raises(TurnFinished):
            await crew.turns.cancel(MARA, turn)
    assert await here.end_of(turn) == end


async def test_a_stranger_stops_nothing(two: tuple[Offstage, Offstage], model: LedModel) -> None:
    here, there = two
    turn, part = await performed(there, model)
    for crew in two:
        with pytest.raises(UnknownTurn):
            await crew.turns.cancel(STRANGER, turn)
    part.say(TEXT)
    part.end()
    assert (await here.end_of(turn)).status == "completed"


@pytest.mark.parametrize("looks", range(6))
async def test_a_cancel_and_the_end_that_come_at_once_leave_one_end_and_one_charge(
    two: tuple[Offstage, Offstage], model: LedModel, looks: int
) -> None:
    """The cancel comes a little earlier or later; whichever is first decides, and both are right."""
    here, there = two
    turn, part = await performed(there, model)
    part.say(TEXT)
    part.end()
    for _ in range(looks):
        await here.wallet()
    cancelled = True
    try:
        await here.turns.cancel(MARA, turn)
    except TurnFinished:
        cancelled = False
    end = await here.end_of(turn)
    words = "".join(event.text for event in await here.events(turn) if isinstance(event, ReplyDelta))
    assert end.status in (("completed", "cancelled") if cancelled else ("completed",))
    assert end.receipt.charged.text == (PRICE if words else 0)
    assert end.status == "cancelled" or words == TEXT
    assert await here.wallet() == (CREDITS - end.receipt.charged.text, 0)
    assert await books_add_up(here.store.units)
