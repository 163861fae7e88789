"""The books, as the rest of Encore uses them.

An adapter's `Books` is bound to one transaction of the caller: it never commits, so money and words are
written together or not at all. Every method is idempotent by the key it is given.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from billing.types import Charge, LotClass, PriceScope, PriceVersion, Quote, Receipt, Violation, Wallet


class Books(Protocol):
    """Wallets, lots, holds, prices and receipts inside one transaction. `fan` is an opaque account owner."""

    async def open_wallet(self, fan: str, *, now_ms: int) -> Wallet:
        """The fan's wallet, created empty when there is none."""
        ...

    async def wallet(self, fan: str) -> Wallet:
        """The fan's wallet; all zeros when there is none (nothing is created)."""
        ...

    async def grant(
        self,
        fan: str,
        credits: int,
        *,
        lot_class: LotClass,
        reason: str,
        actor: str,
        idem_key: str,
        now_ms: int,
        expires_at_ms: int | None = None,
    ) -> Wallet:
        """Add a lot, opening the wallet if need be. The same `idem_key` again changes nothing.

        Raises InvalidAmount (not 1..GRANT_CREDITS_MAX), IdempotencyConflict (same key, other grant).
        """
        ...

    async def add_price(self, version: PriceVersion) -> None:
        """Add a version to the rate card. Raises SameApprover, InvalidAmount, OverlappingPrice (same scope and moment)."""
        ...

    async def prices(self) -> tuple[PriceVersion, ...]:
        """The whole rate card, oldest first."""
        ...

    async def quote(self, scope: PriceScope, *, voice: bool, now_ms: int) -> Quote:
        """The price in force for one turn. Raises NoPrice."""
        ...

    async def hold(self, turn: str, fan: str, quote: Quote, *, now_ms: int, ttl_ms: int) -> Charge:
        """Reserve a turn's worst case: text and voice are two holds, placed together or not at all.

        The same turn again returns what is held. Raises InsufficientCredits(needed, available).
        """
        ...

    async def extend(self, turns: Sequence[str], *, expires_at_ms: int) -> None:
        """Keep the open holds of these turns alive until then; those that are settled stay as they are."""
        ...

    async def capture(self, turn: str, delivered: Charge, *, now_ms: int) -> Receipt:
        """Settle a turn that was delivered, burning lots in order; `delivered` is at most what was held.

        A settled turn returns the receipt it has. A hold that expired is reserved anew at the pinned price, or the
        shortfall is booked as uncollected. Raises UnknownHold, InvalidAmount.
        """
        ...

    async def void(self, turn: str, reason: str, *, now_ms: int) -> Receipt:
        """Settle a turn that costs nothing. A settled turn returns the receipt it has. Raises UnknownHold."""
        ...

    async def overdue(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        """Turns with open holds past their expiry, oldest first."""
        ...

    async def expire(self, turn: str, *, now_ms: int) -> Receipt:
        """End the overdue open holds of a turn nobody will settle. A settled turn returns the receipt it has."""
        ...

    async def receipt(self, receipt: str, *, fan: str) -> Receipt:
        """Raises UnknownReceipt, also for somebody else's: the two look alike."""
        ...

    async def receipt_of(self, turn: str) -> Receipt | None:
        """The receipt of a turn; None while it is open or when there never was a hold."""
        ...

    async def verify(self) -> tuple[Violation, ...]:
        """Recompute every invariant from the journal; empty when the books add up."""
        ...
