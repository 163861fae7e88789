"""The cashier and what becomes of orders: disputes, refunds, reconciliation and the poller."""

from __future__ import annotations

from dataclasses import replace
from random import Random

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from billing.cashier import LATE_MS, PollReport
from billing.errors import (
    NothingToRefund,
)
from billing.orders import Order
from billing.reconciling import Finding
from billing.shop_double import MemoryUnits
from billing.till import BalanceLine, DisputeStatus
from billing.types import Usage
from billing.units import DAY_MS, HOUR_MS
from tests.billing.builders import FAN, NOW_MS, TEXT, TTL_MS, stock
from tests.billing.counters import Counter, Units, opened
from tests.billing.shops import FreshUnits

STATES: list[tuple[int, DisputeStatus | None]] = [
    (0, "needs_response"),
    (100, "needs_response"),
    (100, "under_review"),
    (100, "won"),
    (499, None),
    (0, "lost"),
    (100, "lost"),
    (0, "warning_needs_response"),
]
PATHS = st.lists(st.integers(0, len(STATES) - 1), min_size=1, max_size=5)


class TestStandingOfOrders:
    async def test_a_dispute_freezes_and_its_end_decides(self, at: Counter) -> None:
        order = await at.buy()
        at.till.dispute(f"pi_{order}", "needs_response")
        await at.tell("charge.dispute.funds_withdrawn", "dispute", "du_1", charge=f"ch_{order}")
        found = (await at.cashier.orders(FAN))[0]
        assert (await at.available(), found.dispute, found.next_look_ms) == (0, "needs_response", NOW_MS + 6 * HOUR_MS)
        at.till.dispute(f"pi_{order}", "won")
        at.clock.now_ms += 6 * HOUR_MS
        await at.cashier.poll()  # nobody told
        assert await at.available() == 550

    async def test_what_holds_were_promised_is_taken_by_the_poller(self, at: Counter) -> None:
        order = await at.buy()
        async with at.units.begin() as unit:
            await stock(unit.books)
            await unit.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        at.till.dispute(f"pi_{order}", "lost")
        assert (await at.cashier.fulfil(order)).pending == 3
        async with at.units.begin() as unit:
            await unit.books.void("t1", "failed", now_ms=NOW_MS)
        at.clock.now_ms += HOUR_MS
        await at.cashier.poll()
        found = (await at.cashier.orders(FAN))[0]
        assert (found.pending, found.next_look_ms, await at.available()) == (0, None, 0)


