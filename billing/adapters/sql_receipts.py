"""Receipts, derived from a turn's holds and its journal entry; they are stored nowhere else, so they cannot differ."""

from __future__ import annotations

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_holds import Turn
from billing.adapters.tables import journal_entries, lots, postings
from billing.settlement import receipt_for
from billing.types import Burn, Receipt


async def receipt(connection: AsyncConnection, turn: Turn) -> Receipt:
    """The receipt of a settled turn, with the lots it burned in the order they were burned."""
    return receipt_for(turn.holds, turn.version, await _burned(connection, turn))


async def _burned(connection: AsyncConnection, turn: Turn) -> tuple[Burn, ...]:
    if not any(hold.captured_credits for hold in turn.holds):
        return ()
    statement = (
        select(postings.c.lot, lots.c.lot_class, postings.c.credits)
        .join(journal_entries, journal_entries.c.seq == postings.c.entry_seq)
        .join(lots, lots.c.id == postings.c.lot)
        .where(journal_entries.c.turn == turn.holds[0].turn, journal_entries.c.kind == "capture")
        .order_by(postings.c.position)
    )
    rows = (await connection.execute(statement)).all()
    return tuple(Burn(row.lot, row.lot_class, -row.credits) for row in rows)
