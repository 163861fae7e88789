"""Puts names right: in what a model says, a form that the glossary does not approve becomes the one it does.

Pure. Nothing but listed forms is touched: the show's own spelling of a term that has a rendering, and forms that the
glossary says are never used. A form that two terms share is not guessed at, and is refused.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from functools import lru_cache

from persona.scripts import is_unspaced
from persona.terms import Token, rows, tokens

COMPILED_MAX = 64

Forms = tuple[tuple[str, str], ...]
"""(form, approved); an approved form stands for itself."""


class Renderings:
    """The forms of one language under one horizon, compiled once for many replies."""

    def __init__(self, forms: Forms) -> None:
        self._approved: dict[tuple[str, ...], set[str]] = {}
        for form, approved in forms:
            for row in rows(form)[:1]:
                self._approved.setdefault(row, set()).add(approved)
        for _, approved in forms:  # what is approved for anything is never put right into something else
            for row in rows(approved)[:1]:
                self._approved[row] = {""}
        self._by_first: dict[str, list[tuple[str, ...]]] = {}
        for row in sorted(self._approved, key=len, reverse=True):
            self._by_first.setdefault(row[0], []).append(row)
        self._prefixes = {row[:length] for row in self._approved for length in range(1, len(row))}
        self._words_max = max(map(len, self._approved), default=0)

    @classmethod
    def of(cls, forms: Forms) -> Renderings:
        """The same, kept for the next reply."""
        return _compiled(forms)

    def put_right(self, segment: str) -> str | None:
        """The segment with approved forms; None when it has a form that may stand for several terms.

        The longest form at a place is the one that is meant. A space between two signs of a script without spaces that
        a form in Latin letters needed goes with it.
        """
        if not self._approved:
            return segment
        written, at = "", 0
        found = tokens(segment)
        n = 0
        while n < len(found):
            row = self._row_at(found, n)
            if row is None:
                n += 1
                continue
            approved = self._approved[row]
            if len(approved) > 1:
                return None
            (text,) = approved
            if text:
                start, end = found[n].start, found[n + len(row) - 1].end
                start, end = _without_spaces(segment, start, end, text)
                written += segment[at:start] + text
                at = end
            n += len(row)
        return written + segment[at:]

    def hold(self, text: str) -> int:
        """How many characters at the end of `text` may begin a longer form and must wait: see `segments.Hold`."""
        found = tokens(text)
        for n in range(max(0, len(found) - self._words_max + 1), len(found)):
            if tuple(token.word for token in found[n:]) in self._prefixes:
                return len(text) - found[n].start
        return 0

    def _row_at(self, found: list[Token], n: int) -> tuple[str, ...] | None:
        for row in self._by_first.get(found[n].word, ()):
            if tuple(token.word for token in found[n : n + len(row)]) == row:
                return row
        return None


@lru_cache(maxsize=COMPILED_MAX)
def _compiled(forms: Forms) -> Renderings:
    return Renderings(forms)


NO_RENDERINGS = Renderings(())


def forms_of(rendered: Iterable[tuple[str, str, Iterable[str]]], sibling: Mapping[str, str]) -> Forms:
    """The forms of (term, approved, never) rows; `sibling`: the same term in the other Chinese script, by term."""
    found: list[tuple[str, str]] = []
    for term, approved, never in rendered:
        found += [(form, approved) for form in (term, *never, *filter(None, (sibling.get(term),))) if form != approved]
        found.append((approved, approved))
    return tuple(found)


def _without_spaces(segment: str, start: int, end: int, text: str) -> tuple[int, int]:
    if start >= 2 and segment[start - 1] == " " and is_unspaced(segment[start - 2]) and is_unspaced(text[0]):
        start -= 1
    if segment[end : end + 1] == " " and is_unspaced(segment[end + 1 : end + 2]) and is_unspaced(text[-1]):
        end += 1
    return start, end
