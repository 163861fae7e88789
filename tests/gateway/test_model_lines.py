"""Several models behind one gateway, over real sockets on both sides: who answers, how long a fan waits, who pays."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from billing.types import TurnCost
from gateway.bootstrap import open_model, open_store
from persona.doubles import ScriptedModel
from tests.fakes.openai_server import OpenAIServer, openai_server
from tests.gateway.builders import PRICE, House, books_add_up, claims_of, make_stage, served, settings_of
from tests.gateway.client import Event
from tests.gateway.story import SHOW

TOKEN = "a-token-of-the-scraper-for-tests"
PRICES = {"currency": "usd", "prompt": 15, "reply": 60, "models": {"openai:second": {"prompt": 1, "reply": 2}}}
REPLY = "Mind the step. It is crooked."


@dataclass
class Providers:
    """Two providers and the gateway that asks them in this order."""

    first: OpenAIServer
    second: OpenAIServer
    house: House

    async def says(self, text: str = "Is the roof all right?", fan: str = "mara") -> Event:
        """The end of a turn."""
        client = await self.house.rich_fan(fan)
        async with client.talk() as talk:
            done: Event = await talk.say((await talk.open(SHOW, "tamsin"))["conversation"], text)
            return done

    async def cost(self, turn: str) -> TurnCost:
        """What a turn cost us."""
        async with self.house.store.units.read() as unit:
            (cost,) = await unit.books.costs_of(turn)
            return cost


@asynccontextmanager
async def providers(data_dir: Path, **changes: str) -> AsyncIterator[Providers]:
    """The first model of the settings and one that stands by, each at a server of its own."""
    async with AsyncExitStack() as stack:
        first = await stack.enter_async_context(openai_server(OpenAIServer(text=REPLY)))
        second = await stack.enter_async_context(openai_server(OpenAIServer(text="I am only the second.")))
        settings = settings_of(
            data_dir,
            MODEL="openai:first",
            MODEL_BASE_URL=first.url,
            MODEL_FALLBACKS=json.dumps([{"model": "openai:second", "base_url": second.url, "key": "k"}]),
            MODEL_PRICE=json.dumps(PRICES),
            METRICS_TOKEN=TOKEN,
            SUMMARIES_MODEL="rules",
            **changes,
        )
        async with open_store(settings) as store:
            model = await stack.enter_async_context(open_model(settings, make_stage(store)))
        house = await stack.enter_async_context(served(settings, model))
        yield Providers(first, second, house)


async def metrics(house: House) -> str:
    async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
        return (await http.get("/metrics", headers={"authorization": f"Bearer {TOKEN}"})).text


async def test_the_first_model_answers_and_is_what_the_turn_cost(data_dir: Path) -> None:
    async with providers(data_dir) as stage:
        done = await stage.says()
        cost = await stage.cost(done["turn"])
        assert (done["status"], done["receipt"]["charged"]["text"]) == ("completed", PRICE)
        assert (cost.provider, cost.model, cost.units_in, cost.units_out) == ("openai", "first", 11, 6)
        assert cost.micros == 11 * 15 + 6 * 60
        assert stage.second.requests == []


@pytest.mark.parametrize("mode", ["stall", "cut", "garbage", "error"])
async def test_the_second_answers_for_a_first_that_does_not_begin(data_dir: Path, mode: str) -> None:
    async with providers(data_dir, FIRST_TOKEN_S="2" if mode == "stall" else "30") as stage:
        stage.first.mode, stage.first.after_words, stage.first.status = mode, 0, 429  # type: ignore[assignment]
        done = await stage.says()
        cost = await stage.cost(done["turn"])
        assert (done["status"], done["receipt"]["charged"]["text"]) == ("completed", PRICE)
        assert (cost.provider, cost.model, cost.micros) == ("openai", "second", 11 * 1 + 5 * 2)
        text = await metrics(stage.house)
        assert 'encore_model_fallbacks_total{model="openai:second"} 1.0' in text
        assert 'encore_model_requests_total{model="openai:second",outcome="finished"} 1.0' in text
        assert await books_add_up(stage.house.store.units)


async def test_a_reply_cut_in_its_midst_keeps_its_words_and_costs_nothing(data_dir: Path) -> None:
    async with providers(data_dir) as stage:
        stage.first.mode, stage.first.after_words = "cut", 4
        done = await stage.says()
        assert (done["status"], done["code"], done["receipt"]["charged"]["text"]) == ("failed", "model_failed", 0)
        assert stage.second.requests == []
        assert await books_add_up(stage.house.store.units)


async def test_nobody_waits_longer_or_pays_when_all_stall(data_dir: Path) -> None:
    async with providers(data_dir, FIRST_TOKEN_S="0.6") as stage:
        for server in (stage.first, stage.second):
            server.mode, server.after_words = "stall", 0
        async with asyncio.timeout(10):  # two models that each took their own time would still be far from this
            done = await stage.says()
        assert (done["status"], done["code"], done["receipt"]["charged"]["text"]) == ("failed", "model_timeout", 0)
        assert [len(server.requests) for server in (stage.first, stage.second)] == [1, 1]
        await asyncio.wait_for(asyncio.gather(stage.first.abandoned.wait(), stage.second.abandoned.wait()), 10)
        assert await books_add_up(stage.house.store.units)


async def test_a_model_that_keeps_failing_is_left_alone_and_said_to_be(data_dir: Path) -> None:
    async with providers(data_dir) as stage:
        stage.first.mode = "error"
        for number in range(7):
            assert (await stage.says(fan=f"fan-{number}"))["status"] == "completed"
        assert len(stage.first.requests) == 5
        text = await metrics(stage.house)
        assert 'encore_model_circuit{model="openai:first"} 1.0' in text
        assert 'encore_model_requests_total{model="openai:first",outcome="circuit_open"} 2.0' in text


async def test_more_fans_than_places_are_all_answered(data_dir: Path) -> None:
    async with providers(data_dir, MODEL_PLACES="1") as stage:
        stage.first.pause_s = 0.005
        ends = await asyncio.gather(*(stage.says(fan=f"fan-{number}") for number in range(6)))
        assert {end["status"] for end in ends} == {"completed"}
        assert len(stage.first.requests) == 6
        assert stage.second.requests == []
        assert 'encore_model_waiting{model="openai:first"} 0.0' in await metrics(stage.house)


async def test_a_request_is_queued_as_its_fans_and_the_model_is_not_told_whose_it_is(data_dir: Path) -> None:
    model = ScriptedModel([REPLY])
    async with served(settings_of(data_dir), model) as house:
        fan = await house.rich_fan("a-fan-of-the-roof")
        async with fan.talk() as talk:
            await talk.say((await talk.open(SHOW, "tamsin"))["conversation"], "Is the roof all right?")
    (asked,) = model.prompts
    assert asked.asked_by == claims_of("a-fan-of-the-roof").fan
    assert not any("a-fan-of-the-roof" in message.content for message in asked.messages)
