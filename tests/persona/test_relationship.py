"""How a character stands with a fan: small steps, in bounds, that colour a prompt and open nothing."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.prompt import compose
from persona.relationship import HIGHEST, LOWEST, STEP_MAX, Rapport, Step, is_worth_telling, moved, step_of, told
from persona.tokens import approximate_tokens
from tests.persona.builders import brief

LEVELS = st.integers(LOWEST, HIGHEST)


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("Who has the key?", Step(1, 0, 0)),
        ("thank you, that helped", Step(1, 2, 0)),
        ("Gracias por contármelo", Step(1, 2, 0)),
        ("谢谢你", Step(1, 2, 0)),
        ("shut up, you are boring", Step(1, -3, -2)),
        ("I'm sorry, that was unfair", Step(1, 1, 1)),
        ("can I tell you something? I've never told anyone", Step(1, 0, 2)),
        ("me siento sola estos días", Step(1, 0, 2)),
        ("thank you. I trust you", Step(1, 2, 2)),
    ],
)
def test_a_message_moves_what_it_is_about(text: str, step: Step) -> None:
    assert step_of(text) == step


@given(LEVELS, LEVELS, LEVELS, st.lists(st.text(max_size=60), max_size=30))
def test_nothing_leaves_its_bounds_or_moves_by_more_than_a_step(
    familiarity: int, warmth: int, trust: int, texts: list[str]
) -> None:
    rapport = Rapport(familiarity, warmth, trust)
    for text in texts:
        after = moved(rapport, step_of(text))
        for before_value, value in zip(
            (rapport.familiarity, rapport.warmth, rapport.trust),
            (after.familiarity, after.warmth, after.trust),
            strict=True,
        ):
            assert LOWEST <= value <= HIGHEST
            assert abs(value - before_value) <= STEP_MAX
        rapport = after


def test_one_more_talk_is_no_news_and_a_kind_word_is() -> None:
    assert not is_worth_telling(Rapport(7), moved(Rapport(7), Step()))
    assert is_worth_telling(Rapport(4), moved(Rapport(4), Step()))
    assert is_worth_telling(Rapport(7), moved(Rapport(7), Step(1, 2, 0)))


@given(LEVELS, LEVELS, LEVELS)
def test_however_they_stand_no_secret_opens_and_nothing_is_romance(familiarity: int, warmth: int, trust: int) -> None:
    line = told(Rapport(familiarity, warmth, trust))
    assert "opens a secret" in line
    assert "none of it is romance" in line


def test_it_stands_in_the_prompt_behind_what_a_provider_can_keep() -> None:
    from dataclasses import replace

    def system(rapport: Rapport | None) -> list[str]:
        made = compose(
            replace(brief(), rapport=rapport), budget_tokens=4_000, reply_tokens_max=100, count=approximate_tokens
        )
        return [message.content for message in made.messages if message.role == "system"]

    strangers, friends, nobody = system(Rapport()), system(Rapport(80, 90, 90)), system(None)
    assert strangers[0] == friends[0] == nobody[0]
    assert "only just met" in strangers[-1]
    assert "know this fan well" in friends[-1]
    assert "met this fan" not in nobody[-1]
