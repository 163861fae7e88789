"""The books on the Desk: revenue, liability and payouts of a period, as tables with a chart, and as files to take away.

Every file adds up to the page beside it: both are rows of the same report, read in the same way.
"""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator, Callable, Iterable
from pathlib import Path

from fastapi import APIRouter, Response
from fastapi.responses import FileResponse
from starlette.background import BackgroundTask

from billing import exports
from billing.exports import FORMATS, Row, Table
from billing.ports import Reports
from billing.revenue import BYS, By, Group, RevenueLine, total
from billing.units import DAY_MS
from billing.wording import day
from gateway.desk.charts import Chart, Series, bars
from gateway.desk.drafts import period
from gateway.desk.services import DeskServices
from gateway.moments import EXPECTED, end_ms
from gateway.staff.door import StaffDoor, Visit
from gateway.staff.errors import FormInvalid
from gateway.staff.rendering import PAGE_HEADERS

MEDIA = {"csv": "text/csv; charset=utf-8", "parquet": "application/vnd.apache.parquet"}
SHOWN_DAYS = 28


def add_book_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/revenue`, `/desk/liability`, `/desk/payouts`, `/desk/exports`."""
    _add_revenue(router, door, desk)
    _add_owed(router, door, desk)
    _add_exports(router, door, desk)


def days_of(desk: DeskServices, from_: str, to_: str) -> tuple[str, str, int, int]:
    """The days of a page, the last four weeks if none are named, and the period they make. Raises FormInvalid."""
    now_ms = desk.clock()
    from_day, to_day = from_ or day(now_ms - (SHOWN_DAYS - 1) * DAY_MS), to_ or day(now_ms)
    return from_day, to_day, *period(from_day, to_day)


def _add_revenue(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen = door.sees("books.read")

    @router.get("/revenue")
    async def revenue(visit: Visit = seen, from_: str = "", to_: str = "", by: str = "day") -> Response:
        from_day, to_day, from_ms, until_ms = days_of(desk, from_, to_)
        chosen = _by(by)
        async with desk.snapshot() as reports:
            lines = await reports.revenue(from_ms=from_ms, until_ms=until_ms, by=chosen)
        return door.page(
            visit,
            "desk/revenue.html",
            here="/desk/revenue",
            from_day=from_day,
            to_day=to_day,
            by=chosen,
            bys=BYS,
            lines=[(_named(line.group, chosen), line) for line in lines],
            total=total(lines),
            chart=_chart(lines, chosen),
        )


def _add_owed(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen = door.sees("books.read")

    @router.get("/liability")
    async def liability(visit: Visit = seen, at: str = "") -> Response:
        at_day = at or day(desk.clock())
        async with desk.snapshot() as reports:
            owed = await reports.liability(_end_of(at_day) - 1)
        return door.page(visit, "desk/liability.html", here="/desk/liability", at=at_day, owed=owed)

    @router.get("/payouts")
    async def payouts(visit: Visit = seen, from_: str = "", to_: str = "") -> Response:
        from_day, to_day, from_ms, until_ms = days_of(desk, from_, to_)
        async with desk.snapshot() as reports:
            found = await reports.payouts(from_ms=from_ms, until_ms=until_ms)
        sums: dict[tuple[str, str], int] = {}
        for each in found:
            sums[each.payee, each.currency] = sums.get((each.payee, each.currency), 0) + each.micros
        return door.page(
            visit, "desk/payouts.html", here="/desk/payouts", from_day=from_day, to_day=to_day, payouts=found, sums=sums
        )


def _add_exports(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen = door.sees("books.read")

    @router.get("/exports/{name}.{form}")
    async def export(
        name: str, form: str, visit: Visit = seen, from_: str = "", to_: str = "", by: str = "day", at: str = ""
    ) -> Response:
        if name not in TABLES or form not in FORMATS:
            raise FormInvalid("There is no such file.", status=404)
        from_day, to_day, from_ms, until_ms = days_of(desk, from_, to_)
        chosen, at_ms = _by(by), _end_of(at or to_day) - 1
        table, rows_of = TABLES[name]
        folder = await asyncio.to_thread(tempfile.TemporaryDirectory, prefix="encore-export-")
        path = Path(folder.name) / f"{name}.{form}"
        async with desk.snapshot() as reports:
            await desk.export(path, table, _format(form), rows_of(reports, from_ms, until_ms, chosen, at_ms))
        await visit.log("books.exported", subject=f"{name}.{form}", detail=f"{from_day} to {to_day}")
        return FileResponse(
            path,
            media_type=MEDIA[form],
            filename=f"encore-{name}-{at or from_day}.{form}",
            headers=PAGE_HEADERS,
            background=BackgroundTask(folder.cleanup),
        )


async def _journal(reports: Reports, from_ms: int, until_ms: int, _by: By, _at_ms: int) -> AsyncIterator[Row]:
    async for recorded in reports.journal():
        if from_ms <= recorded.entry.at_ms < until_ms:
            for row in exports.journal_rows(recorded):
                yield row


async def _revenue(reports: Reports, from_ms: int, until_ms: int, by: By, _at_ms: int) -> AsyncIterator[Row]:
    for row in exports.revenue_rows(await reports.revenue(from_ms=from_ms, until_ms=until_ms, by=by), by):
        yield row


async def _liability(reports: Reports, _from_ms: int, _until_ms: int, _by: By, at_ms: int) -> AsyncIterator[Row]:
    for row in exports.liability_rows(await reports.liability(at_ms)):
        yield row


async def _payouts(reports: Reports, from_ms: int, until_ms: int, _by: By, _at_ms: int) -> AsyncIterator[Row]:
    for row in exports.payout_rows(await reports.payouts(from_ms=from_ms, until_ms=until_ms)):
        yield row


_Rows = Callable[[Reports, int, int, By, int], AsyncIterator[Row]]
TABLES: dict[str, tuple[Table, _Rows]] = {
    "journal": (exports.JOURNAL, _journal),
    "revenue": (exports.REVENUE, _revenue),
    "liability": (exports.LIABILITY, _liability),
    "payouts": (exports.PAYOUTS, _payouts),
}
"""What can be taken away: how it looks, and its rows for (reports, from, until, by, at)."""


def _format(form: str) -> exports.Format:
    return next(each for each in FORMATS if each == form)


def _by(written: str) -> By:
    for by in BYS:
        if by == written:
            return by
    raise FormInvalid("A report is by day, show or character.")


def _end_of(written: str) -> int:
    try:
        return end_ms(written)
    except ValueError as error:
        raise FormInvalid(f"The day {EXPECTED}.") from error


def _named(group: Group, by: By) -> str:
    if by == "day":
        return day(group.day_ms)
    return " ".join(part for part in (group.show, group.character) if part) or "no show"


def _chart(lines: Iterable[RevenueLine], by: By) -> Chart:
    shown = list(lines)
    names = [day(line.group.day_ms)[5:] if by == "day" else _named(line.group, by) for line in shown]
    return bars("Credits earned", names, (Series("revenue", [line.revenue for line in shown]),))
