"""Spans of time in milliseconds, parts of money, and the two sums that everybody makes with them.

Pure. Times are milliseconds since the epoch; a day is that of UTC.
"""

from __future__ import annotations

SECOND_MS, MINUTE_MS, HOUR_MS, DAY_MS = 1_000, 60_000, 3_600_000, 86_400_000
MICROS = 1_000_000
"""Millionths in one minor unit of a currency."""


def day_start_ms(now_ms: int) -> int:
    """The first moment of the UTC day."""
    return now_ms - now_ms % DAY_MS


def cost_basis(credits: int, *, granted: int, paid_minor: int) -> int:
    """What was paid for some credits of a lot, in millionths of the minor unit, rounded down."""
    assert granted > 0, "a lot was granted with something in it"
    return paid_minor * MICROS * credits // granted
