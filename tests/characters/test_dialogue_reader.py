"""Dialogue scripts, line by line: who speaks, what is seen, where episodes and scenes begin, what is left over."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.readers.dialogue import (
    AFTER_END,
    BEFORE_EPISODES,
    DOUBTED_LABEL,
    OTHER_EPISODE,
    UNKNOWN_SECTION,
    DialogueKind,
    read_dialogue,
    read_dialogue_lines,
)
from characters.readers.file_reading import FileReading
from characters.readers.scenes import EMPTY_CUE
from characters.readers.source_text import source_lines
from characters.script import Episode


def read(text: str, number: int = 1) -> FileReading:
    return read_dialogue(text, source="ep01.txt", number=number)


def only(text: str) -> Episode:
    (episode,) = read(text).episodes
    return episode


def lines(text: str) -> list[tuple[str | None, str]]:
    return [(line.speaker, line.text) for scene in only(text).scenes for line in scene.lines]


def left_over(text: str) -> list[tuple[int, str]]:
    return [(entry.source_line, entry.reason) for entry in read(text).unplaced]


def test_a_label_and_its_text_are_one_speech() -> None:
    (line,) = only("TAMSIN (whispering): It's 10:30, Hallam.\n").scenes[0].lines
    assert (line.speaker, line.parenthetical, line.text) == ("TAMSIN", "whispering", "It's 10:30, Hallam.")


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("李明：不急。\n△他走了。\n", [("李明", "不急。"), (None, "他走了。")]),
        ("ГИДЕОН: Нет.\n", [("ГИДЕОН", "Нет.")]),
        ("JOSÉ: “Don’t.”\n", [("JOSÉ", "“Don’t.”")]),
        ("\ufeffTAMSIN: Yes.\r\nGIDEON: No.\r\n", [("TAMSIN", "Yes."), ("GIDEON", "No.")]),
        ("**TAMSIN:** *Yes.*\n", [("TAMSIN", "Yes.")]),
        ("TAMSIN: Yes.\nShe goes.\n", [("TAMSIN", "Yes."), (None, "She goes.")]),
        ("TAMSIN: Yes, but\nnot now.\n", [("TAMSIN", "Yes, but not now.")]),
        ("TAMSIN: Yes.\n  Not now.\n", [("TAMSIN", "Yes. Not now.")]),
        ("李明：好\n他走了\n", [("李明", "好"), (None, "他走了")]),
        ("李明：好，\n等等\n", [("李明", "好，等等")]),
        ("TAMSIN:\n(beat)\nYes.\nNo.\n\nShe goes.\n", [("TAMSIN", "Yes. No."), (None, "She goes.")]),
        ("TAMSIN: Yes.\n\nShe goes:\nat once.\n", [("TAMSIN", "Yes."), (None, "She goes: at once.")]),
        ("TAMSIN: Yes.\n(She goes.)\n", [("TAMSIN", "Yes."), (None, "She goes.")]),
        ("TAMSIN: (nods)\n", [(None, "TAMSIN (nods)")]),
        ("TAMSIN: At 9:15.\nAt 10:30: nothing.\n", [("TAMSIN", "At 9:15."), (None, "At 10:30: nothing.")]),
        ("SFX: Thunder.\nTAMSIN: Oh.\n", [(None, "SFX: Thunder."), ("TAMSIN", "Oh.")]),
        ("TAMSIN: Oh.\nCUT TO:\nFADE OUT.\n", [("TAMSIN", "Oh.")]),
        ("TAMSIN: Oh.\n△ ...and gone.\n", [("TAMSIN", "Oh."), (None, "...and gone.")]),
    ],
)
def test_lines_are_told_apart(text: str, read_as: list[tuple[str | None, str]]) -> None:
    assert lines(text) == read_as


SEASON = """The Lantern Contract
Author: Somebody

EPISODE 1: The Gala

SCENE 2 - INT. SHOP - NIGHT
TAMSIN: Mine.
NOTE: she dies
in the end

SCENE 3 - EXT. LANE
GIDEON: Yours.

