"""The shop in memory, for tests and for trying things out, and transactions over it and the books in memory.

A transaction is all or nothing over both, as in a database; transactions run one after the other. Nothing is durable.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from billing.doubles import MemoryBooks
from billing.errors import IdempotencyConflict, UnknownOrder, UnknownPack
from billing.offer_double import MemoryOffers
from billing.orders import Discrepancy, Order, RefundRequest
from billing.packs import Pack, admit
from billing.promotion_double import MemoryPromotions
from billing.units import DAY_MS
from billing.webhooks import TillEvent


@dataclass
class _State:
    """Every value in it is immutable, so that copying the containers is a snapshot."""

    packs: dict[str, Pack] = field(default_factory=dict)
    retired: frozenset[str] = frozenset()
    orders: dict[str, Order] = field(default_factory=dict)
    inbox: dict[str, tuple[str, int]] = field(default_factory=dict)
    refused: dict[tuple[int, str], int] = field(default_factory=dict)
    wrong: dict[Discrepancy, int] = field(default_factory=dict)
    refunds: dict[str, RefundRequest] = field(default_factory=dict)

    def copy(self) -> _State:
        return _State(
            dict(self.packs),
            self.retired,
            dict(self.orders),
            dict(self.inbox),
            dict(self.refused),
            dict(self.wrong),
            dict(self.refunds),
        )


class MemoryShop:
    """`billing.shop_ports.Shop` over dictionaries. No method waits for anything."""

    def __init__(self) -> None:
        self._state = _State()

    def snapshot(self) -> _State:
        """What `restore` takes back to."""
        return self._state.copy()

    def restore(self, before: _State) -> None:
        """Forget what was done since."""
        self._state = before

    async def add_pack(self, pack: Pack, *, now_ms: int) -> None:
        if admit(pack, tuple(self._state.packs.values())):
            self._state.packs[pack.id] = pack

    async def retire_pack(self, pack: str, *, actor: str, now_ms: int) -> None:
        if pack not in self._state.packs:
            raise UnknownPack(pack)
        self._state.retired |= {pack}

    async def packs(self) -> tuple[Pack, ...]:
        return tuple(pack for name, pack in sorted(self._state.packs.items()) if name not in self._state.retired)

    async def pack(self, pack: str) -> Pack:
        found = {each.id: each for each in await self.packs()}.get(pack)
        if found is None:
            raise UnknownPack(pack)
        return found

    async def add(self, order: Order) -> bool:
        if order.id in self._state.orders:
            return False
        self._state.orders[order.id] = order
        return True

    async def order(self, order: str) -> Order:
        found = self._state.orders.get(order)
        if found is None:
            raise UnknownOrder(order)
        return found

    async def locked(self, order: str) -> Order:
        return await self.order(order)

    async def save(self, order: Order) -> None:
        assert order.id in self._state.orders, "an order that was locked is there"
        self._state.orders[order.id] = order

    async def find(
        self,
        *,
        session: str | None = None,
        payment: str | None = None,
        invoice: str | None = None,
        subscription: str | None = None,
    ) -> Order | None:
        for order in self._oldest_first():
            if (
                (session is not None and order.session == session)
                or (payment is not None and order.payment == payment)
                or (invoice is not None and order.invoice == invoice)
                or (subscription is not None and (order.subscription, order.kind) == (subscription, "subscription"))
            ):
                return order
        return None

    async def of_fan(self, fan: str) -> tuple[Order, ...]:
        return tuple(order for order in reversed(self._oldest_first()) if order.fan == fan)

    async def due(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        looks = [(order.next_look_ms, order.id) for order in self._state.orders.values() if order.next_look_ms]
        return tuple(name for at_ms, name in sorted(looks) if at_ms <= now_ms)[:limit]

    async def paid_between(self, since_ms: int, until_ms: int) -> tuple[Order, ...]:
        granting = [order for order in self._oldest_first() if order.kind != "subscription"]
        return tuple(o for o in granting if o.paid_at_ms is not None and since_ms <= o.paid_at_ms < until_ms)

    async def by_payments(self, payments: Sequence[str]) -> tuple[Order, ...]:
        wanted = set(payments)
        return tuple(order for order in self._oldest_first() if order.payment in wanted)

    async def take_in(self, event: TillEvent, outcome: str, *, now_ms: int) -> bool:
        if event.id in self._state.inbox:
            return False
        self._state.inbox[event.id] = (outcome, now_ms)
        return True

    async def knows(self, event: str) -> bool:
        return event in self._state.inbox

    async def taken_in(self) -> dict[str, int]:
        return dict(Counter(outcome for outcome, _ in self._state.inbox.values()))

    async def forget_events(self, *, before_ms: int) -> int:
        old = [name for name, (_, at_ms) in self._state.inbox.items() if at_ms < before_ms]
        for name in old:
            del self._state.inbox[name]
        return len(old)

    async def refuse(self, reason: str, *, now_ms: int) -> None:
        key = (now_ms // DAY_MS, reason)
        self._state.refused[key] = self._state.refused.get(key, 0) + 1

    async def refused(self) -> dict[tuple[int, str], int]:
        return dict(self._state.refused)

    async def note(self, discrepancies: Sequence[Discrepancy], *, now_ms: int) -> None:
        for one in discrepancies:
            self._state.wrong[one] = self._state.wrong.get(one, 0) + 1

    async def discrepancies(self) -> tuple[tuple[Discrepancy, int], ...]:
        return tuple(sorted(self._state.wrong.items(), key=lambda pair: (pair[0].order, pair[0].field, pair[0].found)))

    async def ask_refund(self, request: RefundRequest) -> RefundRequest:
        kept = self._state.refunds.setdefault(request.key, request)
        if kept.order != request.order:
            raise IdempotencyConflict(request.key)
        return kept

    async def refunds_of(self, order: str) -> tuple[RefundRequest, ...]:
        mine = [request for request in self._state.refunds.values() if request.order == order]
        return tuple(sorted(mine, key=lambda request: (request.asked_at_ms, request.key)))

    def _oldest_first(self) -> list[Order]:
        return sorted(self._state.orders.values(), key=lambda order: (order.created_at_ms, order.id))


@dataclass(frozen=True, slots=True)
class MemoryUnit:
    """See billing.shop_ports.ShopUnit."""

    books: MemoryBooks
    shop: MemoryShop
    promotions: MemoryPromotions
    offers: MemoryOffers


class MemoryUnits:
    """See billing.shop_ports.ShopUnits."""

    def __init__(self) -> None:
        self.unit = MemoryUnit(MemoryBooks(), MemoryShop(), MemoryPromotions(), MemoryOffers())

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[MemoryUnit]:
        """Keep what is done inside, or, when it raises, nothing of it."""
        async with self.unit.books.transaction(), self.unit.promotions.transaction(), self.unit.offers.transaction():
            before = self.unit.shop.snapshot()
            try:
                yield self.unit
            except BaseException:  # whatever ends the block early, also a cancellation, takes its changes back
                self.unit.shop.restore(before)
                raise
