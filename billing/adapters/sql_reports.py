"""Reading the books for people: statements, liability at a date, the journal in order. It writes nothing.

Sums are made by the database, and long reads come in pieces, so that no report needs memory for the whole journal.
"""

from __future__ import annotations

from collections.abc import AsyncIterator

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_journal, sql_lots, sql_revenue, sql_traffic, sql_wallets
from billing.adapters.tables import journal_entries, lots, postings
from billing.ledger import Recorded
from billing.liability import LotLeft, Owed, owed
from billing.replay import Difference, Replayed, differing_lots, differing_wallets
from billing.revenue import By, RevenueLine
from billing.shares import Payout
from billing.statement import STATEMENT_LINES_MAX, StatementLine, lines
from billing.traffic import TurnColumns
from billing.whatif import RecordedTurn

JOURNAL_PIECE = 2_000


class SqlReports:
    """`billing.ports.Reports` over one connection. For figures that agree with each other it needs one snapshot."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def statement(self, fan: str, *, before: int | None, limit: int) -> tuple[StatementLine, ...]:
        assert 1 <= limit <= STATEMENT_LINES_MAX, "a page has an end"
        of_fan = [journal_entries.c.fan == fan, _moves_lots()]
        if before is not None:
            of_fan.append(journal_entries.c.seq < before)
        newest = select(journal_entries.c.seq).where(*of_fan).order_by(journal_entries.c.seq.desc()).limit(limit)
        seqs = (await self._connection.execute(newest)).scalars().all()
        if not seqs:
            return ()
        first = min(seqs)
        earlier = (
            select(func.coalesce(func.sum(postings.c.credits), 0))
            .join(journal_entries, journal_entries.c.seq == postings.c.entry_seq)
            .where(journal_entries.c.fan == fan, postings.c.account == "fan_lots", journal_entries.c.seq < first)
        )
        balance = int((await self._connection.execute(earlier)).scalar_one())
        page = await sql_journal.read(self._connection, *of_fan, journal_entries.c.seq.between(first, max(seqs)))
        return lines(page, balance=balance)

    async def liability(self, at_ms: int) -> tuple[Owed, ...]:
        left = func.sum(postings.c.credits).label("credits")
        statement = (
            select(lots.c.lot_class, lots.c.granted, left, lots.c.paid_minor, lots.c.currency)
            .join(postings, postings.c.lot == lots.c.id)
            .join(journal_entries, journal_entries.c.seq == postings.c.entry_seq)
            .where(journal_entries.c.at_ms <= at_ms)
            .group_by(lots.c.id, lots.c.lot_class, lots.c.granted, lots.c.paid_minor, lots.c.currency)
            .having(left > 0)
        )
        rows = (await self._connection.execute(statement)).all()
        return owed(LotLeft(row[0], row[1], int(row[2]), row[3], row[4]) for row in rows)

    async def journal(self) -> AsyncIterator[Recorded]:
        after = 0
        while piece := await sql_journal.read(self._connection, journal_entries.c.seq > after, limit=JOURNAL_PIECE):
            for recorded in piece:
                yield recorded
            after = piece[-1].seq

    async def replay(self) -> tuple[Replayed, tuple[Difference, ...]]:
        state = Replayed()
        async for recorded in self.journal():
            state.take(recorded)
        wallets = differing_wallets(state, await sql_wallets.read_rows(self._connection))
        return state, wallets + differing_lots(state, await sql_lots.read(self._connection))

    async def revenue(self, *, from_ms: int, until_ms: int, by: By) -> tuple[RevenueLine, ...]:
        return await sql_revenue.revenue(self._connection, from_ms=from_ms, until_ms=until_ms, by=by)

    async def payouts(self, *, from_ms: int, until_ms: int) -> tuple[Payout, ...]:
        return await sql_revenue.payout(self._connection, from_ms=from_ms, until_ms=until_ms)

    def turns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[RecordedTurn]:
        return sql_traffic.recorded(self._connection, from_ms=from_ms, until_ms=until_ms)

    def turn_columns(self, *, from_ms: int, until_ms: int) -> AsyncIterator[TurnColumns]:
        return sql_traffic.in_columns(self._connection, from_ms=from_ms, until_ms=until_ms)

    async def turns_burning(self, lot: str, *, limit: int) -> tuple[str, ...]:
        statement = (
            select(journal_entries.c.turn)
            .join(postings, postings.c.entry_seq == journal_entries.c.seq)
            .where(postings.c.lot == lot, journal_entries.c.kind == "capture")
            .order_by(journal_entries.c.seq)
            .limit(limit)
        )
        return tuple((await self._connection.execute(statement)).scalars().all())

    async def turn_of(self, name: str) -> str:
        return await sql_traffic.turn_of(self._connection, name)


def _moves_lots() -> ColumnElement[bool]:
    return exists().where(postings.c.entry_seq == journal_entries.c.seq, postings.c.account == "fan_lots")
