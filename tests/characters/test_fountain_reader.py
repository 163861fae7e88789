"""The Fountain reader, mark by mark, and the promise that no line of a file is lost without a trace."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.readers.fountain import FountainReading, read_fountain
from characters.readers.fountain_cues import parse_cue
from characters.readers.scenes import EMPTY_CUE, NUMBER_NOT_OWN
from characters.readers.source_text import source_lines


def read(text: str, known: frozenset[str] = frozenset()) -> FountainReading:
    return read_fountain(text, source="ep01.fountain", number=1, known_cues=known)


def lines(text: str, known: frozenset[str] = frozenset()) -> list[tuple[str | None, str]]:
    scenes = read(text, known).episode.scenes
    return [(line.speaker, line.text) for scene in scenes for line in scene.lines]


@pytest.mark.parametrize(
    ("cue", "name"),
    [
        ("TAMSIN", "TAMSIN"),
        ("JOSÉ (V.O.)", "JOSÉ"),
        ("JOSE\u0301", "JOSÉ"),
        ("TAMSIN (CONT'D)", "TAMSIN"),
        ("TAMSIN (CONT’D)", "TAMSIN"),
        ("TAMSIN (V.O.) (CONT'D)", "TAMSIN"),
        ("TAMSIN (O.S.", "TAMSIN"),
        ("HANS (on the radio)", "HANS"),
        ("TAMSIN ^", "TAMSIN"),
        ("TAMSIN (V.O.) ^", "TAMSIN"),
        ("ГИДЕОН", "ГИДЕОН"),
        ("ΆΝΝΑ", "ΆΝΝΑ"),
        ("@李明", "李明"),
        ("@李明 (CONT'D)", "李明"),
        ("@李明（画外音）", "李明"),
        ("@McAvoy", "McAvoy"),
        ("@José Marín", "José Marín"),
        ("R2D2", "R2D2"),
        ("FOREMAN 2", "FOREMAN 2"),
        ("MRS. ABARA", "MRS. ABARA"),
        ("SAMMY DAVIS JR.", "SAMMY DAVIS JR."),
        ("STRAßER", "STRAßER"),
        ("  TAMSIN  ORR ", "TAMSIN ORR"),
        ("**TAMSIN**", "TAMSIN"),
        ("TAMSIN [[off]]", "TAMSIN"),
        ("TAMSIN AND GIDEON", "TAMSIN AND GIDEON"),
        ("O'NEIL", "O'NEIL"),
    ],
)
def test_a_cue_is_read_under_its_canonical_name(cue: str, name: str) -> None:
    assert lines(f"INT. SHOP\n\n{cue}\nMind the step.\n") == [(name, "Mind the step.")]


@pytest.mark.parametrize(
    "line",
    ["李明", "Tamsin", "23", "BOOM!", "WHO?", "CUT FROM AN EARLIER DRAFT:", "(V.O.)", "WIDE SHOT.", "…", "A" * 61],
)
def test_what_is_not_in_capitals_or_not_a_name_is_action_unless_forced(line: str) -> None:
    assert lines(f"INT. SHOP\n\n{line}\nMind the step.\n") == [(None, f"{line} Mind the step.")]


def test_a_name_forced_elsewhere_in_the_show_is_a_cue_without_its_mark() -> None:
    assert lines("INT. FERRY\n\n李明\n不急。\n", frozenset({"李明"})) == [("李明", "不急。")]
    assert read("@李明\n不急。\n").forced_cues == {"李明"}


def test_a_cue_needs_an_empty_line_before_it_and_words_after_it() -> None:
    assert lines("He looks.\nTAMSIN\nNothing.") == [(None, "He looks. TAMSIN Nothing.")]
    assert lines("TAMSIN\n\nNothing.") == [(None, "TAMSIN"), (None, "Nothing.")]


def test_a_forced_cue_with_nothing_said_is_reported() -> None:
    reading = read("@李明\n\nHe nods.")
    assert [(entry.source_line, entry.text, entry.reason) for entry in reading.unplaced] == [(1, "李明", EMPTY_CUE)]
    assert reading.kinds[0] == "unplaced"


def test_a_voice_over_with_a_parenthetical_only_makes_nobody_present() -> None:
    assert read("JOSÉ (V.O.)\n(laughs)\n").episode.scenes[0].present == frozenset()


def test_a_forced_cue_that_is_too_long_for_a_name_is_action() -> None:
    assert lines(f"@{'李' * 61}\n不急。") == [(None, f"@{'李' * 61}不急。")]


def test_a_handle_inside_action_is_not_a_cue() -> None:
    assert lines("On the phone:\n@tamsin has tagged you.\n\n") == [(None, "On the phone: @tamsin has tagged you.")]


def test_dual_dialogue_is_two_speeches() -> None:
    assert lines("TAMSIN\nNo.\n\nGIDEON ^\nYes.\n") == [("TAMSIN", "No."), ("GIDEON", "Yes.")]


def test_parentheticals_are_kept_apart_from_words() -> None:
    (line,) = read("TAMSIN\n(sweetly)\nClause\n(beat,\nlong)\nSeven.\n").episode.scenes[0].lines
    assert (line.text, line.parenthetical, line.source_line) == ("Clause Seven.", "sweetly; beat, long", 1)


def test_a_parenthetical_that_never_ends_is_speech() -> None:
    assert lines("TAMSIN\n(sweetly\nClause Seven.\n") == [("TAMSIN", "(sweetly Clause Seven.")]


def test_a_cue_with_a_parenthetical_only_is_something_seen() -> None:
    scene = read("TAMSIN\n(nods)\n").episode.scenes[0]
    assert (scene.lines[0].speaker, scene.lines[0].text) == (None, "TAMSIN (nods)")
    assert scene.present == {"TAMSIN"}


def test_two_spaces_keep_a_speech_going_over_an_empty_line() -> None:
    assert lines("TAMSIN\nOne.\n  \nTwo.\n") == [("TAMSIN", "One. Two.")]
    assert lines("TAMSIN\nOne.\n\nTwo.\n") == [("TAMSIN", "One."), (None, "Two.")]


@pytest.mark.parametrize(
    ("heading", "read_as"),
    [
        ("INT. SHOP - NIGHT", "INT. SHOP - NIGHT"),
        ("ext. lane - day", "ext. lane - day"),
        ("INT./EXT. CAR - DAY", "INT./EXT. CAR - DAY"),
        ("I/E. CAR", "I/E. CAR"),
        ("EXT LANE", "EXT LANE"),
        ("EST. SALTMERE", "EST. SALTMERE"),
        (".THE ATTIC", "THE ATTIC"),
        (".教室 - 夜", "教室 - 夜"),
        ("INT. *SHOP* #12#", "INT. SHOP"),
        ("INT. SHOP [[too dark?]]", "INT. SHOP"),
    ],
)
def test_headings_begin_scenes(heading: str, read_as: str) -> None:
    (scene,) = read(f"{heading}\n\nTAMSIN\nHere.\n").episode.scenes
    assert scene.heading == read_as


@pytest.mark.parametrize("line", ["Est-ce que tu viens?", "Int he end.", "...and then.", ". . .", "INTERIOR MONOLOGUE"])
def test_what_only_looks_like_a_heading_is_action(line: str) -> None:
    assert lines(f"{line}\n\n") == [(None, line)]


def test_a_heading_without_an_empty_line_before_it_still_begins_a_scene() -> None:
    assert [scene.heading for scene in read("INT. A\n\nHe goes.\nINT. B\n\nHe comes.\n").episode.scenes] == [
        "INT. A",
        "INT. B",
    ]


def numbers(*headings: str, before: str = "") -> list[int]:
    text = before + "".join(f"{heading}\n\nHe goes.\n\n" for heading in headings)
    return [scene.number for scene in read(text).episode.scenes]


def test_scenes_count_from_one_and_the_scripts_own_numbers_win() -> None:
    assert numbers("INT. A", "INT. B") == [1, 2]
    assert numbers("INT. A #4#", "INT. B", "INT. C #7#") == [4, 5, 7]
    assert numbers("INT. A", "INT. B #1#") == [2, 1]
    assert numbers("INT. A #3-2#", "INT. B #3-3.#") == [2, 3]
    assert numbers("INT. A", before="Black.\n\n") == [0, 1]
    assert numbers(before="Black.\n\n") == [1]
    assert numbers() == []


def test_a_scene_number_that_cannot_be_used_is_reported_and_counted() -> None:
    reading = read("INT. A #1#\n\nHe goes.\n\nINT. B #1#\n\nHe goes.\n\nINT. C #2A#\n\nHe goes.\n")
    assert [scene.number for scene in reading.episode.scenes] == [1, 2, 3]
    assert [(entry.source_line, entry.reason) for entry in reading.unplaced] == [
        (5, NUMBER_NOT_OWN),
        (9, NUMBER_NOT_OWN),
    ]


@pytest.mark.parametrize(
    ("source", "kept"),
    [
        ("!TAMSIN\nruns.", [(None, "TAMSIN runs.")]),
        ("> THE END <", [(None, "THE END")]),
        ("> FADE OUT.", []),
        ("CUT TO:\n\n", []),
        ("FADE IN:\n\nHe goes.", [(None, "He goes.")]),
        ("SMASH CUT TO:\nTAMSIN", [(None, "SMASH CUT TO: TAMSIN")]),
        ("# Act one: she dies\n\nHe goes.", [(None, "He goes.")]),
        ("= She will die.\n\nHe goes.", [(None, "He goes.")]),
        ("TAMSIN\nMine.\n= She will die.\n", [("TAMSIN", "Mine.")]),
        ("TAMSIN\n#BoughtBride is trending.\n", [("TAMSIN", "#BoughtBride is trending.")]),
        ("===\n\nHe goes.", [(None, "He goes.")]),
        ("~Carry it low\n~past the lights", [(None, "Carry it low"), (None, "past the lights")]),
        ("TAMSIN\n~Carry it low,\n~carry it low", [("TAMSIN", "Carry it low, carry it low")]),
        ("The *card* reads **NO**, _twice_, ***now***.", [(None, "The card reads NO, twice, now.")]),
        (
            r"Four \*stars\* and 2 * 3 * 4 and snake_case_name.",
            [(None, "Four *stars* and 2 * 3 * 4 and snake_case_name.")],
        ),
        ("TAMSIN\n“Don’t.”\n", [("TAMSIN", "“Don’t.”")]),
        ("她拿起\n灯笼。\n", [(None, "她拿起灯笼。")]),
    ],
)
def test_marks_become_canon_or_nothing(source: str, kept: list[tuple[str | None, str]]) -> None:
    assert lines(source) == kept


@pytest.mark.parametrize("text", ["_*word*_", "**_word_**", "***word***", "*_word_*", "**wo*r*d**"])
def test_emphasis_may_be_nested(text: str) -> None:
    assert lines(text) == [(None, "word")]


def test_an_invisible_character_cannot_keep_boneyard_in_the_canon() -> None:
    assert lines("He goes.\n\n/\u200b*\nPIKE\nThe secret.\n*\u202e/\n") == [(None, "He goes.")]


def test_a_title_page_gives_number_and_title_and_is_no_canon() -> None:
    reading = read(
        "\ufeffTitle:\r\n   The Lantern\r\n   Contract\r\nEpisode: 12\r\nNotes: she dies\r\n\r\nINT. A\r\n\r\nHe goes."
    )
    assert (reading.episode.number, reading.episode.title, reading.numbered) == (12, "The Lantern Contract", True)
    assert "dies" not in str(reading.episode)


@pytest.mark.parametrize(
    ("value", "number", "title"),
    [
        ("12", 12, "Show"),
        ("12 of 40", 12, "Show"),
        ("S01E07", 7, "Show"),
        ("Episode 3: The Gala", 3, "The Gala"),
        ("第12集", 12, "Show"),
        ("Pilot", 1, "Show"),
        ("999999999", 1, "Show"),
    ],
)
def test_an_episode_key_may_be_written_in_many_ways(value: str, number: int, title: str) -> None:
    episode = read(f"Title: Show\nEpisode: {value}\n\nHe goes.").episode
    assert (episode.number, episode.title) == (number, title)


@pytest.mark.parametrize("text", ["FADE IN:\n\nHe goes.", "Gideon says: no.\n\nHe goes.", "INT. A: B\n\nHe goes."])
def test_a_colon_in_the_first_line_makes_no_title_page(text: str) -> None:
    assert read(text).title_page == {}


def test_a_title_page_ends_where_the_script_begins() -> None:
    assert lines("Title: Show\nINT. A\n\nHe goes.") == [(None, "He goes.")]


def test_who_speaks_is_present_but_for_a_voice_over() -> None:
    scene = read("INT. A\n\nTAMSIN (O.S.)\nHere.\n\nJOSÉ (V.O.)\nA letter.\n\nPIKE (PHONE)\nSir.\n").episode.scenes[0]
    assert scene.present == {"TAMSIN", "PIKE"}


def test_line_numbers_are_those_of_the_file_whatever_was_removed() -> None:
    text = "Title: X\n\n/*\nA\n\nB\n*/\nINT. A\n\n[[note\nlong]]\n\nTAMSIN\nHere.\n\nHe\n[[x]]\ngoes.\n"
    placed = [line.source_line for scene in read(text).episode.scenes for line in scene.lines]
    assert placed == [13, 16]
    assert lines(text) == [("TAMSIN", "Here."), (None, "He goes.")]


_MARKS = [
    "[[",
    "]]",
    "/*",
    "*/",
    "[[note]]",
    "/*cut*/",
    "(softly)",
    "(",
    ")",
    "~song",
    "!act",
    "^",
    "@",
    ".",
    ">",
    "~",
    "!",
    "*",
    "\\*",
]
_WORDS = [
    "TAMSIN",
    "@李明",
    "GIDEON (V.O.) ^",
    "INT. SHOP #1#",
    ".ATTIC",
    "EXT.",
    "CUT TO:",
    "> X <",
    "> OUT",
    "Title: X",
]
_REST = [
    "# Act",
    "= plot",
    "===",
    "Mind *the* step.",
    "_so_",
    "Episode: 3",
    "He goes.",
    "李明",
    "灯",
    "  ",
    " ",
    "\t",
    "\r",
]
PIECES = st.sampled_from([*_MARKS, *_WORDS, *_REST, "\u200b", "\ufeff"])
TEXTS = st.lists(st.lists(PIECES, max_size=4).map("".join), max_size=25).map("\n".join) | st.text(max_size=200)


@given(TEXTS)
def test_any_text_is_read_and_every_line_of_it_is_accounted_for(text: str) -> None:
    reading = read(text)
    source = source_lines(text)
    assert len(reading.kinds) == len(source)
    reported = {entry.source_line for entry in reading.unplaced}
    kept = "".join(
        piece
        for episode in reading.episodes
        for scene in episode.scenes
        for line in scene.lines
        for piece in (line.speaker or "", line.parenthetical, line.text)
    ) + "".join(entry.text for entry in reading.unplaced)
    for number, (kind, line) in enumerate(zip(reading.kinds, source, strict=True), start=1):
        if kind == "blank":
            assert not line.strip()
        if kind == "unplaced":
            assert number in reported
        line = parse_cue(line).name if kind == "cue" else line
        if kind in ("speech", "action", "cue") and not any(mark in line for mark in ("[[", "]]", "/*", "*/")):
            assert all(letter in kept for letter in line if letter.isalnum())
    for episode in reading.episodes:
        numbers = [scene.number for scene in episode.scenes]
        assert len(set(numbers)) == len(numbers)
        assert all(line.text for scene in episode.scenes for line in scene.lines)


@given(st.lists(PIECES, max_size=6).map("\n".join), st.text(st.characters(exclude_categories=["C"]), max_size=40))
def test_what_stands_between_closed_marks_never_becomes_canon(before: str, cut: str) -> None:
    opened = before.replace("/*", "").replace("*/", "").replace("[[", "").replace("]]", "")
    secret = cut.replace("*", "").replace("/", "").replace("[", "").replace("]", "")
    text = (
        f"{opened}\n\n/*\nPIKE\nZEPHYRQUILL {secret}\n*/\n\n[[ZEPHYRQUILL {secret}]]\n\nTAMSIN\nHere. [[ZEPHYRQUILL]]\n"
    )
    assert "ZEPHYRQUILL" not in str(read(text).episodes)
    assert "ZEPHYRQUILL" not in str(read(text).unplaced)
