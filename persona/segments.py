"""Cuts a stream of text into segments small enough to be spoken early and whole enough to be reviewed.

A cut is made only before white space, or behind the punctuation of a script written without spaces, so never inside a
word or a grapheme. White space opens the segment that follows it. Segments join to exactly the text that was fed: this
module must never change a character.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Callable

FIRST_WORDS_MAX = 8
"""The first segment leaves at the latest after so many words, at a word's end: the fan is waiting for it."""
CLAUSE_WORDS_MIN = 5
"""A later segment may end at a comma when it has at least so many words."""
WORDS_MAX = 24

Hold = Callable[[str], int]
"""How many characters at the end of a text must not leave yet."""

_SENTENCE_END = frozenset(".!?…‽؟۔।")
_CLAUSE_END = frozenset(",;:—–،؛")
_UNSPACED_SENTENCE_END = frozenset("。！？．｡")
_UNSPACED_CLAUSE_END = frozenset("，；：、")
_CLOSERS = frozenset("\"'”’»)]}」』】）›*_~")
_ABBREVIATIONS = frozenset({"mr", "mrs", "ms", "dr", "st", "sr", "sra", "prof", "capt", "sgt", "vs"})


def hold_nothing(text: str) -> int:
    """Let every segment go."""
    return 0


class SegmentCutter:
    """Feed it text as it comes and it gives back the segments that are complete.

    `hold` says how much of a segment's end may be the beginning of something that must be seen whole; the cut then
    moves before it. So when a phrase of several words is withheld, its first words wait for the word that tells.
    """

    def __init__(self, hold: Hold = hold_nothing) -> None:
        self._hold = hold
        self._pending = ""
        self._first = True

    def feed(self, text: str) -> list[str]:
        """More of the stream; the segments it completed, in order."""
        self._pending += text
        segments = []
        while cut := self._next_cut():
            segments.append(self._pending[:cut])
            self._pending = self._pending[cut:]
            self._first = False
        return segments

    def flush(self) -> str:
        """The stream has ended: what is left, possibly ""."""
        rest, self._pending = self._pending, ""
        return rest

    def _next_cut(self) -> int:
        """The first place to cut, or 0 when more text is needed."""
        words = 0
        for place in range(1, len(self._pending)):
            before, after = self._pending[place - 1], self._pending[place]
            if not before.isspace() and (after.isspace() or before in _UNSPACED_CLAUSE_END | _UNSPACED_SENTENCE_END):
                words += 1
                if self._may_cut(place, before, after, words) and (cut := self._behind_hold(place)):
                    return cut
        return 0

    def _may_cut(self, place: int, before: str, after: str, words: int) -> bool:
        if not after.isspace():
            joins_on = after in _CLOSERS or after in _UNSPACED_SENTENCE_END or unicodedata.category(after)[0] in "MC"
            return not joins_on and (before in _UNSPACED_SENTENCE_END or self._first)
        if words >= (FIRST_WORDS_MAX if self._first else WORDS_MAX):
            return True
        text = self._pending[:place].rstrip("".join(_CLOSERS))
        if not text:
            return False
        if text[-1] in _SENTENCE_END | _UNSPACED_SENTENCE_END:
            return not _abbreviated(text)
        clause = text[-1] in _CLAUSE_END | _UNSPACED_CLAUSE_END
        return clause and (self._first or words >= CLAUSE_WORDS_MIN)

    def _behind_hold(self, place: int) -> int:
        """The cut moved before what must wait; 0 when nothing would be left."""
        held = self._hold(self._pending[:place])
        cut = len(self._pending[: place - held].rstrip()) if held else place
        # A held phrase begins at a word, but behind a bracket or a quotation mark there is no place to cut.
        while 0 < cut < place and not (self._pending[cut].isspace() or ends_unspaced(self._pending[cut - 1])):
            cut = len(self._pending[: cut - 1].rstrip()) if self._pending[cut - 1].isspace() else cut - 1
        return cut if self._pending[:cut].strip() else 0


def ends_a_sentence(text: str) -> bool:
    """Whether the text may be left there: it ends in a sentence's closing mark, whatever quotes close behind it."""
    bare = text.rstrip().rstrip("".join(_CLOSERS))
    return bool(bare) and bare[-1] in _SENTENCE_END | _UNSPACED_SENTENCE_END and not _abbreviated(bare)


def ends_unspaced(char: str) -> bool:
    """Whether it is punctuation that no space follows."""
    return char in _UNSPACED_CLAUSE_END or char in _UNSPACED_SENTENCE_END


def _abbreviated(text: str) -> bool:
    """Whether the last full stop belongs to a title or an initial, as in “Mr.” and “O.”."""
    if not text.endswith("."):
        return False
    words = text[:-1].split()
    last = words[-1].strip("".join(_CLOSERS) + "(“‘«") if words else ""
    return last.casefold() in _ABBREVIATIONS or (len(last) == 1 and last.isalpha() and last.isupper() and last != "I")
