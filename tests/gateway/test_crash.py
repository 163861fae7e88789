"""`kill -9` at each commit of a turn: afterwards the books balance, a reply ends once, no delivered word is lost."""

from __future__ import annotations

import signal
import uuid
from dataclasses import dataclass
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed

from gateway.bootstrap import open_store
from tests.gateway.breaking import Moment
from tests.gateway.builders import PRICE, books_add_up, claims_of, grant, served, settings_of, token_of
from tests.gateway.client import Event, Fan, sha256_of, text_of
from tests.gateway.crashing_server import FIRST, SECOND
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.processes import running
from tests.gateway.story import SHOW

CREDITS = 10
WHOLE = f"{FIRST} {SECOND}"


@dataclass(frozen=True)
class Crash:
    """Where the process dies, and what must be found afterwards."""

    moment: Moment
    at: str
    accepted: bool
    status: str = ""
    words: str = ""
    charged: int = 0


CRASHES = [
    Crash("before", "message.accepted", accepted=False),
    Crash("after", "message.accepted", accepted=True, status="failed"),
    Crash("after", "turn.status", accepted=True, status="failed"),
    Crash("before", "reply.delta", accepted=True, status="failed"),
    Crash("after", "reply.delta", accepted=True, status="failed", words=FIRST),
    Crash("before", "reply.done", accepted=True, status="failed", words=WHOLE),
    Crash("after", "reply.done", accepted=True, status="completed", words=WHOLE, charged=PRICE),
]


@dataclass
class Victim:
    """What a fan knows when the connection breaks."""

    message: str
    conversation: str = ""
    epoch: str = ""
    seq: int = 0


async def talk_until_it_dies(base: str, victim: Victim) -> list[Event]:
    """Send one message and read on until the connection breaks, without a close frame."""
    fan = Fan(base, token_of(claims_of()))
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        victim.conversation, victim.epoch = opened["conversation"], opened["epoch"]
        try:
            await talk.post(victim.conversation, "Is the roof all right?", victim.message)
            assert await talk.closed() == 1006
        except ConnectionClosed:
            pass
        victim.seq = talk.heads[victim.conversation][1]
        return [event for event in talk.events if "turn" in event]


async def crash(data_dir: Path, at: Crash, victim: Victim) -> list[Event]:
    """A turn in a process that dies in it; returns what the fan saw."""
    async with open_store(settings_of(data_dir)) as store:
        await grant(store.units, claims_of(), CREDITS)
    script = ("-m", "tests.gateway.crashing_server", str(data_dir), at.moment, at.at)
    async with running(*script, environment={}) as process:
        seen = await talk_until_it_dies(await process.line(), victim)
        assert await process.ended() == -signal.SIGKILL
    return seen


@pytest.mark.parametrize("at", CRASHES, ids=lambda at: f"{at.moment} {at.at}")
async def test_after_a_crash_the_books_and_the_log_agree(data_dir: Path, at: Crash) -> None:
    victim = Victim(str(uuid.uuid4()))
    seen = await crash(data_dir, at, victim)
    async with served(settings_of(data_dir), LedModel()) as house:
        fan = house.fan()
        assert await books_add_up(house.store.units)
        wallet = await fan.get("/v1/wallet")
        assert (wallet["available"], wallet["held"]) == (CREDITS - at.charged, 0)
        mark = {"conversation": victim.conversation, "epoch": victim.epoch, "seq": 0}
        async with fan.talk(resume=[mark]) as talk:
            (answer,) = talk.welcome["resumed"]
            assert (answer["recovered"], answer["to"] > 0) == (True, at.accepted)
            log = [await talk.next() for _ in range(answer["to"])]
            assert log[: len(seen)] == seen, "what the fan saw is in the log"
            await (check_settled(log, at) if at.accepted else check_no_trace(fan, victim, log))
            done = await talk.say(victim.conversation, "Is the roof all right?", victim.message)
        if at.accepted:
            assert done == log[-1], "the same message is the same turn"
        else:
            assert (done["status"], done["text_sha256"]) == ("completed", sha256_of(TEXT))
        charged = at.charged if at.accepted else PRICE
        assert (await fan.get("/v1/wallet"))["available"] == CREDITS - charged
        assert await books_add_up(house.store.units)


async def check_settled(log: list[Event], at: Crash) -> None:
    """An accepted turn ended once, with the words that were delivered, and is charged as its end says."""
    (done,) = (event for event in log if event["type"] == "reply.done")
    assert log[-1] == done
    assert (done["status"], done["receipt"]["charged"]["text"]) == (at.status, at.charged)
    assert done.get("code") == ("interrupted" if at.status == "failed" else None)
    assert text_of(log) == at.words
    assert done["text_sha256"] == sha256_of(at.words)


async def check_no_trace(fan: Fan, victim: Victim, log: list[Event]) -> None:
    """A message that was not accepted was never there."""
    assert log == []
    assert (await fan.get(f"/v1/conversations/{victim.conversation}/messages"))["messages"] == []


async def test_a_crash_in_the_settling_after_a_crash_settles_once_too(data_dir: Path) -> None:
    """The process that cleans up dies as well, just before its commit; the third one ends the turn."""
    victim = Victim(str(uuid.uuid4()))
    await crash(data_dir, Crash("after", "reply.delta", accepted=True), victim)
    async with running(
        "-m", "tests.gateway.crashing_server", str(data_dir), "before", "reply.done", environment={}
    ) as cleaner:
        assert await cleaner.ended() == -signal.SIGKILL
    async with served(settings_of(data_dir), LedModel()) as house:
        listed = (await house.fan().get(f"/v1/conversations/{victim.conversation}/messages"))["messages"]
        assert [(m["status"], m["text"]) for m in listed] == [("failed", "Is the roof all right?"), ("failed", FIRST)]
        assert (await house.fan().get("/v1/wallet"))["available"] == CREDITS
        assert await books_add_up(house.store.units)
