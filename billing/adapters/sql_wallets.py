"""The wallet row of a fan: the only row that turns of the same fan wait for, and always the first that is locked.

Every change is a guarded UPDATE; none of them can leave a wallet below zero.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import budget_changes, lots, wallets
from billing.ledger import WalletRow
from billing.types import LotClass, Wallet


async def open_empty(connection: AsyncConnection, fan: str, now_ms: int) -> None:
    """Create the fan's wallet unless there is one."""
    new = insert_new(connection, wallets, wallets.c.fan)
    await connection.execute(new, {"fan": fan, "posted": 0, "held": 0, "created_at_ms": now_ms})


@dataclass(frozen=True, slots=True)
class Locked:
    """A wallet under lock; whether some of its lots are past their expiry, and whether caps were ever set."""

    wallet: WalletRow
    lapsing: bool
    capped: bool


async def lock(connection: AsyncConnection, fan: str, now_ms: int) -> Locked | None:
    """Lock the fan's wallet for this transaction, and learn in the same statement what else there is to look at.

    None when there is no wallet. SQLite needs no lock: its transaction is the one that writes.
    """
    lapsing = exists().where(lots.c.fan == wallets.c.fan, lots.c.remaining > 0, lots.c.expires_at_ms <= now_ms)
    capped = exists().where(budget_changes.c.fan == wallets.c.fan)
    asked = (wallets.c.posted, wallets.c.held, lapsing.label("lapsing"), capped.label("capped"))
    statement = select(*asked).where(wallets.c.fan == fan)
    row = (await connection.execute(statement.with_for_update(of=wallets))).one_or_none()
    return None if row is None else Locked(WalletRow(fan, row.posted, row.held), bool(row.lapsing), bool(row.capped))


async def reserve(connection: AsyncConnection, fan: str, credits: int) -> bool:
    """Hold credits if they are available; whether they were."""
    statement = (
        update(wallets)
        .where(wallets.c.fan == fan, wallets.c.posted - wallets.c.held >= credits)
        .values(held=wallets.c.held + credits)
    )
    return (await connection.execute(statement)).rowcount == 1


async def settle(connection: AsyncConnection, fan: str, *, released: int, spent: int) -> None:
    """Take what was released off the held credits and what was spent off the posted ones (below zero: added)."""
    if (released, spent) == (0, 0):
        return
    held, posted = wallets.c.held - released, wallets.c.posted - spent
    statement = update(wallets).where(wallets.c.fan == fan, held >= 0, posted >= held).values(held=held, posted=posted)
    changed = (await connection.execute(statement)).rowcount
    assert changed == 1, "a settlement never overdraws the wallet it was planned for"


async def read(connection: AsyncConnection, fan: str) -> Wallet:
    """The fan's wallet with its credits by class; zeros when there is none."""
    statement = (
        select(wallets.c.posted, wallets.c.held, lots.c.lot_class, func.sum(lots.c.remaining).label("credits"))
        .select_from(wallets.outerjoin(lots, (lots.c.fan == wallets.c.fan) & (lots.c.remaining > 0)))
        .where(wallets.c.fan == fan)
        .group_by(wallets.c.posted, wallets.c.held, lots.c.lot_class)
        .order_by(lots.c.lot_class)
    )
    rows = (await connection.execute(statement)).all()
    if not rows:
        return Wallet(fan, 0, 0)
    by_class: dict[LotClass, int] = {row.lot_class: int(row.credits) for row in rows if row.lot_class is not None}
    return Wallet(fan, available=rows[0].posted - rows[0].held, held=rows[0].held, by_class=by_class)


async def read_rows(connection: AsyncConnection) -> tuple[WalletRow, ...]:
    """Every wallet, for the audit."""
    rows = (await connection.execute(select(wallets).order_by(wallets.c.fan))).all()
    return tuple(WalletRow(row.fan, row.posted, row.held) for row in rows)
