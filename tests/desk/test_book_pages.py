"""The books on the Desk, and the files that are taken away: what they hold adds up to the books."""

from __future__ import annotations

import asyncio
import csv
import io
from collections import Counter
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from billing.adapters.table_files import ROWS_AT_ONCE, harmless, write
from billing.exports import LIABILITY, Row, liability_rows, revenue_rows
from billing.revenue import Group, RevenueLine
from billing.types import LOT_CLASSES
from gateway.bootstrap import Store
from tests.desk.traffic import weeks_of_business
from tests.gateway.builders import House
from tests.gateway.march import play_in
from tests.staff.browsing import Browser, signed_in
from tests.staff.test_staff_pages import held

MARCH = "from_=2026-03-01&to_=2026-03-31"


async def taken(browser: Browser, address: str) -> bytes:
    answer = await browser.http.get(address)
    assert answer.status_code == 200, answer.text[:300]
    assert answer.headers["content-disposition"].startswith("attachment")
    return answer.content


def in_csv(content: bytes) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(content.decode("utf-8"))))


def in_duckdb(content: bytes, tmp_path: Path, query: str) -> list[tuple[Any, ...]]:
    path = tmp_path / "file.parquet"
    path.write_bytes(content)
    with duckdb.connect() as connection:
        return list(connection.sql(query.format(file=f"read_parquet('{path}')")).fetchall())


async def test_the_month_of_the_guide_is_on_the_pages_as_the_guide_has_it(house: House) -> None:
    async with house.store.units.begin() as unit:
        await play_in(unit)
    async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
        for by in ("day", "show", "character"):
            page = await vera.get(f"/desk/revenue?{MARCH}&by={by}")
            held(page)
            total = page.text.split('id="total"', 1)[1].split("</tr>", 1)[0]
            assert [cell.split("<")[0] for cell in total.split('<td class="num">')[1:]] == [
                *("5", "22", "5", "17"),
                *("0", "10", "20", "0"),
            ]
            assert "USD 0.25" in page.text
        held(await vera.get("/desk/liability?at=2026-03-04"))
        assert ">98<" in (await vera.get("/desk/liability?at=2026-03-04")).text
        payouts = await vera.get(f"/desk/payouts?{MARCH}")
        held(payouts)
        assert "Ada Reyes: <strong>USD 0.05" in payouts.text
        for address in ("/desk/revenue?by=week", "/desk/revenue?from_=x", "/desk/liability?at=x"):
            assert (await vera.get(address)).status_code == 422
        for address in ("/desk/exports/fans.csv", "/desk/exports/journal.exe"):
            assert (await vera.get(address)).status_code == 404


async def test_files_open_elsewhere_and_add_up_to_the_books(house: House, tmp_path: Path) -> None:
    store: Store = house.store
    await weeks_of_business(store, steps=120)
    span = "from_=2026-05-01&to_=2026-12-31"
    async with store.snapshot() as reports:
        entries = [recorded.entry async for recorded in reports.journal()]
        lines = await reports.revenue(from_ms=0, until_ms=4_000_000_000_000, by="character")
        owed = await reports.liability(4_000_000_000_000)
    expected: Counter[str] = Counter()
    for entry in entries:
        for posting in entry.postings:
            expected[posting.account] += posting.credits
    async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
        journal = await taken(vera, f"/desk/exports/journal.csv?{span}")
        found: Counter[str] = Counter()
        for row in in_csv(journal):
            found[row["account"]] += int(row["credits"])
        assert found == expected
        parquet = await taken(vera, f"/desk/exports/journal.parquet?{span}")
        query = "select account, sum(credits), count(distinct seq) from {file} group by account"
        told = in_duckdb(parquet, tmp_path, query)
        assert {account: int(credits) for account, credits, _ in told} == dict(expected)
        whole = "select sum(credits), count(distinct seq) from {file}"
        assert in_duckdb(parquet, tmp_path, whole) == [(0, len(entries))]
        revenue = in_csv(await taken(vera, f"/desk/exports/revenue.csv?{span}&by=character"))
        assert sum(int(row["captured"]) for row in revenue) == sum(line.captured for line in lines) > 0
        margins: Counter[str] = Counter()
        for line in lines:
            for money in line.money:
                margins[money.currency] += money.margin
        for currency, margin in margins.items():
            assert sum(int(row["margin_micros"]) for row in revenue if row["currency"] == currency) == margin
        liability = await taken(vera, "/desk/exports/liability.parquet?at=2030-01-01")
        sums = in_duckdb(liability, tmp_path, 'select "class", sum(credits) from {file} group by "class"')
        assert {name: int(credits) for name, credits in sums} == {
            lot_class: sum(each.credits for each in owed if each.lot_class == lot_class)
            for lot_class in LOT_CLASSES
            if any(each.lot_class == lot_class for each in owed)
        }
        payouts = in_csv(await taken(vera, f"/desk/exports/payouts.csv?{span}"))
        assert payouts == []


async def test_many_rows_are_written_in_pieces_and_come_back_as_they_were(tmp_path: Path) -> None:
    async def rows() -> Any:
        for number in range(ROWS_AT_ONCE + 3):
            yield ("purchased", "usd" if number % 2 else None, number, number * 10**12)

    path = tmp_path / "many.parquet"
    assert await write(path, LIABILITY, "parquet", rows()) == ROWS_AT_ONCE + 3
    read = await asyncio.to_thread(pq.read_table, path)
    assert read.num_rows == ROWS_AT_ONCE + 3
    assert read.column("credits").to_pylist() == list(range(ROWS_AT_ONCE + 3))
    assert read.column("currency").to_pylist()[:2] == [None, "usd"]


@pytest.mark.parametrize(
    ("cell", "told"), [("=1+1", "'=1+1"), ("-2", "'-2"), ("@x", "'@x"), (-2, -2), ("a=1", "a=1"), (None, None)]
)
def test_a_spreadsheet_runs_nothing_that_a_reason_says(cell: Any, told: Any) -> None:
    assert harmless(cell) == told


def test_a_group_without_money_has_a_row_and_one_with_two_currencies_counts_its_credits_once() -> None:
    rows: list[Row] = list(revenue_rows([RevenueLine(Group(show="s"), captured=4)], "show"))
    assert rows == [("", "s", "", 0, 4, 0, 0, 0, 0, 0, None, 0, 0, 0, 0, 0, 0)]
    assert list(liability_rows([])) == []
