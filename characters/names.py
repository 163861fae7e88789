"""Capitalised words in running text: what may be a name, where a run of them ends, and which begin a sentence.

Used to tell who is named in action and which names a show has. Case is all it has to go by, so it says nothing about
scripts that have none.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_WORD = re.compile(r"[^\W_]+(?:[-'’][^\W_]+)*\.?")
_SENTENCE_GAP = re.compile(r"[.!?…:;\"“”«»(\[—–*]")
_JOINING_GAPS = frozenset({" ", " & "})
NAME_WORDS_MAX = 6
_TITLE_WORDS = (
    "mr mrs ms miss dr doctor inspector captain detective officer sergeant sir lady lord professor nurse judge king "
    "queen prince princess president uncle aunt grandma grandpa señor señora don doña madame monsieur"
)
TITLES = frozenset(_TITLE_WORDS.split())
_DOTTED = frozenset({"mr", "mrs", "ms", "dr", "st", "jr", "sr", "prof"})


@dataclass(frozen=True, slots=True)
class Word:
    """One capitalised word. `text` is without a possessive ending and without a full stop that ends a sentence."""

    text: str
    start: int
    possessive: bool
    opens_sentence: bool
    after_article: bool
    """Whether `a`, `an` or `the` stands before it: a NURSE is a role, NURSE is a name."""

    @property
    def capitals(self) -> bool:
        """Whether it is written in capitals throughout."""
        return len(self.text) > 1 and self.text == self.text.upper()

    @property
    def folded(self) -> str:
        """For comparing names in any case."""
        return self.text.casefold()


@dataclass(frozen=True, slots=True)
class Run:
    """Capitalised words with nothing but spaces (or `&`) between them: `Mrs. Honoria Hallam`, `Orr & Daughter`."""

    words: tuple[Word, ...]
    ampersand: bool

    @property
    def folded(self) -> tuple[str, ...]:
        """Its words for comparing."""
        return tuple(word.folded for word in self.words)


def name_runs(text: str) -> list[Run]:
    """Every run of capitalised words, left to right."""
    runs: list[Run] = []
    words: list[Word] = []
    ampersand = False
    previous_end, previous, ended = 0, "", True
    for found in _WORD.finditer(text):
        gap = text[previous_end : found.start()]
        bare, dotted = _bare(found.group())
        capital = bare[0].isupper()
        opens = ended or _SENTENCE_GAP.search(gap) is not None
        if words and not (capital and not opens and gap in _JOINING_GAPS and not words[-1].possessive):
            runs.append(Run(tuple(words), ampersand))
            words, ampersand = [], False
        if capital:
            ampersand = ampersand or (bool(words) and "&" in gap)
            name, possessive = _without_possessive(bare)
            words.append(Word(name, found.start(), possessive, opens, previous in ("a", "an", "the")))
        previous_end, previous, ended = found.end(), bare.casefold(), dotted
    if words:
        runs.append(Run(tuple(words), ampersand))
    return runs


def _bare(word: str) -> tuple[str, bool]:
    """The word without its full stop, and whether that stop ended a sentence."""
    if not word.endswith("."):
        return word, False
    bare = word[:-1]
    return bare, bare.casefold() not in _DOTTED and len(bare) > 1


def _without_possessive(word: str) -> tuple[str, bool]:
    bare = re.sub(r"['’][sS]$", "", word)
    return bare, bare != word


def folded_words(text: str) -> tuple[str, ...]:
    """The words of a name, for comparing: `INSPECTOR BRAITHE` and `Inspector Braithe` are the same."""
    return tuple(_bare(word)[0].casefold() for word in _WORD.findall(text))


def has_case(name: str) -> bool:
    """Whether the name is in a script with capitals."""
    return any(letter.isupper() or letter.islower() for letter in name)
