"""SubRip and WebVTT: times, labels, voices, dashes, tags, sounds, and scenes at the silences."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.readers.file_reading import FileReading
from characters.readers.source_text import source_lines
from characters.readers.subtitle_cues import NO_TIMES, timed_cues
from characters.readers.subtitles import NO_LABEL, SCENE_GAP_MS, read_srt, read_vtt
from characters.script import UNNAMED

Said = tuple[str | None, str, str]


def stamp(at_ms: int) -> str:
    minutes, rest = divmod(at_ms, 60_000)
    return f"00:{minutes:02}:{rest // 1000:02},{rest % 1000:03}"


def srt(*texts: str, gap_ms: int = 500) -> str:
    blocks = []
    for number, text in enumerate(texts):
        start = number * (1_000 + gap_ms)
        blocks.append(f"{number + 1}\n{stamp(start)} --> {stamp(start + 1_000)}\n{text}\n")
    return "\n".join(blocks)


def said(reading: FileReading) -> list[Said]:
    return [
        (line.speaker, line.parenthetical, line.text) for scene in reading.episodes[0].scenes for line in scene.lines
    ]


def of_srt(*texts: str) -> list[Said]:
    return said(read_srt(srt(*texts), source="ep1.srt", number=1))


def of_vtt(*texts: str) -> list[Said]:
    body = "WEBVTT\n\n" + srt(*texts).replace(",", ".")
    return said(read_vtt(body, source="ep1.vtt", number=1))


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("TAMSIN: Mind the step.", [("TAMSIN", "", "Mind the step.")]),
        ("TAMSIN (softly): Mind\nthe step.", [("TAMSIN", "softly", "Mind the step.")]),
        ("TAMSIN:\nMind the step.", [("TAMSIN", "", "Mind the step.")]),
        ("李明：不急。", [("李明", "", "不急。")]),
        ("<i>TAMSIN: Mind the step.</i>", [("TAMSIN", "", "Mind the step.")]),
        ("{\\an8}<font color='#fff'>TAMSIN: Mind the step.</font>", [("TAMSIN", "", "Mind the step.")]),
        ("- TAMSIN: Late.\n- GIDEON: It's 10:30.", [("TAMSIN", "", "Late."), ("GIDEON", "", "It's 10:30.")]),
        ("-Late.\n-It's 10:30.", [("", "", "Late."), ("", "", "It's 10:30.")]),
        (">> TAMSIN: Late.\n>> Early.", [("TAMSIN", "", "Late."), ("", "", "Early.")]),
        ("TAMSIN: Late.\nGIDEON: Early.", [("TAMSIN", "", "Late."), ("GIDEON", "", "Early.")]),
        ("[DOOR SLAMS]", [(None, "", "DOOR SLAMS")]),
        ("(door slams)\nTAMSIN: Oh.", [(None, "", "door slams"), ("TAMSIN", "", "Oh.")]),
        ("TAMSIN: [sighs] Oh.", [("TAMSIN", "sighs", "Oh.")]),
        ("♪ Carry it low ♪", [("", "singing", "Carry it low")]),
        ("TAMSIN: ♪ Carry it low ♪", [("TAMSIN", "singing", "Carry it low")]),
        ("♪♪", []),
        ("x < 3 & y > 2", [("", "", "x < 3 & y > 2")]),
    ],
)
def test_a_cue_is_told_apart(text: str, read_as: list[Said]) -> None:
    assert of_srt(text) == read_as


@pytest.mark.parametrize(
    ("text", "read_as"),
    [
        ("<v Tamsin>Mind &amp; the <i>step</i>.</v>", [("Tamsin", "", "Mind & the step.")]),
        ("<v.loud Tamsin Orr>Late.\n<v Gideon>Early.", [("Tamsin Orr", "", "Late."), ("Gideon", "", "Early.")]),
        ("<v Tamsin>One.</v> <v Gideon>Two.</v>", [("Tamsin", "", "One."), ("Gideon", "", "Two.")]),
        ("<v 李明 (画外音)>不急。", [("李明", "", "不急。")]),
        ("<c.yellow>TAMSIN: <00:00:00.500>Late.</c>", [("TAMSIN", "", "Late.")]),
        ("&lt;v Tamsin&gt; is typed.", [("", "", "<v Tamsin> is typed.")]),
    ],
)
def test_a_voice_span_names_who_speaks(text: str, read_as: list[Said]) -> None:
    assert of_vtt(text) == read_as


def test_a_name_in_square_brackets_counts_when_it_is_a_label_elsewhere() -> None:
    assert of_srt("TAMSIN: Yes.", "[TAMSIN] No.", "[SIGHS] Oh.") == [
        ("TAMSIN", "", "Yes."),
        ("TAMSIN", "", "No."),
        ("", "SIGHS", "Oh."),
    ]


def test_a_sentence_goes_on_in_the_next_cue_and_a_new_one_is_nobodys() -> None:
    assert of_srt("TAMSIN: I was here,", "and nobody came.", "Nobody.") == [
        ("TAMSIN", "", "I was here, and nobody came."),
        ("", "", "Nobody."),
    ]


def test_a_speech_without_a_label_is_kept_without_a_speaker_and_reported() -> None:
    reading = read_srt(srt("TAMSIN: Yes.", "Gideon, come here!"), source="ep1.srt", number=1)
    assert said(reading)[1][0] == UNNAMED
    assert [(entry.source_line, entry.text, entry.reason) for entry in reading.unplaced] == [
        (7, "Gideon, come here!", NO_LABEL)
    ]
    assert reading.episodes[0].scenes[0].present == {"TAMSIN"}


def test_a_sound_beside_another_is_heard_and_makes_nobody_speak() -> None:
    assert of_srt("[sighs] (door)", "I was", "here.") == [
        (None, "", "sighs; door"),
        ("", "", "I was here."),
    ]


def test_a_voice_over_is_not_present() -> None:
    reading = read_srt(srt("JOSÉ (V.O.): A letter."), source="ep1.srt", number=1)
    assert reading.episodes[0].scenes[0].present == frozenset()


@pytest.mark.parametrize(("gap_ms", "scenes"), [(SCENE_GAP_MS - 1, 1), (SCENE_GAP_MS, 3), (SCENE_GAP_MS + 1, 3)])
def test_a_silence_begins_a_scene(gap_ms: int, scenes: int) -> None:
    reading = read_srt(srt("A: x.", "A: y.", "A: z.", gap_ms=gap_ms), source="ep1.srt", number=4)
    assert [(scene.episode, scene.number) for scene in reading.episodes[0].scenes] == [
        (4, number) for number in range(1, scenes + 1)
    ]


def test_silence_is_counted_from_the_last_cue_to_end() -> None:
    text = (
        "00:00:00,000 --> 00:00:20,000\n[music]\n\n00:00:01,000 --> 00:00:02,000\nA: x.\n\n"
        "00:00:21,000 --> 00:00:22,000\nA: y.\n"
    )
    assert len(read_srt(text, source="x.srt", number=1).episodes[0].scenes) == 1


def test_cues_are_read_in_order_of_time() -> None:
    text = "2\n00:00:05,000 --> 00:00:06,000\nA: two.\n\n1\n00:00:01,000 --> 00:00:02,000\nA: one.\n"
    assert [line[2] for line in said(read_srt(text, source="x.srt", number=1))] == ["one.", "two."]


def test_notes_and_styles_are_set_aside_and_strays_reported() -> None:
    text = (
        "WEBVTT - The Title\nKind: captions\n\nNOTE ZEPHYR\nZEPHYR\n\nSTYLE\n::cue { color: red }\n\n"
        "intro\n00:01.000 --> 00:02.000 align:start\n<v A>One.\n\nstray\n\n00:03.000 --> 00:04.000\n<v A>Two.\n"
    )
    reading = read_vtt(text, source="x.vtt", number=1)
    assert said(reading) == [("A", "", "One."), ("A", "", "Two.")]
    assert (reading.episodes[0].title, reading.set_aside) == ("The Title", {"note": 2, "style": 2})
    assert [(entry.source_line, entry.text, entry.reason) for entry in reading.unplaced] == [(14, "stray", NO_TIMES)]


def test_subrip_text_goes_on_over_an_empty_line_and_what_stands_before_the_first_cue_is_reported() -> None:
    text = "ripped by\n" + srt("A: One,\n\ntwo.", "A: 3\n4")
    reading = read_srt(text, source="x.srt", number=1)
    assert [line[2] for line in said(reading)] == ["One, two.", "3 4"]
    assert [entry.text for entry in reading.unplaced] == ["ripped by"]


_PIECES = [
    "TAMSIN: ",
    "- ",
    "<v A>",
    "</v>",
    "<i>",
    "[sighs]",
    "♪",
    "(",
    ")",
    "a",
    "no,",
    "李明：",
    "{\\an8}",
    "&amp;",
    "&lt;",
    "<",
    ">>",
]
_LINES = st.lists(st.sampled_from(_PIECES), max_size=4).map("".join)
_FILES = st.lists(
    _LINES | st.sampled_from(["", "1", "NOTE x", "STYLE", "00:00:01,000 --> 00:00:02,000", "00:30.000 --> 00:31.000"]),
    max_size=25,
).map("\n".join)


@settings(deadline=None)
@given(_FILES | st.text(max_size=200), st.booleans())
def test_any_text_is_read_and_every_letter_of_a_cue_is_kept_or_reported(text: str, webvtt: bool) -> None:
    read = read_vtt if webvtt else read_srt
    reading = read(text, source="x", number=1)
    kept = str(reading)
    sheet = timed_cues(source_lines(text), webvtt=webvtt)
    for _, line in [pair for cue in sheet.cues for pair in cue.lines] + sheet.stray:
        if "<" not in line and "{" not in line and "&" not in line:
            assert all(letter in kept for letter in line if letter.isalnum())
    assert all(line.text for scene in reading.episodes[0].scenes for line in scene.lines)


@settings(deadline=None)
@given(_FILES)
def test_pysubs2_finds_the_same_times(text: str) -> None:
    pysubs2 = pytest.importorskip("pysubs2")
    text = text.replace("00:30.000 --> 00:31.000", "00:00:30,000 --> 00:00:31,000")  # it wants hours in SubRip
    ours = [(cue.start_ms, cue.end_ms) for cue in timed_cues(source_lines(text), webvtt=False).cues]
    theirs = pysubs2.SSAFile.from_string(text, format_="srt")
    assert sorted(ours) == sorted((event.start, event.end) for event in theirs)
