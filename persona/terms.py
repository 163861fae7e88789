"""Finds withheld names and phrases in a text, however they are written: the matching under the guard.

A text becomes a row of folded words; a term is found when its words stand in a row. Nothing here says which term
was found: a match is a place, never a word, so that no log or message can repeat it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from persona.scripts import UNSPACED

_APOSTROPHES = "'\u2018\u2019\u201b\u02bc\u00b4`\uff07"
_WORD = re.compile(
    rf"(?P<unspaced>[{UNSPACED}])|(?P<word>(?:[^\W_{UNSPACED}]+(?:[{_APOSTROPHES}](?=\w))?)+)|(?P<sign>&)"
)
_INVISIBLE = {"Cf", "Cc", "Mn", "Me"}
_COMPACT_CHARS_MIN = 8


@dataclass(frozen=True, slots=True)
class Token:
    """A folded word of a text, and where it stands: `text[start:end]`."""

    word: str
    start: int
    end: int


class Terms:
    """Withheld terms, compiled once for many searches.

    Words are folded: compatibility forms and case (Unicode NFKD, casefold), Latin accents, zero-width characters,
    curly apostrophes, a possessive 's, and a plural s by the rules of Harman's S-stemmer ("How effective is
    suffixing?", JASIS 1991). Between the words of a term any punctuation or space may stand, or nothing. In
    scripts written without spaces every character is a word, so a term is found inside a longer string.
    """

    def __init__(self, terms: Iterable[str]) -> None:
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        self._prefixes: set[tuple[str, ...]] = set()
        for words in {row for term in terms for row in rows(term)}:
            self._by_first.setdefault(words[0], []).append(words)
            self._prefixes.update(words[:length] for length in range(1, len(words)))
        self._words_max = max((len(row) for rows in self._by_first.values() for row in rows), default=0)

    @property
    def words_max(self) -> int:
        """The number of words in the longest term; 0 when there is none."""
        return self._words_max

    def end_of_match(self, text: str, after: int = 0) -> int | None:
        """Where the first term that ends behind position `after` ends, or None."""
        found = tokens(text)
        words = [token.word for token in found]
        for n, word in enumerate(words):
            for row in self._by_first.get(word, ()):
                last = n + len(row) - 1
                if last < len(found) and found[last].end > after and tuple(words[n : last + 1]) == row:
                    return found[last].end
        return None

    def trailing_start(self, text: str) -> int:
        """How many characters at the end of `text` may be the beginning of a term: 0 when none may."""
        found = tokens(text)
        for n in range(max(0, len(found) - self._words_max + 1), len(found)):
            if tuple(token.word for token in found[n:]) in self._prefixes:
                return len(text) - found[n].start
        return 0


def tokens(text: str) -> list[Token]:
    """The folded words of a text in order."""
    visible, places = _visible(text)
    found: list[Token] = []
    for match in _WORD.finditer(visible):
        start, end = places[match.start()], places[match.end() - 1] + 1
        found.extend(Token(word, start, end) for word in _fold(match.group()))
    return found


def _visible(text: str) -> tuple[str, list[int]]:
    """The text without invisible characters and accents, and where each character of it stands in `text`."""
    if text.isascii() and text.isprintable():
        return text, list(range(len(text)))
    kept: list[str] = []
    places: list[int] = []
    for place, char in enumerate(text):
        if char in "\n\r\t":
            kept.append(" ")
            places.append(place)
            continue
        for piece in unicodedata.normalize("NFKD", char):
            # In South-East Asian scripts a mark is part of the spelling; elsewhere it is an accent or a vowel point.
            if unicodedata.category(piece) in _INVISIBLE and not "\u0e00" <= piece <= "\u17ff":
                continue
            kept.append(piece)
            places.append(place)
    return "".join(kept), places


def _fold(raw: str) -> list[str]:
    """The folded word of one matched run; none when nothing but an apostrophe is left."""
    word = raw.casefold()
    for mark in _APOSTROPHES[1:]:
        word = word.replace(mark, "'")
    word = word.removesuffix("'s").replace("'", "")
    return [_singular(word)] if word else []


def _singular(word: str) -> str:
    if len(word) > 4 and word.endswith("ies") and not word.endswith(("eies", "aies")):
        return word[:-3] + "y"
    if len(word) > 4 and word.endswith(("ches", "shes", "sses", "xes", "zes")):
        return word[:-2]
    if len(word) > 2 and word.endswith("s") and not word.endswith(("us", "ss")):
        return word[:-1]
    return word


def rows(term: str) -> list[tuple[str, ...]]:
    """A term as rows of words: as it is written, and run together when that is long enough to be no other word."""
    words = tuple(token.word for token in tokens(term))
    if not words:
        return []
    together = "".join(words)
    return [words, (together,)] if len(words) > 1 and len(together) >= _COMPACT_CHARS_MIN else [words]
