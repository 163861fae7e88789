"""A fan's account in a relational database: found by any of its ids, and read; only its freezing is written here."""

from __future__ import annotations

from sqlalchemy import func, select, union, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.account_ports import Account
from billing.adapters import sql_holds, sql_lots
from billing.adapters.shop_tables import orders
from billing.adapters.tables import holds, journal_entries, lots, wallets
from billing.ledger import Lot
from billing.settlement import Hold
from billing.types import LotClass


class SqlAccounts:
    """`billing.account_ports.Accounts` over one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def owners(self, name: str, *, limit: int) -> tuple[str, ...]:
        named = union(
            select(wallets.c.fan).where(wallets.c.fan == name),
            select(holds.c.fan).where(holds.c.turn == name),
            select(holds.c.fan).where(holds.c.receipt == name),
            select(orders.c.fan).where(orders.c.id == name),
            select(orders.c.fan).where(orders.c.payment == name),
        ).subquery()
        statement = select(named.c.fan).order_by(named.c.fan).limit(limit)
        return tuple((await self._connection.execute(statement)).scalars().all())

    async def account(self, fan: str) -> Account | None:
        statement = select(wallets.c.fan, wallets.c.created_at_ms, wallets.c.frozen).where(wallets.c.fan == fan)
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else Account(row.fan, row.created_at_ms, bool(row.frozen))

    async def lots(self, fan: str) -> tuple[Lot, ...]:
        found = await sql_lots.read(self._connection, lots.c.fan == fan)
        return tuple(sorted(found, key=lambda lot: lot.seq))

    async def holds(self, fan: str, *, limit: int) -> tuple[Hold, ...]:
        return await sql_holds.newest(self._connection, fan, limit=limit)

    async def freeze(self, fan: str, *, frozen: bool) -> bool:
        statement = update(wallets).where(wallets.c.fan == fan, wallets.c.frozen != frozen).values(frozen=frozen)
        return (await self._connection.execute(statement)).rowcount == 1

    async def given(self, lot_class: LotClass, *, since_ms: int, fan: str = "", actor: str = "") -> int:
        statement = (
            select(func.coalesce(func.sum(lots.c.granted), 0))
            .join(journal_entries, journal_entries.c.seq == lots.c.entry_seq)
            .where(lots.c.lot_class == lot_class, lots.c.granted_at_ms > since_ms)
        )
        if fan:
            statement = statement.where(lots.c.fan == fan)
        if actor:
            statement = statement.where(journal_entries.c.actor == actor)
        return int((await self._connection.execute(statement)).scalar_one())
