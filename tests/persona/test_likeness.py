"""How much a text sounds like one character: by how they speak, whoever has more lines."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.likeness import told_right
from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from persona.likeness import LINES_MIN, Likeness, features

CLIPPED = [f"It is {n}. Sit. Do not ask." for n in range(LINES_MIN)]
HEADLONG = [f"My friend, my friend, {n} loaves and every one of them is for you!" for n in range(LINES_MIN * 3)]
VOICES = Likeness({"GIDEON": CLIPPED, "JOSÉ": HEADLONG, "BOY": ["Yes."]})


@pytest.mark.parametrize(
    ("text", "cue"), [("Sit. It is late. Do not stand there.", "GIDEON"), ("Loaves, my friend, for you!", "JOSÉ")]
)
def test_a_text_has_most_of_the_voice_that_it_sounds_like(text: str, cue: str) -> None:
    shares = VOICES.shares(text)
    assert max(shares, key=lambda name: shares[name]) == cue
    assert VOICES.of(cue, text) == shares[cue] > 0.5


def test_who_says_too_little_has_no_voice_that_could_be_told() -> None:
    assert VOICES.cues == {"GIDEON", "JOSÉ"}
    assert VOICES.of("BOY", "Yes.") is None
    assert Likeness({}).shares("Yes.") == {}


@given(st.text(max_size=200))
def test_shares_add_up_to_one(text: str) -> None:
    shares = VOICES.shares(text)
    assert (not shares and not features(text)) or sum(shares.values()) == pytest.approx(1.0)


def test_a_line_left_out_of_its_speakers_voice_tells_less() -> None:
    rare = "Zanzibar quartz."
    voices = Likeness({"GIDEON": [*CLIPPED, rare], "JOSÉ": HEADLONG})
    assert voices.shares(rare, without="GIDEON")["GIDEON"] < voices.shares(rare)["GIDEON"]


def test_lines_of_the_sample_show_are_told_far_better_than_by_chance() -> None:
    right, near, lines, chance = told_right(SHOWS_FOLDER / SAMPLE_SLUG)
    assert right >= 0.5 * lines
    assert near >= 0.65 * lines
    assert chance <= 0.36 * lines
