"""Checkout sessions and the pay page, through the SDK and a browser's requests."""

from __future__ import annotations

import pytest
import stripe

from tests.fakes.stripe_server.amounts import shown
from tests.stripe_server.till import SDK_WARNS, Till, pack, plain, plan

pytestmark = SDK_WARNS


async def test_a_paid_session_has_an_intent_a_charge_and_the_metadata_of_the_order(till: Till) -> None:
    opened = await till.open(pack(metadata={"order": "o1"}, payment_intent_data={"metadata": {"order": "o1"}}))
    assert (opened.status, opened.payment_status, opened.payment_intent) == ("open", "unpaid", None)
    answer = await till.press(opened.id)
    assert answer.status_code == 303
    assert answer.headers["location"] == f"http://fan.example/back?session={opened.id}"
    paid = await till.client.v1.checkout.sessions.retrieve_async(
        opened.id, {"expand": ["payment_intent.latest_charge.balance_transaction", "line_items"]}
    )
    assert (paid.status, paid.payment_status, paid.amount_total, paid.currency) == ("complete", "paid", 499, "usd")
    assert plain(paid.metadata) == {"order": "o1"}
    intent = paid.payment_intent
    assert isinstance(intent, stripe.PaymentIntent)
    assert (intent.status, intent.amount_received, intent.metadata["order"]) == ("succeeded", 499, "o1")
    charge = intent.latest_charge
    assert isinstance(charge, stripe.Charge)
    assert (charge.status, charge.paid, charge.metadata["order"]) == ("succeeded", True, "o1")
    entry = charge.balance_transaction
    assert isinstance(entry, stripe.BalanceTransaction)
    assert (entry.amount, entry.fee, entry.net, entry.type) == (499, 44, 455, "charge")
    assert paid.line_items is not None
    assert [item.amount_total for item in paid.line_items.data] == [499]
    assert await till.arrived() == [
        "product.created",
        "price.created",
        "payment_intent.created",
        "charge.succeeded",
        "payment_intent.succeeded",
        "charge.updated",
        "checkout.session.completed",
    ]


async def test_the_events_of_a_payment_name_no_balance_transaction_and_a_later_one_does(till: Till) -> None:
    charge = await till.charge()
    await till.server.settled()
    [succeeded] = till.receiver.objects("charge.succeeded", till.server.secret)
    [updated] = till.receiver.objects("charge.updated", till.server.secret)
    assert (succeeded["captured"], succeeded["balance_transaction"]) == (True, None)
    assert updated["balance_transaction"] == charge.balance_transaction


async def test_a_second_click_on_pay_takes_no_second_payment(till: Till) -> None:
    opened = await till.open(pack())
    first, second = await till.press(opened.id), await till.press(opened.id)
    assert first.headers["location"] == second.headers["location"]
    assert len((await till.client.v1.charges.list_async()).data) == 1


