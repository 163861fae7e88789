"""Customers, subscriptions, invoices and the portal, through the SDK; time passes on order."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
import stripe

from tests.fakes.stripe_server.periods import period_start_s
from tests.stripe_server.till import SDK_WARNS, Till, pack, plain, plan

pytestmark = SDK_WARNS


async def test_a_customer_is_made_changed_found_and_deleted(till: Till) -> None:
    customers = till.client.v1.customers
    made = await customers.create_async({"email": "a@b.example", "metadata": {"fan": "f1"}})
    await customers.create_async({"email": "c@d.example"})
    changed = await customers.update_async(made.id, {"name": "Fan", "metadata": {"show": "s"}})
    assert (changed.name, plain(changed.metadata)) == ("Fan", {"fan": "f1", "show": "s"})
    assert [one.id for one in (await customers.list_async({"email": "a@b.example"})).data] == [made.id]
    assert (await customers.delete_async(made.id)).deleted is True
    assert (await customers.retrieve_async(made.id)).deleted is True
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await customers.update_async(made.id, {"name": "Ghost"})
    assert (refused.value.http_status, refused.value.code, refused.value.param) == (404, "resource_missing", "id")


async def test_a_deleted_customer_has_no_subscription_and_is_charged_no_more(till: Till) -> None:
    subscription = await till.subscribe()
    opened = await till.open(pack(customer=subscription.customer))
    await till.client.v1.customers.delete_async(str(subscription.customer))
    [ended] = (await till.client.v1.subscriptions.list_async({"status": "ended"})).data
    assert (ended.id, ended.status) == (subscription.id, "canceled")
    await till.server.control("advance", seconds=40 * 86_400)
    assert len((await till.client.v1.invoices.list_async()).data) == 1
    assert (await till.session(opened.id)).status == "expired"
    again = await till.open(pack())
    till.server.world.objects[again.id]["customer"] = subscription.customer
    assert (await till.press(again.id)).status_code == 303


async def test_the_portal_has_a_link_for_a_customer(till: Till) -> None:
    customer = await till.client.v1.customers.create_async({"email": "a@b.example"})
    portal = await till.client.v1.billing_portal.sessions.create_async(
        {"customer": customer.id, "return_url": "http://fan.example/"}
    )
    assert portal.customer == customer.id
    assert (await till.browser.get(portal.url)).status_code == 200


async def test_paying_a_session_begins_a_subscription_with_a_paid_invoice(till: Till) -> None:
    subscription = await till.subscribe(subscription_data={"metadata": {"fan": "f1"}}, metadata={"order": "o1"})
    assert (subscription.status, subscription.metadata["fan"]) == ("active", "f1")
    assert isinstance(subscription.latest_invoice, str)
    invoice = await till.client.v1.invoices.retrieve_async(subscription.latest_invoice, {"expand": ["payments"]})
    assert (invoice.status, invoice.amount_paid, invoice.billing_reason) == ("paid", 900, "subscription_create")
    assert invoice.parent is not None
    assert invoice.parent.subscription_details is not None
    assert invoice.parent.subscription_details.subscription == subscription.id
    assert plain(invoice.parent.subscription_details.metadata) == {"fan": "f1"}
    assert invoice.payments is not None
    intent = invoice.payments.data[0].payment.payment_intent
    assert isinstance(intent, str)
    links = await till.client.v1.invoice_payments.list_async(
        {"payment": {"type": "payment_intent", "payment_intent": intent}}
    )
    assert [link.invoice for link in links.data] == [invoice.id]
    assert (await till.client.v1.invoice_payments.retrieve_async(links.data[0].id)).status == "paid"
    assert (await till.arrived())[2:] == [
        "customer.created",
        "customer.subscription.created",
        "invoice.created",
        "invoice.finalized",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "invoice.paid",
        "invoice.payment_succeeded",
        "invoice_payment.paid",
        "customer.subscription.updated",
        "checkout.session.completed",
    ]


async def test_a_period_later_the_subscription_is_paid_again(till: Till) -> None:
    subscription = await till.subscribe()
    first = subscription["items"].data[0]
    await till.server.control("advance_period", subscription=subscription.id)
    renewed = await till.client.v1.subscriptions.retrieve_async(subscription.id)
    assert renewed["items"].data[0].current_period_start == first.current_period_end
    invoices = (await till.client.v1.invoices.list_async({"subscription": subscription.id, "status": "paid"})).data
    assert [one.billing_reason for one in invoices] == ["subscription_cycle", "subscription_create"]
    assert invoices[0].created == first.current_period_end
    assert (invoices[0].period_start, invoices[0].period_end) == (first.current_period_start, first.current_period_end)
    paid_for = invoices[0].lines.data[0].period
    assert paid_for.start == first.current_period_end < paid_for.end
    assert (await till.arrived()).count("invoice.paid") == 2


async def test_a_declined_renewal_is_past_due_until_it_is_paid(till: Till) -> None:
    subscription = await till.subscribe()
    await till.server.control("advance_period", subscription=subscription.id, succeeded=False)
    late = await till.client.v1.subscriptions.retrieve_async(subscription.id, {"expand": ["latest_invoice"]})
    assert isinstance(late.latest_invoice, stripe.Invoice)
    assert (late.status, late.latest_invoice.status, late.latest_invoice.attempt_count) == ("past_due", "open", 1)
    assert "invoice.payment_failed" in await till.arrived()
    identity = late.latest_invoice.id
    assert identity is not None
    with pytest.raises(stripe.CardError):
        await till.client.v1.invoices.pay_async(identity)
    await till.server.control("decline", subscription=subscription.id, on=False)
    assert (await till.client.v1.invoices.pay_async(identity)).status == "paid"
    assert (await till.client.v1.subscriptions.retrieve_async(subscription.id)).status == "active"
    with pytest.raises(stripe.InvalidRequestError, match="already paid"):
        await till.client.v1.invoices.pay_async(identity)


async def test_a_subscription_ends_with_its_period_when_that_was_asked_for(till: Till) -> None:
    subscription = await till.subscribe()
    ending = await till.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    kept = await till.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": False})
    assert (kept.cancel_at, kept.canceled_at) == (None, None)
    await till.client.v1.subscriptions.update_async(subscription.id, {"cancel_at_period_end": True})
    assert (ending.status, ending.cancel_at) == ("active", subscription["items"].data[0].current_period_end)
    await till.server.control("advance_period", subscription=subscription.id)
    [ended] = (await till.client.v1.subscriptions.list_async({"status": "all"})).data
    assert (ended.status, len((await till.client.v1.invoices.list_async()).data)) == ("canceled", 1)
    assert (await till.arrived())[-1] == "customer.subscription.deleted"


async def test_a_cancelled_subscription_is_gone_at_once(till: Till) -> None:
    subscription = await till.subscribe()
    assert (await till.client.v1.subscriptions.cancel_async(subscription.id)).status == "canceled"
    assert (await till.client.v1.subscriptions.list_async()).data == []
    with pytest.raises(stripe.InvalidRequestError):
        await till.client.v1.subscriptions.cancel_async(subscription.id)


async def test_a_subscription_by_bank_debit_runs_before_it_is_paid(till: Till) -> None:
    opened = await till.open(plan())
    await till.press(opened.id, "later")
    waiting = await till.session(opened.id)
    assert (waiting.payment_status, waiting.status) == ("unpaid", "complete")
    await till.server.control("conclude", session=opened.id, succeeded=False)
    assert isinstance(waiting.subscription, str)
    assert (await till.client.v1.subscriptions.retrieve_async(waiting.subscription)).status == "past_due"


async def test_a_year_passed_at_once_brings_twelve_invoices_each_at_its_time(till: Till) -> None:
    subscription = await till.subscribe()
    await till.server.control("advance", seconds=366 * 86_400)
    invoices = (await till.client.v1.invoices.list_async({"limit": 100})).data
    assert len(invoices) == 13
    anchor = subscription.billing_cycle_anchor
    assert [one.created for one in reversed(invoices)] == [period_start_s(anchor, "month", 1, n) for n in range(13)]


def test_a_month_that_began_on_the_31st_keeps_to_the_last_day() -> None:
    anchor = int(datetime(2026, 1, 31, 12, tzinfo=UTC).timestamp())
    starts = [datetime.fromtimestamp(period_start_s(anchor, "month", 1, number), UTC) for number in (1, 2, 3, 12)]
    assert [(day.month, day.day) for day in starts] == [(2, 28), (3, 31), (4, 30), (1, 31)]
    assert period_start_s(anchor, "week", 2, 1) - anchor == 14 * 86_400
