"""Goodwill within bounds: what one person may give at once, what one fan may get in a month, and one giver in a day.

Pure. Giving credits is giving money away, so it has caps that nobody at the Desk can lift by themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from billing.errors import GoodwillCapped
from billing.units import DAY_MS

FAN_SPAN_MS = 30 * DAY_MS
GIVER_SPAN_MS = DAY_MS


@dataclass(frozen=True, slots=True)
class GoodwillCaps:
    """Credits at the most."""

    at_once: int = 200
    fan_30_days: int = 500
    giver_day: int = 2_000


def check(caps: GoodwillCaps, credits: int, *, to_fan: int, by_giver: int) -> None:
    """Whether so many credits may be given, after what the fan got in 30 days and the giver gave in one.

    Raises GoodwillCapped with what is left.
    """
    left = min(caps.at_once, caps.fan_30_days - to_fan, caps.giver_day - by_giver)
    if credits > left:
        raise GoodwillCapped(credits, max(left, 0))