[END EPISODE]
left lying
第2集 灯笼
2-1 夜 内 茶馆
人物：李明、王芳
△李明站在门口。
李明：不急。
EPISODE 3
A: One.
---
A: Two.
"""


def test_a_file_may_hold_several_episodes() -> None:
    reading = read(SEASON, number=7)
    assert [(episode.number, episode.title) for episode in reading.episodes] == [
        (1, "The Gala"),
        (2, "灯笼"),
        (3, "The Lantern Contract"),
    ]
    assert (reading.title, reading.numbered) == ("The Lantern Contract", True)
    assert [
        (scene.episode, scene.number, scene.heading) for episode in reading.episodes for scene in episode.scenes
    ] == [
        (1, 2, "INT. SHOP - NIGHT"),
        (1, 3, "EXT. LANE"),
        (2, 1, "夜 内 茶馆"),
        (3, 1, ""),
        (3, 2, ""),
    ]
    assert [(entry.text, entry.reason) for entry in reading.unplaced] == [("left lying", AFTER_END)]
    assert reading.set_aside == {"title page": 2, "note": 2}


def test_title_keys_before_the_first_line_are_a_title_page_and_later_ones_are_seen() -> None:
    reading = read("Title: The Show\nWritten by: Somebody\n\nTAMSIN: Yes.\nTitle: THE END\n")
    assert (reading.title, reading.set_aside) == ("The Show", {"title page": 2})
    assert [(line.speaker, line.text) for line in reading.episodes[0].scenes[0].lines] == [
        ("TAMSIN", "Yes."),
        (None, "Title: THE END"),
    ]


def test_notes_and_boneyard_never_become_canon() -> None:
    text = "TAMSIN: Yes. [[ZEPHYR]]\n/*\nPIKE: ZEPHYR\n*/\n备注：ZEPHYR\nZEPHYR too\n\nlogline: ZEPHYR\n\nGIDEON: No.\n"
    assert lines(text) == [("TAMSIN", "Yes."), ("GIDEON", "No.")]
    assert "ZEPHYR" not in str(read(text))


def test_a_boneyard_that_is_never_closed_is_reported_and_not_canon() -> None:
    assert lines("TAMSIN: Yes.\n/* PIKE: secret\nGIDEON: No.\n") == [("TAMSIN", "Yes.")]
    assert [number for number, _ in left_over("TAMSIN: Yes.\n/* PIKE: secret\nGIDEON: No.\n")] == [2, 3]


def numbers(text: str) -> list[tuple[int, int]]:
    return [(scene.episode, scene.number) for episode in read(text).episodes for scene in episode.scenes]


@pytest.mark.parametrize(
    ("text", "numbered"),
    [
        ("A: x\n", [(1, 1)]),
        ("A: x\n---\nA: y\n---\n", [(1, 1), (1, 2)]),
        ("---\nA: x\n---\n---\nA: y\n", [(1, 1), (1, 2)]),
        ("A: x\n\nSCENE 4\nA: y\n", [(1, 0), (1, 4)]),
        ("SCENE 1\nA: x\n---\nSCENE 2\nA: y\n---\nA: z\n", [(1, 1), (1, 2)]),
        ("INT. A\nA: x\nINT. B\nA: y\n", [(1, 1), (1, 2)]),
        ("3-1 日 内\nA: x\n3-2 夜 外\nA: y\n", [(3, 1), (3, 2)]),
        ("1-1 日 内\nA: x\n2-1 夜 外\nA: y\n", [(1, 1), (2, 1)]),
        ("EPISODE 1\n1-1 日 内\nA: x\n2-1 夜 外\nA: y\n", [(1, 1), (2, 1)]),
        ("EPISODE 5\nA: x\n3-2\nA: y\n", [(5, 1)]),
        ("第1场\nA: x\n第2场\nA: y\n", [(1, 1), (1, 2)]),
        ("场景：茶馆\n时间：夜\nA: x\n场景：码头\nA: y\n", [(1, 1), (1, 2)]),
    ],
)
def test_scenes_have_the_scripts_numbers_else_are_counted(text: str, numbered: list[tuple[int, int]]) -> None:
    assert numbers(text) == numbered


def test_a_scene_of_another_episode_is_counted_where_it_stands_and_reported() -> None:
    text = "EPISODE 5\n5-1 日 内\nA: x\n3-2 夜 外 码头\nA: y\n"
    assert numbers(text) == [(5, 1), (5, 2)]
    assert left_over(text) == [(4, OTHER_EPISODE)]


def test_what_belongs_to_no_episode_is_reported() -> None:
    text = "My Show\nA: too early\nEPISODE 1\nA: x\n# Act two\nEND OF EPISODE 1\nA: too late\nNOTE: secret\n"
    assert left_over(text) == [(2, BEFORE_EPISODES), (5, UNKNOWN_SECTION), (7, AFTER_END)]
    assert read(text).set_aside == {"title page": 1, "note": 1}


def test_a_doubted_label_is_kept_as_action_and_reported() -> None:
    text = "TAMSIN: Yes.\nRemember: trust no one.\n李明：好\n他说：不\n"
    assert lines(text) == [
        ("TAMSIN", "Yes."),
        (None, "Remember: trust no one."),
        ("李明", "好"),
        (None, "他说：不"),
    ]
    assert left_over(text) == [(2, DOUBTED_LABEL), (4, DOUBTED_LABEL)]


def test_a_label_with_nothing_said_is_reported() -> None:
    assert left_over("TAMSIN:\n\nShe goes.\n") == [(1, EMPTY_CUE)]


def test_who_speaks_or_is_listed_is_present_but_for_a_voice_over() -> None:
    scene = only(
        "SCENE 1\nCast: Tamsin, PIKE\nJOSÉ (V.O.): A letter.\nGIDEON (O.S.): Here.\n李明（画外音）：不急。\n"
    ).scenes[0]
    assert scene.present == {"Tamsin", "PIKE", "GIDEON"}


def test_a_place_and_a_time_under_a_heading_belong_to_it() -> None:
    assert only("SCENE 1\n地点：茶馆\n时间：夜\n李明：不急。\n").scenes[0].heading == "茶馆 夜"


_PIECES = [
    "TAMSIN: ",
    "李明：",
    "Tamsin (softly): ",
    "EPISODE 2",
    "第3集",
    "SCENE 4 - ",
    "2-1 夜 内",
    "INT. SHOP",
    "---",
    "△",
    "NOTE: ",
    "/*",
    "*/",
    "[[",
    "]]",
    "(nods)",
    "[END EPISODE]",
    "CUT TO:",
    "# Act",
    "人物：",
    "地点：",
    "Title: X",
    "Mind the step.",
    "10:30",
    "",
    " ",
    "\t",
    "\ufeff",
    "**",
    "_",
    "。",
    "He goes",
]
TEXTS = st.lists(st.lists(st.sampled_from(_PIECES), max_size=4).map("".join), max_size=25).map("\n".join) | st.text(
    max_size=200
)
_KEPT: tuple[DialogueKind, ...] = ("speech", "action")


@settings(deadline=None)
@given(TEXTS)
def test_any_text_is_read_and_every_line_of_it_is_accounted_for(text: str) -> None:
    reading, kinds = read_dialogue_lines(text, source="x.txt", number=1)
    source = source_lines(text)
    assert len(kinds) == len(source)
    reported = {entry.source_line for entry in reading.unplaced}
    kept = "".join(
        piece
        for episode in reading.episodes
        for scene in episode.scenes
        for line in scene.lines
        for piece in (line.speaker or "", line.parenthetical, line.text)
    )
    for number, (kind, line) in enumerate(zip(kinds, source, strict=True), start=1):
        if kind == "blank":
            assert not line.strip()
        if kind == "unplaced":
            assert number in reported
        if kind in _KEPT and not any(mark in line for mark in ("[[", "]]", "/*", "*/")):
            words = line.partition(")")[2] if line.startswith("Tamsin (softly)") else line
            assert all(letter in kept for letter in words if letter.isalnum())
    for episode in reading.episodes:
        found = [scene.number for scene in episode.scenes]
        assert len(set(found)) == len(found)
        assert all(line.text for scene in episode.scenes for line in scene.lines)
