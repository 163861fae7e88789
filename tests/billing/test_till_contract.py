"""One contract for every till: the double in memory, and Stripe's own library against the stand-in."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from billing.errors import TillRefused, UnknownAtTill
from billing.till import BalanceLine, DisputeState
from billing.webhooks import EVENT_TYPES, Subject, subject_of
from tests.billing.tills import (
    NOW_MS,
    Counter,
    MemoryCounter,
    bought,
    membership,
    order,
    stripe_counter,
    subscribed,
)

DAY_MS = 86_400_000


@pytest_asyncio.fixture(params=["memory", "stripe"])
async def counter(request: pytest.FixtureRequest) -> AsyncIterator[Counter]:
    if request.param == "memory":
        yield MemoryCounter()
        return
    async with stripe_counter() as real:
        yield real


async def _lines(counter: Counter, since_ms: int = 0, until_ms: int = NOW_MS + 400 * DAY_MS) -> list[BalanceLine]:
    return [line async for line in counter.till.balance(since_ms, until_ms)][::-1]


async def _subjects(counter: Counter, since_ms: int = 0) -> list[tuple[str, Subject | None]]:
    found = [(event.type, subject_of(event)) async for event in counter.till.events(since_ms)]
    return found[::-1]


class TestCheckout:
    async def test_an_open_page_can_be_paid_for_a_day_and_names_its_order(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1, customer=None))
        assert page.url.startswith("http")
        assert page.expires_at_ms == NOW_MS + DAY_MS
        state = await counter.till.session(page.session)
        assert (state.id, state.order, state.mode, state.livemode) == (page.session, "ord-1", "payment", False)
        assert (state.status, state.payment_status, state.payment) == ("open", "unpaid", None)
        assert (state.amount_minor, state.currency) == (499, "usd")

    async def test_the_same_order_opens_the_same_page_and_another_one_its_own(self, counter: Counter) -> None:
        first = await counter.till.open_checkout(order(1))
        assert await counter.till.open_checkout(order(1)) == first
        assert (await counter.till.open_checkout(order(2))).session != first.session

    @pytest.mark.parametrize("other", [{"amount_minor": 500}, {"fan": "fan-2"}, {"credits": 501}, {"title": "Others"}])
    async def test_the_same_order_cannot_ask_for_something_else(
        self, counter: Counter, other: dict[str, object]
    ) -> None:
        await counter.till.open_checkout(order(1))
        with pytest.raises(TillRefused) as refused:
            await counter.till.open_checkout(order(1, **other))
        assert refused.value.code == "idempotency_error"

    async def test_a_paid_page_leads_to_its_payment(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.press(page.session)
        session = await counter.till.session(page.session)
        assert (session.status, session.payment_status, session.subscription) == ("complete", "paid", None)
        payment = await counter.till.payment(session.payment or "")
        assert (payment.id, payment.order, payment.status) == (session.payment, "ord-1", "succeeded")
        assert (payment.amount_minor, payment.currency, payment.amount_refunded_minor) == (499, "usd", 0)
        assert (payment.invoice, payment.disputes, payment.dispute, payment.livemode) == (None, (), None, False)

    async def test_a_declined_payer_may_try_again(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.press(page.session, "decline")
        state = await counter.till.session(page.session)
        assert (state.status, state.payment_status) == ("open", "unpaid")
        await counter.press(page.session)
        assert (await counter.till.session(page.session)).payment_status == "paid"

    @pytest.mark.parametrize(("succeeded", "payment_status"), [(True, "paid"), (False, "unpaid")])
    async def test_a_payment_that_takes_days_is_complete_before_it_is_paid(
        self, counter: Counter, succeeded: bool, payment_status: str
    ) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.press(page.session, "later")
        waiting = await counter.till.session(page.session)
        assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
        assert (await counter.till.payment(waiting.payment or "")).status == "processing"
        await counter.conclude(page.session, succeeded=succeeded)
        assert (await counter.till.session(page.session)).payment_status == payment_status
        ended = (await counter.till.payment(waiting.payment or "")).status
        assert ended == ("succeeded" if succeeded else "requires_payment_method")
        assert len(await _lines(counter)) == int(succeeded)

    async def test_a_page_that_nobody_paid_expires(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.expire(page.session)
        assert (await counter.till.session(page.session)).status == "expired"
        assert ("checkout.session.expired", Subject("session", page.session)) in await _subjects(counter)


class TestUnknown:
    @pytest.mark.parametrize("name", ["session", "payment", "invoice", "subscription"])
    @pytest.mark.parametrize("identity", ["x_none", "", "..", "a/b", "a?b=c", "ä", "ch_none", "re_none", "du_none"])
    async def test_what_the_till_does_not_know_it_says_so(self, counter: Counter, name: str, identity: str) -> None:
        with pytest.raises(UnknownAtTill) as unknown:
            await getattr(counter.till, name)(identity)
        assert unknown.value.id == identity

    async def test_a_payment_a_customer_or_a_dispute_that_is_unknown_cannot_be_used(self, counter: Counter) -> None:
        with pytest.raises(UnknownAtTill):
            await counter.till.refund("pi_none", 1, key="k", reason="duplicate")
        with pytest.raises(UnknownAtTill):
            await counter.till.portal("cus_none", "https://fan.example/")
        with pytest.raises(UnknownAtTill):
            await counter.till.submit_evidence("du_none", {"uncategorized_text": "…"})
        assert await counter.till.invoices_of("sub_none") == ()


class TestRefunds:
    async def test_parts_add_up_until_nothing_is_left(self, counter: Counter) -> None:
        payment = await bought(counter)
        first = await counter.till.refund(payment, 100, key="r1", reason="requested_by_customer")
        assert (first.status, first.amount_minor) == ("succeeded", 100)
        with pytest.raises(TillRefused):
            await counter.till.refund(payment, 400, key="r2", reason="requested_by_customer")
        await counter.till.refund(payment, 399, key="r3", reason="requested_by_customer")
        assert (await counter.till.payment(payment)).amount_refunded_minor == 499
        with pytest.raises(TillRefused) as refused:
            await counter.till.refund(payment, 1, key="r4", reason="requested_by_customer")
        assert refused.value.code == "charge_already_refunded"

    async def test_the_same_key_gives_back_once(self, counter: Counter) -> None:
        payment = await bought(counter)
        first = await counter.till.refund(payment, 100, key="r1", reason="duplicate")
        assert await counter.till.refund(payment, 100, key="r1", reason="duplicate") == first
        with pytest.raises(TillRefused) as refused:
            await counter.till.refund(payment, 101, key="r1", reason="duplicate")
        assert refused.value.code == "idempotency_error"
        assert (await counter.till.payment(payment)).amount_refunded_minor == 100

    async def test_a_refund_that_came_back_does_not_count(self, counter: Counter) -> None:
        payment = await bought(counter)
        refund = await counter.till.refund(payment, 499, key="r1", reason="duplicate")
        await counter.refund_fail(refund.id)
        assert (await counter.till.payment(payment)).amount_refunded_minor == 0
        assert sum(line.amount_minor for line in await _lines(counter)) == 499

    async def test_the_payment_is_found_from_its_charge_its_refund_and_its_dispute(self, counter: Counter) -> None:
        payment = await bought(counter)
        refund = await counter.till.refund(payment, 1, key="r1", reason="duplicate")
        dispute = await counter.dispute(payment)
        state = await counter.till.payment(payment)
        assert state.charge is not None
        for identity in (state.charge, refund.id, dispute):
            assert await counter.till.payment(identity) == state

    @pytest.mark.parametrize("amount_minor", [0, -1])
    async def test_less_than_nothing_is_refused(self, counter: Counter, amount_minor: int) -> None:
        payment = await bought(counter)
        with pytest.raises(TillRefused):
            await counter.till.refund(payment, amount_minor, key="r1", reason="duplicate")

    async def test_what_has_not_arrived_cannot_be_given_back(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.press(page.session, "later")
        payment = (await counter.till.session(page.session)).payment
        with pytest.raises(TillRefused) as refused:
            await counter.till.refund(payment or "", 1, key="r1", reason="duplicate")
        assert refused.value.code == "charge_not_refundable"


class TestDisputes:
    @pytest.mark.parametrize("won", [True, False])
    async def test_a_dispute_is_answered_and_decided(self, counter: Counter, won: bool) -> None:
        payment = await bought(counter)
        dispute = await counter.dispute(payment, 300)
        assert (await counter.till.payment(payment)).dispute == DisputeState(dispute, "needs_response", 300)
        with pytest.raises(TillRefused) as refused:
            await counter.till.refund(payment, 1, key="r1", reason="duplicate")
        assert refused.value.code == "charge_disputed"
        answered = await counter.till.submit_evidence(dispute, {"product_description": "Credits", "service_date": ""})
        assert answered == DisputeState(dispute, "under_review", 300)
        await counter.decide(dispute, won=won)
        decided = (await counter.till.payment(payment)).dispute
        assert decided == DisputeState(dispute, "won" if won else "lost", 300)
        with pytest.raises(TillRefused):
            await counter.till.submit_evidence(dispute, {"product_description": "Credits"})

    async def test_an_inquiry_is_told_although_no_money_has_moved(self, counter: Counter) -> None:
        payment = await bought(counter)
        inquiry = await counter.dispute(payment, inquiry=True)
        assert (await counter.till.payment(payment)).dispute == DisputeState(inquiry, "warning_needs_response", 499)
        assert len(await _lines(counter)) == 1
        await counter.decide(inquiry, won=True)
        closed = (await counter.till.payment(payment)).dispute
        assert closed is not None
        assert closed.status == "warning_closed"


class TestSubscriptions:
    @pytest.mark.parametrize(("interval", "days"), [("month", range(28, 32)), ("year", range(360, 367))])
    async def test_a_subscription_has_an_invoice_that_names_order_period_and_payment(
        self, counter: Counter, interval: str, days: range
    ) -> None:
        identity = await subscribed(counter, "year" if interval == "year" else "month")
        subscription = await counter.till.subscription(identity)
        assert (subscription.id, subscription.order, subscription.status) == (identity, "ord-1", "active")
        assert subscription.cancel_at_period_end is False
        invoice = await counter.till.invoice(subscription.latest_invoice or "")
        assert (invoice.subscription, invoice.order, invoice.status) == (identity, "ord-1", "paid")
        assert (invoice.amount_paid_minor, invoice.currency, invoice.livemode) == (900, "usd", False)
        assert (invoice.period_start_ms, invoice.period_end_ms) == (NOW_MS, subscription.current_period_end_ms)
        assert (invoice.period_end_ms - invoice.period_start_ms) // DAY_MS in days
        payment = await counter.till.payment(invoice.payment or "")
        assert (payment.order, payment.invoice, payment.status) == (None, invoice.id, "succeeded")
        assert payment.customer == subscription.customer

    async def test_every_period_has_its_invoice_newest_first(self, counter: Counter) -> None:
        identity = await subscribed(counter)
        await counter.renew(identity)
        newer, older = await counter.till.invoices_of(identity)
        assert (older.status, newer.status) == ("paid", "paid")
        assert newer.period_start_ms == older.period_end_ms
        assert older.payment != newer.payment
        assert (await counter.till.subscription(identity)).latest_invoice == newer.id

    async def test_a_period_that_was_not_paid_leaves_the_invoice_open(self, counter: Counter) -> None:
        identity = await subscribed(counter)
        await counter.renew(identity, succeeded=False)
        invoice = (await counter.till.invoices_of(identity))[0]
        assert (invoice.status, invoice.amount_paid_minor) == ("open", 0)
        assert (await counter.till.payment(invoice.payment or "")).status == "requires_payment_method"
        assert (await counter.till.subscription(identity)).status == "past_due"
        assert ("invoice.payment_failed", Subject("invoice", invoice.id)) in await _subjects(counter)

    async def test_a_subscriber_has_a_portal_and_can_subscribe_again(self, counter: Counter) -> None:
        customer = (await counter.till.subscription(await subscribed(counter))).customer
        assert (await counter.till.portal(customer, "https://fan.example/")).startswith("http")
        page = await counter.till.open_checkout(order(2, customer=customer))
        assert (await counter.till.session(page.session)).customer == customer

    async def test_a_first_period_that_takes_days_and_fails_is_past_due(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(membership())
        await counter.press(page.session, "later")
        await counter.conclude(page.session, succeeded=False)
        session = await counter.till.session(page.session)
        assert (session.payment_status, session.status) == ("unpaid", "complete")
        assert (await counter.till.subscription(session.subscription or "")).status == "past_due"


class TestBalance:
    async def test_every_line_names_the_payment_it_belongs_to(self, counter: Counter) -> None:
        payment = await bought(counter)
        charge = (await counter.till.payment(payment)).charge
        refund = await counter.till.refund(payment, 99, key="r1", reason="duplicate")
        dispute = await counter.dispute(payment, 400)
        await counter.decide(dispute, won=True)
        lines = await _lines(counter)
        assert [(line.category, line.amount_minor, line.source) for line in lines] == [
            ("charge", 499, charge),
            ("refund", -99, refund.id),
            ("dispute", -400, dispute),
            ("dispute_reversal", 400, dispute),
        ]
        assert {(line.payment, line.charge, line.currency) for line in lines} == {(payment, charge, "usd")}
        assert [line.fee_minor > 0 for line in lines] == [True, False, True, False]
        assert {line.created_at_ms for line in lines} == {NOW_MS}

    @pytest.mark.parametrize(
        ("since_ms", "until_ms", "count"),
        [(NOW_MS, NOW_MS + 1, 1), (NOW_MS - 1, NOW_MS, 0), (NOW_MS + 1, NOW_MS + 999, 0), (NOW_MS, NOW_MS, 0)],
    )
    async def test_lines_are_cut_by_the_millisecond(
        self, counter: Counter, since_ms: int, until_ms: int, count: int
    ) -> None:
        await bought(counter)
        assert len(await _lines(counter, since_ms, until_ms)) == count

    async def test_more_lines_than_a_page_holds_come_once_each(self, counter: Counter) -> None:
        payment = await bought(counter)
        for number in range(120):
            await counter.till.refund(payment, 1, key=f"r{number}", reason="duplicate")
        lines = await _lines(counter)
        assert len({line.id for line in lines}) == len(lines) == 121
        assert sum(line.amount_minor for line in lines) == 499 - 120


class TestEvents:
    async def test_what_happened_leads_to_what_to_look_at(self, counter: Counter) -> None:
        page = await counter.till.open_checkout(order(1))
        await counter.press(page.session)
        payment = (await counter.till.session(page.session)).payment
        assert payment is not None
        await counter.till.refund(payment, 1, key="r1", reason="duplicate")
        dispute = await counter.dispute(payment)
        await counter.decide(dispute, won=False)
        found = await _subjects(counter)
        money = Subject("payment", payment)
        wanted = [
            ("payment_intent.succeeded", money),
            ("checkout.session.completed", Subject("session", page.session)),
            ("refund.created", money),
            ("charge.refunded", money),
            ("charge.dispute.created", money),
            ("charge.dispute.funds_withdrawn", money),
            ("charge.dispute.closed", money),
        ]
        assert found == wanted
        assert {type for type, _ in found} <= set(EVENT_TYPES)

    async def test_events_begin_where_they_are_asked_from(self, counter: Counter) -> None:
        await bought(counter)
        assert await _subjects(counter, NOW_MS) == await _subjects(counter, 0) != []
        assert await _subjects(counter, NOW_MS + 1) == []

    async def test_a_paid_period_leads_to_its_invoice(self, counter: Counter) -> None:
        identity = await subscribed(counter)
        [invoice] = await counter.till.invoices_of(identity)
        assert ("invoice.paid", Subject("invoice", invoice.id)) in await _subjects(counter)
