"""Runs of words of the script: which of them a text may not say yet."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.quotation import RUN_CHARACTERS, RUN_WORDS, Quotations
from tests.memory.story import release, scene

WORDS = ["mayor", "burnt", "deed", "lighthouse", "midnight", "kettle", "biscuit", "drawer", "railing", "anchor"]
LATER = "The mayor burnt the deed of the lighthouse before midnight, and nobody saw him do it."
LATER_ZH = "镇长在午夜之前烧掉了灯塔的地契，没有人看见。"
SEEN = "The kettle is on the stove and the biscuits are in the drawer."


def quotations() -> Quotations:
    return Quotations.of(
        release(scene(1, 1, ("ADA", SEEN)), scene(3, 1, ("BO", LATER)), scene(3, 2, ("BO", LATER_ZH))).script
    )


@pytest.mark.parametrize(
    ("horizon", "text", "later"),
    [
        (2, LATER, True),
        (3, LATER, False),
        (0, SEEN, True),
        (1, SEEN, False),
        (2, "So: he burnt the DEED of the lighthouse! Before midnight, yes.", True),
        (2, "The mayor burnt the deed.", False),
        (2, "and you saw him do it", False),
        (2, "他说，镇长在午夜之前烧掉了什么", True),
        (2, "镇长在午夜之前", False),
        (2, "", False),
    ],
)
def test_a_run_that_is_first_said_later_is_found_whatever_is_around_it(horizon: int, text: str, later: bool) -> None:
    assert quotations().later(text, horizon) is later


@given(st.lists(st.sampled_from(WORDS), min_size=RUN_WORDS, max_size=20), st.integers(1, 5), st.integers(0, 6))
def test_a_line_is_a_quotation_exactly_until_it_airs(words: list[str], airs: int, horizon: int) -> None:
    line = " ".join(words)
    assert Quotations.of(release(scene(airs, 1, ("BO", line))).script).later(line, horizon) is (horizon < airs)


@given(st.text(alphabet="灯塔地契午夜镇长火船", max_size=RUN_CHARACTERS - 1))
def test_fewer_characters_than_a_run_are_anybodys(text: str) -> None:
    one = Quotations.of(release(scene(9, 1, ("BO", text))).script) if text else quotations()
    assert not one.later(text, 1)
