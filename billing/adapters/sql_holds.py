"""The holds of turns as rows. The gate of every settlement is here: one UPDATE that only the first to come passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import Row, case, delete, func, select, tuple_, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import shares
from billing.adapters import sql_prices, sql_shares
from billing.adapters.sql_inserts import insert_new
from billing.adapters.sql_prices import PRICE_COLUMNS
from billing.adapters.sql_shares import SHARE_COLUMNS
from billing.adapters.tables import holds, price_versions, share_terms
from billing.settlement import Hold, status_of
from billing.types import HoldStatus, PriceScope, PriceVersion, Quote, ShareTerms, Usage


@dataclass(frozen=True, slots=True)
class Turn:
    """The holds of one turn, at least one, and the price and the share terms they are pinned to."""

    holds: tuple[Hold, ...]
    version: PriceVersion
    terms: ShareTerms | None


async def turn(connection: AsyncConnection, turn: str, *, lock: bool) -> Turn | None:
    """The holds of a turn; `lock` keeps others from settling it until this transaction ends."""
    statement = (
        select(holds, *PRICE_COLUMNS, *SHARE_COLUMNS)
        .join(price_versions, price_versions.c.id == holds.c.price_version)
        .outerjoin(share_terms, share_terms.c.id == holds.c.share_terms)
        .where(holds.c.turn == turn)
        .order_by(holds.c.kind)
    )
    rows = (await connection.execute(statement.with_for_update(of=holds) if lock else statement)).all()
    if not rows:
        return None
    return Turn(tuple(_hold(row) for row in rows), sql_prices.version_of(rows[0]), sql_shares.terms_of(rows[0]))


async def pinned(connection: AsyncConnection, turn: str, quote: Quote) -> tuple[PriceVersion | None, list[Hold]]:
    """In one statement what a new hold has to know: the version it quotes, and the holds the turn has already.

    The version is None when the quote names one, or share terms, that the rate card does not have for it.
    """
    shared = price_versions.outerjoin(share_terms, share_terms.c.id == quote.share)
    statement = (
        select(*PRICE_COLUMNS, *SHARE_COLUMNS, *holds.c)
        .select_from(shared.outerjoin(holds, holds.c.turn == turn))
        .where(price_versions.c.id == quote.price_version)
        .order_by(holds.c.kind)
    )
    rows = (await connection.execute(statement)).all()
    if not rows or not shares.is_of(quote, sql_shares.terms_of(rows[0])):
        return None, []
    return sql_prices.version_of(rows[0]), [_hold(row) for row in rows if row.turn is not None]


async def place(connection: AsyncConnection, placed: Sequence[Hold]) -> bool:
    """Write the holds of a new turn, all of them or none; False when somebody else has just held for this turn."""
    new = insert_new(connection, holds, holds.c.turn, holds.c.kind).values([_values(hold) for hold in placed])
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
            **_delivered(after[0].usage),
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


async def open_of(connection: AsyncConnection, fan: str) -> list[tuple[int, int]]:
    """The fan's turns that are held for now, as (opened_at_ms, credits)."""
    reserved = (
        select(holds.c.opened_at_ms, func.sum(holds.c.max_credits))
        .where(holds.c.fan == fan, holds.c.status == "open")
        .group_by(holds.c.turn, holds.c.opened_at_ms)
    )
    return [(int(row[0]), int(row[1])) for row in (await connection.execute(reserved)).all()]


async def spent_since(connection: AsyncConnection, fan: str, since_ms: int) -> dict[str, int]:
    """What the fan's turns opened since then cost or hold, by show."""
    used = case((holds.c.status == "open", holds.c.max_credits), else_=holds.c.captured_credits)
    statement = (
        select(holds.c.show, func.sum(used))
        .where(holds.c.fan == fan, holds.c.opened_at_ms >= since_ms)
        .group_by(holds.c.show)
    )
    return {row[0]: int(row[1]) for row in (await connection.execute(statement)).all()}


async def turn_of_receipt(connection: AsyncConnection, receipt: str, fan: str) -> str | None:
    """Which turn of the fan a receipt is about."""
    statement = select(holds.c.turn).where(holds.c.receipt == receipt, holds.c.fan == fan).limit(1)
    found: str | None = (await connection.execute(statement)).scalar_one_or_none()
    return found


async def read(connection: AsyncConnection) -> tuple[Hold, ...]:
    """Every hold, for the audit."""
    rows = (await connection.execute(select(holds).order_by(holds.c.turn, holds.c.kind))).all()
    return tuple(_hold(row) for row in rows)


def _values(hold: Hold) -> dict[str, Any]:
    flat: dict[str, Any] = asdict(hold)
    del flat["usage"], flat["scope"]
    return flat | asdict(hold.scope) | _delivered(hold.usage)


def _delivered(usage: Usage) -> dict[str, Any]:
    return {
        "text_delivered": usage.text,
        "voice_delivered": usage.voice,
        "tokens": usage.tokens,
        "chars": usage.chars,
    }


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
        scope=PriceScope(row.show, row.character, row.mode, row.locale, row.region),
        voice=row.voice,
        conversation_opened_at_ms=row.conversation_opened_at_ms,
        waived=row.waived,
        share_terms=row.share_terms,
        usage=Usage(row.text_delivered, row.voice_delivered, row.tokens, row.chars),
    )
