"""When each word of a reply is heard: an engine's timings laid on its words, and back from a time to a place.

Pure. Engines time what they like: characters, words, only some of them. A mark must never point outside the reply, run
backwards or overlap the one before it.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass

from persona.scripts import is_unspaced
from persona.sentences import Utterance


@dataclass(frozen=True, slots=True)
class Timing:
    """Characters `start` to `end` (exclusive) of what an engine was given are heard from `start_ms` to `end_ms`."""

    start: int
    end: int
    start_ms: int
    end_ms: int


@dataclass(frozen=True, slots=True)
class WordMark:
    """Code points `start` to `end` (exclusive) of the reply are heard from `start_ms` to `end_ms` of its audio."""

    start_ms: int
    end_ms: int
    start: int
    end: int


def words_in(text: str) -> list[tuple[int, int]]:
    """The words of a text as ranges, each with what is written on to it; of unspaced scripts, each character."""
    words: list[tuple[int, int]] = []
    begun: int | None = None
    for place, char in enumerate(text):
        if char.isspace():
            if begun is not None:
                words.append((begun, place))
            begun = None
        elif begun is None:
            begun = place
        elif is_unspaced(char) and char.isalnum():
            words.append((begun, place))
            begun = place
    if begun is not None:
        words.append((begun, len(text)))
    return [(start, end) for start, end in words if any(char.isalnum() for char in text[start:end])]


class Marker:
    """Marks the words of one utterance while its timings come in. `at_ms` is when its audio begins in the reply's."""

    def __init__(self, utterance: Utterance, at_ms: int) -> None:
        self._places = utterance.places
        self._words = words_in(utterance.text)
        self._at_ms = at_ms
        self._timings: list[Timing] = []
        self._next = 0
        self._untimed: list[tuple[int, int]] = []
        self._until_ms = at_ms

    def take(self, timings: Sequence[Timing]) -> list[WordMark]:
        """More timings; the words that are heard to their end by them."""
        self._timings += timings
        covered = max((timing.end for timing in self._timings), default=0)
        marks: list[WordMark] = []
        while self._next < len(self._words) and self._words[self._next][1] < covered:
            marks += self._mark()
        return marks

    def finish(self, duration_ms: int) -> list[WordMark]:
        """The words that are left, when the utterance's audio has come to its end."""
        marks: list[WordMark] = []
        while self._next < len(self._words):
            marks += self._mark()
        return marks + self._share(self._at_ms + duration_ms)

    def _mark(self) -> list[WordMark]:
        """The next word's mark, after those of words before it that were not timed; none yet for one that is not."""
        word = self._words[self._next]
        self._next += 1
        timed = self._timed(*word)
        if not timed:
            self._untimed.append(word)
            return []
        begins_ms = max(self._until_ms, self._at_ms + min(timing.start_ms for timing in timed))
        marks = self._share(begins_ms)
        self._until_ms = max(begins_ms, self._at_ms + max(timing.end_ms for timing in timed))
        return [*marks, self._word(*word, begins_ms, self._until_ms)]

    def _share(self, until_ms: int) -> list[WordMark]:
        """The words that were not timed share the time that is left for them by length."""
        chars = sum(end - start for start, end in self._untimed)
        room_ms = max(0, until_ms - self._until_ms)
        marks = []
        for start, end in self._untimed:
            ends_ms = self._until_ms + room_ms * (end - start) // chars
            marks.append(self._word(start, end, self._until_ms, ends_ms))
            self._until_ms = ends_ms
        self._untimed.clear()
        return marks

    def _timed(self, start: int, end: int) -> list[Timing]:
        return [timing for timing in self._timings if timing.start < end and timing.end > start]

    def _word(self, start: int, end: int, start_ms: int, end_ms: int) -> WordMark:
        return WordMark(start_ms, end_ms, self._places[start], self._places[end - 1] + 1)


def heard_until(marks: Sequence[WordMark], heard_ms: int) -> int:
    """How many code points of the reply were heard by then: to the end of the last word that had begun."""
    begun = bisect_right([mark.start_ms for mark in marks], heard_ms) if heard_ms > 0 else 0
    return marks[begun - 1].end if begun else 0
