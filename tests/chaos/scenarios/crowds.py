"""Readers that flood, vanish, come back in numbers or talk from several places at once."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack

from tests.chaos.scenarios.stage import PAUSE_S, QUESTION, Stage, reckoned
from tests.gateway.client import Fan, Talk
from tests.gateway.story import SHOW

CROWD = 40
ARRIVING = 50


async def several_turns(stage: Stage) -> None:
    """Turns one after another, each complete."""
    fan = await stage.fan()
    for _ in range(4):
        assert (await stage.whole_turn(fan))["status"] == "completed"
    await reckoned(stage, [fan], charged=4)


async def a_storm_of_reconnects(stage: Stage, crowd: int = CROWD) -> None:
    """Everybody is cut off in mid-reply and is back at once."""
    stage.model.pause_s = PAUSE_S
    fans = [await stage.fan(f"fan{number}") for number in range(crowd)]

    arriving, arrived = asyncio.Semaphore(ARRIVING), asyncio.Barrier(crowd)

    async def through(fan: Fan) -> None:
        async with AsyncExitStack() as stack:
            async with arriving:
                talk = await stack.enter_async_context(fan.talk())
                conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await arrived.wait()
            turn = await talk.begin(conversation, QUESTION)
            await talk.until("reply.delta")
            await talk.drop()
        done = await stage.until_ended(fan, talk, conversation, turn)
        assert done["status"] == "completed"

    await asyncio.gather(*(through(fan) for fan in fans))
    await reckoned(stage, fans, charged=crowd)


async def a_reader_that_flickers(stage: Stage) -> None:
    """The same reader loses the line again and again within one reply."""
    stage.model.pause_s = PAUSE_S
    fan = await stage.fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.begin(conversation, QUESTION)
        await talk.drop()
    mark = talk.mark(conversation)
    ended = False
    while not ended:
        async with fan.talk(resume=[mark]) as again:
            for _ in range(stage.chance.randint(1, 3)):
                event = await again.next()
                ended = ended or event["type"] == "reply.done"
                if ended:
                    break
            mark = again.mark(conversation)
            await again.drop()
    await reckoned(stage, [fan], charged=1)


async def the_same_message_from_many_sockets(stage: Stage) -> None:
    """One message, sent over eight sockets at once, is one turn and is paid once."""
    fan = await stage.fan()
    message = str(uuid.uuid4())
    async with fan.talk() as first:
        conversation = (await first.open(SHOW, "tamsin"))["conversation"]

        async def send() -> str:
            async with fan.talk() as talk:
                await talk.open(SHOW, "tamsin")
                done = await talk.say(conversation, QUESTION, message)
                return str(done["turn"])

        turns = await asyncio.gather(*(send() for _ in range(6)))
    assert len(set(turns)) == 1
    await reckoned(stage, [fan], charged=1)


async def a_cancel_races_the_end(stage: Stage) -> None:
    """Cancels that come at any moment of a reply: whatever wins, it ends once."""
    fan = await stage.fan(credits=100)
    for _ in range(8):
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            turn = await talk.begin(conversation, QUESTION)
            for _ in range(stage.chance.randint(0, 4)):
                if (await talk.next())["type"] == "reply.done":
                    break
            await talk.send("turn.cancel", turn=turn)
            if not any(event["type"] == "reply.done" for event in talk.of_turn(turn)):
                await _until_done(talk, turn)
    await reckoned(stage, [fan])


async def _until_done(talk: Talk, turn: str) -> None:
    while True:
        event = await talk.next()
        if event["type"] == "reply.done":
            assert event["turn"] == turn
            return
        assert event["type"] != "error" or event["code"] == "turn_finished", event


async def two_messages_at_once(stage: Stage) -> None:
    """A second message while the first is answered is refused, and costs nothing."""
    stage.model.pause_s = PAUSE_S
    fan = await stage.fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, QUESTION)
        await talk.post(conversation, "And the till?")
        await talk.until_error(code="turn_in_progress")
        assert (await talk.until("reply.done", turn=turn))["status"] == "completed"
    await reckoned(stage, [fan], charged=1)


async def a_fan_without_credits(stage: Stage) -> None:
    """A message that cannot be paid for is refused before anything is asked of the model."""
    fan = await stage.fan(credits=1)
    asked = len(stage.model.requests)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.post(conversation, QUESTION)
        await talk.until_error(code="insufficient_credits")
    assert len(stage.model.requests) == asked
    await reckoned(stage, [fan], charged=0)


SCENARIOS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "turns one after another": several_turns,
    "a storm of reconnects": a_storm_of_reconnects,
    "a reader that flickers": a_reader_that_flickers,
    "the same message from many sockets": the_same_message_from_many_sockets,
    "a cancel races the end": a_cancel_races_the_end,
    "two messages at once": two_messages_at_once,
    "a fan without credits": a_fan_without_credits,
}
