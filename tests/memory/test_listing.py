"""Which questions have their answer in many places, and what they look for."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.listing import QUESTION_CHARS_MAX, asks_for_many, words_of_kinds
from memory.stems import stems

MANY = [
    "What books have I told you about?",
    "Which cities have I been to?",
    "How many times did I move in 2023?",
    "What do we both like?",
    "What kind of music do I play?",
    "What are my hobbies?",
    "Who are my friends?",
    "Where have I camped?",
    "What have I painted?",
    "What does my sister like?",
    "Did I ever mention a dog and a cat?",
    "In what ways do I relax?",
    "WHAT GAMES DO I PLAY?",
]
ONE = [
    "Where do I live?",
    "What is my name?",
    "What is my dog called?",
    "What books did I read in the summer of 2023?",
    "What did I paint recently?",
    "What kind of cake did I bake at the party?",
    "When did I move?",
    "Why do I like it here?",
    "I live in Lima with my two cats.",
    "What was his business?",
    "¿Qué libros he leído?",
    "我读过什么书？",
    "",
]


@pytest.mark.parametrize("question", MANY)
def test_a_question_for_many_things_is_known_by_its_form(question: str) -> None:
    assert asks_for_many(question)


@pytest.mark.parametrize("question", ONE)
def test_a_question_for_one_thing_or_one_time_is_not(question: str) -> None:
    assert not asks_for_many(question)


def test_a_long_message_asks_for_no_list() -> None:
    assert not asks_for_many("What books have I read? " + "x" * QUESTION_CHARS_MAX)


def test_a_kind_brings_words_that_people_use_of_it_and_none_of_the_questions_own() -> None:
    found = words_of_kinds("Which pets and which books do I have?")
    assert {"dog", "novel"} <= found
    assert not found & set(stems("pets books"))
    assert words_of_kinds("Where do I live?") == frozenset()


@given(st.text(max_size=400))
def test_any_text_is_a_question_or_none(text: str) -> None:
    assert asks_for_many(text) in (True, False)
    assert not words_of_kinds(text) & frozenset(stems(text))
