"""Speaker labels and the marks of dialogue scripts: what is one, and what only looks like one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.readers.dialogue_keys import cast_names, parse_key
from characters.readers.dialogue_marks import episode_mark, is_episode_end, is_rule, scene_mark
from characters.readers.labels import Label, parse_label, speaking_names
from characters.readers.numerals import parse_number


@pytest.mark.parametrize(
    ("line", "label"),
    [
        ("TAMSIN: Mind the step.", Label("TAMSIN", "Mind the step.")),
        ("TAMSIN : Mind the step.", Label("TAMSIN", "Mind the step.")),
        ("TAMSIN:", Label("TAMSIN", "")),
        ("Tamsin (whispering): No.", Label("Tamsin", "No.", "whispering")),
        ("Tamsin: (softly) No.", Label("Tamsin", "No.", "softly")),
        ("Tamsin (beat): (softly) No.", Label("Tamsin", "No.", "beat; softly")),
        ("Li Ming (to Gideon: firmly): No.", Label("Li Ming", "No.", "to Gideon: firmly")),
        ("TAMSIN: (nods)", Label("TAMSIN", "(nods)")),
        ("JOSÉ: It's 10:30.", Label("JOSÉ", "It's 10:30.")),
        ("JOSÉ (V.O.) (CONT'D): A letter.", Label("JOSÉ", "A letter.", heard_only=True)),
        ("TAMSIN [softly]: No.", Label("TAMSIN", "No.", "softly")),
        ("李明【低声】：不急", Label("李明", "不急", "低声")),
        ("TAMSIN (O.S.): Here.", Label("TAMSIN", "Here.")),
        ("TAMSIN (CONT’D): Here.", Label("TAMSIN", "Here.")),
        ("李明：台词", Label("李明", "台词")),
        ("李明:台词", Label("李明", "台词")),
        ("李明（低声）：不急", Label("李明", "不急", "低声")),
        ("李明（画外音）：不急", Label("李明", "不急", heard_only=True)),
        ("李明OS：不急", Label("李明", "不急")),
        ("李明VO：不急", Label("李明", "不急", heard_only=True)),
        ("2号保安：站住", Label("2号保安", "站住")),
        ("旁白：三年前。", Label("旁白", "三年前。", heard_only=True)),
        ("NARRATOR: Once.", Label("NARRATOR", "Once.", heard_only=True)),
        ("Гидеон: да", Label("Гидеон", "да")),
        ("ГИДЕОН (ЗК): да", Label("ГИДЕОН", "да", heard_only=True)),
        ("محمد: مرحبا", Label("محمد", "مرحبا")),
        ("MRS. ABARA: No.", Label("MRS. ABARA", "No.")),
        ("O'NEIL: No.", Label("O'NEIL", "No.")),
        ("Nurse #2: No.", Label("Nurse #2", "No.")),
        ("R2D2: No.", Label("R2D2", "No.")),
        ("TAMSIN, GIDEON: Oh!", Label("TAMSIN, GIDEON", "Oh!")),
        ("Ludwig van Beethoven: No.", Label("Ludwig van Beethoven", "No.")),
    ],
)
def test_a_label_is_a_name_with_what_stands_in_its_brackets(line: str, label: Label) -> None:
    assert parse_label(line) == label


@pytest.mark.parametrize(
    "line",
    [
        "At 10:30 we leave: now",
        "10:30: we leave",
        "10:30",
        "The sign reads: NO ENTRY",
        "He says: no",
        "http://example.org",
        "Look, Gideon: no",
        "Stop! Tamsin: no",
        "What is this? Tamsin: no",
        "No. Tamsin: no",
        ": text",
        "(softly): text",
        "—: text",
        "他停下，说：不",
        "A" * 61 + ": text",
        "A B C D E F G: text",
        "TAMSIN (at 10:30, no end: text",
        "",
    ],
)
def test_a_colon_in_a_sentence_makes_no_label(line: str) -> None:
    assert parse_label(line) is None


def names(*lines: str) -> frozenset[str]:
    return speaking_names(label for line in lines if (label := parse_label(line)) is not None)


def test_among_capitals_a_sentence_with_a_colon_names_nobody() -> None:
    assert names("TAMSIN: Yes.", "GIDEON: No.", "Remember: trust no one.") == {"TAMSIN", "GIDEON"}
    assert names("TAMSIN: Yes.", "Tamsin: No.") == {"TAMSIN", "Tamsin"}
    assert names("TAMSIN: Yes.", "TAMSIN: Yes.", "Mrs. Abara: No.", "Mrs. Abara: No.") == {"TAMSIN", "Mrs. Abara"}
    assert names("Tamsin: Yes.", "Gideon: No.") == {"Tamsin", "Gideon"}


def test_a_verb_of_saying_names_somebody_only_when_it_labels_two_lines() -> None:
    assert names("李明：不急", "他说：不", "牌子上写着：不") == {"李明"}
    assert names("刘有为：不", "刘有为：急") == {"刘有为"}


@pytest.mark.parametrize(
    ("line", "number", "title"),
    [
        ("EPISODE 1", 1, ""),
        ("Episode 12: The Gala", 12, "The Gala"),
        ("Episode: 12", 12, ""),
        ("第1集", 1, ""),
        ("第十二集：灯笼", 12, "灯笼"),
        ("第 12 集 灯笼", 12, "灯笼"),
        ("第１集", 1, ""),
        ("**EPISODE 1**", 1, ""),
        ("## Episode 3 - X", 3, "X"),
        ("[EPISODE 1]", 1, ""),
        ("(EPISODE 1)", 1, ""),
        ("=== 第1集 ===", 1, ""),
        ("S01E03", 3, ""),
        ("Season 1, Episode 4: X", 4, "X"),
        ("EP. 3 - T", 3, "T"),
        ("Ep03", 3, ""),
        ("EPISODE ONE", 1, ""),
        ("Episode Twenty-One: Z", 21, "Z"),
        ("EPISODE IV", 4, ""),
        ("EPISODE 1 THE GALA", 1, "THE GALA"),
        ("EPISODE 3 OF 40", 3, ""),
        ("ÉPISODE 4 : Le bal", 4, "Le bal"),
        ("Capítulo 2: La boda", 2, "La boda"),
        ("Эпизод 5", 5, ""),
        ("제3화", 3, ""),
    ],
)
def test_an_episode_begins_with_a_line_of_its_own(line: str, number: int, title: str) -> None:
    mark = episode_mark(line)
    assert mark is not None
    assert (mark.number, mark.title) == (number, title)


@pytest.mark.parametrize(
    "line",
    [
        "Episode 12 was the best.",
        "Episode was great",
        "第一集是最好的。",
        "第一回见面",
        "Epilogue 3",
        "EPISODE",
        "EPISODE 999999",
        "[END EPISODE]",
        "Episode I know",
        "Hepisode 3",
    ],
)
def test_a_sentence_that_mentions_an_episode_begins_none(line: str) -> None:
    assert episode_mark(line) is None


@pytest.mark.parametrize(
    ("line", "given", "heading", "episode"),
    [
        ("SCENE 2 - INT. SHOP - NIGHT", "2", "INT. SHOP - NIGHT", 0),
        ("Scene 2: The shop", "2", "The shop", 0),
        ("SCENE 2", "2", "", 0),
        ("[SCENE 3]", "3", "", 0),
        ("SCENE TWO", "2", "", 0),
        ("SCENE 2A. INT. SHOP", "2A", "INT. SHOP", 0),
        ("Scene: INT. SHOP", "", "INT. SHOP", 0),
        ("INT. SHOP - DAY", "", "INT. SHOP - DAY", 0),
        ("12. INT. SHOP - DAY 12", "12", "INT. SHOP - DAY", 0),
        ("1-1 夜 内 茶馆", "1", "夜 内 茶馆", 1),
        ("3-2", "2", "", 3),
        ("1-1、茶馆 日 内", "1", "茶馆 日 内", 1),
        ("第2场 茶馆 夜", "2", "茶馆 夜", 0),
        ("场景2：茶馆", "2", "茶馆", 0),
        ("内景 茶馆 夜", "", "内景 茶馆 夜", 0),
        ("1-2 TEA HOUSE NIGHT INT", "2", "TEA HOUSE NIGHT INT", 1),
    ],
)
def test_a_scene_begins_with_a_line_of_its_own(line: str, given: str, heading: str, episode: int) -> None:
    mark = scene_mark(line)
    assert mark is not None
    assert (mark.given, mark.heading, mark.episode) == (given, heading, episode)


@pytest.mark.parametrize(
    "line",
    [
        "3-2 at half time",
        "Scene 2 was bad",
        "A scene 3",
        "1-1 他走了。",
        "Int he end",
        "10-12-2026",
    ],
)
def test_what_only_mentions_a_scene_begins_none(line: str) -> None:
    assert scene_mark(line) is None


def test_ends_and_rules_are_told_from_text() -> None:
    assert all(
        is_episode_end(line)
        for line in ("[END EPISODE]", "END OF EPISODE 3", "（第三集完）", "本集完", "Fin del episodio")
    )
    assert not any(is_episode_end(line) for line in ("THE END", "In the end, episode 3.", "完"))
    assert all(is_rule(line) for line in ("---", "***", "———", "* * *", "====="))
    assert not any(is_rule(line) for line in ("--", "- text", "-- --x", ""))


@pytest.mark.parametrize(
    ("line", "kind"),
    [
        ("Title: X", "title"),
        ("备注：她死了", "note"),
        ("Writer’s note: she dies", "note"),
        ("地点：茶馆", "place"),
        ("人物：李明", "cast"),
        ("SFX: thunder", "seen"),
        ("TAMSIN: hi", None),
        ("no colon", None),
    ],
)
def test_a_key_is_nobodys_name(line: str, kind: str | None) -> None:
    found = parse_key(line)
    assert (found[0] if found else None) == kind


def test_a_cast_list_is_names_without_their_brackets() -> None:
    assert cast_names("李明、王芳（女）, Tamsin and Gideon.") == ["李明", "王芳", "Tamsin", "Gideon"]


@pytest.mark.parametrize(
    ("written", "number"),
    [
        ("12", 12),
        ("１２", 12),
        ("twelve", 12),
        ("Twenty-One", 21),
        ("thirty", 30),
        ("XIV", 14),
        ("十", 10),
        ("二十一", 21),
        ("一百零二", 102),
        ("二〇", 20),
        ("", None),
        ("123456", None),
        ("IIII", None),
        ("十百", None),
        ("gala", None),
        ("twenty-zero", None),
    ],
)
def test_numbers_are_read_as_scripts_write_them(written: str, number: int | None) -> None:
    assert parse_number(written) == number


@settings(deadline=None)
@given(st.text(max_size=250))
def test_any_line_is_looked_at_without_an_error_and_a_label_keeps_its_words(line: str) -> None:
    episode_mark(line)
    scene_mark(line)
    is_episode_end(line)
    parse_key(line)
    label = parse_label(line)
    if label is not None:
        assert label.name
        assert label.text in line
