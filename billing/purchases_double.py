"""The books of orders in memory: what `MemoryBooks` does for purchases and the level rule.

It books through the same hooks as the rest of the double, so that one snapshot covers both; it keeps no state itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace

from billing import standing as level
from billing.errors import IdempotencyConflict
from billing.ledger import Entry, Lot, Recorded, WalletRow
from billing.purchases import Purchase, purchase_entries, purchase_key
from billing.standing import Plan, Standing, Taken


class MemoryOrderBooks(ABC):
    """See billing.shop_ports.OrderBooks. The hooks are those of the double it is a part of."""

    @abstractmethod
    def _refreshed(self, fan: str, now_ms: int) -> WalletRow:
        """The fan's wallet, opened if need be, once what expired has lapsed."""

    @abstractmethod
    def _journal(self) -> Sequence[Recorded]:
        """The journal so far."""

    @abstractmethod
    def _lots(self) -> dict[str, Lot]:
        """All lots by id, to be changed in place."""

    @abstractmethod
    def _new_id(self, kind: str) -> str:
        """An id that was not given before."""

    @abstractmethod
    def _post(self, entry: Entry) -> int:
        """Append an entry; its place."""

    @abstractmethod
    def _move(self, fan: str, *, posted: int = 0, held: int = 0) -> None:
        """Change the wallet."""

    async def purchase(self, bought: Purchase, *, now_ms: int) -> bool:
        self._refreshed(bought.fan, now_ms)
        key = purchase_key(bought.order)
        for recorded in self._journal():
            if recorded.entry.idem_key == key:
                granted = sum(posting.credits for posting in recorded.entry.postings if posting.lot)
                if (recorded.entry.fan, granted) != (bought.fan, bought.credits):
                    raise IdempotencyConflict(bought.order)
                return False
        entries = purchase_entries(bought, lot=self._new_id("lot"), bonus_lot=self._new_id("lot"), at_ms=now_ms)
        for entry in (*entries, *level.repayments(entries, self._debts(bought.fan), now_ms)):
            self._book(entry)
        return True

    async def stand(self, order: str, fan: str, standing: Standing, *, now_ms: int) -> Plan:
        made: list[Entry] = []
        while True:
            wallet = self._refreshed(fan, now_ms)
            mine = await self.lots_of(order)
            if not mine:
                return Plan((), Taken(), 0)
            entries = [recorded.entry for recorded in self._journal() if recorded.entry.order_id == order]
            planned = level.plan(order, fan, mine, entries, standing, wallet.available, now_ms)
            for entry in planned.entries:
                self._book(entry)
            back = level.give_back(fan, self._debts(fan), now_ms)
            for entry in back:
                self._book(entry)
            made.extend(planned.entries)
            if not back:  # else there is more in the order's own lots, or more that is not promised to holds
                return replace(planned, entries=tuple(made))

    async def lots_of(self, order: str) -> tuple[Lot, ...]:
        mine = [lot for lot in self._lots().values() if lot.terms.order_id == order]
        return tuple(sorted(mine, key=lambda lot: lot.terms.lot))

    async def debt(self, fan: str) -> int:
        return level.debt_of(self._debts(fan))

    def _debts(self, fan: str) -> list[Entry]:
        every = [recorded.entry for recorded in self._journal() if recorded.entry.fan == fan]
        return [entry for entry in every if entry.kind in ("dispute_lost", "debt_repaid")]

    def _book(self, entry: Entry) -> None:
        seq = self._post(entry)
        lots = self._lots()
        moved = 0
        for posting in entry.postings:
            if posting.lot is None:
                continue
            if entry.terms is not None:
                lots[posting.lot] = Lot(entry.terms, entry.fan, seq, posting.credits, 0, entry.at_ms)
            lot = lots[posting.lot]
            after = Lot(lot.terms, lot.fan, lot.seq, lot.granted, lot.remaining + posting.credits, lot.granted_at_ms)
            assert 0 <= after.remaining <= after.granted, "a plan moves what the lots have room for"
            lots[posting.lot] = after
            moved += posting.credits
        self._move(entry.fan, posted=moved)
