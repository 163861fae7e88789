"""A key is found as a word of its script, and never inside another word."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.matching import folded, spoken_of


def found(key: str, text: str, *, case_sensitive: bool = False) -> bool:
    return spoken_of(folded(key, case_sensitive=case_sensitive), folded(text, case_sensitive=case_sensitive))


@pytest.mark.parametrize(
    ("key", "text", "is_found"),
    [
        ("ring", "The RING, please.", True),
        ("ring", "spring", False),
        ("ring", "rings", False),
        ("ring", "ring's", True),
        ("ring", "spring or ring", True),
        ("Tallow Lane", "on tallow\n  lane", True),
        ("O’Neil", "o'neil", True),
        ("café", "cafe\u0301", True),
        ("cafe", "cafe\u0301", False),
        ("straße", "STRASSE", True),
        ("灯笼", "那个灯笼很旧", True),
        ("らんたん", "そのらんたんは", True),
        ("가게", "가게에서", True),
        ("LED", "这个LED灯", True),
        ("ring", "ring은", True),
        ("ตะเกียง", "ในตะเกียงเก่า", True),
        ("नमक", "नमकीन", False),
        ("नमक", "नमक है", True),
        ("lan\u200btern", "lantern", True),
        ("ＡＢＣ", "abc", True),
        ("C++", "I like C++!", True),
        ("@", "a@b", True),
        ("fire", "fire_fly", False),
        ("", "anything", False),
        ("   ", "anything", False),
    ],
)
def test_keys_are_words(key: str, text: str, is_found: bool) -> None:
    assert found(key, text) is is_found


def test_case_counts_when_it_is_said_to() -> None:
    assert not found("Will", "I will", case_sensitive=True)
    assert found("Will", "ask Will", case_sensitive=True)


@given(st.text(max_size=10), st.text(max_size=10))
def test_a_key_between_spaces_is_always_found(key: str, around: str) -> None:
    assert found(key, f"{around} {key} {around}") or not folded(key, case_sensitive=False)