@pytest.mark.parametrize(("succeeded", "status", "end"), [(True, "paid", "succeeded"), (False, "unpaid", "failed")])
async def test_a_delayed_payment_completes_unpaid_and_ends_later(
    till: Till, succeeded: bool, status: str, end: str
) -> None:
    opened = await till.open(pack())
    await till.press(opened.id, "later")
    waiting = await till.session(opened.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")
    assert (await till.client.v1.balance_transactions.list_async()).data == []
    await till.server.control("conclude", session=opened.id, succeeded=succeeded)
    assert (await till.session(opened.id)).payment_status == status
    assert (await till.arrived())[-1] == f"checkout.session.async_payment_{end}"
    entries = (await till.client.v1.balance_transactions.list_async()).data
    assert [(one.type, one.reporting_category) for one in entries] == [("payment", "charge")] * int(succeeded)


async def test_a_declined_card_leaves_the_session_open_for_another(till: Till) -> None:
    opened = await till.open(pack())
    answer = await till.press(opened.id, "decline")
    assert (answer.status_code, "declined" in answer.text) == (200, True)
    failed = await till.session(opened.id)
    assert (failed.status, failed.payment_status) == ("open", "unpaid")
    await till.press(opened.id)
    paid = await till.session(opened.id)
    assert (paid.payment_status, paid.payment_intent) == ("paid", failed.payment_intent)
    assert {"charge.failed", "payment_intent.payment_failed"} <= set(await till.arrived())


async def test_cancel_leads_back_and_leaves_the_session_open(till: Till) -> None:
    opened = await till.open(pack())
    assert (await till.press(opened.id, "cancel")).headers["location"] == "http://fan.example/no"
    assert (await till.session(opened.id)).status == "open"


async def test_the_pay_page_names_what_is_bought_and_escapes_it(till: Till) -> None:
    product = {"name": "<b>500</b> credits"}
    data = {"currency": "usd", "unit_amount": 499, "product_data": product}
    opened = await till.open(pack(line_items=[{"price_data": data, "quantity": 2}]))
    assert opened.url is not None
    page = (await till.browser.get(opened.url)).text
    assert "&lt;b&gt;500&lt;/b&gt; credits" in page
    assert "9.98 USD" in page


@pytest.mark.parametrize(
    ("amount", "currency", "words"),
    [
        (499, "usd", "4.99 USD"),
        (5, "eur", "0.05 EUR"),
        (0, "usd", "0.00 USD"),
        (123_456_789, "usd", "1,234,567.89 USD"),
        (500, "jpy", "500 JPY"),
        (1_500, "kwd", "1.500 KWD"),
    ],
)
def test_amounts_are_shown_in_the_unit_of_their_currency(amount: int, currency: str, words: str) -> None:
    assert shown(amount, currency) == words


async def test_an_expired_session_cannot_be_paid(till: Till) -> None:
    opened = await till.open(pack())
    expired = await till.client.v1.checkout.sessions.expire_async(opened.id)
    assert (expired.status, expired.url) == ("expired", None)
    assert (await till.press(opened.id)).status_code == 410
    with pytest.raises(stripe.InvalidRequestError, match="status of expired"):
        await till.client.v1.checkout.sessions.expire_async(opened.id)
    assert "checkout.session.expired" in await till.arrived()


async def test_a_session_expires_by_itself_after_a_day(till: Till) -> None:
    opened = await till.open(pack())
    await till.server.control("advance", seconds=86_399)
    assert (await till.session(opened.id)).status == "open"
    await till.server.control("advance", seconds=2)
    assert (await till.session(opened.id)).status == "expired"


async def test_a_session_can_be_made_of_known_prices(till: Till) -> None:
    product = await till.client.v1.products.create_async({"name": "Pack"})
    price = await till.client.v1.prices.create_async({"currency": "EUR", "unit_amount": 250, "product": product.id})
    opened = await till.open(pack(line_items=[{"price": price.id, "quantity": 3}]))
    assert (opened.amount_total, opened.currency) == (750, "eur")
    await till.client.v1.prices.update_async(price.id, {"active": False})
    with pytest.raises(stripe.InvalidRequestError, match="inactive"):
        await till.open(pack(line_items=[{"price": price.id, "quantity": 3}]))
    assert [one.id for one in (await till.client.v1.prices.list_async({"product": product.id})).data] == [price.id]
    assert [one.id for one in (await till.client.v1.products.list_async()).data] == [product.id]
    assert (await till.client.v1.prices.retrieve_async(price.id)).unit_amount == 250
    assert (await till.client.v1.products.retrieve_async(product.id)).name == "Pack"


async def test_a_gift_needs_no_payment(till: Till) -> None:
    opened = await till.open(pack(amount=0))
    await till.press(opened.id)
    done = await till.session(opened.id)
    assert (done.status, done.payment_status, done.payment_intent) == ("complete", "no_payment_required", None)


async def test_sessions_are_found_by_their_status_and_intent(till: Till) -> None:
    paid = await till.buy()
    await till.open(pack())
    sessions = till.client.v1.checkout.sessions
    assert [one.id for one in (await sessions.list_async({"status": "complete"})).data] == [paid.id]
    assert isinstance(paid.payment_intent, str)
    assert [one.id for one in (await sessions.list_async({"payment_intent": paid.payment_intent})).data] == [paid.id]
    items = await sessions.line_items.list_async(paid.id)
    assert [(item.description, item.quantity) for item in items.data] == [("500 credits", 1)]
    updated = await sessions.update_async(paid.id, {"metadata": {"seen": "yes"}})
    assert plain(updated.metadata) == {"seen": "yes"}


@pytest.mark.parametrize(
    ("params", "param"),
    [
        (pack(mode=None), "mode"),
        (pack(line_items=[]), "line_items"),
        (pack(success_url=None), "success_url"),
        (pack(line_items=[{"price": "price_none", "quantity": 1}]), "line_items[0][price]"),
        (pack(amount=49), "line_items"),
        (plan(mode="payment"), "line_items"),
        (pack(mode="subscription"), "line_items"),
        (pack(subscription_data={"description": "x"}), "subscription_data"),
        (pack(customer="cus_none"), "customer"),
        (pack(discounts=[{"coupon": "x"}]), "discounts"),
        (pack(expires_at=1), "expires_at"),
        (pack(metadata={"k": "v" * 501}), "metadata[k]"),
        (pack(currency="dollars"), "line_items[0][price_data][currency]"),
    ],
)
async def test_a_session_that_cannot_be_is_refused_and_the_parameter_blamed(
    till: Till, params: stripe.params.checkout.SessionCreateParams, param: str
) -> None:
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.open(params)
    assert refused.value.param == param
