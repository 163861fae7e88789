"""What every scenario plays on: a gateway in this process, a model that misbehaves over HTTP, and a last reckoning.

The reckoning is the same for all: every turn ended once, with the hash of the words that were delivered; the books add
up and nothing is held; the tasks and sockets of this process are as many as before.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from pydantic import SecretStr

from persona.adapters.langchain_model import LangChainModel
from tests.fakes.openai_server import OpenAIServer, openai_server
from tests.gateway.builders import PRICE, House, books_add_up, served, settings_of
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of
from tests.gateway.lead import WAIT_S as WAIT_S
from tests.gateway.story import SHOW

CREDITS = 40
TEXT = "The roof leaks, and I mend it at night. Nobody has asked me to. The till is dry, and so is the bread."
PAUSE_S = 0.02
"""Between two words of a reply that something happens in."""
QUESTION = "Is the roof all right?"
FREE = ("failed", "refused")
"""How a turn ends that costs nothing, whatever was delivered of it."""


def open_sockets() -> int:
    """How many descriptors of sockets this process has; the database's pool may open further files, and keeps them."""
    found = 0
    for name in os.listdir("/proc/self/fd"):
        with contextlib.suppress(FileNotFoundError):  # the one that lists them
            found += os.readlink(f"/proc/self/fd/{name}").startswith("socket:")
    return found


@dataclass
class Stage:
    """A served gateway, its model, and what has been seen of every turn."""

    house: House
    model: OpenAIServer
    chance: random.Random

    async def fan(self, name: str = "mara", credits: int = CREDITS) -> Fan:
        """A fan with credits."""
        return await self.house.rich_fan(name, credits=credits)

    async def whole_turn(self, fan: Fan, question: str = QUESTION) -> Event:
        """One turn of a reader who stays; returns its `reply.done`."""
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            return await talk.say(conversation, question)

    async def until_ended(self, fan: Fan, talk: Talk, conversation: str, turn: str) -> Event:
        """The end of a turn, over further sockets when this one was lost."""
        mark = talk.mark(conversation)
        async with fan.talk(resume=[mark]) as again:
            return await again.until("reply.done", turn=turn)


async def reckoned(stage: Stage, fans: list[Fan], *, charged: int | None = None) -> None:
    """Everything that must hold at the end. `charged`: turns that had to be paid, when the scenario decides it."""
    paid = 0
    for fan in fans:
        listed = (await fan.get("/v1/conversations"))["conversations"]
        async with fan.talk() as talk:
            for one in listed:
                opened = await talk.open(one["show"], one["character"])
                mark = {"conversation": one["id"], "epoch": opened["epoch"], "seq": 0}
                paid += await _every_turn_ended_once(fan, mark, opened["seq"])
        wallet = await fan.get("/v1/wallet")
        assert wallet["held"] == 0
    if charged is not None:
        assert paid == charged
    assert await books_add_up(stage.house.store.units)


async def _every_turn_ended_once(fan: Fan, mark: Event, head: int) -> int:
    """Read a log from its beginning; how many of its turns were paid."""
    if not head:
        return 0
    paid = 0
    async with fan.talk(resume=[mark]) as talk:
        events = [await talk.next() for _ in range(head)]
    for turn in dict.fromkeys(event["turn"] for event in events):
        of_turn = [event for event in events if event["turn"] == turn]
        ends = [event for event in of_turn if event["type"] == "reply.done"]
        assert len(ends) == 1, f"{turn} ended {len(ends)} times"
        assert of_turn[-1] is ends[0]
        text = text_of(of_turn)
        assert ends[0]["text_sha256"] == sha256_of(text)
        charged = ends[0]["receipt"]["charged"]["text"]
        assert charged == (0 if ends[0]["status"] in FREE or not text else PRICE)
        paid += bool(charged)
    return paid


@asynccontextmanager
async def staged(data_dir: Path, seed: int, **changes: str) -> AsyncIterator[Stage]:
    """A stage that has played one turn, and is left with as many tasks and descriptors as it had then."""
    async with openai_server() as provider:
        model = LangChainModel("openai:chaos", base_url=provider.url, api_key=SecretStr("none"), timeout_s=20)
        provider.text = TEXT
        patience = {"FIRST_TOKEN_S": "0.3", "BETWEEN_TOKENS_S": "0.3"}
        async with served(settings_of(data_dir, **(patience | changes)), model) as house:
            stage = Stage(house, provider, random.Random(seed))
            await stage.whole_turn(await stage.fan("before"))
            before = await _settled()
            yield stage
            await _back_to(before)
        await model.aclose()


async def _settled() -> tuple[int, int]:
    """Tasks and descriptors once nothing more ends by itself."""
    last, now = (-1, -1), _standing()
    while last != now:
        await asyncio.sleep(0.05)  # nobody tells when a connection has been let go
        last, now = now, _standing()
    return now


async def _back_to(before: tuple[int, int]) -> None:
    async with asyncio.timeout(WAIT_S):
        while any(now > then for now, then in zip(_standing(), before, strict=True)):  # noqa: ASYNC110 - nobody tells
            await asyncio.sleep(0.02)


def _standing() -> tuple[int, int]:
    return len(asyncio.all_tasks()), open_sockets()
