"""Sentences as a voice reads them: cut as they leave, without what nobody would say aloud, each char with its place."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from persona.segments import SegmentCutter
from persona.sentences import SENTENCE_CHARS_MAX, SentenceCutter, Utterance, speakable


def read(*segments: str) -> list[Utterance]:
    cutter = SentenceCutter()
    return [said for segment in segments for said in cutter.feed(segment)] + cutter.flush()


def segments_of(text: str) -> list[str]:
    cutter = SegmentCutter()
    return [*cutter.feed(text), cutter.flush()]


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("You kept it. Why?", ["You kept it.", "Why?"]),
        ("Mr. Chu waited at 9.30 for you. He left.", ["Mr. Chu waited at 9.30 for you.", "He left."]),
        ("我不知道。你呢？", ["我不知道。", "你呢？"]),
        ("¿Y tú? No sé…", ["¿Y tú?", "No sé…"]),
        ("“Go!” she said. I went.", ["“Go!”", "she said.", "I went."]),
        ("No end", ["No end"]),
        ("One line\nanother", ["One line", "another"]),
    ],
)
def test_a_reply_is_read_sentence_by_sentence(text: str, sentences: list[str]) -> None:
    assert [said.text for said in read(*segments_of(text))] == sentences


@pytest.mark.parametrize(
    ("text", "read_aloud"),
    [
        ("*turns away* I know.", "I know."),
        ("I know (softly) it is late.", "I know it is late."),
        ("（笑）好的。", "好的。"),
        ("[door slams] Wait!", "Wait!"),
        ("It is **yours** ❤️ now 😀.", "It is yours now ."),
        ("It   is\tlate.", "It is late."),
        ("20° outside.", "20° outside."),
    ],
)
def test_nobody_reads_stage_directions_markup_or_pictures(text: str, read_aloud: str) -> None:
    said = speakable(text)
    assert said is not None
    assert said.text == read_aloud


@pytest.mark.parametrize("text", ["", "  \n", "*sighs*", "…", "😀", "(nods)"])
def test_what_has_no_words_is_not_read(text: str) -> None:
    assert speakable(text) is None


def test_a_stage_direction_that_holds_a_sentence_is_not_cut_in_two() -> None:
    assert [said.text for said in read("*She stops. Looks back.*", " Come.")] == ["Come."]


def test_a_sentence_leaves_with_the_segment_that_ends_it() -> None:
    cutter = SentenceCutter()
    assert cutter.feed("You invented") == []
    assert [said.text for said in cutter.feed(" a cap.")] == ["You invented a cap."]


def test_text_without_an_end_is_read_all_the_same() -> None:
    cutter = SentenceCutter()
    found = cutter.feed("word " * (SENTENCE_CHARS_MAX // 2))
    assert len(found[0].text) == pytest.approx(SENTENCE_CHARS_MAX, abs=6)


@given(st.text(alphabet="ab. !?*()，。\n我你’\u0301", max_size=120))
def test_every_character_that_is_read_stands_where_it_says(text: str) -> None:
    for said in read(*segments_of(text)):
        assert len(said.text) == len(said.places)
        assert list(said.places) == sorted(set(said.places))
        for char, place in zip(said.text, said.places, strict=True):
            assert text[place] == char or (char == " " and text[place].isspace())


@given(st.lists(st.text(alphabet="ab. !?*()。\n我", max_size=20), max_size=8))
def test_no_character_is_read_twice_or_out_of_order(segments: list[str]) -> None:
    places = [place for said in read(*segments) for place in said.places]
    assert places == sorted(set(places))
