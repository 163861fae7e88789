"""The figures of the dashboards in a relational database, added up as the journal grows, and read by period.

Every sum is added by the database in the transaction that moves the mark, so a crash leaves neither without the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, fields
from typing import Any

from sqlalchemy import Column, Table, case, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_holds, sql_journal
from billing.adapters.figure_tables import figure_days, figure_fan_days, figure_marks, figure_sales
from billing.adapters.tables import holds, journal_entries, lots, sealed_entries, wallets
from billing.figure_ports import Marks, Sealed
from billing.figures import (
    RETENTION_WEEKS,
    WEEK_MS,
    DayFigures,
    Funnel,
    Increments,
    Kept,
    PerPayer,
    Place,
    Recharge,
)
from billing.settlement import Hold

ROWS_AT_ONCE = 500
_ONE = 1
_Rows = list[dict[str, Any]]


class SqlFigures:
    """`billing.figure_ports.Figures` over one connection."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def marks(self) -> Marks:
        chosen = select(figure_marks).where(figure_marks.c.id == _ONE).with_for_update()
        row = (await self._connection.execute(chosen)).one_or_none()
        if row is None:
            await self._connection.execute(insert(figure_marks), {"id": _ONE, "seal": 0, "turn": 0})
            return Marks()
        return Marks(row.seal, row.turn)

    async def sealed_after(self, seal: int) -> Sealed | None:
        later = select(func.min(sealed_entries.c.seal)).where(sealed_entries.c.seal > seal)
        number: int | None = (await self._connection.execute(later)).scalar_one()
        if number is None:
            return None
        covered = select(sealed_entries.c.entry_seq).where(sealed_entries.c.seal == number)
        entries = await sql_journal.read(self._connection, journal_entries.c.seq.in_(covered))
        names = {posting.lot for each in entries for posting in each.entry.postings if posting.lot}
        chosen = select(lots.c.id, lots.c.lot_class).where(lots.c.id.in_(names))
        classes = {row.id: row.lot_class for row in (await self._connection.execute(chosen)).all()}
        return Sealed(number, entries, classes)

    async def settled(self, turns: Sequence[str]) -> Mapping[str, tuple[Hold, ...]]:
        found: dict[str, tuple[Hold, ...]] = {}
        for hold in await sql_holds.read(self._connection, holds.c.turn.in_(turns)):
            found[hold.turn] = (*found.get(hold.turn, ()), hold)
        return found

    async def add(self, found: Increments, marks: Marks) -> None:
        days = [{"day_ms": day, **asdict(place), **asdict(sums)} for (day, place), sums in found.days.items()]
        await self._upsert(figure_days, days, tuple(each.name for each in fields(DayFigures)))
        sales = [
            {"day_ms": day, "fan": fan, "currency": currency, **asdict(place), **asdict(sums)}
            for (day, fan, currency, place), sums in found.sales.items()
        ]
        await self._upsert(figure_sales, sales, ("sales", "paid_minor", "credits"))
        active = [
            {"fan": fan, "day_ms": day, "turns": turns, "episode": episode}
            for (fan, day), (turns, episode) in found.active.items()
        ]
        await self._upsert(figure_fan_days, active, ("turns",), least=("episode",))
        moved = update(figure_marks).where(figure_marks.c.id == _ONE).values(asdict(marks))
        await self._connection.execute(moved)

    async def forget(self) -> None:
        for table in (figure_days, figure_sales, figure_fan_days):
            await self._connection.execute(delete(table))
        await self._connection.execute(update(figure_marks).values(seal=0, turn=0))

    async def days(self, *, from_ms: int, until_ms: int) -> tuple[tuple[int, Place, DayFigures], ...]:
        within = (figure_days.c.day_ms >= from_ms, figure_days.c.day_ms < until_ms)
        rows = (await self._connection.execute(select(figure_days).where(*within))).all()
        told = [
            (row.day_ms, _place(row), DayFigures(*(getattr(row, each.name) for each in fields(DayFigures))))
            for row in rows
        ]
        return tuple(sorted(told, key=lambda each: (each[0], each[1])))

    async def recharges(self, *, from_ms: int, until_ms: int) -> tuple[Recharge, ...]:
        c = figure_sales.c
        parts = (c.show, c.character, c.episode, c.currency)
        statement = (
            select(
                *parts,
                func.count(c.fan.distinct()).label("fans"),
                func.sum(c.sales).label("sold"),
                func.sum(c.paid_minor).label("paid"),
            )
            .where(c.day_ms >= from_ms, c.day_ms < until_ms)
            .group_by(*parts)
        )
        rows = (await self._connection.execute(statement)).all()
        told = [Recharge(_place(row), row.currency, row.fans, int(row.sold), int(row.paid)) for row in rows]
        return tuple(sorted(told, key=lambda each: (each.place, each.currency)))

    async def per_payer(self, *, from_ms: int, until_ms: int) -> tuple[PerPayer, ...]:
        c = figure_sales.c
        statement = (
            select(c.currency, func.count(c.fan.distinct()).label("fans"), func.sum(c.paid_minor).label("paid"))
            .where(c.day_ms >= from_ms, c.day_ms < until_ms)
            .group_by(c.currency)
            .order_by(c.currency)
        )
        rows = (await self._connection.execute(statement)).all()
        return tuple(PerPayer(row.currency, row.fans, int(row.paid)) for row in rows)

    async def funnel(self, *, from_ms: int, until_ms: int) -> Funnel:
        wrote = select(figure_fan_days.c.fan).distinct().subquery()
        paid = select(figure_sales.c.fan).distinct().subquery()
        statement = (
            select(func.count(), func.count(wrote.c.fan), func.count(paid.c.fan))
            .select_from(
                wallets.outerjoin(wrote, wrote.c.fan == wallets.c.fan).outerjoin(paid, paid.c.fan == wallets.c.fan)
            )
            .where(wallets.c.created_at_ms >= from_ms, wallets.c.created_at_ms < until_ms)
        )
        return Funnel(*(int(each) for each in (await self._connection.execute(statement)).one()))

    async def retention(self, *, from_ms: int, until_ms: int, now_ms: int) -> tuple[Kept, ...]:
        c = figure_fan_days.c
        first = select(c.fan, func.min(c.day_ms).label("day_ms")).group_by(c.fan).subquery()
        begun = (
            select(c.fan, c.day_ms, c.episode)
            .join(first, (first.c.fan == c.fan) & (first.c.day_ms == c.day_ms))
            .where(c.day_ms >= from_ms, c.day_ms < until_ms)
            .subquery()
        )
        since, again = c.day_ms - begun.c.day_ms, c.day_ms > begun.c.day_ms
        weeks = []
        for n in range(RETENTION_WEEKS):
            over = begun.c.day_ms + (n + 1) * WEEK_MS <= now_ms
            within = again & (since >= n * WEEK_MS) & (since < (n + 1) * WEEK_MS)
            weeks.append(func.count(case((over & within, c.fan)).distinct()))
            weeks.append(func.count(case((over, c.fan)).distinct()))
        statement = (
            select(begun.c.episode, func.count(begun.c.fan.distinct()), *weeks)
            .join(figure_fan_days, c.fan == begun.c.fan)
            .group_by(begun.c.episode)
            .order_by(begun.c.episode)
        )
        rows = (await self._connection.execute(statement)).all()
        return tuple(Kept(row[0], row[1], tuple(zip(row[2::2], row[3::2], strict=True))) for row in rows)

    async def _upsert(self, table: Table, rows: _Rows, sums: tuple[str, ...], least: tuple[str, ...] = ()) -> None:
        if not rows:
            return
        on_server = self._connection.dialect.name == "postgresql"
        for begin in range(0, len(rows), ROWS_AT_ONCE):
            new: Any = (postgresql.insert if on_server else sqlite.insert)(table)
            smaller = func.least if on_server else func.min
            changes = {name: table.c[name] + new.excluded[name] for name in sums}
            changes |= {name: smaller(table.c[name], new.excluded[name]) for name in least}
            statement = new.on_conflict_do_update(index_elements=list[Column[Any]](table.primary_key), set_=changes)
            await self._connection.execute(statement, rows[begin : begin + ROWS_AT_ONCE])


def _place(row: Any) -> Place:
    return Place(row.show, row.character, row.episode)
