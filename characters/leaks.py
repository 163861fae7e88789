"""Where a sheet says what the show has not told yet: facts of later episodes, in their own words or nearly so.

Pure. What it finds stops a publication, so it looks for what can hardly be chance; what only sounds alike is left to
the shield and to a reviewer's eye. It quotes canon, for it is for content teams, never for fans.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from characters.canon import Fact, Term
from characters.cards.matching import folded, spoken_of
from characters.linting import SheetText, sheet_texts, spoilers_in
from characters.local_linting import local_texts
from characters.names import folded_words
from characters.script import Script
from characters.sheet import Sheet

WORDS_MIN = 5
"""A fact of fewer telling words could be met by chance."""
SHARE_MIN = 0.8
"""So much of a fact's telling words, said together, is the fact."""
WORDING_WORDS_MIN = 3
SMALL_CHARS = 3
"""Shorter words tell nothing."""


@dataclass(frozen=True, slots=True)
class Giveaway:
    """One place of a sheet that tells too early, what it tells, and where the show itself does."""

    kind: str
    """`term` or `fact`."""
    where: str
    what: str
    episode: int
    scene: int | None
    line: str
    """The line of the script, or the fact, that is given away."""


def giveaways(
    sheet: Sheet, terms: Sequence[Term], facts: Sequence[Fact], script: Script, *, first_episode: int
) -> tuple[Giveaway, ...]:
    """Everything that stops a sheet from being published, in the order of the sheet, terms first."""
    found: list[Giveaway] = []
    texts = (*sheet_texts(sheet, first_episode), *local_texts(sheet, first_episode))
    for text in texts:
        for warning, term in spoilers_in(text, terms):
            episode, scene, line = _said(script, term)
            found.append(Giveaway("term", warning.where, warning.what, episode, scene, line))
    for text in texts:
        for fact in _told(text, facts):
            what = (
                f"it tells {fact.id} from episode {text.from_episode}; the show does so in {fact.from_episode}, "
                f"so date it from there"
            )
            found.append(Giveaway("fact", text.where, what, fact.from_episode, fact.scene, fact.text))
    return tuple(found)


def _told(text: SheetText, facts: Sequence[Fact]) -> Iterator[Fact]:
    said = _telling(text.text)
    plain = folded(text.text, case_sensitive=False)
    for fact in facts:
        if fact.from_episode <= text.from_episode or fact.kind == "false_belief":
            continue
        wanted = _telling(fact.text)
        close = len(wanted) >= WORDS_MIN and len(wanted & said) >= SHARE_MIN * len(wanted)
        worded = (
            len(wording.split()) >= WORDING_WORDS_MIN and spoken_of(folded(wording, case_sensitive=False), plain)
            for wording in fact.wordings
        )
        if close or any(worded):
            yield fact


def _telling(text: str) -> frozenset[str]:
    return frozenset(word for word in folded_words(text) if len(word) > SMALL_CHARS or not word.isascii())


def _said(script: Script, term: Term) -> tuple[int, int | None, str]:
    """The first line of the show that says a term, from its episode on: episode, scene, the line with its speaker."""
    wanted = folded(term.text, case_sensitive=False)
    for scene in script.scenes():
        if scene.episode < term.first_episode:
            continue
        for line in scene.lines:
            if spoken_of(wanted, folded(line.text, case_sensitive=False)):
                return scene.episode, scene.number, f"{line.speaker}: {line.text}" if line.speaker else line.text
    return term.first_episode, None, ""
