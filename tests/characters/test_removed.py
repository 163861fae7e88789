"""Notes and boneyard: what is taken out, what is doubtful, and that doubt never lets anything through."""

from __future__ import annotations

import pytest

from characters.readers.removed import LONG_NOTE, STRAY_END, UNCLOSED_BONEYARD, UNCLOSED_NOTE, without_removed


def left(text: str) -> list[str]:
    return [line.text for line in without_removed(text.split("\n")).lines if not line.removed]


def doubts(text: str) -> dict[int, str]:
    return without_removed(text.split("\n")).doubtful


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        ("A [[n]] B", ["A B"]),
        ("A\n[[n\nm]]\nB", ["A", "B"]),
        ("A /* x */ B", ["A B"]),
        ("A\n/*\n\nx\n*/\nB", ["A", "", "B"]),
        ("/* a [[ b */ C ", ["C"]),
        ("/* a /* b */ c */ D", ["D"]),
        ("/* he writes /* here */ D", ["D"]),
        ("[[ a [[ b ]] c ]] D", ["D"]),
        ("[[ a /* b ]] c */ d ]] E", ["E"]),
        ("*either*/or", ["*either*/or"]),
        ("", [""]),
    ],
)
def test_what_is_between_marks_is_gone(text: str, kept: list[str]) -> None:
    assert left(text) == kept
    assert not doubts(text)


@pytest.mark.parametrize(
    ("text", "kept", "doubtful"),
    [
        ("A\n/* x\n\ny", ["A", ""], {2: UNCLOSED_BONEYARD, 4: UNCLOSED_BONEYARD}),
        ("A [[ x\ny\n\nB", ["A", "", "B"], {1: UNCLOSED_NOTE, 2: UNCLOSED_NOTE}),
        ("A\nx */\nB", ["A", "B"], {2: STRAY_END}),
        ("A\nx ]]\nB", ["A", "B"], {2: STRAY_END}),
        ("[[ x\n\ny ]]\nB", ["", "B"], {3: LONG_NOTE}),
        ("[[ a [[ b ]] c\n\nD", ["c", "", "D"], {}),
    ],
)
def test_broken_marks_take_their_text_to_the_report(text: str, kept: list[str], doubtful: dict[int, str]) -> None:
    assert left(text) == kept
    assert doubts(text) == doubtful


def test_a_note_may_have_an_empty_line_that_is_made_of_two_spaces() -> None:
    assert left("[[ x\n  \ny ]]\nB") == ["B"]
    assert not doubts("[[ x\n  \ny ]]\nB")


def test_a_removed_line_is_no_line_while_an_empty_one_stays() -> None:
    kept = without_removed(["A", "[[n]]", "", "B"])
    assert [(line.number, line.removed, line.blank) for line in kept.lines] == [
        (1, False, False),
        (2, True, True),
        (3, False, True),
        (4, False, False),
    ]


def test_many_broken_marks_are_read_in_one_pass() -> None:
    lines = ["/* [[ " * 20_000, "*/ ]] " * 10_000]
    assert len(without_removed(lines).lines) == 2
