"""SubRip and WebVTT files as timed cues: times in ms, the lines of each cue, and what is no cue.

Our own and not pysubs2, which loses what is needed here: the names of WebVTT's voice spans, the lines of the file,
and text before the first cue (docs/adr/0007-script-readers.md). WebVTT: https://www.w3.org/TR/webvtt1/
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

_STAMP = r"(?:(\d{1,3}):)?(\d{1,2}):(\d{1,2})[.,](\d{1,3})"
_TIMING = re.compile(rf"{_STAMP}\s*-->\s*{_STAMP}(?:\s.*)?$")
_BLOCK = re.compile(r"(NOTE|STYLE|REGION)(?:\s|$)")
_INDEX = re.compile(r"\d{1,9}$")
MS_PER_MINUTE, MS_PER_HOUR = 60_000, 3_600_000

NO_TIMES = "it belongs to no cue: no line of times stands above it"


@dataclass(slots=True)
class TimedCue:
    """One subtitle; `lines` are the lines of the file with their numbers, as written."""

    start_ms: int
    end_ms: int
    lines: list[tuple[int, str]] = field(default_factory=list)


@dataclass(slots=True)
class CueSheet:
    """What is in a file: its cues in order of time, stray lines, and how much of it is notes or styles."""

    cues: list[TimedCue] = field(default_factory=list)
    stray: list[tuple[int, str]] = field(default_factory=list)
    notes: int = 0
    styles: int = 0


def is_timing(line: str) -> bool:
    """`00:01:02,345 --> 00:01:04,000`, hours optional, comma or point, WebVTT's settings after it."""
    return _TIMING.match(line.strip()) is not None


def timed_cues(lines: Sequence[str], *, webvtt: bool) -> CueSheet:
    """The cues of a file's cleaned lines.

    A line of digits or any other line right above a line of times names the cue. In SubRip a cue's text goes on over
    empty lines to the next cue; in WebVTT an empty line ends it, and `NOTE`, `STYLE` and `REGION` begin other blocks.
    """
    sheet = CueSheet()
    cue: TimedCue | None = None
    block = "header" if webvtt else ""
    for place, line in enumerate(lines):
        text = line.strip()
        below = lines[place + 1].strip() if place + 1 < len(lines) else ""
        found = _TIMING.match(text)
        if found is not None:
            cue, block = _timed(found), ""
            sheet.cues.append(cue)
        elif not text:
            block = ""
            if webvtt:
                cue = None
        elif webvtt and cue is None and (kind := _BLOCK.match(text)) is not None:
            block = kind.group(1)
            _count(sheet, block)
        elif block:
            _count(sheet, block)
        elif is_timing(below) and (cue is None or _INDEX.match(text)):
            continue  # the cue's number or name
        elif cue is not None:
            cue.lines.append((place + 1, text))
        else:
            sheet.stray.append((place + 1, text))
    sheet.cues.sort(key=lambda one: one.start_ms)
    return sheet


def _count(sheet: CueSheet, block: str) -> None:
    if block == "NOTE":
        sheet.notes += 1
    elif block != "header":
        sheet.styles += 1


def _timed(found: re.Match[str]) -> TimedCue:
    parts = found.groups()
    return TimedCue(_ms(parts[:4]), _ms(parts[4:8]))


def _ms(parts: Sequence[str | None]) -> int:
    hours, minutes, seconds, fraction = (part or "0" for part in parts)
    return int(hours) * MS_PER_HOUR + int(minutes) * MS_PER_MINUTE + int(seconds) * 1000 + int(fraction.ljust(3, "0"))
