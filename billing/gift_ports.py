"""What giving needs of a database: promotions with their redemptions, and rewards with their nonces.

Everything here is bound to one transaction of the caller and never commits; what is given is granted by the books.
"""

from __future__ import annotations

from typing import Protocol

from billing.promotions import Gift, Promotion, PromotionKind
from billing.rewards import Known, Reward


class Promotions(Protocol):
    """What is offered to fans beyond what they buy, inside one transaction of the caller."""

    async def offer(self, promotion: Promotion) -> None:
        """Begin to offer a promotion. The same one again changes nothing.

        Raises SameApprover, InvalidAmount, InvalidPromotion, IdempotencyConflict (the name was used for another one, or
        for one that is retired).
        """
        ...

    async def retire(self, name: str, *, now_ms: int) -> None:
        """Stop offering it; again is harmless. Raises UnknownPromotion."""
        ...

    async def offered(self, kind: PromotionKind) -> tuple[Promotion, ...]:
        """The promotions of a kind that are not retired, by their start; some may not have begun, or have ended."""
        ...

    async def redeem(
        self, name: str, fan: str, *, source: str, verified: bool, now_ms: int, bought: int = 0
    ) -> Gift | None:
        """Note that the fan takes the promotion; the caller grants the gift in the same transaction.

        None when the fan has had it (a daily one: today). `source` is a digest of where the request came from. Bounds
        are exact, whoever else redeems at the same moment. Raises UnknownPromotion, PromotionRefused.
        """
        ...


class Rewards(Protocol):
    """Nonces for rewarded ads and what was given for them, inside one transaction of the caller."""

    async def issue(self, nonce: str, fan: str, *, expires_at_ms: int) -> None:
        """Keep whom a new nonce id was given to."""
        ...

    async def known(self, nonce: str, transaction: str, *, now_ms: int) -> Known | None:
        """What there is to know when a callback arrives; None for a nonce that was never issued, or is forgotten.

        Until the transaction ends nobody else learns of this fan, so that what is decided on it is still true.
        """
        ...

    async def book(self, transaction: str, nonce: str, ad_unit: str, reward: Reward, *, now_ms: int) -> None:
        """Note that the transaction was rewarded and the nonce used; the caller grants."""
        ...

    async def forget(self, *, expired_before_ms: int) -> int:
        """Drop nonces that expired before then; returns how many. What was given stays."""
        ...
