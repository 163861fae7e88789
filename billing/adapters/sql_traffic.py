"""Turns as they were taken, for trying a price on them, and which turn an id is about. Nothing here writes."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.tables import holds
from billing.errors import UnknownReceipt
from billing.settlement import UNCOLLECTED
from billing.types import Charge, PriceScope, Usage
from billing.whatif import RecordedTurn

_ROWS = {"yield_per": 1_000}


async def recorded(connection: AsyncConnection, *, from_ms: int, until_ms: int) -> AsyncIterator[RecordedTurn]:
    """Delivered turns that were asked for in a period, `until_ms` excluded; fans by the code points of their ids."""
    spoken = holds.alias()
    fan: ColumnElement[str] = holds.c.fan
    if connection.dialect.name == "postgresql":  # its own order goes by a language; that of SQLite is this one
        fan = fan.collate("C")
    statement = (
        select(
            holds,
            spoken.c.captured_credits.label("voice_charged"),
            (spoken.c.turn.is_not(None)).label("voice_held"),
        )
        .outerjoin(spoken, and_(spoken.c.turn == holds.c.turn, spoken.c.kind == "voice"))
        .where(holds.c.kind == "text", holds.c.status == "captured", holds.c.reason != UNCOLLECTED)
        .where(holds.c.opened_at_ms >= from_ms, holds.c.opened_at_ms < until_ms)
        .order_by(fan, holds.c.opened_at_ms, holds.c.turn)
    )
    async for row in await connection.stream(statement, execution_options=_ROWS):
        yield _turn(row)


async def turn_of(connection: AsyncConnection, name: str) -> str:
    """The turn that has this id or this receipt. Raises UnknownReceipt."""
    named = select(holds.c.turn).where(or_(holds.c.turn == name, holds.c.receipt == name)).limit(1)
    found: str | None = (await connection.execute(named)).scalar_one_or_none()
    if found is None:
        raise UnknownReceipt(name)
    return found


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
