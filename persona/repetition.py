"""Whether a reply says again what was said a moment ago, or leans on a catch-phrase.

Pure. A matter of taste and not of truth: what it refuses is asked for once more in other words, and what comes then
leaves. Words are compared as runs (w-shingling, Broder 1997), in scripts without spaces as runs of characters.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from memory.words import folded
from persona.scripts import UNSPACED
from persona.types import Verdict

REPEATS = "repeats"
LEANS_ON_A_PHRASE = "catch_phrase"
TASTE = frozenset({REPEATS, LEANS_ON_A_PHRASE})
"""Rules that are asked about once: a reply that breaks them again leaves all the same."""
TURNS_BACK = 6
"""So many replies are looked back at."""
PHRASE_TURNS = 3
"""A catch-phrase that stood in one of so many last replies has been heard."""
RUN_WORDS = 5
SHARE = 0.6
"""From so much of a segment in runs that were said before, it says them again."""
WORDS_MIN = 5
"""A shorter segment may be said twice: “Sit.” is no repetition."""

_WORD = re.compile(rf"[{UNSPACED}]|[^\W_]+(?:'[^\W_]+)*")


class Habits:
    """What a character has said to this fan lately, and what they like to say."""

    def __init__(self, replies: Sequence[str], says: Sequence[str]) -> None:
        """`replies`: newest last. `says`: catch-phrases as the sheet has them."""
        self._runs = frozenset(run for reply in replies[-TURNS_BACK:] for run in _runs(_words(reply)))
        heard = [" ".join(_words(reply)) for reply in replies[-PHRASE_TURNS:]]
        self._heard = tuple(
            phrase for phrase in (" ".join(_words(text)) for text in says) if any(phrase in one for one in heard)
        )

    def review(self, delivered: str, segment: str) -> Verdict:
        """May `segment` follow `delivered`, as a matter of taste?"""
        words = _words(segment)
        runs = _runs(words)
        if len(words) >= WORDS_MIN and sum(run in self._runs for run in runs) >= SHARE * len(runs):
            return Verdict(False, REPEATS)
        before, text = " ".join(_words(delivered)), " ".join(words)
        if any(phrase in text and phrase not in before for phrase in self._heard):
            return Verdict(False, LEANS_ON_A_PHRASE)
        return Verdict(True)


def _words(text: str) -> list[str]:
    return _WORD.findall(folded(text))


def _runs(words: Sequence[str]) -> list[tuple[str, ...]]:
    return [tuple(words[place : place + RUN_WORDS]) for place in range(len(words) - RUN_WORDS + 1)]
