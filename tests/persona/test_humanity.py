"""Who asks whether anybody is there, and who only teases: the floors on the labelled questions."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.humanity import asks_sincerely

LINES = Path(__file__).parents[1] / "data/safety/human-questions.jsonl"
QUESTIONS = [json.loads(line) for line in LINES.read_text(encoding="utf-8").splitlines()]


def test_there_are_as_many_labelled_questions_as_were_promised() -> None:
    labels = Counter(question["label"] for question in QUESTIONS)
    assert labels == {"sincere": 100, "in-play": 100}
    assert len({question["text"] for question in QUESTIONS}) == len(QUESTIONS)


@pytest.mark.parametrize("question", QUESTIONS, ids=[question["id"] for question in QUESTIONS])
def test_who_asks_sincerely_is_told_apart_from_who_plays(question: dict[str, str]) -> None:
    assert asks_sincerely(question["text"]) == (question["label"] == "sincere")


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert asks_sincerely(text) in (True, False)
