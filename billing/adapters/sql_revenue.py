"""What was earned and what it cost, added up by the database, and what is to be paid to the rights' side.

Rows that would be reckoned alike are counted and not fetched; money is multiplied out here and not in SQL, where whole
numbers end at 2⁶³. Nothing here writes.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, FromClause, Row, Select, and_, case, func, literal, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.tables import holds, journal_entries, lots, postings, share_postings, turn_costs
from billing.revenue import MONEY_KINDS, By, CreditSum, Group, LotStep, RevenueLine, Tally
from billing.shares import Payout, PayoutRow, payouts
from billing.units import DAY_MS

_Columns = tuple[ColumnElement[Any], ...]
_ROWS = {"yield_per": 1_000}


async def revenue(connection: AsyncConnection, *, from_ms: int, until_ms: int, by: By) -> tuple[RevenueLine, ...]:
    """The report of a period, `until_ms` excluded."""
    tally = Tally()
    entry = (journal_entries.c.at_ms >= from_ms, journal_entries.c.at_ms < until_ms)
    async for row in await connection.stream(_credits(by, entry), execution_options=_ROWS):
        tally.credits(CreditSum(_group(row), row.account, row.kind, int(row.sum), row.count))
    async for row in await connection.stream(_steps(by, entry), execution_options=_ROWS):
        terms = (row.currency, row.paid_minor, row.granted)
        tally.step(LotStep(_group(row), row.kind, *terms, int(row.before), int(row.after), row.count))
    async for row in await connection.stream(_shares(by, entry), execution_options=_ROWS):
        tally.share(_group(row), row.currency, int(row.sum))
    noted = (turn_costs.c.at_ms >= from_ms, turn_costs.c.at_ms < until_ms)
    async for row in await connection.stream(_costs(by, noted), execution_options=_ROWS):
        tally.cost(_group(row), row.kind, row.currency, int(row.sum))
    return tally.lines()


async def payout(connection: AsyncConnection, *, from_ms: int, until_ms: int) -> tuple[Payout, ...]:
    """What each payee earned in a period, `until_ms` excluded."""
    entry, same_lot = journal_entries, and_(_of_entry(postings), postings.c.lot == share_postings.c.lot)
    parts = (share_postings.c.payee, holds.c.show, holds.c.character, share_postings.c.currency, lots.c.lot_class)
    statement = (
        select(
            *parts,
            func.min(entry.c.at_ms).label("at_ms"),
            (-func.sum(postings.c.credits)).label("credits"),
            func.sum(share_postings.c.micros).label("micros"),
        )
        .select_from(share_postings)
        .join(entry, _of_entry(share_postings))
        .join(postings, same_lot)
        .join(lots, lots.c.id == share_postings.c.lot)
        .join(holds, _first_hold(entry.c.turn))
        .where(entry.c.at_ms >= from_ms, entry.c.at_ms < until_ms)
        .group_by(*parts)
    )
    rows = (await connection.execute(statement)).all()
    sums = (PayoutRow(*row[:5], row.at_ms, int(row.credits), int(row.micros)) for row in rows)
    return payouts(sums, from_ms=from_ms, until_ms=until_ms)


def _credits(by: By, entry: _Columns) -> Select[Any]:
    moved = _grouped(
        by,
        journal_entries.join(postings, _of_entry(postings)),
        journal_entries.c.at_ms,
        (postings.c.account, journal_entries.c.kind, postings.c.credits),
        (*entry, postings.c.account != "fan_lots"),
    ).subquery()
    parts = (*_parts(moved), moved.c.account, moved.c.kind)
    return select(*parts, func.sum(moved.c.credits).label("sum"), func.count().label("count")).group_by(*parts)


def _steps(by: By, entry: _Columns) -> Select[Any]:
    # A capture and a lapse begin at nothing; only a refund has to know what its turn had used and given back before.
    before = case((journal_entries.c.kind == "turn_refund", _used_before()), else_=literal(0))
    steps = _grouped(
        by,
        journal_entries.join(postings, _of_entry(postings)).join(lots, lots.c.id == postings.c.lot),
        journal_entries.c.at_ms,
        (
            journal_entries.c.kind,
            lots.c.currency,
            lots.c.paid_minor,
            lots.c.granted,
            before.label("before"),
            (before - postings.c.credits).label("after"),
        ),
        (*entry, journal_entries.c.kind.in_(MONEY_KINDS), lots.c.paid_minor > 0),
    ).subquery()
    return select(*steps.c, func.count().label("count")).group_by(*steps.c)


def _used_before() -> ColumnElement[int]:
    moved, of = postings.alias(), journal_entries.alias()
    return (
        select(func.coalesce(-func.sum(moved.c.credits), 0))
        .select_from(of.join(moved, moved.c.entry_seq == of.c.seq))
        .where(of.c.turn == journal_entries.c.turn, of.c.seq < journal_entries.c.seq)
        .where(of.c.kind.in_(("capture", "turn_refund")), moved.c.lot == postings.c.lot)
        .correlate(journal_entries, postings)
        .scalar_subquery()
    )


def _shares(by: By, entry: _Columns) -> Select[Any]:
    earned = _grouped(
        by,
        journal_entries.join(share_postings, _of_entry(share_postings)),
        journal_entries.c.at_ms,
        (share_postings.c.currency, share_postings.c.micros),
        entry,
    ).subquery()
    parts = (*_parts(earned), earned.c.currency)
    return select(*parts, func.sum(earned.c.micros).label("sum")).group_by(*parts)


def _costs(by: By, noted: _Columns) -> Select[Any]:
    figures = (turn_costs.c.kind, turn_costs.c.currency, turn_costs.c.micros)
    spent = _grouped(by, turn_costs, turn_costs.c.at_ms, figures, noted).subquery()
    parts = (*_parts(spent), spent.c.kind, spent.c.currency)
    return select(*parts, func.sum(spent.c.micros).label("sum")).group_by(*parts)


def _grouped(
    by: By, rows: FromClause, at_ms: ColumnElement[int], figures: _Columns, conditions: _Columns
) -> Select[Any]:
    """The rows with the names of their group in front: `day_ms`, `show`, `character`; what does not tell is empty."""
    if by == "day":
        day_ms = at_ms - at_ms % DAY_MS
        names: _Columns = (day_ms.label("day_ms"), literal("").label("show"), literal("").label("character"))
        return _chosen(rows, (*names, *figures), conditions)
    turn = turn_costs.c.turn if rows is turn_costs else journal_entries.c.turn
    show, character = (func.coalesce(column, "") for column in (holds.c.show, holds.c.character))
    names = (
        literal(0).label("day_ms"),
        show.label("show"),
        (character if by == "character" else literal("")).label("character"),
    )
    return _chosen(rows.outerjoin(holds, _first_hold(turn)), (*names, *figures), conditions)


def _chosen(rows: FromClause, columns: _Columns, conditions: _Columns) -> Select[Any]:
    return select(*columns).select_from(rows).where(*conditions)


def _first_hold(turn: ColumnElement[str | None]) -> ColumnElement[bool]:
    """The one hold that every turn has; what it was for is written on it."""
    return and_(holds.c.turn == turn, holds.c.kind == "text")


def _of_entry(table: FromClause) -> ColumnElement[bool]:
    return table.c.entry_seq == journal_entries.c.seq


def _parts(rows: FromClause) -> _Columns:
    return rows.c.day_ms, rows.c.show, rows.c.character


def _group(row: Row[Any]) -> Group:
    return Group(row.day_ms, row.show, row.character)
