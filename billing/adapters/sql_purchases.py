"""What is bought, and what becomes of it, in the books: the database's side of `billing.purchases` and the level rule.

The fan's wallet is locked before anything is read, then the order's lots by id. It decides nothing itself.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy import ColumnElement, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import standing as level
from billing.adapters import sql_journal, sql_lots, sql_wallets
from billing.adapters.sql_wallets import Locked
from billing.adapters.tables import journal_entries, lots
from billing.errors import IdempotencyConflict
from billing.ledger import Entry, Lot
from billing.purchases import Purchase, purchase_entries, purchase_key
from billing.standing import Plan, Standing, Taken

_OF_DEBTS = journal_entries.c.kind.in_(("dispute_lost", "debt_repaid"))


class SqlOrderBooks(ABC):
    """See billing.shop_ports.OrderBooks."""

    _connection: AsyncConnection

    @abstractmethod
    async def _locked(self, fan: str, now_ms: int) -> Locked | None:
        """The fan's wallet under lock, once what expired has lapsed."""

    async def purchase(self, bought: Purchase, *, now_ms: int) -> bool:
        await sql_wallets.open_empty(self._connection, bought.fan, now_ms)
        await self._locked(bought.fan, now_ms)
        booked = await sql_journal.entry_by_key(self._connection, purchase_key(bought.order))
        if booked is not None:
            granted = sum(posting.credits for posting in booked.postings if posting.lot)
            if (booked.fan, granted) != (bought.fan, bought.credits):
                raise IdempotencyConflict(bought.order)
            return False
        entries = purchase_entries(bought, lot=uuid4().hex, bonus_lot=uuid4().hex, at_ms=now_ms)
        for entry in entries:
            await self._book(entry)
        debts = await self._entries(journal_entries.c.fan == bought.fan, _OF_DEBTS)
        for repaid in level.repayments(entries, debts, now_ms):
            await self._book(repaid)
        return True

    async def stand(self, order: str, fan: str, standing: Standing, *, now_ms: int) -> Plan:
        made: list[Entry] = []
        while True:
            locked = await self._locked(fan, now_ms)
            mine = await sql_lots.lock_order(self._connection, order)
            if locked is None or not mine:
                return Plan((), Taken(), 0)
            entries = await self._entries(journal_entries.c.order_id == order)
            planned = level.plan(order, fan, mine, entries, standing, locked.wallet.available, now_ms)
            for entry in planned.entries:
                await self._book(entry)
            made.extend(planned.entries)
            if not await self._gave_back(fan, planned, now_ms):
                return replace(planned, entries=tuple(made))

    async def _gave_back(self, fan: str, planned: Plan, now_ms: int) -> bool:
        """Return what repaid a debt that is owed no longer.

        When there was such a debt, plan anew: there is more in the order's own lots, or more that no hold was promised.
        """
        if all(entry.kind != "dispute_lost" for entry in planned.entries):
            return False
        debts = await self._entries(journal_entries.c.fan == fan, _OF_DEBTS)
        back = level.give_back(fan, debts, now_ms)
        for entry in back:
            await self._book(entry)
        return len(back) > 0

    async def lots_of(self, order: str) -> tuple[Lot, ...]:
        return await sql_lots.of_order(self._connection, order)

    async def debt(self, fan: str) -> int:
        return level.debt_of(await self._entries(journal_entries.c.fan == fan, _OF_DEBTS))

    async def _entries(self, *conditions: ColumnElement[bool]) -> Sequence[Entry]:
        found = await sql_journal.read(self._connection, *conditions)
        return [recorded.entry for recorded in found]

    async def _book(self, entry: Entry) -> None:
        seq = await sql_journal.post(self._connection, entry)
        assert seq is not None, "an order is of one fan, whose wallet is locked"
        if entry.terms is not None:
            await sql_lots.add(self._connection, entry, seq)
        else:
            await self._move_lots(entry)
        moved = sum(posting.credits for posting in entry.postings if posting.lot)
        await sql_wallets.settle(self._connection, entry.fan, released=0, spent=-moved)

    async def _move_lots(self, entry: Entry) -> None:
        for posting in entry.postings:
            if posting.lot is None:
                continue
            after = lots.c.remaining + posting.credits
            statement = update(lots).where(lots.c.id == posting.lot, after >= 0, after <= lots.c.granted)
            changed = (await self._connection.execute(statement.values(remaining=after))).rowcount
            assert changed == 1, "a plan moves what the locked lots have room for"
