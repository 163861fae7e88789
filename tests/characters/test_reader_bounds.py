"""Readers do work in proportion to what they are given: calls are counted, for texts made to be slow, at two sizes."""

from __future__ import annotations

import sys
from collections.abc import Callable
from types import FrameType

import pytest

from characters.errors import UnreadableScript
from characters.readers.dialogue import read_dialogue
from characters.readers.fdx import read_fdx
from characters.readers.formats import FORMATS, KnownFormat, detect_format
from characters.readers.fountain import read_fountain
from characters.readers.scenes import SceneDraft, numbered_scenes
from characters.readers.subtitles import read_srt, read_vtt
from characters.readers.tei import read_tei

READERS: dict[KnownFormat, Callable[[str], object]] = {
    "fountain": lambda text: read_fountain(text, source="x", number=1),
    "fdx": lambda text: read_fdx(text, source="x", number=1),
    "dialogue": lambda text: read_dialogue(text, source="x", number=1),
    "srt": lambda text: read_srt(text, source="x", number=1),
    "vtt": lambda text: read_vtt(text, source="x", number=1),
    "tei": lambda text: read_tei(text, source="x", number=1),
}
TIMES = "00:00:01,000 --> 00:00:02,000\n"
NASTY: dict[str, str] = {
    "cues": "TAMSIN\nx\n\n",
    "labels": "TAMSIN: x\n",
    "labels without words": "TAMSIN:\n",
    "one paragraph": "word\n",
    "openers": "[[ /*\n",
    "brackets": "((((((\n",
    "stars": "*a **b _c\n",
    "rules": "---\nA: x\n",
    "scenes": "SCENE 1\nA: x\n",
    "own episodes": "1-1 日 内\nA: x\n2-1 日 内\nA: x\n",
    "timed": f"{TIMES}a\n\n",
    "unfinished": f"{TIMES}A: and\n\n{TIMES}so on,\n\n",
    "tags": f"{TIMES}<v A>x<v B>y<i><c.\n\n",
}
XML = {
    "fdx": ("<FinalDraft><Content>", "<Paragraph Type='Action'><Text>x</Text></Paragraph>", "</Content></FinalDraft>"),
    "tei": ("<TEI><text><body>", "<div><sp><speaker>A</speaker><l>x</l></sp></div>", "</body></text></TEI>"),
}
SIZE = 400
GROWTH_MAX = 6
"""Four times the text may take this many times the work: four, and some for what is done once. Squared would be 16."""


def calls_of(read: Callable[[str], object], text: str) -> int:
    """How many calls of Python and C functions a reading takes."""
    count = 0

    def counted(frame: FrameType, event: str, argument: object) -> None:
        nonlocal count
        count += event in ("call", "c_call")

    before = sys.getprofile()
    sys.setprofile(counted)
    try:
        read(text)
    except UnreadableScript:
        pass  # refused, also within bounds
    finally:
        sys.setprofile(before)
    return count


@pytest.mark.parametrize("nasty", NASTY)
@pytest.mark.parametrize("form", ["fountain", "dialogue", "srt", "vtt"])
def test_work_grows_with_the_text_and_no_faster(form: KnownFormat, nasty: str) -> None:
    small = calls_of(READERS[form], NASTY[nasty] * SIZE)
    assert calls_of(READERS[form], NASTY[nasty] * SIZE * 4) <= GROWTH_MAX * small


@pytest.mark.parametrize("form", ["fdx", "tei"])
def test_work_grows_with_the_document_and_no_faster(form: KnownFormat) -> None:
    head, body, tail = XML[form]
    small = calls_of(READERS[form], head + body * SIZE + tail)
    assert calls_of(READERS[form], head + body * SIZE * 4 + tail) <= GROWTH_MAX * small


def test_work_grows_with_the_episodes_and_no_faster() -> None:
    def season(episodes: int) -> str:
        return "".join(f"{number}-1 日 内\nA: x\n" for number in range(1, episodes))

    small = calls_of(READERS["dialogue"], season(SIZE))
    assert calls_of(READERS["dialogue"], season(4 * SIZE)) <= GROWTH_MAX * small


def test_counting_scenes_between_numbers_that_run_backwards_grows_no_faster() -> None:
    def backwards(scenes: int) -> str:
        return "".join(f"SCENE {number}\nA: x\nINT. B\nA: x\n" for number in range(scenes, 0, -1))

    (episode,) = read_dialogue(backwards(SIZE), source="x", number=1).episodes
    assert len({scene.number for scene in episode.scenes}) == 2 * SIZE

    def counted(size: int) -> int:
        drafts = [SceneDraft("", given) for number in range(size, 0, -1) for given in (str(number), "")]
        return calls_of(lambda source: numbered_scenes(SceneDraft(), drafts, episode=1, source=source), "x")

    assert counted(4 * SIZE) <= GROWTH_MAX * counted(SIZE)


@pytest.mark.parametrize("nasty", NASTY)
def test_telling_the_format_grows_with_the_text_and_no_faster(nasty: str) -> None:
    def told(text: str) -> object:
        return detect_format(text, source="x", suffix=".txt")

    assert calls_of(told, NASTY[nasty] * SIZE * 4) <= GROWTH_MAX * calls_of(told, NASTY[nasty] * SIZE)


def test_a_reader_that_squares_its_work_is_found() -> None:
    def squared(text: str) -> object:
        return [len(text) for _ in text for _ in text]

    assert calls_of(squared, "x" * 100) > GROWTH_MAX * calls_of(squared, "x" * 25)


@pytest.mark.parametrize("form", FORMATS)
def test_five_million_characters_of_one_paragraph_are_read_or_refused(form: KnownFormat) -> None:
    text = ("word " * 9 + "word\n") * 100_000
    if form in XML:
        head, _, tail = XML[form]
        text = f"{head}<p>{text}</p>{tail}"
    assert READERS[form](text)
