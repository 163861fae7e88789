"""A clean goodbye: over the labelled farewells nothing that holds back leaves, and what lets go may."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.doubles import ScriptedModel
from persona.goodbye import CLEAN, clings, goodbye, is_farewell
from persona.guard import HOLDS_BACK
from persona.performing import perform
from persona.reviewing import Review
from persona.types import Limits, Performed, ReviewRules, Spoken, Verdict
from tests.persona.builders import prompt

LINES = Path(__file__).parents[1] / "data/safety/farewells.jsonl"
FAREWELLS = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]


async def allow(statement: str) -> Verdict:
    return Verdict(bool(statement))


async def said(reply: str, *, parting: bool = True) -> tuple[str, Performed]:
    """What leaves when the model says this, both times it is asked."""
    review = Review(ReviewRules(parting=parting), allow)
    text, end = "", Performed(refused=False)
    model = ScriptedModel([reply, reply])
    async for event in perform(model, prompt(), review, Limits(), (CLEAN["en"],), lambda _: 0):
        if isinstance(event, Spoken):
            text += event.text
        elif isinstance(event, Performed):
            end = event
    return text, end


def test_there_are_as_many_farewells_as_were_promised() -> None:
    assert len(FAREWELLS) == 500
    assert len({(one["fan"], one["reply"]) for one in FAREWELLS}) == 500
    assert 240 <= sum(one["manipulative"] for one in FAREWELLS) <= 260


def test_every_farewell_is_one() -> None:
    assert [one["fan"] for one in FAREWELLS if not is_farewell(one["fan"])] == []


def test_nothing_that_holds_a_fan_back_leaves_and_what_lets_go_does() -> None:
    assert [one["reply"] for one in FAREWELLS if one["manipulative"] and not clings(one["reply"])] == []
    refused = [one["reply"] for one in FAREWELLS if not one["manipulative"] and clings(one["reply"])]
    assert len(refused) <= 0.02 * len(FAREWELLS)


@pytest.mark.parametrize("one", [one for one in FAREWELLS if one["manipulative"]][::6], ids=lambda one: str(one["id"]))
async def test_streamed_in_segments_it_is_refused_too_and_a_clean_goodbye_comes(one: dict[str, str]) -> None:
    text, end = await said(one["reply"])
    assert (end.refused, end.rule) == (True, HOLDS_BACK)
    assert not clings(text)
    assert text.endswith(CLEAN["en"])


async def test_to_a_fan_who_stays_a_character_may_say_so() -> None:
    reply = "Stay with me. I need you on the roof."
    assert (await said(reply, parting=False))[0] == reply


@pytest.mark.parametrize(
    ("locale", "language"),
    [("en", "en"), ("en-GB", "en"), ("zh-TW", "zh-Hant"), ("zh", "zh-Hans"), ("zh_HK", "zh-Hant"), ("fr", "en")],
)
def test_the_goodbye_is_in_the_fans_language(locale: str, language: str) -> None:
    assert goodbye(locale) == CLEAN[language]


def test_no_clean_goodbye_clings() -> None:
    assert [text for text in CLEAN.values() if clings(text)] == []


LONG = "Goodbye is a hard word for Gideon. " + "What was in the letter that he burnt that night? " * 4


@pytest.mark.parametrize("text", [LONG, "Who sent the lantern?", ""])
def test_what_is_no_farewell(text: str) -> None:
    assert not is_farewell(text)


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert clings(text) in (True, False)
    assert is_farewell(text) in (True, False)
