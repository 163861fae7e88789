"""Tells a fan in danger from a fan of drama: what they write of themselves, or of somebody near, in plain words.

Pure. It errs towards help: an answer that was not needed costs nothing, one that was not given may cost everything.
The signs of each language are in modules of their own; what they find is a kind and never the words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from memory.words import folded
from persona.crisis_en import ENGLISH
from persona.crisis_es import SPANISH
from persona.crisis_further import FURTHER
from persona.crisis_zh import CHINESE

CrisisKind = Literal["suicide", "self_harm", "eating", "abuse"]
TEXT_CHARS_MAX = 4_000

_QUOTED = re.compile(r"\"[^\"]{1,200}\"|“[^”]{1,200}”|«[^»]{1,200}»|「[^」]{1,200}」|『[^』]{1,200}』")
"""What stands in quotation marks is a line of the show more often than the fan's own."""


@dataclass(frozen=True, slots=True)
class Signs:
    """The signs of one language, over folded text."""

    signs: Mapping[CrisisKind, re.Pattern[str]]
    innocent: re.Pattern[str]
    """What sounds alike and is none: taken out before the signs are looked for."""
    playful: re.Pattern[str]
    """What says that a whole line is play or laughter; it excuses no sign of something done or planned."""
    grave: re.Pattern[str]
    """What is no play whoever laughs: something done, a plan, a means at hand."""


def crisis_in(text: str) -> CrisisKind | None:
    """The kind of danger that a line tells of, the gravest first; None for none.

    Every language is looked for in every line: who is desperate writes in their own.
    """
    plain = folded(_QUOTED.sub(" … ", text[-TEXT_CHARS_MAX:]))
    found = {kind for language in LANGUAGES for kind in _kinds(language, plain)}
    return next((kind for kind in GRAVEST_FIRST if kind in found), None)


def _kinds(language: Signs, plain: str) -> Sequence[CrisisKind]:
    bare = language.innocent.sub(" … ", plain)
    if language.playful.search(plain) and not language.grave.search(bare):
        return ()
    return tuple(kind for kind, sign in language.signs.items() if sign.search(bare))


def _compiled(tables: Mapping[str, Sequence[str]]) -> Signs:
    def either(name: str) -> re.Pattern[str]:
        return re.compile("|".join(f"(?:{one})" for one in tables.get(name, ())) or r"(?!)")

    return Signs({kind: either(kind) for kind in GRAVEST_FIRST}, either("innocent"), either("playful"), either("grave"))


GRAVEST_FIRST: tuple[CrisisKind, ...] = ("suicide", "abuse", "self_harm", "eating")
LANGUAGES = tuple(_compiled(tables) for tables in (ENGLISH, SPANISH, CHINESE, *FURTHER))
