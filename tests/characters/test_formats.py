"""Which format a text is written in, told by its content alone, and the sentence when nothing tells."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.errors import UnknownFormat
from characters.readers.formats import FORMATS, OTHER_XML, RICH_TEXT, detect_format

TIMES = "00:00:01,000 --> 00:00:02,000"
TALK = "INT. SHOP\n\nTAMSIN\nMind the step.\n"


@pytest.mark.parametrize(
    ("text", "suffix", "form"),
    [
        ("\ufeffWEBVTT\n\n00:01.000 --> 00:02.000\nx\n", "", "vtt"),
        ("\n<?xml version='1.0'?>\n<!-- <TEI> -->\n<FinalDraft/>", "", "fdx"),
        ("<?xml version='1.0'?><!DOCTYPE TEI><TEI xmlns='x'/>", "", "tei"),
        ("<tei:teiCorpus xmlns:tei='x'/>", "", "tei"),
        (f"1\n{TIMES}\nTAMSIN: x\n", ".txt", "srt"),
        (f"{TIMES}\nTAMSIN: x\n", "", "srt"),
        (f"ripped by\n\n1\n{TIMES}\nTAMSIN: x\n", ".srt", "srt"),
        ("TAMSIN: x\n", ".fountain", "fountain"),
        (TALK, ".txt", "fountain"),
        ("Title: X\nEpisode: 3\nAuthor: Y\n\n@李明\n不急。\n", ".txt", "fountain"),
        ("INT. SHOP\n\nNobody is here.\n", "", "fountain"),
        ("TAMSIN: Mind the step.\n", "", "dialogue"),
        ("EPISODE 1\nSCENE 1 - INT. SHOP\n\nTAMSIN: Mind the step.\nGIDEON: I do.\n", "", "dialogue"),
        ("第1集\n1-1 夜 内\n△李明站着。\n李明：不急。\n", "", "dialogue"),
        ("第1集\n△李明站着。\n", "", "dialogue"),
        ("THE SHOP\nEpisode 3\n\nTAMSIN: Yes.\n", "", "dialogue"),
        ("TAMSIN:\nMind the step.\n\nGIDEON:\nI do.\n", "", "dialogue"),
        ("THE SHOP\nA dusty place.\n\n" + "TAMSIN: Yes.\n" * 3, "", "dialogue"),
        (TALK + "\nTAMSIN\nThe note says:\n\nGIDEON\nNo.\n\nPIKE\nRemember: yes.\n", "", "fountain"),
    ],
)
def test_content_tells_the_format(text: str, suffix: str, form: str) -> None:
    assert detect_format(text, source="x", suffix=suffix) == form


@pytest.mark.parametrize(
    ("text", "reason", "ambiguous"),
    [
        ("Dear diary, nothing happened.\n", "its content does not tell its format: name it with --format", False),
        ("<?xml version='1.0'?><html/>", OTHER_XML, False),
        ("<!doctype html><p>x", OTHER_XML, False),
        ("{\\rtf1\\ansi TAMSIN: x}", RICH_TEXT.split("(")[0], False),
        (f"{TALK}\nGIDEON: I do.\n", "it has 1 speeches in Fountain's way and 1 with labels", True),
    ],
)
def test_what_is_unknown_or_ambiguous_is_asked_about(text: str, reason: str, ambiguous: bool) -> None:
    with pytest.raises(UnknownFormat) as refused:
        detect_format(text, source="ep1.txt", suffix=".txt")
    assert str(refused.value).startswith(f"ep1.txt cannot be read as a script: {reason}")
    assert refused.value.ambiguous is ambiguous


@settings(deadline=None)
@given(st.text(max_size=300), st.sampled_from([".txt", ".srt", ".vtt", ".xml", ""]))
def test_any_text_has_a_format_or_is_asked_about(text: str, suffix: str) -> None:
    try:
        told = detect_format(text, source="x", suffix=suffix)
    except UnknownFormat:
        return
    assert told in FORMATS
