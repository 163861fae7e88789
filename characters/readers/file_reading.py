"""What a reader makes of one file: its episodes, what it set aside by the rules of its format, what it could not place.

The same for every format, so that numbering, cast and report are worked out in one place. It never holds a word of
what was set aside: notes and cut scenes end here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from characters.script import Episode, Unplaced


@dataclass(frozen=True, slots=True)
class FileReading:
    """One file as read. Episodes stand in the order of the file and may repeat a number: whoever asked decides."""

    episodes: tuple[Episode, ...]
    title: str = ""
    """The show's title when the file gives one."""
    numbered: bool = False
    """Whether the file itself says which episodes it holds."""
    unplaced: tuple[Unplaced, ...] = ()
    set_aside: Mapping[str, int] = field(default_factory=dict)
    """Pieces that are no canon by the format's own rules (notes, transitions, styles …): what -> how many."""
