"""What was earned, what it cost and what is paid out: figures worked out by hand, and the same from every `Reports`."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import revenue
from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_reports import SqlReports
from billing.errors import UnknownReceipt
from billing.ledger import Recorded
from billing.ports import Books
from billing.revenue import EarnedMoney, Group, LotStep, RevenueLine, Tally, group_of, total
from billing.shares import Payout
from billing.types import Charge, PriceScope, Quote, TurnCost
from billing.units import DAY_MS, cost_basis
from billing.whatif import RecordedTurn
from gateway.adapters.database import Database
from tests.billing.builders import ACTED, FAN, MEI_SHARE, SCOPE, SPEECH, STRANGER, WORDS, grant, stock
from tests.billing.ledgers import DAY_1, LIN, Ledger, in_database, in_memory, random_traffic

DAY_2, DAY_3 = DAY_1 + DAY_MS, DAY_1 + 2 * DAY_MS
SHOW = SCOPE.show
WHOLE = {"from_ms": DAY_1, "until_ms": DAY_3}
MILLION = 1_000_000


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def ledger(request: pytest.FixtureRequest) -> Ledger:
    return in_memory() if request.param == "memory" else in_database(request.getfixturevalue(request.param))


async def pay(books: Books, fan: str, key: str, credits: int, paid_minor: int, currency: str = "usd") -> None:
    await books.grant(
        fan,
        credits,
        lot_class="purchased",
        reason="a pack",
        actor="tester",
        idem_key=key,
        now_ms=DAY_1,
        paid_minor=paid_minor,
        currency=currency,
    )


async def two_days(ledger: Ledger) -> None:
    """A gift of 2 and a pack of 100 for 1.99 dollars; 25 paid credits that expire; three turns, two refunds, costs."""
    async with ledger.write() as books:
        await stock(books)
        await books.card.add_share(MEI_SHARE)
        await grant(books, 2, "gift", now_ms=DAY_1)
        await pay(books, FAN, "pack", 100, 199)
        await grant(books, 4, "sorry", fan=STRANGER, lot_class="goodwill", now_ms=DAY_1)
        await books.grant(
            STRANGER,
            25,
            lot_class="subscription",
            reason="a month",
            actor="tester",
            idem_key="month",
            now_ms=DAY_1,
            expires_at_ms=DAY_2,
            paid_minor=100,
            currency="eur",
        )
        await books.hold("t1", FAN, ACTED, now_ms=DAY_1 + 1, ttl_ms=60_000)
        await books.capture("t1", SPEECH, now_ms=DAY_2 - 1)  # 2 of the gift, 6 of the pack
        await books.note_cost("t1", TurnCost("text", "x", "m", 900, 60, "usd", 12_345), now_ms=DAY_2 - 1)
        await books.note_cost("t1", TurnCost("voice", "y", "v", 80, 4_000, "usd", 700_000), now_ms=DAY_2)
        plain = Quote("p1", Charge(3, 5), LIN)
        await books.hold("t2", FAN, plain, now_ms=DAY_2 + 1, ttl_ms=60_000)
        await books.capture("t2", WORDS, now_ms=DAY_2 + 2)  # 3 of the pack
        await books.lapse(now_ms=DAY_2 + 3, limit=10)
        await books.hold("t3", STRANGER, Quote("p1", Charge(3), LIN), now_ms=DAY_2 + 4, ttl_ms=10)
        await books.expire("t3", now_ms=DAY_2 + 20)
        await books.hold("t4", STRANGER, Quote("p1", Charge(3), LIN), now_ms=DAY_2 + 21, ttl_ms=10)
        await books.capture("t4", WORDS, now_ms=DAY_2 + 22)
        await books.capture("t3", WORDS, now_ms=DAY_2 + 23)  # 1 credit is left, and 3 are due
        refund = {"reason": "broke the canon", "actor": "eve"}
        await books.refund("t1", credits=5, idem_key="r1", now_ms=DAY_2 + 30, **refund)  # 5 of the 6 of the pack


T1_SHARE = 199 * MILLION * 6 * 1_500 // (100 * 10_000)
T1_SHARE_LEFT = 199 * MILLION * 1 * 1_500 // (100 * 10_000)
BY_DAY = (
    RevenueLine(
        Group(day_ms=DAY_1),
        turns=1,
        captured=8,
        promotional=2,
        goodwill=4,
        money=(EarnedMoney("usd", revenue=11_940_000, rights_share=T1_SHARE, model_cost=12_345),),
    ),
    RevenueLine(
        Group(day_ms=DAY_2),
        turns=2,
        captured=6,
        refunded=5,
        uncollected=3,
        breakage=25,
        money=(
            EarnedMoney("eur", breakage=100_000_000),
            EarnedMoney(
                "usd", revenue=5_970_000 - 9_950_000, rights_share=T1_SHARE_LEFT - T1_SHARE, voice_cost=700_000
            ),
        ),
    ),
)


async def test_a_report_by_day_counts_everything_on_the_day_it_was_booked(ledger: Ledger) -> None:
    await two_days(ledger)
    async with ledger.read() as reports:
        found = await reports.revenue(**WHOLE, by="day")
    assert found == BY_DAY
    assert [line.revenue for line in found] == [8, 1]
    assert [money.margin for line in found for money in line.money] == [
        11_940_000 - T1_SHARE - 12_345,
        0,
        -3_980_000 + T1_SHARE - T1_SHARE_LEFT - 700_000,
    ]


async def test_a_report_by_show_or_character_keeps_what_belongs_to_none_apart(ledger: Ledger) -> None:
    await two_days(ledger)
    async with ledger.read() as reports:
        by_show = await reports.revenue(**WHOLE, by="show")
        by_character = await reports.revenue(**WHOLE, by="character")
    assert [(line.group, line.turns, line.revenue, line.uncollected) for line in by_show] == [
        (Group(), 0, 0, 0),
        (Group(show=SHOW), 3, 9, 3),
    ]
    assert [(line.group.character, line.turns, line.captured, line.refunded) for line in by_character] == [
        ("", 0, 0, 0),
        ("lin", 2, 6, 0),
        ("mei", 1, 8, 5),
    ]
    assert by_character[2].money == (
        EarnedMoney("usd", 1_990_000, rights_share=T1_SHARE_LEFT, model_cost=12_345, voice_cost=700_000),
    )
    assert total(by_show) == total(by_character) == total(BY_DAY)


@pytest.mark.parametrize(
    ("from_ms", "until_ms", "days"),
    [
        (DAY_1, DAY_2, [DAY_1]),
        (DAY_2, DAY_3, [DAY_2]),
        (DAY_2 + 30, DAY_2 + 31, [DAY_2]),
        (DAY_2 + 31, DAY_3, []),
        (DAY_1 - DAY_MS, DAY_1, []),
    ],
)
async def test_a_period_has_its_first_moment_and_not_its_last(
    ledger: Ledger, from_ms: int, until_ms: int, days: list[int]
) -> None:
    await two_days(ledger)
    async with ledger.read() as reports:
        found = await reports.revenue(from_ms=from_ms, until_ms=until_ms, by="day")
    assert [line.group.day_ms for line in found] == days
    if (from_ms, until_ms) == (DAY_2 + 30, DAY_2 + 31):  # a refund alone knows what its turn had used before
        assert (found[0].refunded, found[0].money[0].revenue) == (5, -9_950_000)


async def test_a_turn_refunded_in_steps_earns_nothing_to_the_last_millionth(ledger: Ledger) -> None:
    async with ledger.write() as books:
        await stock(books)
        await books.card.add_share(MEI_SHARE)
        await pay(books, FAN, "pack", 7, 100)  # 14.28… cents a credit
        await books.hold("t1", FAN, replace(ACTED, amounts=Charge(3)), now_ms=DAY_1, ttl_ms=60_000)
        await books.capture("t1", WORDS, now_ms=DAY_1)
        for number in range(3):
            await books.refund("t1", credits=1, reason="r", actor="e", idem_key=f"r{number}", now_ms=DAY_1 + number)
    async with ledger.read() as reports:
        (line,) = await reports.revenue(**WHOLE, by="day")
        assert (line.revenue, line.money) == (0, (EarnedMoney("usd"),))
        (paid,) = await reports.payouts(**WHOLE)
        assert (paid.credits, paid.micros) == ({"purchased": 0}, 0)


async def test_a_payout_is_what_the_shares_of_the_period_sum_to(ledger: Ledger) -> None:
    await two_days(ledger)
    async with ledger.read() as reports:
        whole = await reports.payouts(**WHOLE)
        first = await reports.payouts(from_ms=DAY_1, until_ms=DAY_2)
        second = await reports.payouts(from_ms=DAY_2, until_ms=DAY_3)
        assert await reports.payouts(from_ms=DAY_3, until_ms=DAY_3 + DAY_MS) == ()
    payee = ("mei's actor", SHOW, "mei", "usd")
    assert whole == (Payout(*payee, {"purchased": 1}, T1_SHARE_LEFT),)
    assert first == (Payout(*payee, {"purchased": 6}, T1_SHARE),)
    assert second == (Payout(*payee, {"purchased": -5}, T1_SHARE_LEFT - T1_SHARE),)


async def test_turns_are_recorded_as_they_were_charged_and_an_uncollected_one_is_none(ledger: Ledger) -> None:
    await two_days(ledger)
    async with ledger.read() as reports:
        whole = [turn async for turn in reports.turns(**WHOLE)]
        assert [turn async for turn in reports.turns(from_ms=DAY_1 + 2, until_ms=DAY_2 + 21)] == whole[1:2]
    assert whole == [
        RecordedTurn(FAN, SCOPE, True, SPEECH, DAY_1 + 1, Charge(3, 5)),
        RecordedTurn(FAN, LIN, True, WORDS, DAY_2 + 1, Charge(3)),
        RecordedTurn(STRANGER, LIN, False, WORDS, DAY_2 + 21, Charge(3)),
    ]


async def test_recorded_turns_come_by_code_points_so_that_a_fan_is_counted_once(ledger: Ledger) -> None:
    fans = ["app/b", "app/A", "app/é", "app/a", "app-x/a", "app/𝔸", "app/ﬀ", "app/B"]
    async with ledger.write() as books:
        await stock(books)
        for at, fan in enumerate(fans * 2):
            await books.hold(
                f"t{at}", fan, Quote("free", Charge(), PriceScope(mode="greeting")), now_ms=DAY_1, ttl_ms=9
            )
            await books.capture(f"t{at}", WORDS, now_ms=DAY_1)
    async with ledger.read() as reports:
        found = [turn.fan async for turn in reports.turns(**WHOLE)]
    assert found == sorted(fans * 2)


async def test_a_turn_is_found_by_its_id_and_by_its_receipt(ledger: Ledger) -> None:
    await two_days(ledger)
    async with ledger.write() as books:
        receipt = await books.receipt_of("t2")
    assert receipt is not None
    async with ledger.read() as reports:
        assert [await reports.turn_of(name) for name in ("t2", receipt.id)] == ["t2", "t2"]
        with pytest.raises(UnknownReceipt):
            await reports.turn_of("t9")


def summed(journal: Sequence[Recorded], account: str, kind: str | None = None) -> int:
    """What entries moved into an account, added up one by one."""
    return sum(
        posting.credits
        for recorded in journal
        for posting in recorded.entry.postings
        if posting.account == account and kind in (None, recorded.entry.kind)
    )


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_every_ledger_reports_the_same_and_what_its_journal_adds_up_to(seed: int, database: Database) -> None:
    double, real = in_memory(), in_database(database)
    await random_traffic(double, seed)
    await random_traffic(real, seed)
    period = {"from_ms": DAY_1, "until_ms": DAY_1 + 30 * DAY_MS}
    async with double.read() as expected, real.read() as reports:
        journal = [recorded async for recorded in reports.journal()]
        totals = []
        for by in revenue.BYS:
            lines = await reports.revenue(**period, by=by)
            assert lines == await expected.revenue(**period, by=by)
            totals.append(total(lines))
        assert await reports.payouts(**period) == await expected.payouts(**period)
        turns = [turn async for turn in reports.turns(**period)]
        assert turns == [turn async for turn in expected.turns(**period)]
    whole = totals[0]
    assert totals == [whole, whole, whole]
    assert whole.captured + whole.uncollected - whole.refunded == summed(journal, "earned")
    assert sum(turn.charged.total for turn in turns) == whole.captured
    assert whole.breakage == summed(journal, "breakage")
    assert (whole.promotional, whole.goodwill) == (-summed(journal, "promo_expense"), -summed(journal, "goodwill"))
    assert min(whole.captured, whole.refunded, whole.breakage, whole.promotional, whole.turns) > 0
    assert {money.currency: money.revenue for money in whole.money if money.revenue} == kept_money(journal) != {}


def kept_money(journal: Sequence[Recorded]) -> dict[str, int]:
    """By currency, what the credits that turns kept in the end were paid for: another way to the same revenue."""
    terms = {r.entry.terms.lot: (r.entry.terms, r.entry.postings[0].credits) for r in journal if r.entry.terms}
    kept: defaultdict[tuple[str, str], int] = defaultdict(int)
    for recorded in journal:
        for posting in recorded.entry.postings if recorded.entry.turn else ():
            if posting.lot is not None:
                kept[recorded.entry.turn or "", posting.lot] -= posting.credits
    money: defaultdict[str, int] = defaultdict(int)
    for (_, lot), credits in kept.items():
        of_lot, granted = terms[lot]
        if of_lot.paid_minor:
            money[of_lot.currency] += cost_basis(credits, granted=granted, paid_minor=of_lot.paid_minor)
    return dict(money)


@given(st.lists(st.integers(0, 50), min_size=1), st.integers(0, 10**9), st.integers(50, 10**6))
def test_steps_of_a_turn_add_up_to_what_it_used_in_the_end(steps: list[int], paid_minor: int, granted: int) -> None:
    tally, before = Tally(), 0
    for after in steps:
        tally.step(LotStep(Group(), "capture", "usd", paid_minor, granted, before, after))
        before = after
    found = sum(money.revenue for line in tally.lines() for money in line.money)
    assert found == paid_minor * MILLION * steps[-1] // granted


def test_money_is_exact_where_a_machine_word_would_end() -> None:
    step = LotStep(Group(), "capture", "idr", 10**15, 10**6, 0, 10**6, times=10**6)
    assert step.micros == 10**15 * MILLION * 10**6


def test_a_group_names_only_what_it_is_about() -> None:
    assert [group_of(by, DAY_1 + 5, "s", "c") for by in revenue.BYS] == [
        Group(DAY_1),
        Group(show="s"),
        Group(show="s", character="c"),
    ]


def test_a_report_of_nothing_is_empty_and_its_total_is_zero() -> None:
    assert (Tally().lines(), total(())) == ((), RevenueLine(Group()))


def test_only_entries_that_earn_money_are_steps() -> None:
    with pytest.raises(AssertionError):
        Tally().step(LotStep(Group(), "purchase", "usd", 1, 1, 0, 1))


async def test_books_in_one_transaction_are_read_in_it(database: Database) -> None:
    async with database.writer.begin() as connection:
        await stock(SqlBooks(connection), 3)
        (line,) = await SqlReports(connection).revenue(from_ms=DAY_1, until_ms=DAY_1 + DAY_MS, by="day")
    assert line.promotional == 3
