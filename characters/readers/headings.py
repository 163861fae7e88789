"""What a scene heading and a transition look like in running text, whatever the format around them.

Only the look of one line: whether it stands where a heading may stand is the reader's affair.
"""

from __future__ import annotations

import re

# With a dot in any case; with a space in capitals only, or “Est-ce” and “Int he” would be places.
_HEADING = re.compile(
    r"(?:(?:INT|EXT|EST|I)\.?/(?:INT|EXT|E)|INT|EXT|EST)\.(?!\.)|I/E[. ]|(?-i:(?:INT/EXT|EXT/INT|INT|EXT|EST) )",
    re.IGNORECASE,
)
_PLAIN_HEADING = re.compile(r"(?:INT|EXT|EST)\.")
_TRANSITION = re.compile(r"(?:.*\bTO:|FADE (?:IN|OUT|UP)\b.{0,20}[.:]?|(?:CUT|FADE) TO (?:BLACK|WHITE)\.?)$")


def is_heading(text: str) -> bool:
    """Whether a line begins as a scene heading does: `INT. SHOP`, `I/E. CAR`, `EXT LANE`."""
    return _HEADING.match(text) is not None


def is_plain_heading(text: str) -> bool:
    """Whether it is a heading even where no empty line stands before it."""
    return _PLAIN_HEADING.match(text) is not None


def is_transition(text: str) -> bool:
    """`CUT TO:`, `FADE OUT.` and the like, in capitals."""
    return _TRANSITION.match(text) is not None and text == text.upper()
