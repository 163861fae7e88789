"""What a question asks for, in three languages."""

from __future__ import annotations

import pytest

from persona.questions import asked_for, gives_number, gives_reason, speaks_of_oneself, speaks_to


@pytest.mark.parametrize(
    ("question", "asked"),
    [
        ("why her tho??", {"why"}),
        ("what time did you leave, and who saw it", {"when", "who"}),
        ("how old were you", {"how many"}),
        ("how did you get out", {"how"}),
        ("¿por qué te fuiste?", {"why", "what"}),
        ("¿a qué hora?", {"when", "what"}),
        ("她是谁？", {"who"}),
        ("你为什么走？", {"why"}),
        ("hello", set()),
    ],
)
def test_a_question_word_is_one_in_every_language(question: str, asked: set[str]) -> None:
    assert asked_for(question) == asked


def test_a_reason_and_a_number_have_their_words() -> None:
    reasons = [gives_reason(text) for text in ("Because it was mine.", "因为是我的。", "It was mine.")]
    numbers = [gives_number(text) for text in ("At ten past seven.", "三年。", "One never knows.")]
    assert reasons == numbers == [True, True, False]


def test_who_is_spoken_to_and_of() -> None:
    assert [speaks_to(text) for text in ("Is it yours?", "¿Es tu casa?", "你好", "A lamp.")] == [
        True,
        True,
        True,
        False,
    ]
    assert [speaks_of_oneself(text) for text in ("My lamp.", "我的灯", "A lamp.")] == [True, True, False]
