"""Days as people name them, so that “what did I tell you in May?” finds what was said in May.

Pure: the day is reckoned from milliseconds since the epoch, UTC, without a clock and without a time zone.
"""

from __future__ import annotations

DAY_MS = 86_400_000
_MONTHS = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
]
_MESES = [
    "enero",
    "febrero",
    "marzo",
    "abril",
    "mayo",
    "junio",
    "julio",
    "agosto",
    "septiembre",
    "octubre",
    "noviembre",
    "diciembre",
]
_WEEKDAYS = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"]
_FIRST_WEEKDAY = 3
"""1 January 1970 was a Thursday."""


def civil_day(at_ms: int) -> tuple[int, int, int]:
    """Year, month, day of a moment in UTC.

    The algorithm is `civil_from_days` of Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms" (2013).
    """
    shifted = at_ms // DAY_MS + 719_468
    era, day_of_era = divmod(shifted, 146_097)
    year_of_era = (day_of_era - day_of_era // 1_460 + day_of_era // 36_524 - day_of_era // 146_096) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    shifted_month = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * shifted_month + 2) // 5 + 1
    month = shifted_month + 3 if shifted_month < 10 else shifted_month - 9
    return year_of_era + era * 400 + (month <= 2), month, day


def iso_day(at_ms: int) -> str:
    """`2026-03-04`."""
    year, month, day = civil_day(at_ms)
    return f"{year:04}-{month:02}-{day:02}"


def day_words(at_ms: int) -> str:
    """The words a day is asked for by: `4 March 2026 Wednesday marzo 3月`."""
    year, month, day = civil_day(at_ms)
    weekday = _WEEKDAYS[(at_ms // DAY_MS + _FIRST_WEEKDAY) % 7]
    return f"{day} {_MONTHS[month - 1]} {year} {weekday} {_MESES[month - 1]} {month}月"
