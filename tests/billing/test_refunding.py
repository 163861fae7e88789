"""Refunded turns of orders whose money went back: credits return to the lots, and the next look takes them again."""

from __future__ import annotations

import pytest

from billing.cashier import PollReport
from billing.errors import NotRefundable, UnknownHold
from billing.orders import DELAYED_LIFE_MS, Order
from billing.refunding import refund_turn
from billing.till import DisputeStatus
from billing.types import Receipt
from billing.units import HOUR_MS
from tests.billing.builders import FAN, NOW_MS, TEXT, TTL_MS, WORDS, grant, stock
from tests.billing.counters import Counter


async def spent(at: Counter, *turns: str) -> None:
    """Turns of 3 credits each."""
    async with at.units.begin() as unit:
        await stock(unit.books)
        for turn in turns:
            await unit.books.hold(turn, FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await unit.books.capture(turn, WORDS, now_ms=NOW_MS)


async def refunded(at: Counter, turn: str, credits: int | None = None) -> Receipt:
    async with at.units.begin() as unit:
        return await refund_turn(
            unit, turn, credits=credits, reason="r", actor="eve", idem_key="k1", now_ms=at.clock.now_ms
        )


async def only(at: Counter) -> Order:
    (order,) = await at.cashier.orders(FAN)
    return order


async def owed(at: Counter) -> int:
    async with at.units.begin() as unit:
        return await unit.books.debt(FAN)


async def test_credits_of_a_refunded_order_are_taken_by_the_next_poll(at: Counter) -> None:
    order = await at.buy()
    await spent(at, "t1")
    at.till.refunded(f"pi_{order}", 499)
    await at.cashier.fulfil(order)
    at.clock.now_ms += HOUR_MS
    assert (await only(at)).next_look_ms is None
    assert (await refunded(at, "t1")).refunded == 3
    assert (await at.available(), (await only(at)).next_look_ms) == (3, at.clock.now_ms)
    assert (await at.cashier.poll()).looked == 1
    assert (await at.available(), (await only(at)).next_look_ms) == (0, None)


async def test_a_look_that_fails_is_had_later(at: Counter) -> None:
    order = await at.buy()
    await spent(at, "t1")
    at.till.refunded(f"pi_{order}", 499)
    await at.cashier.fulfil(order)
    await refunded(at, "t1")
    payment = at.till.payments.pop(f"pi_{order}")
    assert await at.cashier.poll() == PollReport(0, 1, reached=True)
    assert (await only(at)).next_look_ms == at.clock.now_ms + HOUR_MS
    at.till.payments[f"pi_{order}"] = payment
    at.clock.now_ms += HOUR_MS
    assert (await at.cashier.poll()).looked == 1
    assert await at.available() == 0


async def test_an_order_that_was_never_paid_is_given_up_in_time_though_looks_fail(at: Counter) -> None:
    order = await at.begin()
    del at.till.sessions[f"cs_{order}"]
    at.clock.now_ms += DELAYED_LIFE_MS + 1
    assert await at.cashier.poll() == PollReport(0, 1, reached=True)
    assert (await only(at)).next_look_ms is None


@pytest.mark.parametrize(("status", "owes"), [("lost", 3), ("needs_response", 0)])
async def test_credits_of_a_disputed_order_follow_the_others(at: Counter, status: DisputeStatus, owes: int) -> None:
    order = await at.buy()
    await spent(at, "t1")
    at.till.dispute(f"pi_{order}", status)
    await at.cashier.fulfil(order)
    assert await owed(at) == owes
    await refunded(at, "t1")
    assert (await at.available(), await owed(at)) == (3, owes)
    assert (await at.cashier.poll()).looked == 1
    assert (await at.available(), await owed(at)) == (0, 0)


async def test_credits_of_an_order_that_stands_stay_and_nobody_is_asked(at: Counter) -> None:
    await at.buy()
    await spent(at, "t1")
    await refunded(at, "t1", 2)
    assert (await at.available(), (await only(at)).next_look_ms) == (549, None)


async def test_credits_that_were_given_belong_to_no_order(at: Counter) -> None:
    async with at.units.begin() as unit:
        await grant(unit.books, 3)
    await spent(at, "t1")
    assert (await refunded(at, "t1")).refunded == 3
    assert await at.available() == 3


async def test_a_turn_that_burned_lots_of_several_orders_has_each_looked_at(at: Counter) -> None:
    first, second = await at.buy(), await at.buy()
    await spent(
        at, *(f"t{number}" for number in range(34))
    )  # the 34th burns the last of one bonus, the first of another
    async with at.units.begin() as unit:
        assert await unit.books.orders_of("t0") == (first,)
        assert await unit.books.orders_of("t16") == (first, second)
    for order in (first, second):
        at.till.refunded(f"pi_{order}", 1)
        await at.cashier.fulfil(order)
    await refunded(at, "t16")
    assert (await at.cashier.poll()).looked == 2


async def test_what_cannot_be_refunded_has_nothing_looked_at(at: Counter) -> None:
    order = await at.buy()
    await spent(at, "t1")
    at.till.refunded(f"pi_{order}", 499)
    await at.cashier.fulfil(order)
    with pytest.raises(UnknownHold):
        await refunded(at, "t2")
    with pytest.raises(NotRefundable):
        await refunded(at, "t1", 4)
    assert (await only(at)).next_look_ms is None
    async with at.units.begin() as unit:
        await grant(unit.books, 3)
        await unit.books.hold("t3", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert await unit.books.orders_of("t3") == ()
    with pytest.raises(NotRefundable):
        await refunded(at, "t3")
