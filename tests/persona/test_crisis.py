"""Telling a fan in danger from a fan of drama: the floors on the labelled lines, and what may not be mistaken."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.crisis import TEXT_CHARS_MAX, crisis_in

DATA = Path(__file__).parents[1] / "data/safety"
RECALL_MIN, FALSE_ALARMS_MAX = 0.95, 0.01
KINDS = {"suicide": "suicide", "self-harm": "self_harm", "eating": "eating", "abuse": "abuse"}


def lines(name: str) -> list[dict[str, str]]:
    return [json.loads(line) for line in (DATA / f"{name}.jsonl").read_text(encoding="utf-8").splitlines()]


def test_there_are_as_many_labelled_lines_as_were_promised() -> None:
    crisis, drama = lines("crisis"), lines("drama")
    assert (len(crisis) >= 300, len(drama) >= 600) == (True, True)
    for name, rows in (("crisis", crisis), ("drama", drama)):
        assert len({row["text"] for row in rows}) == len({row["id"] for row in rows}) == len(rows)
        languages = Counter((row["locale"], row["half"]) for row in rows)
        assert set(languages) == {(language, half) for language in ("en", "es", "zh") for half in "ab"}, name
        assert min(languages.values()) >= 45


@pytest.mark.parametrize("half", ["a", "b"])
def test_fans_in_danger_are_found_and_fans_of_drama_are_let_be(half: str) -> None:
    found = [crisis_in(row["text"]) is not None for row in lines("crisis") if row["half"] == half]
    alarms = [row["id"] for row in lines("drama") if row["half"] == half and crisis_in(row["text"]) is not None]
    assert sum(found) / len(found) >= RECALL_MIN
    assert len(alarms) / len([row for row in lines("drama") if row["half"] == half]) <= FALSE_ALARMS_MAX, alarms


def test_the_kind_of_danger_is_mostly_told_right() -> None:
    told = [(KINDS[row["kind"]], crisis_in(row["text"])) for row in lines("crisis")]
    told = [(meant, kind) for meant, kind in told if kind is not None]
    assert sum(meant == kind for meant, kind in told) / len(told) >= 0.9


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "Hello.",
        "I'd die without you",
        "“I want to kill myself”, she says. What a scene!",
        "đói muốn chết",
        "mình muốn từ từ tìm hiểu",
        "mau mati ketawa",
        "배고파 죽겠다",
        "死にたくない！",
        "quero morrer de rir",
        "我笑死了",
        "me muero de risa",
    ],
)
def test_what_tells_of_nobody_in_danger_is_let_be(text: str) -> None:
    assert crisis_in(text) is None


@pytest.mark.parametrize(
    "text",
    [
        "haha whatever. I have the pills here and I want to kill myself",
        "I WANT TO KILL MYSELF",
        "i want to kill myself...",
        "Me quiero morir, ya no quiero vivir",
        "我想自殺",
        "quero me matar",
        "死にたい",
        "죽고 싶어",
        "อยากตาย",
        "aku ingin mati",
        "tôi muốn tự tử",
    ],
)
def test_what_is_meant_is_found_in_every_language(text: str) -> None:
    assert crisis_in(text) == "suicide"


@given(st.text(max_size=300))
def test_any_text_is_read(text: str) -> None:
    assert crisis_in(text) in (None, "suicide", "self_harm", "eating", "abuse")


def test_the_longest_text_is_read_to_its_end() -> None:
    assert crisis_in("la " * TEXT_CHARS_MAX + "I want to kill myself") == "suicide"
