"""What may be written to the operator's log: where something broke and of what kind, never a fan's words or a secret.

An exception's own text can quote its input, so it is never logged; its type and the places it passed are.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from datetime import UTC, datetime
from pathlib import Path
from typing import TextIO

FRAMES_MAX = 6
PLAIN_LINE = "%(asctime)s %(levelname)s %(name)s: %(message)s"


def where(error: BaseException | None) -> str:
    """The kind of an error and the last places it passed, innermost last, in one line."""
    if error is None:
        return "ended without a word"
    frames = traceback.extract_tb(error.__traceback__)[-FRAMES_MAX:]
    places = " > ".join(f"{Path(frame.filename).name}:{frame.lineno} {frame.name}" for frame in frames)
    return f"{type(error).__name__} at {places or 'an unknown place'}"


class JsonLines(logging.Formatter):
    """One JSON object a record: when, how grave, who says it, what. Nothing else of a record is ever written."""

    def format(self, record: logging.LogRecord) -> str:
        """The line. Of an exception that came along only the kind and the place are told."""
        line = {
            "at": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info and record.exc_info[1] is not None:
            line["error"] = where(record.exc_info[1])
        return json.dumps(line, ensure_ascii=False)


class StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the moment of writing.

    A stream kept from an earlier moment may have been closed since, and a record would become a traceback.
    """

    def __init__(self) -> None:
        logging.Handler.__init__(self)

    @property
    def stream(self) -> TextIO:  # type: ignore[override]
        """The process's standard error now."""
        return sys.stderr


def set_up_logging(*, as_json: bool = False) -> None:
    """One line a record, to standard error; libraries only when they warn."""
    handler = StandardError()
    handler.setFormatter(JsonLines() if as_json else logging.Formatter(PLAIN_LINE))
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("gateway").setLevel(logging.INFO)
