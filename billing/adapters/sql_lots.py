"""The lots of a fan: granting, burning and lapsing them. The fan's wallet is locked before any of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import ColumnElement, Row, bindparam, func, insert, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_holds, sql_journal, sql_wallets
from billing.adapters.tables import lots
from billing.ledger import Entry, Lot, LotTerms, lapse_entry, plan_lapse
from billing.types import Burn

_ALL = select(lots).order_by(lots.c.id)
_LOCK = _ALL.where(lots.c.fan == bindparam("of_fan"), lots.c.remaining > 0).with_for_update(of=lots)
_BURN = (
    update(lots)
    .where(lots.c.id == bindparam("of_lot"), lots.c.remaining >= bindparam("credits"))
    .values(remaining=lots.c.remaining - bindparam("credits"))
)


async def add(connection: AsyncConnection, entry: Entry, seq: int) -> None:
    """Derive the lot of a grant that was booked at `seq`."""
    terms = entry.terms
    assert terms is not None, "a grant says what it grants"
    granted = sum(posting.credits for posting in entry.postings if posting.lot == terms.lot)
    values = {
        "id": terms.lot,
        "fan": entry.fan,
        "entry_seq": seq,
        "lot_class": terms.lot_class,
        "granted": granted,
        "remaining": granted,
        "granted_at_ms": entry.at_ms,
        "expires_at_ms": terms.expires_at_ms,
        "paid_minor": terms.paid_minor,
        "currency": terms.currency,
        "order_id": terms.order_id,
    }
    await connection.execute(insert(lots), values)


async def lock(connection: AsyncConnection, fan: str) -> tuple[Lot, ...]:
    """The fan's lots that have something left, locked in the one order: by id."""
    return tuple(_lot(row) for row in (await connection.execute(_LOCK, {"of_fan": fan})).all())


async def lock_order(connection: AsyncConnection, order: str) -> tuple[Lot, ...]:
    """All lots of an order, spent ones too, locked by id; the fan's wallet is locked before."""
    statement = _ALL.where(lots.c.order_id == order, lots.c.order_id != "").with_for_update(of=lots)
    return tuple(_lot(row) for row in (await connection.execute(statement)).all())


async def of_order(connection: AsyncConnection, order: str) -> tuple[Lot, ...]:
    """All lots of an order, by id."""
    statement = _ALL.where(lots.c.order_id == order, lots.c.order_id != "")
    return tuple(_lot(row) for row in (await connection.execute(statement)).all())


async def burn(connection: AsyncConnection, burns: Sequence[Burn]) -> None:
    """Take what was planned from the locked lots."""
    for planned in burns:
        changed = (await connection.execute(_BURN, {"of_lot": planned.lot, "credits": planned.credits})).rowcount
        assert changed == 1, "a plan burns what the locked lots have"


async def give_back(connection: AsyncConnection, entry: Entry) -> int:
    """Put what a refund gives into the lots it came from, by id, as they are locked everywhere; returns how much."""
    given = sorted((posting.lot, posting.credits) for posting in entry.postings if posting.lot is not None)
    for lot, credits in given:
        room: ColumnElement[bool] = lots.c.remaining + credits <= lots.c.granted
        statement = update(lots).where(lots.c.id == lot, room).values(remaining=lots.c.remaining + credits)
        changed = (await connection.execute(statement)).rowcount
        assert changed == 1, "a lot gets back what it gave"
    return sum(credits for _, credits in given)


async def lapse(connection: AsyncConnection, fan: str, *, lapse: str, now_ms: int) -> int:
    """Book the fan's expired credits as breakage, as far as no open hold was promised them; returns how many."""
    locked = await lock(connection, fan)
    open_holds = await sql_holds.open_of(connection, fan)
    burns = plan_lapse(locked, open_holds, now_ms)
    if not burns:
        return 0
    booked = await sql_journal.post(connection, lapse_entry(fan, burns, lapse=lapse, at_ms=now_ms))
    assert booked is not None, "a lapse has a key of its own"
    await burn(connection, burns)
    lapsed = sum(planned.credits for planned in burns)
    await sql_wallets.settle(connection, fan, released=0, spent=lapsed)
    return lapsed


async def lapsing_fans(connection: AsyncConnection, *, now_ms: int, limit: int) -> tuple[str, ...]:
    """Fans with lots past their expiry, the longest past first."""
    due = (lots.c.remaining > 0, lots.c.expires_at_ms <= now_ms)
    oldest = func.min(lots.c.expires_at_ms)
    statement = select(lots.c.fan).where(*due).group_by(lots.c.fan).order_by(oldest, lots.c.fan).limit(limit)
    return tuple((await connection.execute(statement)).scalars().all())


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[Lot, ...]:
    """The lots that meet the conditions, by id."""
    return tuple(_lot(row) for row in (await connection.execute(_ALL.where(*conditions))).all())


async def left_of(connection: AsyncConnection, fan: str) -> tuple[Lot, ...]:
    """The fan's lots that have something left, only to be looked at."""
    return await read(connection, lots.c.fan == fan, lots.c.remaining > 0)


async def by_id(connection: AsyncConnection, ids: Iterable[str]) -> dict[str, Lot]:
    """These lots, whatever is left of them."""
    return {lot.terms.lot: lot for lot in await read(connection, lots.c.id.in_(tuple(ids)))}


def _lot(row: Row[Any]) -> Lot:
    terms = LotTerms(row.id, row.lot_class, row.expires_at_ms, row.paid_minor, row.currency, row.order_id)
    return Lot(terms, row.fan, row.entry_seq, row.granted, row.remaining, row.granted_at_ms)
