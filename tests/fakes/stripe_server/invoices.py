"""Invoices of subscriptions: cut for a period, collected through a payment intent, paid or not.

A payment is tied to its invoice by an invoice payment, as in Stripe's current version: neither the charge nor the
intent names the invoice. Amounts are the subscription's items; there is no proration and no tax.
"""

from __future__ import annotations

from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.listing import as_list, having, page
from tests.fakes.stripe_server.payments import Outcome, declined, new_intent, pay
from tests.fakes.stripe_server.world import Json, World, update_fields

NEXT_ATTEMPT_S = 3 * 86_400


def cut(world: World, subscription: Json, reason: str, *, period_start_s: int | None = None) -> Json:
    """An open invoice for the subscription's current period.

    What is paid for is the lines' period; the invoice's own looks back over the period that has ended, from
    `period_start_s` (seconds since the epoch) until now (https://docs.stripe.com/api/invoices/object).
    """
    items = subscription["items"]["data"]
    identity = world.ids.make("in")
    total = sum(item["price"]["unit_amount"] * item["quantity"] for item in items)
    customer = world.objects[subscription["customer"]]
    invoice: Json = {
        "id": identity,
        "object": "invoice",
        **_amounts(total),
        **_plain(),
        "attempt_count": 0,
        "attempted": False,
        "auto_advance": True,
        "billing_reason": reason,
        "created": world.now_s,
        "currency": subscription["currency"],
        "customer": customer["id"],
        "customer_email": customer["email"],
        "hosted_invoice_url": f"{world.base_url}/receipts/{identity}",
        "lines": as_list(
            [_line(world, identity, item, subscription) for item in items], f"/v1/invoices/{identity}/lines"
        ),
        "livemode": False,
        "metadata": {},
        "next_payment_attempt": None,
        "number": f"{customer['invoice_prefix']}-{customer['next_invoice_sequence']:04}",
        "parent": {
            "type": "subscription_details",
            "quote_details": None,
            "subscription_details": {
                "metadata": dict(subscription["metadata"]),
                "subscription": subscription["id"],
            },
        },
        "period_end": world.now_s,
        "period_start": world.now_s if period_start_s is None else period_start_s,
        "status": "draft",
        "status_transitions": {
            "finalized_at": None,
            "marked_uncollectible_at": None,
            "paid_at": None,
            "voided_at": None,
        },
    }
    customer["next_invoice_sequence"] += 1
    world.add(invoice)
    world.emit("invoice.created", invoice)
    invoice["status"] = "open"
    invoice["status_transitions"]["finalized_at"] = world.now_s
    world.emit("invoice.finalized", invoice)
    subscription["latest_invoice"] = identity
    return invoice


def _plain() -> Json:
    """What is the same in every invoice that the stand-in cuts."""
    return {
        "application": None,
        "automatic_tax": {"disabled_reason": None, "enabled": False, "status": None},
        "collection_method": "charge_automatically",
        "customer_tax_exempt": "none",
        "default_payment_method": None,
        "default_source": None,
        "default_tax_rates": [],
        "discounts": [],
        "issuer": {"account": None, "type": "self"},
        "latest_revision": None,
        "on_behalf_of": None,
        "payment_settings": {"default_mandate": None, "payment_method_options": None, "payment_method_types": None},
        "test_clock": None,
    }


def _amounts(total: int) -> Json:
    untouched = ("amount_overpaid", "amount_paid", "amount_shipping", "starting_balance")
    notes = ("post_payment_credit_notes_amount", "pre_payment_credit_notes_amount")
    owed = ("amount_due", "amount_remaining", "subtotal", "total")
    return {**dict.fromkeys((*untouched, *notes), 0), **dict.fromkeys(owed, total)}


def _line(world: World, invoice: str, item: Json, subscription: Json) -> Json:
    price = item["price"]
    amount = price["unit_amount"] * item["quantity"]
    return {
        "id": world.ids.make("il"),
        "object": "line_item",
        "amount": amount,
        "currency": price["currency"],
        "description": world.objects[price["product"]]["name"],
        "discount_amounts": [],
        "discountable": True,
        "discounts": [],
        "invoice": invoice,
        "livemode": False,
        "metadata": dict(subscription["metadata"]),
        "parent": {
            "type": "subscription_item_details",
            "invoice_item_details": None,
            "subscription_item_details": {
                "invoice_item": None,
                "proration": False,
                "proration_details": None,
                "subscription": subscription["id"],
                "subscription_item": item["id"],
            },
        },
        "period": {"start": item["current_period_start"], "end": item["current_period_end"]},
        "pricing": {
            "type": "price_details",
            "price_details": {"price": price["id"], "product": price["product"]},
            "unit_amount_decimal": price["unit_amount_decimal"],
        },
        "quantity": item["quantity"],
        "subscription": subscription["id"],
        "subtotal": amount,
        "taxes": [],
    }


