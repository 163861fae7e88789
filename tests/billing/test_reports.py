"""Statements, liability at a date and the replay: each figure derived from the journal another way."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

import pytest
from sqlalchemy import text

from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_reports import SqlReports
from billing.ledger import Entry, Lot, LotTerms, Posting, Recorded, WalletRow, grant_entry
from billing.liability import LotLeft, Owed, owed
from billing.replay import Difference, differing_lots, differing_wallets, replayed
from billing.statement import LotMovement, StatementLine, lines
from billing.types import Usage
from billing.units import cost_basis
from gateway.adapters.database import Database
from tests.billing.builders import FAN, NOW_MS, SPOKEN, STRANGER, TEXT, TTL_MS, grant, stock
from tests.billing.ledgers import Ledger, in_database, in_memory, random_traffic
from tests.billing.unguarded import remove_guards

HOUR_MS = 3_600_000


async def traffic(database: Database) -> None:
    """Two fans, three classes, turns that were delivered and one that was not, and credits that lapsed."""
    async with database.writer.begin() as connection:
        books = SqlBooks(connection)
        await stock(books)
        await grant(books, 20, "gift")
        await grant(books, 12, "line", lot_class="reward", expires_at_ms=NOW_MS + HOUR_MS)
        await grant(books, 9, "other", fan=STRANGER, lot_class="purchased", now_ms=NOW_MS + 1)
        for number, quote in enumerate((TEXT, SPOKEN, TEXT)):
            turn = f"t{number}"
            await books.hold(turn, FAN, quote, now_ms=NOW_MS + number, ttl_ms=TTL_MS)
            if number == 2:
                await books.void(turn, "failed", now_ms=NOW_MS + 10)
            else:
                await books.capture(turn, Usage(text=True, voice=quote is SPOKEN), now_ms=NOW_MS + 10 * (number + 1))
        await books.hold("s1", STRANGER, TEXT, now_ms=NOW_MS + 3, ttl_ms=TTL_MS)
        await books.capture("s1", Usage(text=True), now_ms=NOW_MS + 40)
        await grant(books, 4, "late", lot_class="goodwill", now_ms=NOW_MS + HOUR_MS)
        await books.lapse(now_ms=NOW_MS + HOUR_MS, limit=10)


async def journal_of(database: Database) -> list[Recorded]:
    async with database.snapshot() as connection:
        return [recorded async for recorded in SqlReports(connection).journal()]


def held_at(journal: Sequence[Recorded], at_ms: int) -> dict[str, int]:
    """Credits by lot class at a moment, added up entry by entry."""
    class_of = {r.entry.terms.lot: r.entry.terms.lot_class for r in journal if r.entry.terms}
    sums: defaultdict[str, int] = defaultdict(int)
    for recorded in journal:
        for posting in recorded.entry.postings if recorded.entry.at_ms <= at_ms else ():
            if posting.lot is not None:
                sums[class_of[posting.lot]] += posting.credits
    return {lot_class: credits for lot_class, credits in sums.items() if credits}


@pytest.mark.parametrize("at_ms", [NOW_MS - 1, NOW_MS, NOW_MS + 10, NOW_MS + 20, NOW_MS + 40, NOW_MS + HOUR_MS])
async def test_the_liability_at_any_date_is_what_the_entries_until_then_add_up_to(
    database: Database, at_ms: int
) -> None:
    await traffic(database)
    async with database.snapshot() as connection:
        found = await SqlReports(connection).liability(at_ms)
    assert {each.lot_class: each.credits for each in found} == held_at(await journal_of(database), at_ms)
    assert {(each.currency, each.micros) for each in found} <= {("", 0)}


async def test_a_statement_has_every_movement_with_its_balance_in_pages_of_any_size(database: Database) -> None:
    await traffic(database)
    expected = []
    balance = 0
    for recorded in await journal_of(database):
        credits = sum(p.credits for p in recorded.entry.postings if p.account == "fan_lots")
        if recorded.entry.fan == FAN:
            balance += credits
            expected.append((recorded.seq, recorded.entry.kind, credits, balance))
    async with database.snapshot() as connection:
        reports = SqlReports(connection)
        for limit in (1, 2, 3, 200):
            pages: list[StatementLine] = []
            before = None
            while page := await reports.statement(FAN, before=before, limit=limit):
                pages += page
                before = page[-1].seq
            assert [(line.seq, line.kind, line.credits, line.balance) for line in reversed(pages)] == expected
        assert (await SqlBooks(connection).wallet(FAN)).available == balance == 24
        assert await reports.statement("app:nobody", before=None, limit=5) == ()


async def test_a_statement_says_which_lots_burned_and_at_which_price(database: Database) -> None:
    await traffic(database)
    async with database.snapshot() as connection:
        spoken = (await SqlReports(connection).statement(FAN, before=None, limit=4))[2]
    assert (spoken.turn, spoken.price_version, spoken.reason) == ("t1", "p1", "delivered")
    assert [movement.credits for movement in spoken.lots] == [-8]


async def test_replaying_the_journal_rebuilds_every_lot_and_wallet(database: Database) -> None:
    await traffic(database)
    async with database.snapshot() as connection:
        state, found = await SqlReports(connection).replay()
    assert found == ()
    assert (state.entries, state.posted) == (8, {FAN: 24, STRANGER: 6})


async def test_replaying_finds_what_was_changed_behind_the_books(database: Database) -> None:
    await traffic(database)
    await remove_guards(database)
    async with database.writer.begin() as connection:
        await connection.execute(text("UPDATE wallets SET posted = posted + 5 WHERE fan = 'app:fan-2'"))
        await connection.execute(text("UPDATE lots SET remaining = remaining - 1 WHERE lot_class = 'goodwill'"))
    async with database.snapshot() as connection:
        _, found = await SqlReports(connection).replay()
    assert [(each.what.split()[0], each.kept, each.replayed) for each in found] == [("fan", 11, 6), ("lot", 3, 4)]


def test_a_lot_that_nothing_granted_is_an_orphan() -> None:
    terms = LotTerms("a", "goodwill")
    granted = grant_entry(FAN, 5, terms, reason="r", actor="x", idem_key="k", at_ms=NOW_MS)
    stray = Entry("capture", "c", FAN, "t", NOW_MS, (Posting("fan_lots", -2, "b"), Posting("earned", 2)), "r", "x")
    state = replayed([Recorded(1, granted), Recorded(2, stray)])
    assert (state.orphans, state.posted) == ({"b": -2}, {FAN: 3})
    assert differing_lots(state, [Lot(terms, FAN, 1, 5, 5, NOW_MS)]) == (Difference("lot b", None, None),)
    assert differing_lots(state, []) == (Difference("lot a", None, 5), Difference("lot b", None, None))
    assert differing_wallets(state, [WalletRow(FAN, 3, 0), WalletRow(STRANGER, 0, 0)]) == ()
    assert differing_wallets(state, []) == (Difference(f"fan {FAN}", None, 3),)


def test_what_moves_no_credits_of_the_fan_is_not_in_the_statement() -> None:
    unpaid = (Posting("uncollected", -3), Posting("earned", 3))
    page = [
        Recorded(4, Entry("uncollected", "u", FAN, "t", NOW_MS, unpaid, "uncollected", "encore")),
        Recorded(9, grant_entry(FAN, 5, LotTerms("a", "goodwill"), reason="r", actor="x", idem_key="k", at_ms=NOW_MS)),
    ]
    (line,) = lines(page, balance=2)
    assert (line.seq, line.credits, line.balance, line.lots) == (9, 5, 7, (LotMovement("a", 5),))


@pytest.mark.parametrize(
    ("credits", "granted", "paid_minor", "micros"),
    [(0, 3, 100, 0), (1, 3, 100, 33_333_333), (3, 3, 100, 100_000_000), (1, 1_000_000, 1, 1), (5, 5, 0, 0)],
)
def test_a_cost_basis_is_rounded_down_once(credits: int, granted: int, paid_minor: int, micros: int) -> None:
    assert cost_basis(credits, granted=granted, paid_minor=paid_minor) == micros


def test_the_liability_keeps_currencies_apart() -> None:
    left = [
        LotLeft("purchased", 100, 50, 499, "usd"),
        LotLeft("purchased", 100, 100, 499, "usd"),
        LotLeft("purchased", 100, 10, 450, "eur"),
        LotLeft("promotional", 30, 0, 0, ""),
    ]
    assert owed(left) == (
        Owed("purchased", "eur", 10, 45_000_000),
        Owed("purchased", "usd", 150, 748_500_000),
    )


async def told(ledger: Ledger) -> object:
    """What reports say of the books, without the ids that each of the books draws for itself."""
    async with ledger.read() as reports:
        journal = [recorded async for recorded in reports.journal()]
        pages, before = list[list[tuple[str, int, int]]](), None
        while page := await reports.statement(FAN, before=before, limit=7):
            pages.append([(line.kind, line.credits, line.balance) for line in page])
            before = page[-1].seq
        lots = [recorded.entry.terms.lot for recorded in journal if recorded.entry.terms]
        state, differences = await reports.replay()
        return (
            [(recorded.entry.kind, recorded.entry.fan, recorded.entry.at_ms) for recorded in journal],
            pages,
            [await reports.turns_burning(lot, limit=3) for lot in lots],
            [await reports.liability(recorded.entry.at_ms) for recorded in journal[::20]],
            (state.posted, differences),
        )


async def test_reports_in_memory_say_what_those_of_a_database_say(database: Database) -> None:
    ledgers = (in_memory(), in_database(database))
    for ledger in ledgers:
        await random_traffic(ledger, seed=4)
    assert await told(ledgers[0]) == await told(ledgers[1])
