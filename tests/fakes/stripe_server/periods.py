"""The calendar of a subscription: when its n-th period begins.

Counted from the first period's begin, so that one which began on the 31st keeps to the last day of shorter months and
returns to the 31st (https://docs.stripe.com/billing/subscriptions/billing-cycle).
"""

from __future__ import annotations

import calendar
from datetime import UTC, datetime, timedelta

_DAYS = {"day": 1, "week": 7}
_MONTHS = {"month": 1, "year": 12}


def period_start_s(anchor_s: int, interval: str, interval_count: int, number: int) -> int:
    """Begin of period `number` (0 is the first), seconds since the epoch."""
    anchor = datetime.fromtimestamp(anchor_s, UTC)
    if interval in _DAYS:
        return int((anchor + timedelta(days=_DAYS[interval] * interval_count * number)).timestamp())
    months = anchor.month - 1 + _MONTHS[interval] * interval_count * number
    year, month = anchor.year + months // 12, months % 12 + 1
    day = min(anchor.day, calendar.monthrange(year, month)[1])
    return int(anchor.replace(year=year, month=month, day=day).timestamp())
