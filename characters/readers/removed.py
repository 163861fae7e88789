"""What writers took out of a Fountain script: notes `[[ ]]` and boneyard `/* */`, over as many lines as they like.

Removal fails closed. A mark that is opened and never closed, or closed and never opened, takes its text out of the
canon and into the report; nothing between marks is ever guessed to be part of the show.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from dataclasses import dataclass, field

_GONE = "\x00"  # cannot be in a cleaned text
_BONEYARD = re.compile(r"/\*|\*/")
_NOTE = re.compile(r"\[\[|\]\]")
_NOT_NEWLINE = re.compile(r"[^\n]")
_EMPTY_LINE = re.compile(r"\n ?(?=\n|\Z)")

UNCLOSED_BONEYARD = "it is in a boneyard that is never closed"
UNCLOSED_NOTE = "it is in a note that is never closed"
LONG_NOTE = "it is in a note with an empty line inside"
STRAY_END = "it ends a note or a boneyard that was never opened"


@dataclass(frozen=True, slots=True)
class SourceLine:
    """What is left of one line of the file. `number` counts from 1."""

    number: int
    text: str
    removed: bool = False
    """Something was taken out and nothing is left: not an empty line but no line at all. An empty line stays empty,
    also inside a note or a boneyard."""

    @property
    def blank(self) -> bool:
        """Whether the line ends a paragraph."""
        return not self.text.strip()


@dataclass(slots=True)
class Kept:
    """Every line of the file, and why some of it is neither canon nor properly removed."""

    lines: list[SourceLine]
    doubtful: dict[int, str] = field(default_factory=dict)
    """Line number -> reason."""


@dataclass(slots=True)
class _Marks:
    spans: list[tuple[int, int]]
    unmatched: list[int]
    stray: list[int]
    ends: list[int]


def without_removed(lines: list[str]) -> Kept:
    """Take notes and boneyard out of cleaned source lines; boneyard goes first, as Fountain's syntax page has it."""
    text = "\n".join(lines)
    starts = [0]
    for line in lines[:-1]:
        starts.append(starts[-1] + len(line) + 1)
    kept = Kept(lines=[])
    text = _take_out_boneyard(text, starts, kept)
    text = _take_out_notes(text, starts, kept)
    for number, line in enumerate(text.split("\n"), start=1):
        left = " ".join(line.replace(_GONE, " ").split()) if _GONE in line else line
        kept.lines.append(SourceLine(number, left, removed=_GONE in line and not left))
    return kept


def _take_out_boneyard(text: str, starts: list[int], kept: Kept) -> str:
    marks = _matched(text, _BONEYARD)
    spans = list(marks.spans)
    for opened in marks.unmatched:
        after = bisect_right(marks.ends, opened)
        if after < len(marks.ends):  # a `/*` quoted inside a boneyard: it ends at the first `*/`
            spans.append((opened, marks.ends[after]))
        else:
            spans.append((opened, len(text)))
            _doubt(kept, starts, text, (opened, len(text)), UNCLOSED_BONEYARD)
            break
    lines = text.split("\n")
    for position in marks.stray:
        number = bisect_right(starts, position)
        if lines[number - 1].count("*") % 2:  # an even number is emphasis: *either*/or
            kept.doubtful[number] = STRAY_END
            spans.append((starts[number - 1], starts[number - 1] + len(lines[number - 1])))
    return _masked(text, spans)


def _take_out_notes(text: str, starts: list[int], kept: Kept) -> str:
    marks = _matched(text, _NOTE)
    empties = [found.start() for found in _EMPTY_LINE.finditer(text)]
    spans = list(marks.spans)
    for opened, closed in marks.spans:
        first = bisect_left(empties, opened)
        if first < len(empties) and empties[first] < closed:
            _doubt(kept, starts, text, (empties[first] + 1, closed), LONG_NOTE)
    for opened in marks.unmatched:
        first = bisect_left(empties, opened)
        paragraph_end = empties[first] if first < len(empties) else len(text)
        after = bisect_right(marks.ends, opened)
        if after < len(marks.ends) and marks.ends[after] <= paragraph_end:
            spans.append((opened, marks.ends[after]))
        else:
            spans.append((opened, paragraph_end))
            _doubt(kept, starts, text, (opened, paragraph_end), UNCLOSED_NOTE)
    for position in marks.stray:
        number = bisect_right(starts, position)
        kept.doubtful[number] = STRAY_END
        end = starts[number] - 1 if number < len(starts) else len(text)
        spans.append((starts[number - 1], end))
    return _masked(text, spans)


def _matched(text: str, pattern: re.Pattern[str]) -> _Marks:
    """Pair openers with closers as brackets; linear in the length of the text."""
    marks = _Marks([], [], [], [])
    for found in pattern.finditer(text):
        if found.group() in ("/*", "[["):
            marks.unmatched.append(found.start())
            continue
        marks.ends.append(found.end())
        if marks.unmatched:
            marks.spans.append((marks.unmatched.pop(), found.end()))
        else:
            marks.stray.append(found.start())
    return marks


def _masked(text: str, spans: list[tuple[int, int]]) -> str:
    pieces: list[str] = []
    done = 0
    for start, end in sorted(spans):
        if end <= done:
            continue
        start = max(start, done)
        pieces += (text[done:start], _NOT_NEWLINE.sub(_GONE, text[start:end]))
        done = end
    return "".join((*pieces, text[done:]))


def _doubt(kept: Kept, starts: list[int], text: str, span: tuple[int, int], reason: str) -> None:
    first, last = bisect_right(starts, span[0]), bisect_right(starts, max(span[0], span[1] - 1))
    for number in range(first, last + 1):
        end = starts[number] - 1 if number < len(starts) else len(text)
        if text[max(starts[number - 1], span[0]) : min(end, span[1])].replace(_GONE, "").strip():
            kept.doubtful[number] = reason
