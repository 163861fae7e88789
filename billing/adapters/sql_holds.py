"""The holds of turns as rows. The gate of every settlement is here: one UPDATE that only the first to come passes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Row, bindparam, case, delete, func, select, tuple_, update
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


TURN_COLUMNS = (*holds.c, *PRICE_COLUMNS, *SHARE_COLUMNS)
TURN_ROWS = holds.join(price_versions, price_versions.c.id == holds.c.price_version).outerjoin(
    share_terms, share_terms.c.id == holds.c.share_terms
)
"""What is selected, and from where, for `turn_of`: one row for each hold of a turn, by kind."""

# Built once: on the path of every turn, putting a statement together costs more than sending it.
_TURN = select(*TURN_COLUMNS).select_from(TURN_ROWS).where(holds.c.turn == bindparam("of_turn")).order_by(holds.c.kind)
_TURN_LOCKED = _TURN.with_for_update(of=holds)
_SETTLE = (
    update(holds)
    .where(holds.c.turn == bindparam("of_turn"), holds.c.status == bindparam("before"))
    .values(
        status=bindparam("after"),
        captured_credits=case(
            (holds.c.kind == "voice", bindparam("voice_credits", type_=BigInteger)),
            else_=bindparam("text_credits", type_=BigInteger),
        ),
        reason=bindparam("why"),
        settled_at_ms=bindparam("at_ms"),
        text_delivered=bindparam("text_heard"),
        voice_delivered=bindparam("voice_heard"),
        tokens=bindparam("tokens_used"),
        chars=bindparam("chars_used"),
    )
)


async def turn(connection: AsyncConnection, turn: str, *, lock: bool) -> Turn | None:
    """The holds of a turn; `lock` keeps others from settling it until this transaction ends."""
    rows = (await connection.execute(_TURN_LOCKED if lock else _TURN, {"of_turn": turn})).all()
    return turn_of(rows) if rows else None


def turn_of(rows: Sequence[Row[Any]]) -> Turn:
    """The turn in rows that have TURN_COLUMNS, at least one."""
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
    new = insert_new(connection, holds, holds.c.turn, holds.c.kind).returning(holds.c.kind)
    written = (await connection.execute(new, [_values(hold) for hold in placed])).scalars().all()
    if len(written) == len(placed):
        return True
    if written:
        ours = (holds.c.turn == placed[0].turn, holds.c.kind.in_(written))
        await connection.execute(delete(holds).where(*ours))
    return False


async def settle(connection: AsyncConnection, before: HoldStatus, after: Sequence[Hold]) -> None:
    """The gate: move the turn's holds on from `before`, all of them or none."""
    captured, first = {hold.kind: hold.captured_credits for hold in after}, after[0]
    values = {
        "of_turn": first.turn,
        "before": before,
        "after": status_of(after),
        "text_credits": captured["text"],
        "voice_credits": captured.get("voice", 0),
        "why": first.reason,
        "at_ms": first.settled_at_ms,
        "text_heard": first.usage.text,
        "voice_heard": first.usage.voice,
        "tokens_used": first.usage.tokens,
        "chars_used": first.usage.chars,
    }
    passed = (await connection.execute(_SETTLE, values)).rowcount
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


async def newest(connection: AsyncConnection, fan: str, *, limit: int) -> tuple[Hold, ...]:
    """The newest holds of a fan, newest first."""
    ordered = (holds.c.opened_at_ms.desc(), holds.c.turn, holds.c.kind)
    rows = (await connection.execute(select(holds).where(holds.c.fan == fan).order_by(*ordered).limit(limit))).all()
    return tuple(_hold(row) for row in rows)


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[Hold, ...]:
    """The holds that meet these conditions, by turn, text before voice; every hold, for the audit."""
    chosen = select(holds).where(*conditions).order_by(holds.c.turn, holds.c.kind)
    rows = (await connection.execute(chosen)).all()
    return tuple(_hold(row) for row in rows)


def _values(hold: Hold) -> dict[str, Any]:
    # Named one by one: dataclasses.asdict copies deeply, and this is on the path of every turn.
    scope, usage = hold.scope, hold.usage
    return {
        "turn": hold.turn,
        "kind": hold.kind,
        "receipt": hold.receipt,
        "fan": hold.fan,
        "status": hold.status,
        "max_credits": hold.max_credits,
        "captured_credits": hold.captured_credits,
        "price_version": hold.price_version,
        "reason": hold.reason,
        "opened_at_ms": hold.opened_at_ms,
        "expires_at_ms": hold.expires_at_ms,
        "settled_at_ms": hold.settled_at_ms,
        "show": scope.show,
        "character": scope.character,
        "mode": scope.mode,
        "locale": scope.locale,
        "region": scope.region,
        "voice": hold.voice,
        "conversation_opened_at_ms": hold.conversation_opened_at_ms,
        "waived": hold.waived,
        "share_terms": hold.share_terms,
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
