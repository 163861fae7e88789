"""Days and moments as people write them, in UTC: `2027-01-15`, or `2027-01-15T08:30` with or without an offset.

They become milliseconds since the epoch, which is all that the rest of Encore knows. It reads no clock.
"""

from __future__ import annotations

import re
from datetime import UTC, date, datetime, timedelta

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
EXPECTED = "is not a day such as 2027-01-15, nor a moment such as 2027-01-15T08:30"
NOT_BEFORE_YEAR = 1970


def first_ms(written: str | date | datetime) -> int:
    """The moment, or the first one of the day. Raises ValueError (its text is EXPECTED)."""
    return _read(written)[0]


def end_ms(written: str | date | datetime) -> int:
    """The moment, or the one after the last of the day: nothing of a period lies at its end. Raises ValueError."""
    ms, is_day = _read(written)
    return ms + timedelta(days=1) // timedelta(milliseconds=1) if is_day else ms


def _read(written: str | date | datetime) -> tuple[int, bool]:
    is_day = isinstance(written, date) and not isinstance(written, datetime)
    try:
        if isinstance(written, str):
            is_day = _DAY.fullmatch(written.strip()) is not None
            moment = datetime.fromisoformat(written.strip())
        elif isinstance(written, datetime):
            moment = written
        else:
            moment = datetime(written.year, written.month, written.day)  # noqa: DTZ001  # its zone is given below
        moment = moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise ValueError(EXPECTED) from error
    if moment.year < NOT_BEFORE_YEAR:
        raise ValueError(EXPECTED)
    return (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(milliseconds=1), is_day
