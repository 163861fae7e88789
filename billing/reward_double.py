"""Nonces and rewards in memory, for tests and for trying things out; nothing is durable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from billing.rewards import Known, Reward
from billing.units import DAY_MS


@dataclass(frozen=True, slots=True)
class _Given:
    nonce: str
    fan: str
    at_ms: int


class MemoryRewards:
    """`billing.gift_ports.Rewards` over dictionaries. No method waits for anything, so each one is atomic by itself."""

    def __init__(self) -> None:
        self._nonces: dict[str, tuple[str, int]] = {}
        self._given: dict[str, _Given] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryRewards]:
        """Itself; a method that raises has changed nothing."""
        yield self

    async def issue(self, nonce: str, fan: str, *, expires_at_ms: int) -> None:
        assert nonce not in self._nonces, "an id is new for every nonce"
        self._nonces[nonce] = (fan, expires_at_ms)

    async def known(self, nonce: str, transaction: str, *, now_ms: int) -> Known | None:
        if nonce not in self._nonces:
            return None
        fan, _ = self._nonces[nonce]
        day = now_ms // DAY_MS
        return Known(
            fan=fan,
            rewarded_today=sum(each.fan == fan and each.at_ms // DAY_MS >= day for each in self._given.values()),
            transaction_booked=transaction in self._given,
            nonce_used=any(each.nonce == nonce for each in self._given.values()),
        )

    async def book(self, transaction: str, nonce: str, ad_unit: str, reward: Reward, *, now_ms: int) -> None:
        assert transaction not in self._given, "a transaction is rewarded once"
        self._given[transaction] = _Given(nonce, reward.fan, now_ms)

    async def forget(self, *, expired_before_ms: int) -> int:
        old = [nonce for nonce, (_, expires_at_ms) in self._nonces.items() if expires_at_ms < expired_before_ms]
        for nonce in old:
            del self._nonces[nonce]
        return len(old)
