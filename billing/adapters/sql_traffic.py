"""Turns as they were taken, for trying a price on them, and which turn an id is about. Nothing here writes."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Row, Select, and_, func, literal, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.tables import holds, journal_entries, lots, postings, share_postings, turn_costs, wallets
from billing.errors import UnknownReceipt
from billing.settlement import UNCOLLECTED
from billing.traffic import NEVER_MS, TurnColumns, columns
from billing.types import Charge, PriceScope, Usage
from billing.whatif import RecordedTurn

_ROWS = {"yield_per": 1_000}
BATCH_ROWS = 50_000
"""Rows of one batch: what bounds the memory of a trial."""
_BATCHES = {"yield_per": BATCH_ROWS}


async def recorded(connection: AsyncConnection, *, from_ms: int, until_ms: int) -> AsyncIterator[RecordedTurn]:
    """Delivered turns that were asked for in a period, `until_ms` excluded; fans by the code points of their ids."""
    spoken = holds.alias()
    statement = (
        select(
            holds,
            spoken.c.captured_credits.label("voice_charged"),
            (spoken.c.turn.is_not(None)).label("voice_held"),
        )
        .outerjoin(spoken, and_(spoken.c.turn == holds.c.turn, spoken.c.kind == "voice"))
        .where(*_delivered(from_ms, until_ms))
        .order_by(_fan(connection), holds.c.opened_at_ms, holds.c.turn)
    )
    async for row in await connection.stream(statement, execution_options=_ROWS):
        yield _turn(row)


async def in_columns(connection: AsyncConnection, *, from_ms: int, until_ms: int) -> AsyncIterator[TurnColumns]:
    """The same turns in batches, with the money behind them and what they cost; in the same order."""
    pending: list[Row[Any]] = []
    found = await connection.stream(_with_money(connection, from_ms, until_ms), execution_options=_BATCHES)
    async for piece in found.partitions():
        rows = [*pending, *piece]
        begins = len(rows) - 1  # a turn that burned several lots has a row for each, and they stay together
        while begins and rows[begins - 1][0] == rows[-1][0]:
            begins -= 1
        pending = rows[begins:]
        if begins:
            yield await asyncio.to_thread(columns, rows[:begins])
    if pending:
        yield await asyncio.to_thread(columns, pending)


async def turn_of(connection: AsyncConnection, name: str) -> str:
    """The turn that has this id or this receipt. Raises UnknownReceipt."""
    named = select(holds.c.turn).where(or_(holds.c.turn == name, holds.c.receipt == name)).limit(1)
    found: str | None = (await connection.execute(named)).scalar_one_or_none()
    if found is None:
        raise UnknownReceipt(name)
    return found


def _with_money(connection: AsyncConnection, from_ms: int, until_ms: int) -> Select[Any]:
    """In the order of `traffic.TrafficRow`."""
    spoken, model, speech, captured = holds.alias(), turn_costs.alias(), turn_costs.alias(), journal_entries
    of_entry = postings.c.entry_seq == captured.c.seq
    same_lot = and_(share_postings.c.entry_seq == captured.c.seq, share_postings.c.lot == postings.c.lot)
    rows = (
        holds.join(wallets, wallets.c.fan == holds.c.fan)
        .outerjoin(spoken, and_(spoken.c.turn == holds.c.turn, spoken.c.kind == "voice"))
        .outerjoin(model, and_(model.c.turn == holds.c.turn, model.c.kind == "text"))
        .outerjoin(speech, and_(speech.c.turn == holds.c.turn, speech.c.kind == "voice"))
        .outerjoin(captured, captured.c.idem_key == literal("capture:").concat(holds.c.turn))
        .outerjoin(postings, and_(of_entry, postings.c.account == "fan_lots"))
        .outerjoin(lots, lots.c.id == postings.c.lot)
        .outerjoin(share_postings, same_lot)
    )

    def there(column: ColumnElement[Any], none: Any = 0) -> ColumnElement[Any]:
        return func.coalesce(column, none)

    asked = (holds.c.show, holds.c.character, holds.c.mode, holds.c.locale, holds.c.region, holds.c.voice)
    used = (holds.c.text_delivered, holds.c.voice_delivered, holds.c.tokens, holds.c.chars)
    times = (holds.c.opened_at_ms, there(holds.c.conversation_opened_at_ms, NEVER_MS))
    return (
        select(
            *(holds.c.turn, holds.c.fan, wallets.c.created_at_ms, *asked, spoken.c.turn.is_not(None), *used, *times),
            *(holds.c.waived, holds.c.captured_credits, there(spoken.c.captured_credits)),
            *(there(-postings.c.credits), there(lots.c.granted, 1), there(lots.c.paid_minor)),
            *(there(lots.c.currency, ""), there(share_postings.c.micros)),
            *(there(model.c.micros), there(model.c.currency, "")),
            *(there(speech.c.micros), there(speech.c.currency, "")),
        )
        .select_from(rows)
        .where(*_delivered(from_ms, until_ms))
        .order_by(_fan(connection, sorted_last=True), holds.c.opened_at_ms, _turn_last(connection))
    )


def _delivered(from_ms: int, until_ms: int) -> tuple[ColumnElement[bool], ...]:
    return (
        holds.c.kind == "text",
        holds.c.status == "captured",
        holds.c.reason != UNCOLLECTED,
        holds.c.opened_at_ms >= from_ms,
        holds.c.opened_at_ms < until_ms,
    )


def _fan(connection: AsyncConnection, *, sorted_last: bool = False) -> ColumnElement[str]:
    """The fan, to be ordered by; `sorted_last` keeps SQLite from reading in that order."""
    fan: ColumnElement[str] = holds.c.fan
    if connection.dialect.name == "postgresql":  # its own order goes by a language; that of SQLite is by code points
        return fan.collate("C")
    # In the order they were booked, what belongs to a turn lies together; fan by fan it is all over the file. What is
    # not quite the column is sorted at the end, outside of memory where it has to be.
    return fan.concat("") if sorted_last else fan


def _turn_last(connection: AsyncConnection) -> ColumnElement[str]:
    """The turn, to be ordered by; as a bare column SQLite reads by its index, and so all over the file."""
    turn: ColumnElement[str] = holds.c.turn
    return turn if connection.dialect.name == "postgresql" else turn.concat("")


def _turn(row: Row[Any]) -> RecordedTurn:
    return RecordedTurn(
        fan=row.fan,
        scope=PriceScope(row.show, row.character, row.mode, row.locale, row.region),
        # A voice that cost nothing has no hold of its own, but what was spoken tells of it.
        voice=row.voice or bool(row.voice_held or row.voice_delivered),
        usage=Usage(row.text_delivered, row.voice_delivered, row.tokens, row.chars),
        quoted_at_ms=row.opened_at_ms,
        charged=Charge(row.captured_credits, row.voice_charged or 0),
        conversation_opened_at_ms=row.conversation_opened_at_ms,
        kind=row.waived or "message",
    )
