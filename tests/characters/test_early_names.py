"""Nothing that is shown of a character, and no fact of the sample show, uses a name before its episode."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from characters.canon import Term
from characters.casting import cast_of, find_cast
from characters.doubles import MemoryCatalogue
from characters.early_names import EarlyName, early_names, says
from characters.errors import InvalidSheet
from characters.importing import SHOWS_FOLDER, import_show
from characters.sheet import Sheet
from characters.show_folder import load_facts, load_terms

SAMPLE = SHOWS_FOLDER / "lantern-contract"
MASK, SORREL = Term("The Mask", 5), Term("Ottilie Sorrel", 31)
SCRIPT = "Title: The Roof\nEpisode: 1\n\nINT. SHOP - DAY\n\nANNA\nMind the step.\n"
TERMS = '1: {people: ["Anna"]}\n31: {people: ["Ottilie Sorrel"]}\n'


def sheet(**changes: object) -> Sheet:
    """A sheet with nothing to hide."""
    part = [{"text": "A text."}]
    fields = {"slug": "anna", "name": "Anna", "cue": "ANNA", "tagline": "She mends.", "essence": "You are Anna."}
    more = {"voice": {"description": "Dry."}, "wants": part, "greetings": part, "deflections": part}
    return Sheet.model_validate(fields | more | changes)


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"name": "Ottilie Sorrel"}, "name"),
        ({"tagline": "Nobody knows that she is OTTILIE SORREL, yet."}, "tagline"),
        ({"aliases": ["Annie", "ottilie sorrel"]}, "aliases.1"),
        ({"aliases": [{"text": "Ottilie Sorrel", "from_episode": 30}]}, "aliases.0"),
    ],
)
def test_a_term_of_a_later_episode_is_found_where_it_is_shown(changes: dict[str, object], where: str) -> None:
    (found,) = early_names(sheet(**changes), 1, (MASK, SORREL))
    assert (found.where, found.term) == (where, SORREL)


@pytest.mark.parametrize(
    ("changes", "first_episode"),
    [
        ({"aliases": [{"text": "Ottilie Sorrel", "from_episode": 31}]}, 1),
        ({"aliases": ["Ottilie Sorrel"]}, 31),
        ({"tagline": "Her name is Ottilie Sorrelson."}, 1),
        ({"essence": "You are Ottilie Sorrel."}, 1),
    ],
)
def test_what_is_shown_in_time_is_fine(changes: dict[str, object], first_episode: int) -> None:
    assert early_names(sheet(**changes), first_episode, (MASK, SORREL)) == ()


def test_every_early_term_is_told_with_the_episode_it_is_shown_from() -> None:
    found = early_names(sheet(tagline="Ottilie Sorrel is the mask."), 2, (MASK, SORREL))
    assert found == (EarlyName("tagline", 2, MASK), EarlyName("tagline", 2, SORREL))


async def test_a_show_with_an_early_alias_is_not_imported(tmp_path: Path) -> None:
    for name in ("episodes", "characters"):
        (tmp_path / name).mkdir()
    (tmp_path / "episodes" / "ep1.fountain").write_text(SCRIPT, "utf-8")
    (tmp_path / "terms.yaml").write_text(TERMS, "utf-8")
    path, catalogue = tmp_path / "characters" / "anna.yaml", MemoryCatalogue()
    early = sheet(aliases=["Ottilie Sorrel"]).model_dump(mode="json")
    path.write_text(yaml.safe_dump(early), "utf-8")
    with pytest.raises(InvalidSheet, match="from episode 31") as refused:
        await import_show(catalogue, tmp_path, "roof", now_ms=1)
    assert refused.value.where == "aliases.0"
    assert await catalogue.shows() == ()
    early["aliases"] = [{"text": "Ottilie Sorrel", "from_episode": 31}]
    path.write_text(yaml.safe_dump(early), "utf-8")
    assert (await import_show(catalogue, tmp_path, "roof", now_ms=1)).sheets == ("anna",)


def test_a_dated_alias_finds_nobody_and_is_not_in_the_sheet_before_its_episode() -> None:
    kept = sheet(aliases=["Annie", {"text": "Ottilie Sorrel", "from_episode": 31}])
    cast = cast_of("roof", 1, kept, status="published", first_episode=1)
    for horizon, found in ((0, None), (1, None), (30, None), (31, cast), (40, cast)):
        assert find_cast([cast], "ottilie sorrel", horizon) is found
        assert find_cast([cast], "annie", horizon) is cast
        assert ("Ottilie Sorrel" in kept.at(horizon).names) is (found is not None)
    assert find_cast([cast], "Ottilie Sorrel") is cast, "authors find it at any time"


def test_a_sheet_with_dated_aliases_is_kept_as_it_is() -> None:
    for aliases in ([], ["Annie"], ["Annie", {"text": "Ottilie Sorrel", "from_episode": 31}]):
        kept = sheet(aliases=aliases)
        assert Sheet.model_validate_json(kept.model_dump_json()) == kept


def test_no_fact_of_the_sample_show_uses_a_term_before_the_terms_allow_it() -> None:
    facts, terms = load_facts(SAMPLE / "canon.yaml"), load_terms(SAMPLE / "terms.yaml")
    early = [
        (fact.id, term.text)
        for fact in facts
        for term in terms
        if term.first_episode > fact.from_episode and says(fact.text, term)
    ]
    assert (len(facts), early) == (100, [])
