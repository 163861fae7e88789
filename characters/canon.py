"""What the authors vouch for beyond the lines: dated facts, and terms that must not be used before their episode."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

FactKind = Literal["fact", "secret", "prop", "relationship", "false_belief"]
FACT_KINDS: tuple[FactKind, ...] = get_args(FactKind)


@dataclass(frozen=True, slots=True)
class Fact:
    """One dated fact. A viewer learns it in `from_episode`; from `until_episode` on it is past."""

    id: str
    text: str
    subject: str
    from_episode: int
    scene: int | None = None
    until_episode: int | None = None
    known_by: Mapping[str, int] = field(default_factory=dict)
    """Cue name -> the episode from which that character knows it (0: before the story). Not listed: never knows.
    Of a false belief: who believes it."""
    kind: FactKind = "fact"
    wordings: tuple[str, ...] = ()
    """Ways to give it away, in any language: compared with what is about to be said, and never quoted."""
    replaced_by: str | None = None
    """The id of what takes its place at `until_episode`; None leaves it to `characters/succession.py`."""


@dataclass(frozen=True, slots=True)
class Term:
    """A name or phrase, and the first episode in which an audience sees or hears it."""

    text: str
    first_episode: int
