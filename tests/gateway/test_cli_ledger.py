"""The commands that read the books, over a month whose figures are known, and refunds."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from gateway.moments import first_ms
from tests.gateway.builders import settings_of
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.march import play_march
from tests.gateway.story import SHOW

MARCH = ("--from", "2026-03-01", "--to", "2026-03-31")
PER_CREDIT = 4_990_000
"""Millionths of a cent: 100 credits for 4.99 dollars."""


@pytest.fixture
def march(data_dir: Path) -> None:
    play_march(data_dir)


@pytest.mark.usefixtures("march")
def test_a_statement_has_the_newest_movements_first_with_the_balance_after_each(encore: Encore) -> None:
    told = encore("ledger", "statement", "mara", "--json").json
    assert (told["fan"], told["app"], told["balance"]) == ("mara", "demo", 93)
    credits = [line["credits"] for line in told["lines"]]
    assert credits == [5, -5, -5, -5, -5, -2, 100, 10]
    assert [line["balance"] for line in told["lines"]] == [sum(credits[at:]) for at in range(8)]
    assert [lot["credits"] for lot in told["lines"][3]["lots"]] == [-3, -2]
    assert encore("ledger", "statement", "mara", "--last", 3, "--json").json["lines"] == told["lines"][:3]
    table = encore("ledger", "statement", "mara").out.splitlines()
    assert (len(table), table[1].split()[:5]) == (9, ["2026-03-05", "08:00:00", "UTC", "turn_refund", "+5"])


@pytest.mark.usefixtures("march")
def test_a_fan_is_looked_up_within_an_app(encore: Encore) -> None:
    assert (
        encore("ledger", "statement", "mara", "--app", "second-app").out == "mara of second-app has had no credits.\n"
    )
    empty = encore("ledger", "statement", "mara", "--app", "second-app", "--json").json
    assert (empty["balance"], empty["lines"]) == (0, [])
    assert encore("ledger", "statement", "mara", "--app", "nothing").status == 2


@pytest.mark.usefixtures("march")
@pytest.mark.parametrize(
    ("at", "promotional", "purchased"),
    [
        ("2026-03-01", 0, 0),
        ("2026-03-02T08:59:59.999", 0, 0),
        ("2026-03-02T09:00:00.001Z", 20, 0),
        ("2026-03-02", 20, 100),
        ("2026-03-03", 13, 100),
        ("2026-03-04", 10, 88),
        ("2026-03-05T10:00+02:00", 10, 88),
        ("2026-03-05", 10, 93),
        ("2026-03-22", 0, 93),
    ],
)
def test_the_liability_of_a_day_is_that_of_its_end(encore: Encore, at: str, promotional: int, purchased: int) -> None:
    owed = {one["class"]: one for one in encore("ledger", "liability", "--at", at, "--json").json["owed"]}
    assert owed.get("promotional", {"credits": 0})["credits"] == promotional
    bought = owed.get("purchased", {"credits": 0, "micros": 0})
    assert (bought["credits"], bought["micros"]) == (purchased, purchased * PER_CREDIT)


@pytest.mark.usefixtures("march")
def test_the_liability_of_now_is_what_a_table_says_in_money(encore: Encore) -> None:
    told = encore("ledger", "liability").out
    assert "purchased  93       USD 4.64" in told
    assert "93 credits unspent at 2" in told


@pytest.mark.usefixtures("march")
def test_revenue_is_told_by_day_show_and_character_with_one_total(encore: Encore) -> None:
    by = {by: encore("ledger", "revenue", *MARCH, "--by", by, "--json").json for by in ("day", "show", "character")}
    assert by["day"]["total"] == by["show"]["total"] == by["character"]["total"]
    total = by["day"]["total"]
    assert (total["turns"], total["captured"], total["refunded"], total["revenue"]) == (5, 22, 5, 17)
    assert (total["breakage"], total["promotional"], total["goodwill"], total["uncollected"]) == (10, 20, 0, 0)
    revenue, share = 7 * PER_CREDIT, 7 * PER_CREDIT * 15 // 100
    assert total["money"] == [
        {
            "currency": "usd",
            "revenue": revenue,
            "breakage": 0,
            "rights_share": share,
            "model_cost": 5 * 40_000,
            "voice_cost": 4 * 900_000,
            "margin": revenue - share - 3_800_000,
        }
    ]
    assert [line["day_ms"] for line in by["day"]["lines"]] == [
        first_ms(f"2026-03-{d}") for d in ("02", "03", "04", "05", "22")
    ]
    named = [(line["show"], line["character"], line["revenue"]) for line in by["character"]["lines"]]
    assert named == [("", "", 0), (SHOW, "tamsin", 17)]
    one_day = encore("ledger", "revenue", "--from", "2026-03-05", "--to", "2026-03-05", "--json").json
    assert one_day["total"]["revenue"] == -5
    assert encore("ledger", "revenue", "--from", "2026-02-01", "--to", "2026-02-28").out == (
        "Nothing was booked in this period.\n"
    )


@pytest.mark.usefixtures("march")
def test_a_payout_is_told_by_payee(encore: Encore) -> None:
    (paid,) = encore("ledger", "payout", *MARCH, "--json").json["payouts"]
    assert (paid["payee"], paid["credits"], paid["micros"]) == (
        "Ada Reyes",
        {"purchased": 7},
        7 * PER_CREDIT * 15 // 100,
    )
    assert encore("ledger", "payout", *MARCH).out.splitlines()[-1] == "Ada Reyes: USD 0.05"
    assert encore("ledger", "payout", "--from", "2026-04-01", "--to", "2026-04-30", "--json").json["payouts"] == []


@pytest.mark.usefixtures("march")
def test_a_replay_finds_what_was_changed_behind_the_books(encore: Encore, data_dir: Path) -> None:
    fine = encore("ledger", "replay")
    assert (fine.status, fine.out) == (0, "10 entries rebuild all of 3 lots and 2 wallets.\n")
    assert encore("ledger", "replay", "--json").json == {"entries": 10, "lots": 3, "differences": []}
    with sqlite3.connect(data_dir / "encore.db") as database:
        database.execute("update wallets set posted = posted + 5 where fan = 'demo/mara'")
    database.close()
    found = encore("ledger", "replay")
    assert (found.status, found.out, found.err) == (1, "", "fan demo/mara: kept 98, replayed 93\n")
    told = encore("ledger", "replay", "--json")
    assert (told.status, told.json["differences"]) == (1, [{"what": "fan demo/mara", "kept": 98, "replayed": 93}])


@pytest.mark.usefixtures("march")
def test_a_turn_is_refunded_once_for_a_key_by_its_id_or_its_receipt(encore: Encore, data_dir: Path) -> None:
    why = ("--reason", "sorry", "--actor", "eve")
    first = encore("refund", "turn-4", "--credits", 2, *why, "--key", "k1")
    assert first.out == "Of 5 credits of turn turn-4, 2 are given back.\n"
    assert encore("refund", "turn-4", "--credits", 2, *why, "--key", "k1").out == first.out
    one_sentence(encore("refund", "turn-4", "--credits", 1, *why, "--key", "k1"), "used before")
    with sqlite3.connect(data_dir / "encore.db") as database:
        ((receipt,),) = database.execute("select receipt from holds where turn = 'turn-4' and kind = 'text'")
    database.close()
    rest = encore("refund", receipt, *why, "--json").json
    assert rest == {"turn": "turn-4", "receipt": receipt, "charged": 5, "refunded": 5}
    one_sentence(encore("refund", "turn-4", *why), "0 credits can be refunded")
    one_sentence(encore("refund", "turn-9", *why), "no such receipt")
    line = encore("ledger", "statement", "mara", "--last", 1, "--json").json["lines"][0]
    assert (line["kind"], line["credits"], line["reason"], line["actor"]) == ("turn_refund", 3, "sorry", "eve")
    assert encore("ledger", "verify").status == 0


@pytest.mark.parametrize(
    "arguments",
    [
        ("revenue", "--from", "2026-03-01"),
        ("revenue", "--from", "2026-03-01", "--to", "2026-02-28"),
        ("revenue", "--from", "2026-03-01T10:00", "--to", "2026-03-01T10:00"),
        ("revenue", "--from", "1990-01-01", "--to", "2026-03-01"),
        ("revenue", "--from", "March", "--to", "2026-03-01"),
        ("revenue", "--from", "2026-02-30", "--to", "2026-03-01"),
        ("revenue", *MARCH, "--by", "fan"),
        ("payout", "--from", "1969-12-31", "--to", "1970-01-02"),
        ("liability", "--at", "yesterday"),
        ("liability", "--at", "9999-01-01"),
        ("statement",),
        ("statement", "mara", "--last", "0"),
        ("statement", "m" * 129),
    ],
    ids=" ".join,
)
def test_a_report_asked_for_wrongly_says_so(encore: Encore, arguments: tuple[str, ...]) -> None:
    done = encore("ledger", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err


@pytest.mark.parametrize(
    "arguments",
    [
        ("turn-4", "--reason", "x"),
        ("turn-4", "--actor", "x"),
        ("turn-4", "--reason", " ", "--actor", "x"),
        ("turn-4", "--reason", "x", "--actor", "a" * 201),
        ("turn-4", "--reason", "x" * 501, "--actor", "x"),
        ("turn-4", "--reason", "x", "--actor", "x", "--key", ""),
    ],
)
def test_a_refund_asked_for_wrongly_says_so(encore: Encore, arguments: tuple[str, ...]) -> None:
    done = encore("refund", *arguments)
    assert (done.status, done.out) == (2, "")
    assert done.err


def test_the_month_reads_the_same_on_a_server(encore: Encore, data_dir: Path, postgres_url: str) -> None:
    play_march(data_dir)
    play_march(data_dir, DATABASE_URL=postgres_url)
    for report in (("revenue", *MARCH), ("revenue", *MARCH, "--by", "character"), ("payout", *MARCH), ("replay",)):
        here, there = encore("ledger", *report), encore("ledger", *report, env={"DATABASE_URL": postgres_url})
        assert (there.status, there.out) == (0, here.out)


def test_reading_the_books_keeps_no_turn_waiting(data_dir: Path) -> None:
    play_march(data_dir)

    async def both() -> tuple[int, int]:
        async with open_store(settings_of(data_dir)) as store, store.snapshot() as reports:
            before = await reports.liability(first_ms("2030-01-01"))
            async with store.units.begin() as unit:
                await unit.books.grant(
                    "demo/mara",
                    1,
                    lot_class="goodwill",
                    reason="r",
                    actor="a",
                    idem_key="k",
                    now_ms=first_ms("2026-03-30"),
                )
            after = await reports.liability(first_ms("2030-01-01"))
        return sum(each.credits for each in before), sum(each.credits for each in after)

    assert asyncio.run(asyncio.wait_for(both(), 10)) == (93, 93)
