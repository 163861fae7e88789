"""The grammar of rules that read facts from a script: a pattern, whom it is about, and how to word what it says.

Pure data and no judgement; `characters/proposing.py` applies the rules. A rule errs on the side of reading nothing:
every proposal costs an author a look.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from characters.canon import FactKind

About = Literal["speaker", "addressee", "n", "pair"]
"""Whose fact it is: who says it, who is spoken to, whom group `n` names, or speaker and addressee (or `n` and `n2`)."""


@dataclass(frozen=True, slots=True)
class ClaimRule:
    """One pattern over one sentence.

    Groups: `n` and `n2` are names, `k` is a word of kinship, `v` is anything. `text` may use them, `speaker` and
    `addressee`; a rule whose text needs an addressee says nothing where it is not clear who is spoken to.
    """

    topic: str
    pattern: re.Pattern[str]
    text: str
    about: About = "speaker"
    kind: FactKind = "fact"
    confidence: float = 0.7
    asks: bool = False
    """It may be a question."""
    people_only: bool = True
    """Whether names in it have to be those of people who speak."""


@dataclass(frozen=True, slots=True)
class ClaimRules:
    """The rules of one language. `spoken` are for speeches, `shown` for action, `places` for headings."""

    spoken: tuple[ClaimRule, ...]
    shown: tuple[ClaimRule, ...]
    places: tuple[ClaimRule, ...]
    introduced: re.Pattern[str]
    """Groups `n`, `age` and `v`: how action introduces somebody."""
    introduction: str
    """Text with `n`, `age` and `v`; `introduction_bare` is without `v`."""
    introduction_bare: str
    vocatives: Mapping[str, str]
    """How somebody calls a relative -> the word for what that relative is."""
    vocative: re.Pattern[str]
    """Group `k`: such a word, alone between commas or at an end."""
    relation: str
    """Text with `addressee`, `speaker` and `k`."""
    not_names: frozenset[str]
    """Folded words with a capital that are nobody's name."""
    vague: re.Pattern[str]
    """A word that points outside the sentence: what holds one cannot stand alone."""


def claim_rule(
    topic: str,
    pattern: str,
    text: str,
    about: About = "speaker",
    *,
    kind: FactKind = "fact",
    confidence: float = 0.7,
    asks: bool = False,
    people_only: bool = True,
) -> ClaimRule:
    """A rule with its pattern compiled; names need their capitals, so case counts."""
    return ClaimRule(topic, re.compile(pattern), text, about, kind, confidence, asks, people_only)
