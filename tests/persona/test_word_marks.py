"""Marks: the words of a reply, when each is heard, never backwards and never outside the reply."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.sentences import speakable
from persona.word_marks import Marker, Timing, WordMark, heard_until, words_in


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("You invented a cap.", ["You", "invented", "a", "cap."]),
        ("Wait — now", ["Wait", "now"]),
        ("我不知道。", ["我", "不", "知", "道。"]),
        ("OK我走", ["OK", "我", "走"]),
        ("", []),
    ],
)
def test_words_are_what_is_between_spaces_or_one_character_of_an_unspaced_script(text: str, words: list[str]) -> None:
    assert [text[start:end] for start, end in words_in(text)] == words


def test_a_word_is_marked_when_all_of_it_was_heard() -> None:
    said = speakable("*looks up* You know.", 100)
    assert said is not None
    marker = Marker(said, 1_000)
    assert marker.take([Timing(place, place + 1, place * 10, place * 10 + 10) for place in range(3)]) == []
    assert marker.take([Timing(3, 4, 30, 40), Timing(4, 5, 40, 50)]) == [WordMark(1_000, 1_030, 111, 114)]
    assert marker.take([Timing(place, place + 1, place * 10, place * 10 + 10) for place in range(5, 9)]) == []
    assert marker.finish(90) == [WordMark(1_040, 1_090, 115, 120)]


def test_words_without_timings_share_the_time_by_length() -> None:
    said = speakable("ab abcd")
    assert said is not None
    assert Marker(said, 500).finish(600) == [WordMark(500, 700, 0, 2), WordMark(700, 1_100, 3, 7)]


@pytest.mark.parametrize(("heard_ms", "chars"), [(-5, 0), (0, 0), (1, 3), (99, 3), (100, 7), (5_000, 7)])
def test_what_was_heard_ends_with_the_last_word_that_had_begun(heard_ms: int, chars: int) -> None:
    assert heard_until([WordMark(0, 90, 0, 3), WordMark(100, 190, 4, 7)], heard_ms) == chars


@given(
    st.text(alphabet="ab 我,", min_size=1, max_size=40),
    st.lists(
        st.builds(
            lambda start, length, at, lasts: Timing(start, start + length, at, at + lasts),
            st.integers(0, 45),
            st.integers(1, 9),
            st.integers(0, 3_000),
            st.integers(0, 900),
        ),
        max_size=30,
    ),
    st.integers(0, 4_000),
)
def test_marks_never_run_backwards_overlap_or_point_outside(text: str, timings: list[Timing], duration_ms: int) -> None:
    said = speakable(text)
    if said is None:
        return
    marker = Marker(said, 50)
    marks = [mark for timing in timings for mark in marker.take([timing])] + marker.finish(duration_ms)
    assert all(50 <= mark.start_ms <= mark.end_ms for mark in marks)
    assert all(0 <= mark.start < mark.end <= len(text) for mark in marks)
    for before, after in pairwise(marks):
        assert before.end_ms <= after.start_ms
        assert before.end <= after.start