def collect(world: World, invoice: Json, outcome: Outcome) -> Json:
    """Try to take the money; a second try uses the same payment intent. Returns the charge."""
    link = payment_of(world, invoice)
    if link is None:
        fields = {name: invoice[to] for name, to in (("amount", "amount_due"), ("currency", "currency"))}
        intent = new_intent(world, {**fields, "customer": invoice["customer"], "description": "Subscription"})
        link = world.add(_payment(world, invoice, intent))
    intent = world.objects[link["payment"]["payment_intent"]]
    charge = pay(world, intent, outcome, email=invoice["customer_email"])
    invoice |= {"attempted": True, "attempt_count": invoice["attempt_count"] + 1}
    if outcome != "pending":
        conclude(world, invoice, paid=outcome == "paid")
    return charge


def conclude(world: World, invoice: Json, *, paid: bool) -> None:
    """The payment has ended: the invoice and its subscription follow."""
    link = payment_of(world, invoice)
    assert link is not None
    subscription = world.objects[invoice["parent"]["subscription_details"]["subscription"]]
    before = subscription["status"]
    if paid:
        link |= {"status": "paid", "amount_paid": invoice["amount_due"]}
        link["status_transitions"]["paid_at"] = world.now_s
        invoice |= {"status": "paid", "amount_paid": invoice["amount_due"], "amount_remaining": 0}
        invoice["status_transitions"]["paid_at"] = world.now_s
        invoice["next_payment_attempt"] = None
        for name in ("invoice.paid", "invoice.payment_succeeded"):
            world.emit(name, invoice)
        world.emit("invoice_payment.paid", link)
        if before in ("incomplete", "past_due"):
            subscription["status"] = "active"
    else:
        invoice["next_payment_attempt"] = world.now_s + NEXT_ATTEMPT_S
        world.emit("invoice.payment_failed", invoice)
        if before == "active":
            subscription["status"] = "past_due"
    if subscription["status"] != before:
        world.emit("customer.subscription.updated", subscription, {"status": before})


def payment_of(world: World, invoice: Json) -> Json | None:
    """The invoice's payment, once a collection was tried."""
    found = having(world.every("invoice_payment"), {"invoice": invoice["id"]}, ("invoice",))
    return found[-1] if found else None


def _payment(world: World, invoice: Json, intent: Json) -> Json:
    return {
        "id": world.ids.make("inpay"),
        "object": "invoice_payment",
        "amount_paid": None,
        "amount_requested": invoice["amount_due"],
        "created": world.now_s,
        "currency": invoice["currency"],
        "invoice": invoice["id"],
        "is_default": True,
        "livemode": False,
        "payment": {"type": "payment_intent", "charge": None, "payment_intent": intent["id"], "payment_record": None},
        "status": "open",
        "status_transitions": {"canceled_at": None, "paid_at": None},
    }


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/invoices/{id}."""
    return world.get("invoice", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/invoices/{id}: description and metadata."""
    invoice = world.get("invoice", identity)
    previous = update_fields(invoice, params, ("description",))
    if previous:
        world.emit("invoice.updated", invoice, previous)
    return invoice


def pay_again(world: World, params: Json, identity: str) -> Json:
    """POST /v1/invoices/{id}/pay; 402 while the subscription's payments are declined."""
    invoice = world.get("invoice", identity)
    if invoice["status"] != "open":
        raise StripeFault(f"Invoice is already {invoice['status']}")
    subscription = invoice["parent"]["subscription_details"]["subscription"]
    outcome: Outcome = "declined" if subscription in world.failing else "paid"
    charge = collect(world, invoice, outcome)
    if outcome == "declined":
        raise declined(world, charge)
    return invoice


def listed(world: World, params: Json) -> Json:
    """GET /v1/invoices."""
    found = having(world.every("invoice"), params, ("customer", "status", "collection_method"))
    if "subscription" in params:
        wanted = params["subscription"]
        found = [one for one in found if one["parent"]["subscription_details"]["subscription"] == wanted]
    return page(world, found, params, "/v1/invoices")


def retrieve_payment(world: World, params: Json, identity: str) -> Json:
    """GET /v1/invoice_payments/{id}."""
    return world.get("invoice_payment", identity)


def list_payments(world: World, params: Json) -> Json:
    """GET /v1/invoice_payments: the way from a payment intent to its invoice."""
    found = having(world.every("invoice_payment"), params, ("invoice", "status"))
    wanted = params.get("payment")
    if wanted is not None:
        found = [one for one in found if one["payment"].get(wanted["type"]) == wanted.get(wanted["type"])]
    return page(world, found, params, "/v1/invoice_payments")
