"""A database that is locked, slow or gone for a moment, at any step of a turn."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from tests.chaos.scenarios.stage import PAUSE_S, QUESTION, Stage, reckoned
from tests.gateway.story import SHOW

LOCKED_S = 0.4


@asynccontextmanager
async def locked(stage: Stage) -> AsyncIterator[None]:
    """Somebody else writes to the database while the block runs."""
    path = stage.house.store.settings.data_dir / "encore.db"

    def lock() -> sqlite3.Connection:
        other = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        return other

    other = await asyncio.to_thread(lock)
    try:
        yield
    finally:
        await asyncio.to_thread(other.rollback)
        await asyncio.to_thread(other.close)


async def locked_as_a_message_comes(stage: Stage) -> None:
    """The message waits for the database, and is answered."""
    fan = await stage.fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        async with locked(stage):
            message = await talk.post(conversation, QUESTION)
            await asyncio.sleep(LOCKED_S)  # how long it is locked is the scenario
        turn = (await talk.until("message.accepted", client_msg_id=message))["turn"]
        assert (await talk.until("reply.done", turn=turn))["status"] == "completed"
    await reckoned(stage, [fan], charged=1)


async def locked_in_mid_reply(stage: Stage) -> None:
    """Words that cannot be written yet are written later, in their order."""
    stage.model.pause_s = PAUSE_S
    fan = await stage.fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, QUESTION)
        await talk.until("reply.delta")
        async with locked(stage):
            await asyncio.sleep(LOCKED_S)
        assert (await talk.until("reply.done", turn=turn))["status"] == "completed"
    await reckoned(stage, [fan], charged=1)


async def locked_as_a_reply_is_cancelled(stage: Stage) -> None:
    """A cancel is heard while nothing can be written, and is settled once."""
    stage.model.pause_s = PAUSE_S
    fan = await stage.fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, QUESTION)
        await talk.until("reply.delta")
        async with locked(stage):
            await talk.send("turn.cancel", turn=turn)
            await asyncio.sleep(LOCKED_S)
        assert (await talk.until("reply.done", turn=turn))["status"] in ("cancelled", "completed")
    await reckoned(stage, [fan], charged=1)


async def locked_as_many_ask(stage: Stage) -> None:
    """Twenty messages that wait for one lock are twenty turns."""
    fans = [await stage.fan(f"fan{number}") for number in range(20)]

    async def ask(number: int) -> str:
        return str((await stage.whole_turn(fans[number]))["status"])

    async with locked(stage):
        asking = [asyncio.create_task(ask(number)) for number in range(20)]
        await asyncio.sleep(LOCKED_S)
    assert set(await asyncio.gather(*asking)) == {"completed"}
    await reckoned(stage, fans, charged=20)


SCENARIOS: dict[str, Callable[[Stage], Awaitable[None]]] = {
    "locked as a message comes": locked_as_a_message_comes,
    "locked in mid-reply": locked_in_mid_reply,
    "locked as a reply is cancelled": locked_as_a_reply_is_cancelled,
    "locked as many ask": locked_as_many_ask,
}
