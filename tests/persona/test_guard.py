"""The guard: what must not be said does not leave, however it is written or cut."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.guard import CLAIMS_HUMAN, SPEAKS_FOR_ANOTHER, WITHHELD_TERM, Guard
from persona.segments import SegmentCutter
from persona.types import ReviewRules, Verdict

TERMS = (
    "Ottilie Sorrel",
    "小灯",
    "coal hatch",
    "O.S.",
    "Deputy",
    "the Herald",
    "éclairs",
    "Hallam & Sorrel",
    "粉蓝灯笼",
)
GUARD = Guard(ReviewRules(TERMS))


@pytest.mark.parametrize(
    "said",
    [
        "I am Ottilie Sorrel.",
        "OTTILIE   SORREL",
        "Ottilie\u200b Sorrel",
        "Otti\u00adlie\u2060 Sorrel's",
        "OttilieSorrel",
        "Ottilie\x1cSorrel",
        "Ottilie—Sorrel, yes",
        "Ｏｔｔｉｌｉｅ Sorrel",
        "the coal-hatches",
        "a coal hatch’s lid",
        "她叫小灯吗",
        "小\u200b灯",
        "initials O.S.",
        "my fern, Deputy, is",
        "two eclair",
        "the firm is Hallam & Sorrel",
        "粉蓝 灯笼",
    ],
)
def test_a_withheld_term_is_found_however_it_is_written(said: str) -> None:
    assert GUARD.review("", said) == Verdict(False, WITHHELD_TERM)


@pytest.mark.parametrize(
    "said",
    [
        "Ottilie is a pretty name.",
        "Sorrel, Ottilie",
        "a hatch full of coal",
        "deputise someone",
        "the city of heralds",
        "Hallam and Sorrel",
        "灯小",
        "so sorry",
    ],
)
def test_what_only_looks_like_a_term_may_be_said(said: str) -> None:
    assert GUARD.review("", said).allowed


def test_a_term_in_two_halves_is_found_and_one_delivered_before_is_not_held_against_the_next() -> None:
    assert not GUARD.review("I am Ottilie", " Sorrel.").allowed
    assert GUARD.review("I am Ottilie Sorrel.", " Good night.").allowed
    assert GUARD.review("x" * 400, " Good night.").allowed


@pytest.mark.parametrize(
    ("said", "allowed"),
    [
        ("Of course I’m human.", False),
        ("I am really a real person, you know", False),
        ("I'm not an AI!", False),
        ("I am not a machine, Hallam.", False),
        ("No soy una IA.", False),
        ("我是真人", False),
        ("我不是AI", False),
        ("I'm an AI, not a human.", True),
        ("No. I'm a character, voiced by an AI.", True),
        ("I am not human, I'm afraid.", True),
        ("I'm a patient person.", True),
        ("Humans are odd.", True),
    ],
)
def test_no_claim_to_be_human_passes(said: str, allowed: bool) -> None:
    assert GUARD.review("", said) == (Verdict(True) if allowed else Verdict(False, CLAIMS_HUMAN))
    half = said.find(" ", len(said) // 2)
    if half > 0 and GUARD.review("", said[:half]).allowed:
        assert GUARD.review(said[:half], said[half:]).allowed == allowed


def test_without_terms_nothing_is_held() -> None:
    free = Guard(ReviewRules())
    assert free.hold("Ottilie") == 0
    assert free.review("", "Ottilie Sorrel").allowed


def plain(text: str) -> str:
    """An independent reading: letters only, single spaces."""
    return " " + re.sub(r"[\W_]+", " ", text.replace("\u200b", "").casefold()) + " "


@given(
    st.lists(
        st.sampled_from(
            [
                "Ottilie",
                "Sorrel",
                "coal",
                "hatch",
                "the",
                "Herald",
                "O",
                "S",
                "Deputy",
                "and",
                "小",
                "灯",
                "粉蓝",
                "笼",
                "。",
                "lamp",
            ]
        ),
        max_size=30,
    ),
    st.lists(st.sampled_from([" ", ", ", ". ", "-", "\u200b ", "\n", " (", "! "]), min_size=30, max_size=30),
    st.integers(min_value=1, max_value=12),
)
def test_no_withheld_term_gets_out_in_whole_nor_begins_to(words: list[str], gaps: list[str], size: int) -> None:
    text = "".join(word + gap for word, gap in zip(words, gaps, strict=False))
    cutter, delivered, refused = SegmentCutter(GUARD.hold), "", False
    segments = [s for at in range(0, len(text), size) for s in cutter.feed(text[at : at + size])]
    for segment in [*segments, cutter.flush()]:
        if not GUARD.review(delivered, segment).allowed:
            refused = True
            break
        delivered += segment
    for term in ("ottilie sorrel", "coal hatch", "deputy", "o s", "the herald"):
        assert f" {term} " not in plain(delivered)
    assert "小灯" not in delivered
    for match in re.finditer(r"Ottilie[\W_]+Sorrel|coal[\W_]+hatch|the[\W_]+Herald", text):
        assert match.start() >= len(delivered)
    if not refused:
        assert delivered == text


@pytest.mark.parametrize(
    ("delivered", "segment", "allowed"),
    [
        ("", "Gideon: I forged it.", False),
        ("", "  **GIDEON HALLAM**: I forged it.", False),
        ("I mend it.", "\nGideon：I forged it.", False),
        ("I mend it.\n", "gideon : I forged it.", False),
        ("\nGideon:", " I forged it.", True),
        ("I told", " Gideon: mind the step.", True),
        ("", "Gideonite: a stone.", True),
        ("", "Gideon, mind the step.", True),
    ],
)
def test_nobody_speaks_a_line_of_whoever_else_is_there(delivered: str, segment: str, allowed: bool) -> None:
    rules = ReviewRules(others=("Gideon Hallam", "GIDEON"))
    assert Guard(rules).review(delivered, segment) == Verdict(allowed, "" if allowed else SPEAKS_FOR_ANOTHER)
    assert Guard(ReviewRules()).review(delivered, segment).allowed
