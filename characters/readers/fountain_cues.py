"""Who speaks: telling a Fountain character cue from everything else in capitals, and its name from its extensions.

A name in a script without capitals is a cue only when it was forced with `@` somewhere in the show, as Fountain's
rules have it; guessing would turn every short line of Chinese action into a person.
"""

from __future__ import annotations

import re
from collections.abc import Set
from dataclasses import dataclass

CUE_CHARS_MAX = 60

_EXTENSION = re.compile(r"\s*[(（]([^()（）]*)[)）]?\s*$")
# Letters that are lower case by Unicode's book and yet stand in names written in capitals.
_CASELESS = frozenset("ßªº")
_NOT_A_NAME_END = tuple("!?:…,;:！？：，；。")
_ABBREVIATION_END = re.compile(r"(?:\b(?:JR|SR|DR|ST|ESQ)|\b[^\W\d_])\.$")
_PUNCTUATION = re.compile(r"[\s.'’\"\-]")
# The speaker is heard and is not there: a letter read aloud, a message, a memory, the narration.
_HEARD_ONLY_WORDS = (
    "vo voiceover voixoff prelap recording recorded ontv tv onradio radio narration narrating narrator "
    "画外音 旁白 зк закадром"
)
_HEARD_ONLY = frozenset(_HEARD_ONLY_WORDS.split())


@dataclass(frozen=True, slots=True)
class Cue:
    """A cue's canonical name, and whether its speaker is only heard (V.O.) rather than there (O.S. is there)."""

    name: str
    heard_only: bool


def parse_cue(text: str) -> Cue:
    """`@李明 (V.O.) (CONT'D) ^` without its mark, extensions and caret. The name may come out empty."""
    name = text.strip().removeprefix("@").rstrip(" ^")
    heard_only = False
    while (found := _EXTENSION.search(name)) is not None:
        heard_only = heard_only or _PUNCTUATION.sub("", found.group(1)).casefold() in _HEARD_ONLY
        name = name[: found.start()]
    return Cue(" ".join(name.split()), heard_only)


def is_cue(text: str, known: Set[str]) -> bool:
    """Whether a line that follows an empty line and precedes a full one is a character cue without being forced.

    `known` are names that were forced elsewhere in the show.
    """
    if text.startswith(("(", "（")):
        return False
    name = parse_cue(text).name
    if name in known:
        return True
    if not name or len(name) > CUE_CHARS_MAX or name.endswith(_NOT_A_NAME_END):
        return False
    if name.endswith(".") and not _ABBREVIATION_END.search(name):
        return False
    return any(letter.isupper() for letter in name) and not any(
        letter.islower() and letter not in _CASELESS for letter in name
    )
