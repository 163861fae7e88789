"""A drafted sheet says only what the script says, each part from its episode, and passes for a sheet everywhere."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from characters.canon import Term
from characters.draft_words import STOPGAPS, WORDS
from characters.drafting import Drafted, draft_sheet, slug_of
from characters.early_names import refuse_early_names
from characters.importing import SHOWS_FOLDER
from characters.linting import lint
from characters.presence import with_presence
from characters.proposing import propose
from characters.reading import read_show
from characters.script import Episode, Line, ReadReport, Scene, Script
from characters.sheet import DatedText, Exchange
from characters.sheet_yaml import sheet_yaml
from characters.show_folder import TERMS_FILE, load_terms, parse_sheet
from characters.terms import derive_terms, merge_terms
from tests.characters.generated import episodes

SAMPLE = SHOWS_FOLDER / "lantern-contract"
SHOWS = {
    "lantern-contract": SAMPLE,
    **{name: Path(__file__).parent.parent / "data" / "shows" / name for name in ("los-almendros", "rain-teahouse")},
}


@dataclass(frozen=True)
class Show:
    """A show read whole, with a draft of everybody in it."""

    script: Script
    terms: tuple[Term, ...]
    drafts: dict[str, Drafted]


@cache
def drafted(name: str) -> Show:
    reading = read_show(SHOWS[name])
    script = Script(with_presence(reading.script.episodes), reading.script.report)
    return Show(script, terms_of(name, script), drafts_of(script, terms_of(name, script)))


def terms_of(name: str, script: Script) -> tuple[Term, ...]:
    authored = load_terms(SAMPLE / TERMS_FILE) if name == "lantern-contract" else ()
    return merge_terms(authored, derive_terms(script))


def drafts_of(script: Script, terms: tuple[Term, ...]) -> dict[str, Drafted]:
    proposals = propose(script)
    found = {cue: draft_sheet(script, terms, cue, proposals) for cue in script.report.cues}
    return {cue: draft for cue, draft in found.items() if draft is not None}


def dated(draft: Drafted) -> list[DatedText]:
    sheet = draft.sheet
    return [*sheet.voice.says, *sheet.wants, *sheet.greetings, *sheet.deflections]


def said_until(script: Script, episode: int) -> str:
    return "\n".join(
        line.text for scene in script.scenes() if scene.episode <= episode for line in scene.lines
    ).casefold()


@pytest.mark.parametrize("name", SHOWS)
def test_every_draft_passes_lint_and_can_be_written_and_read_back(name: str) -> None:
    show = drafted(name)
    assert show.drafts
    for draft in show.drafts.values():
        warnings = lint(draft.sheet, show.terms, first_episode=draft.first_episode)
        assert [warning for warning in warnings if warning.kind == "spoiler"] == []
        refuse_early_names(draft.sheet, draft.first_episode, show.terms)
        assert parse_sheet(sheet_yaml(draft.sheet).encode(), "x.yaml") == draft.sheet
    slugs = [draft.sheet.slug for draft in show.drafts.values()]
    assert len(set(slugs)) == len(slugs)


@pytest.mark.parametrize("name", SHOWS)
def test_every_quoted_part_was_said_by_its_episode(name: str) -> None:
    show = drafted(name)
    quotes = 0
    for draft in show.drafts.values():
        for part in dated(draft):
            if part.text not in STOPGAPS:
                quote = re.search(r"“(.+)”$|«(.+)»$", part.text)
                text = next(group for group in quote.groups() if group) if quote else part.text.removesuffix(" …")
                assert text.casefold() in said_until(show.script, part.from_episode), part
                quotes += 1
        for example in draft.sheet.examples:
            spoken = said_until(show.script, example.from_episode)
            assert example.fan.casefold() in spoken
            assert example.reply.casefold() in spoken
    assert quotes > 10


@pytest.mark.parametrize("name", SHOWS)
def test_undated_parts_have_no_name_and_no_word_that_comes_later(name: str) -> None:
    """Every word of them that the script has at all is there by the first meeting, or in our own sentences."""
    show = drafted(name)
    ours = " ".join(str(getattr(words, field)) for words in WORDS.values() for field in words.__slots__).casefold()
    everything = " ".join(
        (*said_until(show.script, 999).split(), *(s.heading for s in show.script.scenes()))
    ).casefold()
    for draft in show.drafts.values():
        sheet, met = draft.sheet, draft.first_episode
        headings = " ".join(scene.heading for scene in show.script.scenes() if scene.episode <= met)
        early = f"{said_until(show.script, met)} {headings.casefold()} {' '.join(show.script.report.cues).casefold()}"
        for text in (sheet.tagline, sheet.essence, sheet.voice.description):
            for word in re.findall(r"[^\W\d_]{4,}", text.casefold()):
                assert word in early or word in ours or word not in everything, (sheet.slug, word)


@pytest.mark.parametrize("name", SHOWS)
def test_a_draft_of_the_first_half_is_what_the_whole_draft_shows_of_it_or_less(name: str) -> None:
    """What a fan of an early episode may meet rests on the episodes until then, whatever comes after."""
    show = drafted(name)
    horizon = max(episode.number for episode in show.script.episodes) // 2
    for draft in show.drafts.values():
        if draft.first_episode > horizon:
            continue
        met = draft.sheet.at(horizon)
        spoken = said_until(show.script, horizon)
        for example in met.examples:
            assert example.reply.casefold() in spoken
        assert [fact.text for fact in met.facts if fact.from_episode > horizon] == []


def test_the_sample_show_s_people_sound_like_themselves() -> None:
    drafts = drafted("lantern-contract").drafts
    said = {cue: {part.text for part in draft.sheet.voice.says} for cue, draft in drafts.items()}
    assert {"Noted.", "Clause Seven."} <= said["GIDEON"]
    assert "I have taken the liberty of …" in said["PIKE"]
    assert "I say this with love …" in said["CORALIE"]
    assert "Let the record show …" in said["FENN"]
    described = {cue: draft.sheet.voice.description for cue, draft in drafts.items()}
    assert "Never contracts" in described["GIDEON"]
    assert "Always contracts" in described["TAMSIN"]
    assert "Exclaims often." in described["JOSÉ"]
    facts = {cue: [fact.text for fact in draft.sheet.facts] for cue, draft in drafts.items()}
    assert "You call people “sir”." in facts["PIKE"]
    assert "Gideon is Mr. Nobody." in facts["GIDEON"]
    tamsin = drafts["TAMSIN"].sheet
    assert tamsin.tagline == "Tamsin Orr, 26. Solder-burnt apron, silver locket at her throat."
    assert tamsin.aliases == ("Tamsin Orr",)
    assert drafts["李明"].first_episode == 13  # where his name is first told


def test_what_is_known_by_others_only_is_not_offered_with_a_sheet() -> None:
    show = drafted("lantern-contract")
    for cue, draft in show.drafts.items():
        assert all(cue in proposal.fact.known_by for proposal in draft.proposals)
    assert show.drafts["TAMSIN"].proposals


def test_somebody_who_is_only_a_voice_has_no_draft_and_a_child_is_a_minor() -> None:
    lines = (
        Line("LILY, 9, red boots, waves.", 1),
        Line("Are you the lamp lady?", 2, "LILY"),
        Line("Once upon a time.", 3, "NARRATOR"),
    )
    scene = Scene(1, 1, "EXT. LANE - DAY", lines, frozenset({"LILY"}))
    script = Script((Episode(1, "", (scene,)),), ReadReport(1, 1, {"LILY": 1, "NARRATOR": 1}))
    assert draft_sheet(script, (), "NARRATOR", ()) is None
    lily = draft_sheet(script, (), "LILY", ())
    assert lily is not None
    assert lily.sheet.minor
    assert [greeting.text for greeting in lily.sheet.greetings] == ["Are you the lamp lady?"]


@pytest.mark.parametrize(
    ("name", "slug"),
    [
        ("Don Ernesto", "don-ernesto"),
        ("José", "jose"),
        ("苏婉", "character-3"),
        ("O'Neil 2", "o-neil-2"),
        ("—", "character-3"),
    ],
)
def test_slugs_are_plain_letters(name: str, slug: str) -> None:
    assert slug_of(name, 3) == slug


@settings(max_examples=40, deadline=None)
@given(st.lists(episodes(), min_size=1, max_size=4, unique_by=lambda episode: episode.number))
def test_any_script_gives_valid_sheets_that_show_nothing_too_early(told: list[Episode]) -> None:
    cues = {line.speaker: 1 for one in told for scene in one.scenes for line in scene.lines if line.speaker}
    ordered = tuple(sorted(told, key=lambda episode: episode.number))
    script = Script(ordered, ReadReport(len(told), 0, cues))
    terms = derive_terms(script)
    for cue, draft in drafts_of(script, terms).items():
        first = script.first_episode_of(cue)
        assert first is not None
        assert draft.first_episode >= first
        assert not [w for w in lint(draft.sheet, terms, first_episode=draft.first_episode) if w.kind == "spoiler"]
        shown: list[DatedText | Exchange] = [*dated(draft), *draft.sheet.examples]
        assert all(part.from_episode <= max(one.number for one in ordered) for part in shown)
        assert draft == draft_sheet(script, terms, cue, propose(script))
