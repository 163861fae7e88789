"""Spoilers and gaps are found in every part of a sheet, and only there."""

from __future__ import annotations

from typing import Any

import pytest

from characters.canon import Term
from characters.cards.card_sheet import PLAIN_WANT
from characters.linting import lint
from characters.lore import Lore, LoreEntry
from characters.sheet import DatedText, Exchange, Secret, Sheet, Voice

TERMS = (Term("Tallow Lane", 1), Term("Hallam", 7))
LATE = DatedText(text="Mr. hallam lied.", from_episode=3)


def a_sheet(**changes: Any) -> Sheet:
    line = (DatedText(text="Mind the step."),)
    sheet = Sheet(
        slug="tamsin",
        name="Tamsin",
        cue="TAMSIN",
        tagline="Mends on Tallow Lane.",
        essence="You mend.",
        voice=Voice(description="Warm."),
        wants=line,
        greetings=line,
        deflections=line,
        examples=(Exchange(fan="Hi", reply="Hello."),),
    )
    return sheet.model_copy(update=changes)


def found(sheet: Sheet, first_episode: int = 1) -> list[tuple[str, str]]:
    return [(warning.kind, warning.where) for warning in lint(sheet, TERMS, first_episode=first_episode)]


def test_a_sheet_that_gives_nothing_away_is_clean() -> None:
    assert found(a_sheet()) == []


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"tagline": "Loves Hallam."}, "tagline"),
        ({"essence": "You love HALLAM."}, "essence"),
        ({"voice": Voice(description="Like Hallam.")}, "voice.description"),
        ({"voice": Voice(description="Warm.", says=(LATE,))}, "voice.says.0"),
        ({"boundaries": ("Never of Hallam.",)}, "boundaries.0"),
        ({"wants": (a_sheet().wants[0], LATE)}, "wants.1"),
        ({"facts": (LATE,)}, "facts.0"),
        ({"secrets": (Secret(text="Hallam.", from_episode=6),)}, "secrets.0"),
        ({"greetings": (a_sheet().greetings[0], LATE)}, "greetings.1"),
        ({"deflections": (a_sheet().deflections[0], LATE)}, "deflections.1"),
        ({"examples": (Exchange(fan="Hallam?", reply="Who?"),)}, "examples.0"),
        ({"lore": Lore(entries=(LoreEntry(text="Hallam.", keys=("x",)),))}, "lore.entries.0"),
    ],
)
def test_a_name_that_comes_too_early_is_found_wherever_it_stands(changes: Any, where: str) -> None:
    assert found(a_sheet(**changes)) == [("spoiler", where)]


@pytest.mark.parametrize(("first_episode", "spoils"), [(1, True), (6, True), (7, False)])
def test_nobody_meets_an_undated_part_before_the_character(first_episode: int, spoils: bool) -> None:
    assert (("spoiler", "essence") in found(a_sheet(essence="You love Hallam."), first_episode)) is spoils


def test_a_name_in_its_own_episode_is_no_spoiler() -> None:
    assert found(a_sheet(facts=(DatedText(text="Hallam lied.", from_episode=7),))) == []


def test_stopgaps_and_what_is_missing_at_first_are_gaps() -> None:
    changes = {
        "wants": (DatedText(text=PLAIN_WANT),),
        "greetings": (DatedText(text="Hi", from_episode=3),),
        "examples": (),
    }
    assert found(a_sheet(**changes)) == [("gap", "wants.0"), ("gap", "greetings"), ("gap", "examples")]
