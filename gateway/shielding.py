"""Binds the shield over a canon to one character in front of one fan, as a reply's review needs it.

The only thing that passes through here is a rule's name.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import lru_cache

from characters.canon import Term
from characters.glossary import Glossary
from characters.release import Release, ReleaseId
from memory.horizon import withheld_terms
from memory.shield import CanonShield
from memory.types import Viewpoint
from persona.fan_language import FanLanguage
from persona.renderings import NO_RENDERINGS, Renderings, forms_of
from persona.repetition import Habits
from persona.reviewing import Review
from persona.types import ReviewRules, Verdict

RELEASES_MAX = 16
SIBLING = {"zh-Hans": "zh-Hant", "zh-Hant": "zh-Hans"}
"""The language whose forms of a name are most likely to slip in."""


@dataclass(frozen=True, slots=True)
class Speaker:
    """Who says what is reviewed: the cue of the script, and the name as a fan reads it."""

    cue: str
    name: str


class BoundShield:
    """See persona.ports.Shield."""

    def __init__(
        self,
        shield: CanonShield,
        release: ReleaseId,
        viewpoint: Viewpoint,
        name: str,
        *,
        asked: str = "",
        doubt: float = 1.0,
    ) -> None:
        self._shield, self._release, self._viewpoint, self._name = shield, release, viewpoint, name
        self._asked, self._doubt = asked, doubt

    async def __call__(self, statement: str) -> Verdict:
        """See Shield. Raises MemoryFault."""
        rule = await self._shield.review(
            self._release, self._viewpoint, self._name, statement, asked=self._asked, doubt=self._doubt
        )
        return Verdict(True) if rule is None else Verdict(False, rule)


def review_of(
    shield: CanonShield,
    release: Release,
    speaker: Speaker,
    horizon: int,
    asked: str = "",
    *,
    doubt: float = 1.0,
    parting: bool = False,
    minor: bool = False,
    habits: Habits | None = None,
    language: FanLanguage | None = None,
) -> Review:
    """The review of what a character says to a fan of this horizon, who said `asked`.

    `doubt` as in CanonShield; `parting`: whether the fan leaves, or is a minor;
    `habits`: what the character has said to them lately; `language`: what they are answered in.
    """
    terms = tuple(term.text for term in withheld_terms(_names(release), horizon))
    bound = BoundShield(shield, release.id, Viewpoint(speaker.cue, horizon), speaker.name, asked=asked, doubt=doubt)
    names = NO_RENDERINGS if language is None else approved(release.glossary, horizon, language.spoken)
    return Review(ReviewRules(terms, parting, minor), bound, habits, language=language, names=names)


@dataclass(frozen=True, slots=True)
class _Named:
    """A release by what it holds: `key` is its content hash."""

    key: str
    release: Release = field(compare=False)


def _names(release: Release) -> tuple[Term, ...]:
    """The names and terms of a show in every language, worked out once for all turns of a release that is stored."""
    return _kept_names(_Named(release.content_hash, release)) if release.content_hash else _all_names(release)


@lru_cache(maxsize=RELEASES_MAX)
def _kept_names(of: _Named) -> tuple[Term, ...]:
    return _all_names(of.release)


def _all_names(release: Release) -> tuple[Term, ...]:
    return (*release.terms, *release.glossary.names(release.terms))


def approved(glossary: Glossary, horizon: int, language: str) -> Renderings:
    """What names are put right in a language for a fan of this horizon."""
    told = glossary.at(horizon)
    others = {term: rendering.text for term, rendering in told.rendered(SIBLING.get(language, ""))}
    rows = ((term, rendering.text, rendering.never) for term, rendering in told.rendered(language))
    return Renderings.of(forms_of(rows, others))
