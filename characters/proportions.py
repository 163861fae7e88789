"""Shares of people, and how sure one can be of the difference between two of them.

Pure. Everything counts people, never messages: what one person does again and again is one fact about them.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist

_NORMAL = NormalDist()


@dataclass(frozen=True, slots=True)
class Share:
    """`hits` of `people`."""

    hits: int
    people: int

    def __post_init__(self) -> None:
        assert 0 <= self.hits <= self.people

    @property
    def rate(self) -> float:
        """From 0 to 1; 0 of nobody."""
        return self.hits / self.people if self.people else 0.0


@dataclass(frozen=True, slots=True)
class Interval:
    """From `low` to `high`, both inside."""

    low: float
    high: float


def wilson(share: Share, confidence: float) -> Interval:
    """The score interval of a share (Wilson, 1927); everything from 0 to 1 of nobody."""
    if share.people == 0:
        return Interval(0.0, 1.0)
    z, n, p = _quantile(confidence), share.people, share.rate
    middle = p + z * z / (2 * n)
    reach = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    whole = 1 + z * z / n
    return Interval(max(0.0, (middle - reach) / whole), min(1.0, (middle + reach) / whole))


def difference(one: Share, other: Share, confidence: float) -> Interval:
    """By how much the rate of `other` exceeds that of `one`: Newcombe's hybrid score interval (1998, method 10)."""
    first, second = wilson(one, confidence), wilson(other, confidence)
    gap = other.rate - one.rate
    return Interval(
        gap - math.hypot(other.rate - second.low, first.high - one.rate),
        gap + math.hypot(second.high - other.rate, one.rate - first.low),
    )


def people_needed(rate: float, gap: float, *, confidence: float = 0.95, power: float = 0.8) -> int:
    """How many people each of two equal groups needs, to find a difference of `gap` from `rate` with this power.

    Fleiss, Levin and Paik, "Statistical Methods for Rates and Proportions" (2003), without continuity correction.
    `rate` and `rate + gap` lie strictly between 0 and 1. Raises ValueError.
    """
    other = rate + gap
    if not (0 < rate < 1 and 0 < other < 1 and gap):
        raise ValueError("both rates must lie between 0 and 1, and differ")
    mean = (rate + other) / 2
    chance = _quantile(confidence) * math.sqrt(2 * mean * (1 - mean))
    found = _NORMAL.inv_cdf(power) * math.sqrt(rate * (1 - rate) + other * (1 - other))
    return math.ceil(((chance + found) / gap) ** 2)


def _quantile(confidence: float) -> float:
    return _NORMAL.inv_cdf((1 + confidence) / 2)
