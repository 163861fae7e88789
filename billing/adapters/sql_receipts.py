"""Receipts, derived from a turn's holds and its journal entries; stored nowhere else, they cannot differ."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_journal, sql_lots
from billing.adapters.sql_holds import Turn
from billing.adapters.tables import journal_entries, postings
from billing.settlement import Burned, burned_by, receipt_for
from billing.types import Receipt


async def receipt(connection: AsyncConnection, turn: Turn) -> Receipt:
    """The receipt of a settled turn, with the lots it burned in the order they were burned."""
    taken = await burned(connection, turn)
    if taken is None:
        return receipt_for(turn.holds, turn.version, ())
    return receipt_for(turn.holds, turn.version, taken.burns, sum(taken.refunded.values()))


async def burned(connection: AsyncConnection, turn: Turn) -> Burned | None:
    """What a turn took and gave back; None when it was not charged."""
    if not any(hold.captured_credits for hold in turn.holds):
        return None
    recorded = await sql_journal.read(connection, journal_entries.c.turn == turn.holds[0].turn)
    entries = [each.entry for each in recorded]
    named = {posting.lot for entry in entries for posting in entry.postings if posting.lot is not None}
    return burned_by(entries, await sql_lots.by_id(connection, named))


async def refunded_turns(connection: AsyncConnection, fan: str, since_ms: int) -> int:
    """How many turns of the fan were refunded since then."""
    chosen = (journal_entries.c.fan == fan, journal_entries.c.kind == "turn_refund")
    counted = select(func.count(journal_entries.c.turn.distinct())).where(*chosen, journal_entries.c.at_ms >= since_ms)
    return int((await connection.execute(counted)).scalar_one())


async def refunded(connection: AsyncConnection, turns: Sequence[str]) -> dict[str, int]:
    """Credits given back by turn."""
    statement = (
        select(journal_entries.c.turn, func.sum(postings.c.credits))
        .join(postings, postings.c.entry_seq == journal_entries.c.seq)
        .where(journal_entries.c.turn.in_(turns), journal_entries.c.kind == "turn_refund")
        .where(postings.c.account == "fan_lots")
        .group_by(journal_entries.c.turn)
    )
    return {turn: int(credits) for turn, credits in (await connection.execute(statement)).all()}
