"""RateLimits on what fans may ask for, kept in this process.

They protect the machine, not the books: whoever is refused has lost nothing, and may ask again after the time they were
told. A message that came before is never refused; that is for the caller to know.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.errors import TooOften
from gateway.rates import Bucket, Rule

KEYS_MAX = 50_000
"""Buckets kept. When there are more, full ones are forgotten, and if none is full, all: generous, not wrong."""


class RateLimits(Protocol):
    """Counts what somebody did against a rule."""

    async def take(self, rule: Rule, key: str, amount: float = 1.0) -> int:
        """0 when `key` may, else after how many milliseconds it may again."""
        ...


class LocalLimits:
    """RateLimits for one process: with several, each lets so much through."""

    def __init__(self, clock: Callable[[], int]) -> None:
        self._clock = clock
        self._buckets: dict[tuple[str, str], Bucket] = {}
        self._rules: dict[str, Rule] = {}

    async def take(self, rule: Rule, key: str, amount: float = 1.0) -> int:
        """See RateLimits."""
        now_ms = self._clock()
        self._rules[rule.name] = rule
        bucket = self._buckets.get((rule.name, key))
        if bucket is None:
            self._make_room(now_ms)
            bucket = self._buckets[rule.name, key] = Bucket.full(rule, now_ms)
        return bucket.take(rule, now_ms, amount)

    def _make_room(self, now_ms: int) -> None:
        if len(self._buckets) < KEYS_MAX:
            return
        for (name, key), bucket in tuple(self._buckets.items()):
            if bucket.is_full(self._rules[name], now_ms):
                del self._buckets[name, key]
        if len(self._buckets) >= KEYS_MAX:
            self._buckets.clear()


class Unlimited:
    """RateLimits that limit nobody."""

    async def take(self, rule: Rule, key: str, amount: float = 1.0) -> int:
        """See RateLimits."""
        return 0


async def allow(limits: RateLimits, rule: Rule, key: str) -> None:
    """Raises TooOften."""
    wait_ms = await limits.take(rule, key)
    if wait_ms:
        raise TooOften(wait_ms)
