"""A fact that rules or a model read from the script, with the line it rests on: something for an author to decide.

It is no canon. Nothing of it may reach a prompt before a person has approved it.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, replace

from characters.canon import Fact

ID_PREFIX = "P-"
ID_HEX_CHARS = 12


@dataclass(frozen=True, slots=True)
class Proposal:
    """`confidence` (0..1) is how seldom what reads like this is wrong: it compares, it does not promise."""

    fact: Fact
    confidence: float
    origin: str
    """`rules:TOPIC` or `model:NAME`."""
    source: tuple[str, ...]
    """The lines it rests on, each with its episode, scene and speaker."""


def with_stable_id(fact: Fact) -> Fact:
    """The fact under the id that the same reading has every time: SHA-256 over what it says and where."""
    said = "\n".join((fact.subject, fact.text, str(fact.from_episode), str(fact.scene)))
    return replace(fact, id=f"{ID_PREFIX}{hashlib.sha256(said.encode()).hexdigest()[:ID_HEX_CHARS]}")
