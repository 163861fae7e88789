"""What the shop needs of a database: the books of orders, and the orders, packs and messages of the till themselves.

Everything here is bound to one transaction of the caller and never commits, so credits and the state of their order
are written together or not at all.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractAsyncContextManager
from typing import Protocol

from billing.gift_ports import Promotions
from billing.ledger import Lot
from billing.orders import Discrepancy, Order, RefundRequest
from billing.packs import Pack
from billing.purchases import Purchase
from billing.standing import Plan, Standing
from billing.webhooks import TillEvent


class OrderBooks(Protocol):
    """The part of the books that orders move. Locks: the fan's wallet, then lots by id."""

    async def purchase(self, bought: Purchase, *, now_ms: int) -> bool:
        """Grant what was paid for and repay what the fan owes from it; False when the order was booked before (I6).

        Raises IdempotencyConflict when it was booked for another fan or another number of credits.
        """
        ...

    async def stand(self, order: str, fan: str, standing: Standing, *, now_ms: int) -> Plan:
        """Bring the lots of an order in line with what the till says of its payment; an order without lots has none."""
        ...

    async def lots_of(self, order: str) -> tuple[Lot, ...]:
        """The lots of an order, by id; empty before it is paid."""
        ...

    async def debt(self, fan: str) -> int:
        """Credits that the fan owes; a later purchase repays them first."""
        ...


class Shop(Protocol):
    """Packs, orders, the inbox of webhooks and what did not add up."""

    async def add_pack(self, pack: Pack, *, now_ms: int) -> None:
        """Put a pack up. The same pack again changes nothing.

        Raises SameApprover, InvalidPack, IdempotencyConflict (same id, other pack).
        """
        ...

    async def retire_pack(self, pack: str, *, actor: str, now_ms: int) -> None:
        """Sell it no longer; what was ordered is still fulfilled. Again changes nothing. Raises UnknownPack."""
        ...

    async def packs(self) -> tuple[Pack, ...]:
        """What is not retired, by id; some may not be sold yet, or no longer (see Pack.on_sale)."""
        ...

    async def pack(self, pack: str) -> Pack:
        """A pack that is not retired. Raises UnknownPack."""
        ...

    async def add(self, order: Order) -> bool:
        """Keep a new order; False, and nothing changes, when there is one with this id."""
        ...

    async def order(self, order: str) -> Order:
        """Raises UnknownOrder."""
        ...

    async def locked(self, order: str) -> Order:
        """The order; nobody else changes it before this transaction ends. Raises UnknownOrder."""
        ...

    async def save(self, order: Order) -> None:
        """Write what has become of a locked order."""
        ...

    async def find(
        self,
        *,
        session: str | None = None,
        payment: str | None = None,
        invoice: str | None = None,
        subscription: str | None = None,
    ) -> Order | None:
        """The order that one of the till's objects belongs to; of a subscription, the order that began it."""
        ...

    async def of_fan(self, fan: str) -> tuple[Order, ...]:
        """A fan's orders, newest first."""
        ...

    async def due(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        """Orders whose next look is due, the longest due first."""
        ...

    async def paid_between(self, since_ms: int, until_ms: int) -> tuple[Order, ...]:
        """Orders that credits were granted for in [since, until), oldest first."""
        ...

    async def by_payments(self, payments: Sequence[str]) -> tuple[Order, ...]:
        """The orders that these payments of the till paid."""
        ...

    async def take_in(self, event: TillEvent, outcome: str, *, now_ms: int) -> bool:
        """Put a webhook into the inbox; False when it is there: then nothing else may be written for it."""
        ...

    async def knows(self, event: str) -> bool:
        """Whether the inbox has an event."""
        ...

    async def taken_in(self) -> dict[str, int]:
        """How many webhooks the inbox has, by outcome."""
        ...

    async def forget_events(self, *, before_ms: int) -> int:
        """Drop what came into the inbox before then; how many it was."""
        ...

    async def refuse(self, reason: str, *, now_ms: int) -> None:
        """Count a webhook that was refused, by UTC day and reason."""
        ...

    async def refused(self) -> dict[tuple[int, str], int]:
        """Refused webhooks by (days since the epoch, reason)."""
        ...

    async def note(self, discrepancies: Sequence[Discrepancy], *, now_ms: int) -> None:
        """Keep what did not add up; the same again is counted."""
        ...

    async def discrepancies(self) -> tuple[tuple[Discrepancy, int], ...]:
        """What did not add up and how often it was seen, by order and field."""
        ...

    async def ask_refund(self, request: RefundRequest) -> RefundRequest:
        """Keep a refund before the till is asked for it; the same key again returns what was kept first.

        Raises IdempotencyConflict when that was for another order.
        """
        ...

    async def refunds_of(self, order: str) -> tuple[RefundRequest, ...]:
        """Refunds that staff asked for, oldest first."""
        ...


class ShopUnit(Protocol):
    """One transaction over money and orders."""

    @property
    def books(self) -> OrderBooks: ...
    @property
    def shop(self) -> Shop: ...
    @property
    def promotions(self) -> Promotions: ...


class ShopUnits(Protocol):
    """Opens transactions."""

    def begin(self) -> AbstractAsyncContextManager[ShopUnit]:
        """A transaction that commits when its block ends, and rolls back when the block raises."""
        ...
