"""What a sheet tells too early is found with the line of the show that tells it, and a clean sheet is let be."""

from __future__ import annotations

import pytest

from characters.canon import Fact, Term
from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from characters.leaks import giveaways
from characters.reading import read_show
from characters.script import Episode, Line, ReadReport, Scene, Script
from characters.sheet import DatedText, Localized, Sheet
from characters.show_folder import load_canon, load_sheets, load_terms
from tests.characters.test_catalogue_contract import a_sheet

FACT = Fact(
    "F9", "Fenn forged the signature on the paper of sale.", "Fenn", 5, scene=2, wordings=("it was Fenn's own hand",)
)
TERM = Term("Kiln Street", 3)
SCENE = Scene(3, 1, "INT. SHOP", (Line("It burned, Kiln Street did.", 4, speaker="PIKE"),), frozenset({"PIKE"}))
SCRIPT = Script((Episode(3, "Three", (SCENE,)),), ReadReport(1, 1))


def found(sheet: Sheet) -> list[tuple[str, str, int, str]]:
    told = giveaways(sheet, (TERM,), (FACT,), SCRIPT, first_episode=1)
    return [(one.kind, one.where, one.episode, one.line) for one in told]


def with_fact(text: str, episode: int = 1) -> Sheet:
    return a_sheet().model_copy(update={"facts": (DatedText(text=text, from_episode=episode),)})


def test_a_name_is_shown_with_the_first_line_that_says_it() -> None:
    assert found(with_fact("You were born in Kiln Street.")) == [
        ("term", "facts.0", 3, "PIKE: It burned, Kiln Street did.")
    ]
    assert found(with_fact("You were born in Kiln Street.", 3)) == []


@pytest.mark.parametrize(
    "text",
    [
        FACT.text,
        "You know that the paper of sale has a signature which Fenn forged.",
        "You saw that it was Fenn's own hand.",
    ],
)
def test_a_later_fact_is_found_in_its_words_in_another_order_and_in_its_wordings(text: str) -> None:
    assert found(with_fact(text)) == [("fact", "facts.0", 5, FACT.text)]
    assert found(with_fact(text, 5)) == []


def test_what_is_said_in_another_language_is_read_too() -> None:
    spanish = Localized(greetings=(DatedText(text="Nací en Kiln Street."),))
    sheet = a_sheet().model_copy(update={"locales": {"es": spanish}})
    assert [(kind, where) for kind, where, _, _ in found(sheet)] == [("term", "locales.es.greetings.0")]


@pytest.mark.parametrize("text", ["You dislike Fenn.", "The paper is on the table.", "You forged a lamp out of brass."])
def test_what_only_has_a_word_in_common_is_let_be(text: str) -> None:
    assert found(with_fact(text)) == []


@pytest.mark.parametrize("slug", ["gideon", "tamsin", "pike", "fenn", "jose", "coralie", "honoria", "li-ming"])
def test_the_shipped_sheets_give_nothing_away(slug: str) -> None:
    folder = SHOWS_FOLDER / SAMPLE_SLUG
    script, facts, terms = read_show(folder).script, load_canon(folder), load_terms(folder / "terms.yaml")
    (sheet,) = [one for one in load_sheets(folder / "characters") if one.slug == slug]
    first = script.first_episode_of(sheet.cue) or 1
    assert giveaways(sheet, terms, facts, script, first_episode=first) == ()
    later = [fact for fact in facts if fact.from_episode > first and fact.kind != "false_belief"]
    planted = [sheet.model_copy(update={"boundaries": (fact.text,)}) for fact in later]
    caught = [
        bool(giveaways(one, (), (fact,), script, first_episode=first)) for one, fact in zip(planted, later, strict=True)
    ]
    assert sum(caught) >= 0.9 * len(caught)
    assert len(caught) > 30
