"""The sheets that ship with the sample show: complete at every horizon, in voice, and without a spoiler."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
import yaml

from characters.sheet import Alias, DatedText, Exchange, Secret, Sheet

SHOW = Path(__file__).resolve().parents[2] / "characters" / "shows" / "lantern-contract"
SHEET_PATHS = sorted((SHOW / "characters").glob("*.yaml"))
EPISODE_COUNT = 40
DEMO_HORIZON = 12
CAST = {"TAMSIN", "GIDEON", "CORALIE", "HONORIA", "PIKE", "JOSÉ", "FENN", "李明"}

CUE = re.compile(r"^@?(?P<cue>[^a-z\s].*?)(?: \((?:CONT'D|O\.S\.|V\.O\.)\))?(?: \^)?$")
NOT_SHOWN = re.compile(r"/\*.*?\*/|\[\[.*?\]\]", re.DOTALL)
CJK = re.compile(r"[\u3400-\u9fff]")
TITLES_AND_WORDS = {"mr", "mrs", "inspector", "nobody"}

# A character's own sayings, which nobody else may borrow. "Child" counts only where somebody is called so.
CATCH_PHRASES: dict[str, tuple[str, ...]] = {
    "TAMSIN": (r"everything's mendable", r"people confuse the two"),
    "GIDEON": (r"\bnoted\b", r"that is not a clause", r"(?:^|[.!?] )next\."),
    "CORALIE": (r"\bsweetheart", r"i say this with love", r"\bbless (?:him|her|them)\b"),
    "HONORIA": (r"a borrowed lamp", r", child\b[.,;:?!]", r"^child,"),
    "PIKE": (r"taken the liberty", r"ends at the hinge"),
    "JOSÉ": (r"swear on the oven", r"\bundertaker\b", r"\bmy friend\b"),
    "FENN": (r"strictly speaking", r"without prejudice", r"let the record show"),
    "李明": (r"(?:^|[.!?] )not yet\.", r"\bthat number\b"),
}


@dataclass(frozen=True)
class Passage:
    """One text of a sheet, and the first horizon that meets it."""

    where: str
    from_episode: int
    text: str


def load(path: Path) -> Sheet:
    return Sheet.model_validate(yaml.safe_load(path.read_text(encoding="utf-8")))


SHEETS = {path.stem: load(path) for path in SHEET_PATHS}


def first_spoken_episodes() -> dict[str, int]:
    """Cue name to the first episode in which a line of dialogue follows it."""
    first: dict[str, int] = {}
    for path in sorted((SHOW / "episodes").glob("ep*.fountain")):
        episode = int(path.stem.removeprefix("ep"))
        lines = NOT_SHOWN.sub("", path.read_text(encoding="utf-8")).splitlines()
        for before, line, after in zip(["", *lines], lines, [*lines[1:], ""], strict=False):
            found = CUE.match(line)
            if found and not before.strip() and after.strip():
                first.setdefault(found["cue"], episode)
    return first


FIRST_SPOKEN = first_spoken_episodes()


def term_episodes() -> dict[str, int]:
    """Every term, and every single name of a person, with the first episode in which a viewer meets it."""
    terms: dict[str, int] = {}
    for episode, groups in yaml.safe_load((SHOW / "terms.yaml").read_text(encoding="utf-8")).items():
        for group, entries in groups.items():
            for entry in entries:
                words = entry.split() if group == "people" else []
                names = [word for word in words if word.strip(".").casefold() not in TITLES_AND_WORDS]
                for term in [entry, *names]:
                    terms[term.casefold()] = min(episode, terms.get(term.casefold(), episode))
    return terms


TERMS = term_episodes()


def mentions(text: str, term: str) -> bool:
    """Whether the text has the term: as whole words, singular or plural, or as characters where words have no edges."""
    if CJK.search(term):
        return term.casefold() in text.casefold()
    return re.search(rf"(?<!\w){re.escape(term.casefold())}s?(?!\w)", text.casefold()) is not None


def dated(sheet: Sheet) -> Iterator[Passage]:
    groups: dict[str, tuple[DatedText | Secret, ...]] = {
        "voice.says": sheet.voice.says,
        "wants": sheet.wants,
        "secrets": sheet.secrets,
        "facts": sheet.facts,
        "greetings": sheet.greetings,
        "deflections": sheet.deflections,
    }
    for name, parts in groups.items():
        for index, part in enumerate(parts):
            yield Passage(f"{name}[{index}]", part.from_episode, part.text)
    for index, secret in enumerate(sheet.secrets):
        for listener in secret.kept_from:
            yield Passage(f"secrets[{index}].kept_from", secret.from_episode, listener)
    for index, example in enumerate(sheet.examples):
        yield Passage(f"examples[{index}].reply", example.from_episode, example.reply)


def undated(sheet: Sheet) -> Iterator[Passage]:
    first = FIRST_SPOKEN[sheet.cue]
    texts = {
        "name": sheet.name,
        "tagline": sheet.tagline,
        "essence": sheet.essence,
        "voice.description": sheet.voice.description,
    }
    lists = {"voice.never": sheet.voice.never, "boundaries": sheet.boundaries}
    for where, text in texts.items():
        yield Passage(where, first, text)
    for alias in sheet.aliases:
        if isinstance(alias, Alias):
            yield Passage("aliases", max(first, alias.from_episode), alias.text)
        else:
            yield Passage("aliases", first, alias)
    for where, entries in lists.items():
        for entry in entries:
            if not (where == "aliases" and sheet.cue == "李明"):  # one name, in two scripts
                yield Passage(where, first, entry)


def spoken(sheet: Sheet) -> Iterator[Passage]:
    """What the character may be heard to say, as opposed to what the sheet says of them."""
    for passage in dated(sheet):
        if passage.where.startswith(("voice.says", "greetings", "examples", "deflections")):
            yield passage


def spoilers(sheet: Sheet) -> list[str]:
    return [
        f"{passage.where} (from episode {passage.from_episode}) has {term!r} of episode {episode}"
        for passage in (*dated(sheet), *undated(sheet))
        for term, episode in TERMS.items()
        if episode > passage.from_episode and mentions(passage.text, term)
    ]


def sentence_count(text: str) -> int:
    return len(re.findall(r"[.!?]+(?=\s|$)", re.sub(r"\b(?:Mrs?|St)\.|\.\.\.", "", text)))


def horizons(sheet: Sheet) -> range:
    return range(FIRST_SPOKEN[sheet.cue], EPISODE_COUNT + 1)


each_sheet = pytest.mark.parametrize("slug", sorted(SHEETS))


def test_the_folder_holds_one_sheet_for_every_member_of_the_cast() -> None:
    assert {sheet.cue for sheet in SHEETS.values()} == CAST
    assert all(sheet.slug == slug for slug, sheet in SHEETS.items())


def test_the_scripts_are_read_for_the_first_episode_in_which_each_of_the_cast_speaks() -> None:
    assert {cue: FIRST_SPOKEN[cue] for cue in CAST} == {
        "TAMSIN": 1,
        "GIDEON": 1,
        "PIKE": 1,
        "JOSÉ": 2,
        "FENN": 2,
        "CORALIE": 3,
        "HONORIA": 3,
        "李明": 13,
    }


@each_sheet
def test_every_horizon_has_a_greeting_a_want_and_three_ways_of_not_answering(slug: str) -> None:
    sheet = SHEETS[slug]
    for horizon in horizons(sheet):
        met = sheet.at(horizon)
        assert met.greetings, f"no greeting at {horizon}"
        assert met.wants, f"no want at {horizon}"
        assert len(met.deflections) >= 3, f"too few deflections at {horizon}"


@each_sheet
def test_nothing_may_be_met_before_the_character_is(slug: str) -> None:
    first = FIRST_SPOKEN[SHEETS[slug].cue]
    early = [passage for passage in dated(SHEETS[slug]) if passage.from_episode < first]
    assert [passage for passage in early if first > 1 or passage.from_episode > 0] == []


def test_whoever_is_in_episode_1_greets_and_deflects_a_fan_whose_progress_nobody_knows() -> None:
    for sheet in (sheet for sheet in SHEETS.values() if FIRST_SPOKEN[sheet.cue] == 1):
        unknown = sheet.at(0)
        assert len(unknown.greetings) == 1
        assert len(unknown.deflections) >= 3
        assert not unknown.facts
        assert not unknown.examples


@each_sheet
def test_the_newest_greeting_is_never_an_old_one_that_outlived_its_successor(slug: str) -> None:
    sheet = SHEETS[slug]
    for horizon in horizons(sheet):
        assert len(sheet.at(horizon).greetings) == 1, f"which greeting is newest at {horizon}?"


@each_sheet
def test_a_sheet_is_of_the_size_that_was_ordered(slug: str) -> None:
    sheet = SHEETS[slug]
    assert 3 <= len(sheet.voice.says) <= 6
    assert 3 <= len(sheet.voice.never) <= 6
    assert len(sheet.wants) >= 3
    assert 2 <= len(sheet.secrets) <= 6
    assert 8 <= len(sheet.facts) <= 20
    assert 3 <= len(sheet.boundaries) <= 5
    assert len(sheet.greetings) >= 8
    assert len(sheet.examples) >= 12
    assert len(sheet.deflections) >= 8


@pytest.mark.parametrize("slug", sorted(slug for slug, s in SHEETS.items() if FIRST_SPOKEN[s.cue] <= DEMO_HORIZON))
def test_a_fan_of_twelve_episodes_is_greeted_for_that_episode_and_answered_from_many_examples(slug: str) -> None:
    sheet = SHEETS[slug]
    (greeting,) = sheet.at(DEMO_HORIZON).greetings
    assert (greeting.from_episode, greeting.until_episode) == (DEMO_HORIZON, DEMO_HORIZON + 1)
    assert len(sheet.at(DEMO_HORIZON).examples) >= 6


@each_sheet
def test_no_part_has_a_term_of_an_episode_that_its_reader_may_not_have_watched(slug: str) -> None:
    assert spoilers(SHEETS[slug]) == []


@pytest.mark.parametrize(
    ("part", "expected"),
    [
        (DatedText(from_episode=12, text="Ask Ottilie."), "'ottilie' of episode 31"),
        (DatedText(from_episode=30, text="They call her 小灯 at home."), "'小灯' of episode 31"),
        (DatedText(from_episode=20, text="He keeps FERNS."), "'fern' of episode 21"),
        (DatedText(from_episode=5, text="Barnaby Orr has a scar."), "'scar' of episode 6"),
    ],
)
def test_a_spoiler_planted_in_a_dated_part_is_found(part: DatedText, expected: str) -> None:
    sheet = SHEETS["tamsin"]
    planted = sheet.model_copy(update={"facts": (*sheet.facts, part)})
    assert any(expected in found for found in spoilers(planted))


def test_a_spoiler_planted_in_an_undated_part_a_reply_or_a_listener_is_found() -> None:
    sheet = SHEETS["coralie"]
    reply = Exchange(from_episode=26, fan="who are you?", reply="Coralie Fenn, since you ask.")
    secret = Secret(from_episode=31, text="A painter.", kept_from=("Li Yue",))
    assert spoilers(sheet.model_copy(update={"aliases": ("Coralie Fenn",)}))
    assert spoilers(sheet.model_copy(update={"examples": (reply,)}))
    assert spoilers(sheet.model_copy(update={"secrets": (secret,)}))


def test_a_term_is_found_as_a_whole_word_only_and_not_once_its_episode_is_watched() -> None:
    sheet = SHEETS["tamsin"]
    innocent = DatedText(from_episode=1, text="A scarf, a hurricane and an infernal draught.")
    watched = DatedText(from_episode=31, text="Ottilie Sorrel, with a scar.")
    assert spoilers(sheet.model_copy(update={"facts": (innocent, watched)})) == []


def test_what_a_fan_types_in_an_example_is_not_held_against_the_sheet() -> None:
    sheet = SHEETS["tamsin"]
    example = Exchange(from_episode=1, fan="is Ottilie alive?", reply="Mind the step.")
    assert spoilers(sheet.model_copy(update={"examples": (example,)})) == []


@each_sheet
def test_nobody_borrows_the_catch_phrase_of_somebody_else(slug: str) -> None:
    sheet = SHEETS[slug]
    borrowed = [
        (passage.where, phrase)
        for owner, phrases in CATCH_PHRASES.items()
        if owner != sheet.cue
        for phrase in phrases
        for passage in spoken(sheet)
        if re.search(phrase, passage.text.casefold())
    ]
    assert borrowed == []


@each_sheet
def test_a_sample_reply_is_no_longer_than_the_sheet_allows(slug: str) -> None:
    sheet = SHEETS[slug]
    too_long = [e.reply for e in sheet.examples if sentence_count(e.reply) > sheet.sentences_max]
    assert too_long == []


@each_sheet
def test_a_whole_deflection_is_no_longer_than_the_sheet_allows(slug: str) -> None:
    sheet = SHEETS[slug]
    assert [d.text for d in sheet.deflections if sentence_count(d.text) > sheet.sentences_max] == []


@each_sheet
def test_a_character_asked_sincerely_owns_to_being_an_ai_from_the_first_episode(slug: str) -> None:
    sheet = SHEETS[slug]
    always = sheet.at(FIRST_SPOKEN[sheet.cue]).examples
    assert any(re.search(r"\ba character, voiced by an AI\b", e.reply) for e in always)


def said(slug: str, pattern: str, *, before: int = EPISODE_COUNT + 1) -> list[str]:
    """What the character can be heard to say, by fans of fewer than `before` episodes, that has the pattern."""
    return [
        passage.text
        for passage in spoken(SHEETS[slug])
        if passage.from_episode < before and re.search(pattern, passage.text, re.IGNORECASE)
    ]


def test_gideon_says_no_please_before_episode_35_and_no_sorry_before_episode_29() -> None:
    assert said("gideon", r"\bplease\b", before=35) == []
    assert said("gideon", r"\bsorry\b", before=29) == []


def test_gideon_never_exclaims_and_hardly_contracts() -> None:
    assert said("gideon", r"!") == []
    assert said("gideon", r"\b(?:I'm|I'll|I've|don't|can't|won't|it's|isn't|didn't)\b") == []


def test_tamsin_calls_him_hallam_until_episode_24_and_never_says_that_she_is_fine() -> None:
    assert said("tamsin", r"\bGideon\b", before=24) == []
    assert said("tamsin", r"\bI'm fine\b") == []


def test_honoria_never_apologises() -> None:
    assert said("honoria", r"\bsorry\b|\bapolog|\bforgive me\b") == []


def test_fenn_never_answers_yes_or_no_and_never_exclaims() -> None:
    assert said("fenn", r"\byes\b|\bno\b|!") == []


def test_pike_never_exclaims_or_laughs() -> None:
    assert said("pike", r"!|\bha(?:ha)*\b") == []


def test_li_ming_never_exclaims_contracts_or_guesses() -> None:
    assert said("li-ming", r"!|\w'(?:m|ll|ve|re|t)\b") == []
    assert said("li-ming", r"\b(?:roughly|probably|maybe|perhaps|more or less)\b") == []


def test_coralie_never_shouts_or_swears() -> None:
    assert said("coralie", r"!|\b(?:damn|hell|bloody|god)\b") == []
