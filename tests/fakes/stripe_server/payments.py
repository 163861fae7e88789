"""Payment intents and charges: the states a payment goes through, and the money it brings.

Three outcomes are played: paid at once, pending (a delayed method such as a bank debit), and declined. A charge is
booked in the balance once, when it succeeds, and never before.
"""

from __future__ import annotations

from typing import Literal

from tests.fakes.stripe_server.balance import book, charge_fee
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, update_fields

Outcome = Literal["paid", "pending", "declined"]

DECLINED = "Your card was declined."


def new_intent(world: World, fields: Json) -> Json:
    """A payment intent that waits for a payment method; `fields` has at least amount and currency."""
    identity = world.ids.make("pi")
    intent: Json = {
        "id": identity,
        "object": "payment_intent",
        "amount_capturable": 0,
        "amount_received": 0,
        "application": None,
        "canceled_at": None,
        "cancellation_reason": None,
        "capture_method": "automatic_async",
        "client_secret": f"{identity}_secret_{world.ids.make('x')[2:]}",
        "confirmation_method": "automatic",
        "created": world.now_s,
        "customer": None,
        "description": None,
        "last_payment_error": None,
        "latest_charge": None,
        "livemode": False,
        "metadata": {},
        "next_action": None,
        "on_behalf_of": None,
        "payment_method": None,
        "payment_method_types": ["card"],
        "payment_record": None,
        "processing": None,
        "receipt_email": None,
        "review": None,
        "setup_future_usage": None,
        "source": None,
        "statement_descriptor": None,
        "status": "requires_payment_method",
        "transfer_group": None,
        **fields,
    }
    world.add(intent)
    world.emit("payment_intent.created", intent)
    return intent


def pay(world: World, intent: Json, outcome: Outcome, *, email: str | None = None) -> Json:
    """Try to charge an intent in full; returns the charge."""
    method = "card" if outcome != "pending" else "sepa_debit"
    intent["payment_method"] = intent["payment_method"] or world.ids.make("pm")
    intent["payment_method_types"] = sorted({*intent["payment_method_types"], method})
    charge = world.add(_charge(world, intent, method, email))
    intent["latest_charge"] = charge["id"]
    if outcome == "pending":
        intent["status"] = "processing"
        world.emit("charge.pending", charge)
        world.emit("payment_intent.processing", intent)
    else:
        conclude(world, charge, succeeded=outcome == "paid")
    return charge


def conclude(world: World, charge: Json, *, succeeded: bool) -> None:
    """The end of a charge: the money came, or it did not."""
    intent = world.objects[charge["payment_intent"]]
    if succeeded:
        outcome = {"network_status": "approved_by_network", "type": "authorized"}
        charge |= {"status": "succeeded", "paid": True, "captured": True}
        charge["amount_captured"] = charge["amount"]
        intent |= {"status": "succeeded", "amount_received": charge["amount"], "last_payment_error": None}
        names = ("charge.succeeded", "payment_intent.succeeded")
    else:
        outcome = {"network_status": "declined_by_network", "type": "issuer_declined"}
        charge |= {"status": "failed", "failure_code": "card_declined", "failure_message": DECLINED}
        intent |= {"status": "requires_payment_method", "last_payment_error": _error(charge, intent)}
        intent["payment_method"] = None
        names = ("charge.failed", "payment_intent.payment_failed")
    charge["outcome"] = {"advice_code": None, "reason": None, "rule": None, **outcome}
    world.emit(names[0], charge)
    world.emit(names[1], intent)
    if succeeded:
        _book(world, charge)


def _book(world: World, charge: Json) -> None:
    """Book the money, after the payment's own events: those name no balance transaction yet.

    So it is with asynchronous capture, the default (https://docs.stripe.com/payments/payment-intents/asynchronous-capture).
    """
    kind = "charge" if charge["payment_method_details"]["type"] == "card" else "payment"
    entry = book(
        world, kind, "charge", charge, charge["amount"], fee=charge_fee(charge["amount"]), text=charge["description"]
    )
    charge["balance_transaction"] = entry["id"]
    world.emit("charge.updated", charge, {"balance_transaction": None})


def _error(charge: Json, intent: Json) -> Json:
    return {
        "charge": charge["id"],
        "code": "card_declined",
        "decline_code": "generic_decline",
        "message": DECLINED,
        "payment_method_type": charge["payment_method_details"]["type"],
        "source": None,
        "type": "card_error",
    }


def declined(world: World, charge: Json) -> StripeFault:
    """What the API answers when it was asked to take a payment and the bank said no."""
    return StripeFault(
        DECLINED,
        status=402,
        kind="card_error",
        code="card_declined",
        decline_code="generic_decline",
        charge=charge["id"],
        payment_intent=world.objects[charge["payment_intent"]],
    )


def _charge(world: World, intent: Json, method: str, email: str | None) -> Json:
    identity = world.ids.make("ch" if method == "card" else "py")
    return {
        "id": identity,
        "object": "charge",
        "amount": intent["amount"],
        "amount_captured": 0,
        "amount_refunded": 0,
        "application": None,
        "application_fee": None,
        "application_fee_amount": None,
        "balance_transaction": None,
        "billing_details": {"address": None, "email": email, "name": None, "phone": None, "tax_id": None},
        "captured": False,
        "created": world.now_s,
        "currency": intent["currency"],
        "customer": intent["customer"],
        "description": intent["description"],
        "disputed": False,
        "failure_balance_transaction": None,
        "failure_code": None,
        "failure_message": None,
        "fraud_details": {},
        "livemode": False,
        "metadata": dict(intent["metadata"]),
        "on_behalf_of": None,
        "outcome": None,
        "paid": False,
        "payment_intent": intent["id"],
        "payment_method": intent["payment_method"],
        "payment_method_details": {"type": method, method: {"last4": "4242" if method == "card" else "3000"}},
        "receipt_email": intent["receipt_email"],
        "receipt_number": None,
        "receipt_url": f"{world.base_url}/receipts/{identity}",
        "refunded": False,
        "review": None,
        "source": None,
        "source_transfer": None,
        "status": "pending",
        "transfer": None,
        "transfer_group": intent["transfer_group"],
    }


def retrieve_charge(world: World, params: Json, identity: str) -> Json:
    """GET /v1/charges/{id}."""
    return world.get("charge", identity)


def update_charge(world: World, params: Json, identity: str) -> Json:
    """POST /v1/charges/{id}."""
    charge = world.get("charge", identity)
    previous = update_fields(charge, params, ("description", "receipt_email"))
    if previous:
        world.emit("charge.updated", charge, previous)
    return charge


def list_charges(world: World, params: Json) -> Json:
    """GET /v1/charges."""
    names = ("customer", "payment_intent", "transfer_group")
    return page(world, having(world.every("charge"), params, names), params, "/v1/charges")
