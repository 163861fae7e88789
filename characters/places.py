"""Headings as running text would write them: `INT. MARÍN'S BAKERY - NIGHT` is `Marín's Bakery`. Pure."""

from __future__ import annotations

import re

_FRAME = re.compile(r"^(?:INT\.?/EXT|I/E|INT|EXT)[. ]+", re.IGNORECASE)
_TIME = re.compile(r"\s+[-–—]\s+")
_NUMBER = re.compile(r"^\d+-\d+\s+")


def place_of(heading: str) -> str:
    """The place of a heading, without `INT.` and without its time of day, in the letters it is written in."""
    return _TIME.split(_NUMBER.sub("", _FRAME.sub("", heading.strip())))[0].strip()


def titled(capitals: str) -> str:
    """Capitals as running text would write a place."""
    return re.sub(r"[^\W\d_]+(?:['’][^\W\d_]+)?", lambda word: word.group().capitalize(), capitals.strip())
