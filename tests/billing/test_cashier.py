"""The cashier against a till that says what each test wrote down: checkout, fulfilment, subscriptions."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.cashier import PollReport
from billing.errors import (
    InvalidPack,
    NoCustomer,
    OrderBusy,
    TillUnavailable,
    UnknownOrder,
    UnknownPack,
)
from billing.till import CheckoutPage, CheckoutRequest
from billing.units import DAY_MS, HOUR_MS
from tests.billing.builders import FAN, NOW_MS, STRANGER
from tests.billing.counters import Counter


class TestCheckout:
    async def test_what_is_offered_is_in_the_regions_currency(self, at: Counter) -> None:
        exact, small, monthly = await at.cashier.offers(region="jp", shortfall=12)
        assert (exact.credits, exact.amount_minor, exact.currency, exact.covers) == (30, 54, "jpy", True)
        assert (small.amount_minor, small.currency, monthly.interval) == (750, "jpy", "month")
        assert [offer.currency for offer in await at.cashier.offers(region="FR")] == ["usd", "usd"]

    async def test_the_till_is_asked_for_exactly_what_was_offered(self, at: Counter) -> None:
        order = await at.begin()
        request = at.till.requests[0]
        assert (request.order, request.fan, request.credits, request.customer) == (order, FAN, 550, None)
        assert (request.amount_minor, request.currency, request.mode) == (499, "usd", "payment")
        assert request.success_url == f"https://s/{order}"
        kept = (await at.cashier.orders(FAN))[0]
        assert (kept.id, kept.state, kept.session) == (order, "open", f"cs_{order}")
        assert await at.cashier.orders(STRANGER) == ()

    async def test_an_exact_top_up_covers_what_is_missing(self, at: Counter) -> None:
        order = await at.begin("exact", shortfall=123)
        at.till.pay(order)
        await at.cashier.fulfil(order)
        assert (at.till.requests[0].amount_minor, await at.available()) == (150, 125)

    async def test_what_is_not_for_sale_is_not_sold(self, at: Counter) -> None:
        with pytest.raises(UnknownPack):
            await at.begin("nothing")
        with pytest.raises(InvalidPack):
            await at.begin("exact")
        assert await at.cashier.orders(FAN) == ()

    async def test_an_order_whose_page_never_came_is_over_after_a_day(self, at: Counter) -> None:
        at.till.down = True
        with pytest.raises(TillUnavailable):
            await at.begin()
        at.till.down = False
        assert (await at.cashier.orders(FAN))[0].state == "new"
        at.clock.now_ms += 26 * HOUR_MS
        assert await at.cashier.poll() == PollReport(1, 0, reached=True)
        assert (await at.cashier.orders(FAN))[0].state == "expired"

    async def test_a_known_customer_is_known_again_and_sees_the_portal(self, at: Counter) -> None:
        with pytest.raises(NoCustomer):
            await at.cashier.portal(FAN, "https://back")
        await at.buy()
        await at.begin()
        assert at.till.requests[1].customer == "cus_1"
        assert await at.cashier.portal(FAN, "https://back") == "https://till.example/portal/cus_1?https://back"


class TestFulfilment:
    async def test_whoever_comes_first_grants_and_the_rest_find_it_done(self, at: Counter) -> None:
        order = await at.begin()
        assert (await at.cashier.fulfil(order)).state == "open"
        at.till.pay(order)
        assert (await at.cashier.fulfil(order)).state == "paid"
        assert await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}") == "applied"
        at.clock.now_ms += DAY_MS
        await at.cashier.poll()
        assert await at.available() == 550

    async def test_a_delayed_payment_is_granted_when_it_arrives(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        await at.tell("checkout.session.completed", "checkout.session", f"cs_{order}")
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("awaiting", 0)
        at.till.pay(order)
        await at.tell("checkout.session.async_payment_succeeded", "checkout.session", f"cs_{order}")
        assert await at.available() == 550

    async def test_a_delayed_payment_that_fails_grants_nothing(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        at.till.payments[f"pi_{order}"] = replace(at.till.payments[f"pi_{order}"], status="requires_payment_method")
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("failed", 0)
        at.till.pay(order)  # the fan's bank may still think better of it
        assert (await at.cashier.fulfil(order)).state == "paid"

    async def test_a_delayed_payment_is_given_up_after_a_month(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order, delayed=True)
        at.clock.now_ms += 31 * DAY_MS
        found = await at.cashier.fulfil(order)
        assert (found.state, found.next_look_ms) == ("failed", None)

    async def test_an_expired_checkout_is_over(self, at: Counter) -> None:
        order = await at.begin()
        at.till.sessions[f"cs_{order}"] = replace(at.till.sessions[f"cs_{order}"], status="expired")
        await at.tell("checkout.session.expired", "checkout.session", f"cs_{order}")
        found = (await at.cashier.orders(FAN))[0]
        assert (found.state, found.next_look_ms) == ("expired", None)

    @pytest.mark.parametrize(
        ("wrong", "field", "found"),
        [
            ({"amount_minor": 498}, "amount", "498"),
            ({"currency": "eur"}, "currency", "eur"),
            ({"livemode": True}, "livemode", "True"),
            ({"order": "another"}, "order", "another"),
            ({"mode": "subscription"}, "mode", "subscription"),
        ],
    )
    async def test_what_was_not_ordered_changes_nothing_and_shows(
        self, at: Counter, wrong: dict[str, object], field: str, found: str
    ) -> None:
        order = await at.begin()
        at.till.pay(order)
        session = at.till.sessions[f"cs_{order}"]
        at.till.sessions[session.id] = replace(session, **wrong)  # type: ignore[arg-type]
        for _ in range(2):
            assert (await at.cashier.fulfil(order)).state == "open"
        assert [(each.field, each.found) for each in await at.wrong()] == [(field, found)]
        assert await at.available() == 0
        at.clock.now_ms += 31 * DAY_MS
        assert (await at.cashier.fulfil(order)).next_look_ms is None

    @pytest.mark.parametrize("wrong", [{"amount_minor": 498}, {"currency": "eur"}, {"livemode": True}, {"order": None}])
    async def test_the_payment_itself_has_to_be_right_too(self, at: Counter, wrong: dict[str, object]) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.payments[f"pi_{order}"] = replace(at.till.payments[f"pi_{order}"], **wrong)  # type: ignore[arg-type]
        assert (await at.cashier.fulfil(order)).state == "open"
        assert (len(await at.wrong()), await at.available()) == (1, 0)

    async def test_an_order_that_was_refunded_before_we_looked_is_granted_and_taken(self, at: Counter) -> None:
        order = await at.begin()
        at.till.pay(order)
        at.till.refunded(f"pi_{order}", 499)
        found = await at.cashier.fulfil(order)
        assert (found.state, found.refunded_minor, await at.available()) == ("paid", 499, 0)

    async def test_what_an_older_look_saw_never_overwrites_what_a_newer_one_booked(self, at: Counter) -> None:
        order = await at.buy()
        payment, asking = f"pi_{order}", at.till.payment
        at.till.dispute(payment, "needs_response")

        async def slow(payment_id: str) -> object:
            old = await asking(payment_id)
            at.till.payment = asking  # type: ignore[method-assign]
            at.till.dispute(payment, "lost")
            await at.cashier.fulfil(order)  # somebody else looks while our answer is on its way
            return old

        at.till.payment = slow  # type: ignore[method-assign,assignment]
        assert (await at.cashier.fulfil(order)).dispute == "lost"

    async def test_who_is_always_overtaken_gives_up(self, at: Counter) -> None:
        order = await at.buy()
        asking = at.till.payment

        async def overtaken(payment_id: str) -> object:
            async with at.units.begin() as unit:
                now = await unit.shop.locked(order)
                await unit.shop.save(replace(now, looks=now.looks + 1))
            return await asking(payment_id)

        at.till.payment = overtaken  # type: ignore[method-assign,assignment]
        with pytest.raises(OrderBusy):
            await at.cashier.fulfil(order)

    async def test_a_fan_who_pays_before_our_commit_is_served_once(self, at: Counter) -> None:
        opening = at.till.open_checkout

        async def paid_at_once(request: CheckoutRequest) -> CheckoutPage:
            page = await opening(request)
            at.till.pay(request.order)
            await at.tell("checkout.session.completed", "checkout.session", page.session)
            return page

        at.till.open_checkout = paid_at_once  # type: ignore[method-assign,assignment]
        order = await at.begin()
        assert ((await at.cashier.fulfil(order)).state, await at.available()) == ("paid", 550)

    async def test_an_order_that_never_was_is_not_fulfilled(self, at: Counter) -> None:
        with pytest.raises(UnknownOrder):
            await at.cashier.fulfil("nothing")


class TestSubscription:
    async def test_each_paid_period_grants_once_and_lapses_after_its_grace(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        for _ in range(2):
            assert (await at.cashier.fulfil(order)).state == "paid"
        assert await at.available() == 800
        at.clock.now_ms = NOW_MS + 30 * DAY_MS
        at.till.bill(order, 2)
        await at.tell("invoice.paid", "invoice", "in_2")
        await at.tell("invoice_payment.paid", "invoice_payment", "inpay", invoice="in_2")
        assert await at.available() == 1600
        at.clock.now_ms = NOW_MS + 33 * DAY_MS
        async with at.units.begin() as unit:
            assert await unit.books.lapse(now_ms=at.clock.now_ms, limit=9) == (FAN,)
        assert await at.available() == 800

    async def test_a_renewal_nobody_told_of_is_found_by_the_poller(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.bill(order, 2)
        at.clock.now_ms = NOW_MS + 30 * DAY_MS + HOUR_MS
        await at.cashier.poll()
        assert await at.available() == 1600

    async def test_a_period_that_is_served_late_has_its_grace_from_then_on(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.clock.now_ms = NOW_MS + 90 * DAY_MS
        await at.cashier.fulfil(order)
        assert await at.available() == 800

    async def test_an_ended_subscription_is_not_polled(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.till.subscriptions["sub_1"] = replace(at.till.subscriptions["sub_1"], status="canceled")
        await at.tell("customer.subscription.deleted", "subscription", "sub_1")
        assert (await at.cashier.fulfil(order)).next_look_ms is None

    async def test_an_invoice_of_another_amount_grants_nothing_and_the_others_do(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.bill(order, 2)
        at.till.bill(order, 3)
        at.till.invoices["in_2"] = replace(at.till.invoices["in_2"], amount_paid_minor=1)
        await at.cashier.fulfil(order)
        assert (await at.available(), [each.order for each in await at.wrong()]) == (1600, [f"{order}-in_2"])

    async def test_an_order_that_is_paid_stays_so_whatever_becomes_of_its_session(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        await at.cashier.fulfil(order)
        at.till.sessions[f"cs_{order}"] = replace(at.till.sessions[f"cs_{order}"], status="expired")
        assert (await at.cashier.fulfil(order)).state == "paid"

    async def test_a_disputed_period_freezes_its_own_credits_only(self, at: Counter) -> None:
        order = await at.begin("pass")
        at.till.subscribe(order)
        at.till.bill(order, 2)
        await at.cashier.fulfil(order)
        at.till.dispute("pi_in_2", "needs_response")
        await at.tell("charge.dispute.created", "dispute", "du_1", charge="ch_in_2")
        assert await at.available() == 800

    async def test_a_subscription_that_is_not_paid_yet_waits(self, at: Counter) -> None:
        order = await at.begin("pass")
        assert (await at.cashier.fulfil(order)).state == "open"
        at.till.subscribe(order)
        at.till.invoices["in_1"] = replace(at.till.invoices["in_1"], status="open", payment=None)
        assert (await at.cashier.fulfil(order)).state == "awaiting"


async def books(at: Counter) -> tuple[int, int, list[int]]:
    """What a fan has, owes and has left of each lot."""
    async with at.units.begin() as unit:
        lots = [lot.remaining for lot in await unit.books.lots_of("order-1")]
        debt = await unit.books.debt(FAN)
    return await at.available(), debt, lots
