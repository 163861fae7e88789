"""The wallet row of a fan: the only row that turns of the same fan wait for, and always the first that is locked.

Every change is a guarded UPDATE; none of them can leave a wallet below zero.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, bindparam, exists, func, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import budget_changes, lots, wallets
from billing.ledger import WalletRow
from billing.types import LotClass, Wallet

_LAPSING = exists().where(
    lots.c.fan == wallets.c.fan,
    lots.c.remaining > 0,
    lots.c.expires_at_ms <= bindparam("now_ms"),
)
_CAPPED = exists().where(budget_changes.c.fan == wallets.c.fan)
WALLET_COLUMNS = (
    wallets.c.fan.label("wallet_fan"),
    wallets.c.posted,
    wallets.c.held,
    wallets.c.frozen,
    _LAPSING.label("lapsing"),
    _CAPPED.label("capped"),
)
"""A wallet beside other columns, and what else there is to look at; they take `now_ms`."""

# Built once: on the path of every turn, putting a statement together costs more than sending it.
_LOCK = select(*WALLET_COLUMNS).where(wallets.c.fan == bindparam("of_fan")).with_for_update(of=wallets)
_RESERVE = (
    update(wallets)
    .where(wallets.c.fan == bindparam("of_fan"), wallets.c.posted - wallets.c.held >= bindparam("credits"))
    .values(held=wallets.c.held + bindparam("credits"))
)
_HELD, _POSTED = wallets.c.held - bindparam("released"), wallets.c.posted - bindparam("spent")
_SETTLE = (
    update(wallets)
    .where(wallets.c.fan == bindparam("of_fan"), _HELD >= 0, _POSTED >= _HELD)
    .values(held=_HELD, posted=_POSTED)
)


async def open_empty(connection: AsyncConnection, fan: str, now_ms: int) -> None:
    """Create the fan's wallet unless there is one."""
    new = insert_new(connection, wallets, wallets.c.fan)
    await connection.execute(new, {"fan": fan, "posted": 0, "held": 0, "created_at_ms": now_ms})


@dataclass(frozen=True, slots=True)
class Locked:
    """A wallet under lock; whether some of its lots are past their expiry, caps were ever set, and it is frozen."""

    wallet: WalletRow
    lapsing: bool
    capped: bool
    frozen: bool


def locked_of(row: Row[Any]) -> Locked:
    """The wallet in a row that has WALLET_COLUMNS."""
    wallet = WalletRow(row.wallet_fan, row.posted, row.held)
    return Locked(wallet, bool(row.lapsing), bool(row.capped), bool(row.frozen))


async def lock(connection: AsyncConnection, fan: str, now_ms: int) -> Locked | None:
    """Lock the fan's wallet for this transaction, and learn in the same statement what else there is to look at.

    None when there is no wallet. SQLite needs no lock: its transaction is the one that writes. On PostgreSQL, who had
    to wait learns of lots and caps as they were before: to be certain, look once more under the lock.
    """
    row = (await connection.execute(_LOCK, {"of_fan": fan, "now_ms": now_ms})).one_or_none()
    return None if row is None else locked_of(row)


async def reserve(connection: AsyncConnection, fan: str, credits: int) -> bool:
    """Hold credits if they are available; whether they were."""
    return (await connection.execute(_RESERVE, {"of_fan": fan, "credits": credits})).rowcount == 1


async def settle(connection: AsyncConnection, fan: str, *, released: int, spent: int) -> None:
    """Take what was released off the held credits and what was spent off the posted ones (below zero: added)."""
    if (released, spent) == (0, 0):
        return
    moved = {"of_fan": fan, "released": released, "spent": spent}
    changed = (await connection.execute(_SETTLE, moved)).rowcount
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
