"""The values of recall: a viewpoint asks, passages and facts answer, and what was withheld is counted."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from characters.canon import Fact
from characters.release import ReleaseId
from memory.notes import Owner

UNKNOWN_HORIZON = 0
"""Progress that nobody vouched for: nothing is known."""


@dataclass(frozen=True, slots=True)
class Viewpoint:
    """Whose eyes, and how far: a character (cue name) seen by a fan who has watched `horizon` episodes."""

    character: str
    horizon: int


@dataclass(frozen=True, slots=True)
class Passage:
    """A window of lines of one scene, the unit of recall. `id` is unique and stable inside a release."""

    id: str
    episode: int
    scene: int
    first_line: int
    last_line: int
    """Positions of its first and last line in the scene, counted from 0."""
    place: str
    text: str
    speakers: frozenset[str]
    present: frozenset[str]
    content_hash: str

    @property
    def revealed_at(self) -> int:
        """The first horizon at which a viewer has seen this."""
        return self.episode


@dataclass(frozen=True, slots=True)
class OwnLine:
    """Something the character says in the script, with the line it answers: how they really speak."""

    text: str
    cue_text: str
    """The line before it in the scene, or "" when it opens the scene."""
    episode: int
    scene: int


@dataclass(frozen=True, slots=True)
class Scored:
    """A recalled passage with its fused score in 0..1, best first."""

    passage: Passage
    score: float


@dataclass(frozen=True, slots=True)
class ScoredLine:
    """One of the character's own lines, with its relevance to the question in 0..1."""

    line: OwnLine
    score: float


@dataclass(frozen=True, slots=True)
class KnownFact:
    """A recalled fact; `past` when the fan has seen it superseded, or a false belief exposed to this character.

    A belief that is not past is held sincerely, whatever the fan knows by then.
    """

    fact: Fact
    past: bool
    score: float
    now: Fact | None = None
    """Of what is past: what holds instead, when the fan has seen it and the character knows it."""


@dataclass(frozen=True, slots=True)
class Withheld:
    """How much stayed behind the gate, by reason, never what: safe to print to a content team."""

    passages: Mapping[str, int] = field(default_factory=dict)
    """Reason (`beyond the horizon`, `not present`) -> number of passages."""
    facts: Mapping[str, int] = field(default_factory=dict)
    """Reason (`beyond the horizon`, `does not know`) -> number of facts."""


@dataclass(frozen=True, slots=True)
class Query:
    """What the fan says now, and the exchange before it, which tells what a pronoun means."""

    text: str
    previous: str = ""


@dataclass(frozen=True, slots=True)
class RecallTimes:
    """How long a recall took, in milliseconds, the embedder's time apart."""

    embed_ms: float
    search_ms: float


@dataclass(frozen=True, slots=True)
class Recall:
    """What a character can recall for one question. Everything in it lies within the viewpoint."""

    release: ReleaseId
    viewpoint: Viewpoint
    passages: tuple[Scored, ...] = ()
    facts: tuple[KnownFact, ...] = ()
    own_lines: tuple[ScoredLine, ...] = ()
    withheld: Withheld = field(default_factory=Withheld)
    times: RecallTimes = RecallTimes(0.0, 0.0)


REPLACED = "replaced"
"""The status of an exchange whose reply the fan asked to have again."""
ASIDE = frozenset({"crisis", "disclosure", REPLACED})
"""Exchanges that are kept for the fan to read, and are no part of the talk."""


@dataclass(frozen=True, slots=True)
class Part:
    """What one character says in a reply that two give: the code points from `start` to `end` of its text."""

    speaker: str
    """The character's slug."""
    start: int
    end: int


@dataclass(frozen=True, slots=True)
class Exchange:
    """One turn as it will be remembered: what the fan wrote and what was delivered. Times: ms since the epoch, UTC."""

    turn: str
    fan_text: str
    reply_text: str
    status: str
    """`running` until the turn ends, then completed, cancelled, failed or refused. Or one of ASIDE."""
    horizon: int
    at_ms: int
    parts: tuple[Part, ...] = ()
    """Of a scene: who said what; empty when the reply is all of one character's."""


@dataclass(frozen=True, slots=True)
class ToldTurn:
    """A turn from which notes of one character's are still to be read."""

    turn: str
    owner: Owner
    at_ms: int


@dataclass(frozen=True, slots=True)
class TalkVectors:
    """The vectors of both sides of a turn, shape (dims,) each, length 1."""

    fan: NDArray[np.float32]
    reply: NDArray[np.float32]
