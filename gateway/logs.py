"""What may be written to the operator's log: where something broke and of what kind, never a fan's words or a secret.

An exception's own text can quote its input, so it is never logged; its type and the places it passed are.
"""

from __future__ import annotations

import logging
import traceback
from pathlib import Path

FRAMES_MAX = 6


def where(error: BaseException | None) -> str:
    """The kind of an error and the last places it passed, innermost last, in one line."""
    if error is None:
        return "ended without a word"
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"


def set_up_logging() -> None:
    """One line a record, to standard error; libraries only when they warn."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s", force=True)
    logging.getLogger("gateway").setLevel(logging.INFO)
