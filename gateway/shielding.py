"""Binds the shield over a canon to one character in front of one fan, as a reply's review needs it.

The only thing that passes through here is a rule's name.
"""

from __future__ import annotations

from dataclasses import dataclass

from characters.release import Release, ReleaseId
from memory.horizon import withheld_terms
from memory.shield import CanonShield
from memory.types import Viewpoint
from persona.repetition import Habits
from persona.reviewing import Review
from persona.types import ReviewRules, Verdict


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
    young: bool = False,
    habits: Habits | None = None,
) -> Review:
    """The review of what a character says to a fan of this horizon, who said `asked`.

    `doubt` as in CanonShield; `parting`, `minor` and `young` as in ReviewRules;
    `habits`: what the character has said to them lately.
    """
    terms = tuple(term.text for term in withheld_terms(release.terms, horizon))
    bound = BoundShield(shield, release.id, Viewpoint(speaker.cue, horizon), speaker.name, asked=asked, doubt=doubt)
    return Review(ReviewRules(terms, parting, minor, young), bound, habits)
