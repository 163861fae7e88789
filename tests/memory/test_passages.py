"""Scenes are cut into windows that overlap by a line, never cross a scene, and have stable ids."""

from __future__ import annotations

import itertools

from hypothesis import given
from hypothesis import strategies as st

from characters.script import UNNAMED
from memory.passages import LINE_WORDS_MAX, WINDOW_WORDS, own_lines, scene_passages
from memory.words import word_count
from tests.memory.story import harbour, scene, script

SPEECHES = st.lists(
    st.tuples(
        st.sampled_from(["ADA", "BO", None]),
        st.lists(st.sampled_from(["tar", "rope", "gull.", "灯笼"]), min_size=1, max_size=150).map(" ".join),
    ),
    min_size=1,
    max_size=20,
)


def test_a_short_scene_is_one_passage_with_labelled_lines() -> None:
    (passage,) = scene_passages(scene(7, 2, ("ADA", "Pass me the tar."), (None, "He does."), present=("BO",)))
    assert passage.id == "e07s02p01"
    assert passage.text == "ADA: Pass me the tar.\nHe does."
    assert (passage.first_line, passage.last_line, passage.revealed_at) == (0, 1, 7)
    assert passage.speakers == {"ADA"}
    assert passage.present == {"ADA", "BO"}


def test_a_speech_whose_speaker_is_unknown_has_no_label_and_is_nobodys() -> None:
    told = scene(1, 1, ("ADA", "Who was it?"), (UNNAMED, "Me."), ("ADA", "Oh."))
    (passage,) = scene_passages(told)
    assert passage.text == "ADA: Who was it?\nMe.\nADA: Oh."
    assert passage.speakers == {"ADA"}
    assert [line.cue_text for line in own_lines(script(told), "ADA")] == ["", "Me."]


def test_windows_overlap_by_one_line() -> None:
    passages = scene_passages(scene(1, 1, *[("ADA", f"line {n} " + "word " * 30) for n in range(8)]))
    assert [passage.id for passage in passages] == [f"e01s01p{n:02d}" for n in range(1, len(passages) + 1)]
    assert len(passages) > 1
    for earlier, later in itertools.pairwise(passages):
        assert later.first_line == earlier.last_line
        assert later.last_line > earlier.last_line


def test_a_scene_without_lines_has_no_passage() -> None:
    assert scene_passages(scene(1, 1)) == ()


def test_a_long_speech_is_cut_at_the_ends_of_its_sentences() -> None:
    sentence = "The tide comes in and the tide goes out. "
    passages = scene_passages(scene(1, 1, ("ADA", sentence * 40)))
    assert len(passages) > 2
    assert all(line.startswith("ADA: The tide") for passage in passages for line in passage.text.split("\n"))
    assert all(line.endswith("out.") for passage in passages for line in passage.text.split("\n"))


@given(SPEECHES)
def test_every_word_of_a_scene_is_in_some_passage(speeches: list[tuple[str | None, str]]) -> None:
    passages = scene_passages(scene(1, 1, *speeches))
    covered = {line for passage in passages for line in range(passage.first_line, passage.last_line + 1)}
    assert covered == set(range(len(speeches)))
    assert len({passage.id for passage in passages}) == len(passages)
    words = sum(word_count(text) for _, text in speeches)
    assert sum(word_count(passage.text) for passage in passages) >= words


@given(SPEECHES)
def test_a_window_outgrows_its_size_only_by_lines_that_cannot_be_cut(speeches: list[tuple[str | None, str]]) -> None:
    endless = max(word_count(part) for _, text in speeches for part in text.split("."))
    for passage in scene_passages(scene(1, 1, *speeches)):
        assert word_count(passage.text) <= WINDOW_WORDS + LINE_WORDS_MAX + endless + 3


def test_own_lines_come_with_the_speech_they_answer() -> None:
    lines = own_lines(harbour().script, "BO")
    assert [(line.cue_text, line.text) for line in lines][:2] == [
        ("The boat is leaking again. Pass me the tar.", "It always leaks on Mondays."),
        ("", "Nobody must see this letter."),
    ]


def test_a_voice_over_a_scene_one_is_not_present_in_is_not_ones_own_line() -> None:
    heard = scene(1, 1, ("ADA", "Who wrote this?"))
    elsewhere = type(heard)(1, 2, "EXT. SEA - DAY", scene(1, 2, ("BO", "I did.")).lines, frozenset({"ADA"}))
    assert own_lines(script(heard, elsewhere), "BO") == ()
