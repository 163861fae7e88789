"""Binds the shield over a canon to one character in front of one fan, as a reply's review needs it.

The only thing that passes through here is a rule's name.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache

from characters.canon import Term
from characters.glossary import Glossary
from characters.release import Release, ReleaseId
from memory.exposure import NOT_KNOWN
from memory.horizon import withheld_terms
from memory.shield import CanonShield
from memory.types import Viewpoint
from memory.words import tokenize
from persona.fan_language import FanLanguage
from persona.plain_words import PLAIN_WORDS
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
        aloud: Sequence[str] = (),
    ) -> None:
        self._shield, self._release, self._viewpoint, self._name = shield, release, viewpoint, name
        self._asked, self._doubt = asked, doubt
        self._heard = frozenset(word for words in aloud for word in _telling(words))

    async def __call__(self, statement: str) -> Verdict:
        """See Shield. Raises MemoryFault."""
        rule = await self._shield.review(
            self._release, self._viewpoint, self._name, statement, asked=self._asked, doubt=self._doubt
        )
        if rule == NOT_KNOWN and self._heard and _telling(statement) <= self._heard:
            return Verdict(True)  # it was said in front of them: they need not have known it
        return Verdict(True) if rule is None else Verdict(False, rule)


def _telling(text: str) -> frozenset[str]:
    """The words of a text that tell something."""
    return frozenset(tokenize(text)) - PLAIN_WORDS


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
    young: bool = False,
    habits: Habits | None = None,
    language: FanLanguage | None = None,
    others: tuple[str, ...] = (),
    aloud: Sequence[str] = (),
) -> Review:
    """The review of what a character says to a fan of this horizon, who said `asked`.

    `doubt` as in CanonShield; `parting`, `minor` and `young` as in ReviewRules;
    `habits`: what the character has said to them lately; `language`: what they are answered in; `others`: names of who
    else is there, and `aloud`: what they said in front of this character, which may be taken up in the same words.
    """
    terms = tuple(term.text for term in withheld_terms(_names(release), horizon))
    eyes = Viewpoint(speaker.cue, horizon)
    bound = BoundShield(shield, release.id, eyes, speaker.name, asked=asked, doubt=doubt, aloud=aloud)
    names = NO_RENDERINGS if language is None else approved(release.glossary, horizon, language.spoken)
    rules = ReviewRules(terms, parting, minor, young, others)
    return Review(rules, bound, habits, language=language, names=names)


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
