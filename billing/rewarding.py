"""Rewarding a watched ad: the nonce before it, and the grant after AdMob has told of it, each in one transaction.

What may be given is for `billing.rewards` to decide; here it is only looked up, booked and granted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from billing.admob import Callback
from billing.errors import RewardRefused
from billing.gift_ports import Rewards
from billing.ledger import BOOKS_ACTOR
from billing.ports import Books
from billing.rewards import Reward, RewardRules, decide, make_nonce, open_nonce

NONCE_LIFETIME_MS = 2 * 60 * 60 * 1000
"""An ad is loaded before it is shown, and its callback may be held up for an hour."""


class RewardingUnit(Protocol):
    """The part of a transaction that rewarding needs."""

    @property
    def books(self) -> Books: ...
    @property
    def rewards(self) -> Rewards: ...


async def issue_nonce(unit: RewardingUnit, fan: str, *, id: str, secret: bytes, now_ms: int) -> str:
    """A nonce for the fan's next ad. `id` is new for every nonce."""
    expires_at_ms = now_ms + NONCE_LIFETIME_MS
    await unit.rewards.issue(id, fan, expires_at_ms=expires_at_ms)
    return make_nonce(fan, id=id, expires_at_ms=expires_at_ms, secret=secret)


async def reward(
    unit: RewardingUnit, callback: Callback, *, rules: RewardRules, secrets: Sequence[bytes], now_ms: int
) -> Reward:
    """Grant the reward of a callback whose signature was checked. Raises RewardRefused; then nothing was written."""
    nonce = open_nonce(callback.custom_data, secrets=secrets, now_ms=now_ms)
    known = await unit.rewards.known(nonce.id, callback.transaction_id, now_ms=now_ms)
    if known is None:
        raise RewardRefused("bad_nonce")
    given = decide(callback, nonce, known=known, rules=rules, secrets=secrets, now_ms=now_ms)
    await unit.rewards.book(callback.transaction_id, nonce.id, callback.ad_unit, given, now_ms=now_ms)
    await unit.books.grant(
        given.fan,
        given.credits,
        lot_class="reward",
        reason=f"ad {callback.ad_unit}",
        actor=BOOKS_ACTOR,
        idem_key=given.idem_key,
        now_ms=now_ms,
    )
    return given
