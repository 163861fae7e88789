"""The cutter: early, whole, and without changing a character."""

from __future__ import annotations

import unicodedata
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.segments import SegmentCutter, ends_a_sentence

EMOJI = "👨‍👩‍👧 🧑🏽‍🔧 🇫🇷 é"


def cut(text: str, size: int = 1) -> list[str]:
    cutter = SegmentCutter()
    found = [segment for at in range(0, len(text), size) for segment in cutter.feed(text[at : at + size])]
    return [*found, rest] if (rest := cutter.flush()) else found


@pytest.mark.parametrize(
    ("text", "segments"),
    [
        ("Well, mind the step. The step's crooked.", ["Well,", " mind the step.", " The step's crooked."]),
        ("You are Mr. Hallam. And O. S. is me.", ["You are Mr. Hallam.", " And O. S. is me."]),
        ("It costs 3.50 or so... Really?! “Yes.” Good.", ["It costs 3.50 or so...", " Really?!", " “Yes.”", " Good."]),
        ("a b c d e f g h i j k", ["a b c d e f g h", " i j k"]),
        ("你好，我修灯笼。你是谁？我不知道。", ["你好，", "我修灯笼。", "你是谁？", "我不知道。"]),
        ("Yes! 👨‍👩‍👧 ok", ["Yes!", " 👨‍👩‍👧 ok"]),
        ("他说：“好！”然后走了", ["他说：", "“好！”然后走了"]),
    ],
)
def test_segments_end_at_sentences_and_clauses(text: str, segments: list[str]) -> None:
    assert cut(text) == segments


@given(
    st.lists(
        st.sampled_from(
            ["word", " ", ".", ", ", "! ", "\n", "。", "，", "灯", EMOJI, "Mr. ", "e\u0301", "’", "\u200d"]
        ),
        max_size=60,
    ),
    st.integers(min_value=1, max_value=9),
)
def test_segments_join_to_the_text_and_never_split_a_word_or_a_grapheme(pieces: list[str], size: int) -> None:
    text = "".join(pieces)
    segments = cut(text, size)
    assert "".join(segments) == text
    assert segments == cut(text, 1)
    for segment in segments[1:]:
        first = segment[0]
        assert unicodedata.category(first)[0] != "M"
        assert first != "\u200d"
    for before, after in pairwise(segments):
        assert after[0].isspace() or before[-1] in "。，"


@given(st.text(max_size=200))
def test_any_text_passes_unchanged(text: str) -> None:
    assert "".join(cut(text)) == text


def test_what_is_held_waits_for_the_word_that_tells() -> None:
    cutter = SegmentCutter(lambda text: 17 if text.endswith("coal,") else 0)
    assert cutter.feed("down by the coal, ") == []
    assert cutter.feed("he said. ") == ["down by the coal, he said."]


def test_a_held_word_at_the_end_of_the_first_words_lets_the_others_go() -> None:
    cutter = SegmentCutter(lambda text: 4 if text.endswith("coal") else 0)
    assert cutter.feed("one two three four five six seven coal hatch") == ["one two three four five six seven"]
    assert cutter.flush() == " coal hatch"


def test_the_end_of_a_sentence_is_known_behind_its_quotes() -> None:
    assert ends_a_sentence("So he said “no.”")
    assert not ends_a_sentence("So says Mr.")
    assert not ends_a_sentence("")