class TestWebhooks:
    """I9: to one cashier each state is told as it comes, to the other all of them late, shuffled and doubled."""

    @settings(max_examples=40, deadline=None)
    @given(PATHS, st.randoms(use_true_random=False))
    async def test_any_order_and_repetition_gives_the_same_books(self, path: list[int], chance: Random) -> None:
        await told_as_it_comes_and_late(MemoryUnits(), MemoryUnits(), path, chance)

    @settings(
        max_examples=6,
        deadline=None,
        phases=[phase for phase in Phase if phase is not Phase.shrink],  # each try is two more databases
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
    @given(PATHS, st.randoms(use_true_random=False))
    async def test_so_it_does_in_a_database(self, fresh_units: FreshUnits, path: list[int], chance: Random) -> None:
        async with fresh_units() as one, fresh_units() as other:
            await told_as_it_comes_and_late(one, other, path, chance)


async def told_as_it_comes_and_late(one: Units, other: Units, path: list[int], chance: Random) -> None:
    """Judges that the books of both are the same in the end."""
    told_all, told_late = await opened(one), await opened(other)
    for at in (told_all, told_late):
        order = await at.buy()
        async with at.units.begin() as unit:
            await stock(unit.books)
            await unit.books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await unit.books.capture("t1", Usage(text=True), now_ms=NOW_MS)
    events = [f"evt_{number}" for number in range(len(path))] * 2
    chance.shuffle(events)
    for step, state in enumerate(path):
        for at in (told_all, told_late):
            refunded, dispute = STATES[state]
            at.till.refunded(f"pi_{order}", refunded)
            if dispute:
                at.till.dispute(f"pi_{order}", dispute)
        await told_all.tell("charge.refunded", "charge", f"ch_{order}", events[step])
    for event in events:
        await told_late.tell("charge.refunded", "charge", f"ch_{order}", event)
    await told_all.tell("charge.refunded", "charge", f"ch_{order}", "evt_last")
    assert await books(told_all) == await books(told_late)


async def books(at: Counter) -> tuple[int, int, list[int]]:
    """What a fan has, owes and has left of each lot, the oldest first: ids are drawn by chance."""
    async with at.units.begin() as unit:
        oldest_first = sorted(await unit.books.lots_of("order-1"), key=lambda lot: lot.seq)
        lots = [lot.remaining for lot in oldest_first]
        debt = await unit.books.debt(FAN)
    return await at.available(), debt, lots


class TestRefund:
    async def refund(self, at: Counter, order: str, credits: int | None = None, key: str = "r1") -> Order:
        return await at.cashier.refund(
            order, credits, reason="requested_by_customer", note="sorry", actor="desk:ana", idem_key=key
        )

    async def test_all_that_is_left_is_given_back_to_the_last_cent(self, at: Counter) -> None:
        order = await at.buy()
        found = await self.refund(at, order)
        assert (found.refunded_minor, await at.available()) == (499, 0)
        with pytest.raises(NothingToRefund):
            await self.refund(at, order, key="r2")

    async def test_part_of_it_is_given_back_rounded_down(self, at: Counter) -> None:
        order = await at.buy()
        assert (await self.refund(at, order, 100)).refunded_minor == 99
        assert await at.available() == 550 - 99 - 9
        assert (await self.refund(at, order, key="r2")).refunded_minor == 499

    async def test_the_same_key_again_gives_back_nothing_more(self, at: Counter) -> None:
        order = await at.buy()
        for credits in (100, 100, 300):
            assert (await self.refund(at, order, credits)).refunded_minor == 99
        async with at.units.begin() as unit:
            kept = await unit.shop.refunds_of(order)
        assert [(each.key, each.amount_minor, each.actor, each.note) for each in kept] == [
            ("r1", 99, "desk:ana", "sorry")
        ]

    async def test_what_is_spent_is_not_given_back(self, at: Counter) -> None:
        order = await at.buy()
        async with at.units.begin() as unit:
            await stock(unit.books)
            for number in range(50):  # 150 credits: the 50 of the bonus first
                await unit.books.hold(f"t{number}", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
                await unit.books.capture(f"t{number}", Usage(text=True), now_ms=NOW_MS)
        found = await self.refund(at, order, 10_000)
        assert (found.refunded_minor, await at.available()) == (399, 1)  # 499 · 400 / 500, rounded down

    async def test_what_is_not_paid_is_not_refunded(self, at: Counter) -> None:
        with pytest.raises(NothingToRefund):
            await self.refund(at, await at.begin())
        delayed = await at.begin()
        at.till.pay(delayed, delayed=True)
        with pytest.raises(NothingToRefund):
            await self.refund(at, delayed)

    async def test_of_a_subscription_a_period_is_refunded_and_not_the_whole(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        with pytest.raises(NothingToRefund):
            await self.refund(at, order)
        assert (await self.refund(at, f"{order}-in_1")).refunded_minor == 499
        assert await at.available() == 0


def line(name: str, category: str, amount: int, payment: str | None, at_ms: int = NOW_MS) -> BalanceLine:
    return BalanceLine(name, category, category, amount, 0, "usd", at_ms, None, payment, None)


class TestReconcile:
    SPAN = (NOW_MS - DAY_MS, NOW_MS + DAY_MS)

    async def test_what_matches_is_counted(self, at: Counter) -> None:
        order = await at.buy()
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}"), line("t2", "payout", -499, None)]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert (found.matched, found.findings, found.repaired) == (1, (), ())

    async def test_a_lost_webhook_is_found_and_repaired(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}")]
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        missing = Finding("missing_here", f"pi_{order}", None, "", "charge 499 usd", ("t1",))
        assert (found.findings, found.repaired, await at.available()) == ((missing,), (), 0)
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).repaired == (order,)
        assert await at.available() == 550
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).findings == ()

    async def test_a_refund_nobody_told_of_is_found_and_repaired(self, at: Counter) -> None:
        order = await at.buy()
        at.till.refunded(f"pi_{order}", 499)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}"), line("t2", "refund", -499, f"pi_{order}")]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert [(each.kind, each.expected, each.found) for each in found.findings] == [("refund", "0", "499")]
        assert await at.available() == 0
        assert (await at.cashier.reconcile(*self.SPAN, repair=True)).matched == 1

    async def test_a_payment_that_is_none_of_ours_is_named_and_left_alone(self, at: Counter) -> None:
        at.till.lines = [line("t1", "charge", 100, "pi_theirs")]
        found = await at.cashier.reconcile(*self.SPAN, repair=True)
        assert ([each.payment for each in found.findings], found.repaired) == (["pi_theirs"], ())

    async def test_a_grant_the_till_knows_nothing_of_is_found(self, at: Counter) -> None:
        order = await at.buy()
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        assert found.findings == (Finding("missing_there", f"pi_{order}", order, "499 usd", ""),)
        at.till.lines = [line("t1", "charge", 499, f"pi_{order}", NOW_MS - LATE_MS)]
        assert (await at.cashier.reconcile(*self.SPAN, repair=False)).findings == ()

    async def test_a_converted_payment_is_judged_by_itself(self, at: Counter) -> None:
        order = await at.buy()
        at.till.lines = [replace(line("t1", "charge", 455, f"pi_{order}"), currency="eur")]
        assert (await at.cashier.reconcile(*self.SPAN, repair=False)).matched == 1
        at.till.refunded(f"pi_{order}", 5)
        found = await at.cashier.reconcile(*self.SPAN, repair=False)
        assert [each.kind for each in found.findings] == ["currency"]


class TestPoll:
    async def test_it_stops_when_the_till_does_not_answer(self, at: Counter) -> None:
        await at.begin()
        at.clock.now_ms += HOUR_MS
        at.till.down = True
        assert await at.cashier.poll() == PollReport(0, 0, reached=False)

    async def test_an_order_the_till_does_not_know_does_not_stand_in_the_way(self, at: Counter) -> None:
        order = await at.begin()
        other = await at.begin()
        at.till.pay(other)
        del at.till.sessions[f"cs_{order}"]
        at.clock.now_ms += HOUR_MS
        assert await at.cashier.poll() == PollReport(1, 1, reached=True)
        assert await at.cashier.poll() == PollReport(0, 0, reached=True)
        assert await at.available() == 550

    async def test_it_does_no_more_than_it_is_told(self, at: Counter) -> None:
        for _ in range(3):
            await at.begin()
        at.clock.now_ms += HOUR_MS
        assert (await at.cashier.poll(limit=2)).looked == 2
