"""The holds of turns as rows. The gate of every settlement is here: one UPDATE that only the first to come passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, case, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_prices
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import holds, price_versions
from billing.settlement import Hold, status_of
from billing.types import HoldStatus, PriceVersion


@dataclass(frozen=True, slots=True)
class Turn:
    """The holds of one turn, at least one, and the price they are pinned to."""

    holds: tuple[Hold, ...]
    version: PriceVersion


async def turn(connection: AsyncConnection, turn: str, *, lock: bool) -> Turn | None:
    """The holds of a turn; `lock` keeps others from settling it until this transaction ends."""
    statement = (
        select(holds, *price_versions.c)
        .join(price_versions, price_versions.c.id == holds.c.price_version)
        .where(holds.c.turn == turn)
        .order_by(holds.c.kind)
    )
    rows = (await connection.execute(statement.with_for_update(of=holds) if lock else statement)).all()
    return Turn(tuple(_hold(row) for row in rows), sql_prices.version_of(rows[0])) if rows else None


async def pinned(connection: AsyncConnection, turn: str, price_version: str) -> tuple[PriceVersion | None, list[Hold]]:
    """In one statement what a new hold has to know: the version it quotes, and the holds the turn has already."""
    statement = (
        select(*price_versions.c, *holds.c)
        .select_from(price_versions.outerjoin(holds, holds.c.turn == turn))
        .where(price_versions.c.id == price_version)
        .order_by(holds.c.kind)
    )
    rows = (await connection.execute(statement)).all()
    version = sql_prices.version_of(rows[0]) if rows else None
    return version, [_hold(row) for row in rows if row.turn is not None]


async def place(connection: AsyncConnection, placed: Sequence[Hold]) -> bool:
    """Write the holds of a new turn, all of them or none; False when somebody else has just held for this turn."""
    new = insert_new(connection, holds, holds.c.turn, holds.c.kind).values([asdict(hold) for hold in placed])
    written = (await connection.execute(new.returning(holds.c.kind))).scalars().all()
    if len(written) == len(placed):
        return True
    if written:
        ours = (holds.c.turn == placed[0].turn, holds.c.kind.in_(written))
        await connection.execute(delete(holds).where(*ours))
    return False


async def settle(connection: AsyncConnection, before: HoldStatus, after: Sequence[Hold]) -> None:
    """The gate: move the turn's holds on from `before`, all of them or none."""
    captured = {hold.kind: hold.captured_credits for hold in after}
    statement = (
        update(holds)
        .where(holds.c.turn == after[0].turn, holds.c.status == before)
        .values(
            status=status_of(after),
            captured_credits=case((holds.c.kind == "voice", captured.get("voice", 0)), else_=captured["text"]),
            reason=after[0].reason,
            settled_at_ms=after[0].settled_at_ms,
        )
    )
    passed = (await connection.execute(statement)).rowcount
    assert passed == len(after), "the turn was locked, so nobody settled it in between"


async def extend(connection: AsyncConnection, turns: Sequence[str], expires_at_ms: int) -> None:
    """Move the end of open holds later, never earlier.

    A hold that somebody has locked is left out: it is being settled, and who waited for many could wait in a circle.
    """
    key = tuple_(holds.c.turn, holds.c.kind)
    still_open = (holds.c.turn.in_(turns), holds.c.status == "open", holds.c.expires_at_ms < expires_at_ms)
    free = select(holds.c.turn, holds.c.kind).where(*still_open).with_for_update(skip_locked=True)
    await connection.execute(update(holds).where(key.in_(free)).values(expires_at_ms=expires_at_ms))


async def overdue(connection: AsyncConnection, *, now_ms: int, limit: int) -> tuple[str, ...]:
    """Turns whose open holds are past their expiry, the longest past first."""
    due = (holds.c.status == "open", holds.c.expires_at_ms <= now_ms)
    oldest = func.min(holds.c.expires_at_ms)
    statement = select(holds.c.turn).where(*due).group_by(holds.c.turn).order_by(oldest, holds.c.turn).limit(limit)
    return tuple((await connection.execute(statement)).scalars().all())


async def turn_of_receipt(connection: AsyncConnection, receipt: str, fan: str) -> str | None:
    """Which turn of the fan a receipt is about."""
    statement = select(holds.c.turn).where(holds.c.receipt == receipt, holds.c.fan == fan).limit(1)
    found: str | None = (await connection.execute(statement)).scalar_one_or_none()
    return found


async def read(connection: AsyncConnection) -> tuple[Hold, ...]:
    """Every hold, for the audit."""
    rows = (await connection.execute(select(holds).order_by(holds.c.turn, holds.c.kind))).all()
    return tuple(_hold(row) for row in rows)


def _hold(row: Row[Any]) -> Hold:
    return Hold(
        turn=row.turn,
        kind=row.kind,
        receipt=row.receipt,
        fan=row.fan,
        status=row.status,
        max_credits=row.max_credits,
        captured_credits=row.captured_credits,
        price_version=row.price_version,
        reason=row.reason,
        opened_at_ms=row.opened_at_ms,
        expires_at_ms=row.expires_at_ms,
        settled_at_ms=row.settled_at_ms,
    )
