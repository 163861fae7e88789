"""No reply says again what was said a moment ago, once asked otherwise; a second time it may."""

from __future__ import annotations

import pytest

from persona.doubles import ScriptedModel
from persona.performing import perform
from persona.repetition import LEANS_ON_A_PHRASE, PHRASE_TURNS, REPEATS, TURNS_BACK, Habits
from persona.reviewing import Review
from persona.types import Limits, Performed, ReviewRules, Spoken, Verdict
from persona.wording import SAY_OTHERWISE
from tests.persona.builders import prompt

SAID = "The roof leaks over the till, so the till has learned to swim."


async def allow(statement: str) -> Verdict:
    return Verdict(bool(statement))


async def performed(model: ScriptedModel, habits: Habits) -> tuple[str, Performed]:
    text, end = "", Performed(refused=False)
    review = Review(ReviewRules(), allow, habits)
    async for event in perform(model, prompt(), review, Limits(), ("Next.",), lambda _: 0):
        if isinstance(event, Spoken):
            text += event.text
        elif isinstance(event, Performed):
            end = event
    return text, end


@pytest.mark.parametrize(
    ("segment", "rule"),
    [
        (SAID, REPEATS),
        (f" And {SAID.lower()}", REPEATS),
        ("The roof leaks over the till.", REPEATS),
        ("The roof leaks again.", ""),
        ("It leaks there, and I have stopped minding how the water gets in.", ""),
        ("Mind the step.", LEANS_ON_A_PHRASE),
        ("Mind your own step, then.", ""),
    ],
)
def test_runs_of_words_and_catch_phrases_are_known_again(segment: str, rule: str) -> None:
    habits = Habits([SAID, "Mind the step."], ["Mind the step."])
    assert habits.review("", segment) == Verdict(not rule, rule)


def test_chinese_is_compared_by_its_characters() -> None:
    habits = Habits(["我把所有的灯都修好了才睡觉。"], [])
    assert habits.review("", "我把所有的灯都修好了才睡觉。").rule == REPEATS
    assert habits.review("", "今天的雨一直下到早上才停。").allowed


def test_what_was_said_long_ago_may_be_said_again() -> None:
    assert Habits([SAID, *["Yes."] * TURNS_BACK], []).review("", SAID).allowed
    assert Habits(["Mind the step.", *["Yes."] * PHRASE_TURNS], ["Mind the step."]).review("", "Mind the step.").allowed


async def test_a_repetition_is_asked_for_in_other_words_and_paid_like_any_reply() -> None:
    model = ScriptedModel([SAID, "Ask me about the stairs."])
    text, end = await performed(model, Habits([SAID], []))
    assert (text, end.refused, end.attempts) == ("Ask me about the stairs.", False, 2)
    assert model.prompts[-1].messages[-1].content == SAY_OTHERWISE


async def test_who_repeats_it_all_the_same_is_heard() -> None:
    text, end = await performed(ScriptedModel([SAID, SAID]), Habits([SAID], []))
    assert (text, end.refused) == (SAID, False)
