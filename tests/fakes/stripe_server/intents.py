"""The payment intent's own API: create, confirm, cancel, read.

A payment method is one of Stripe's test names: `pm_card_visa` pays, names with `Declined` are declined, those with
`sepa` or `bank` stay pending. It never collects anything from a person; that is the pay page's work.
"""

from __future__ import annotations

from tests.fakes.stripe_server.catalogue import checked_currency
from tests.fakes.stripe_server.customers import living
from tests.fakes.stripe_server.faults import StripeFault, not_played
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.payments import Outcome, declined, new_intent, pay
from tests.fakes.stripe_server.world import Json, World, metadata_of, update_fields

AMOUNT_MAX = 99_999_999
AMOUNT_MIN = {"usd": 50, "eur": 50, "gbp": 30, "jpy": 50, "mxn": 1000, "brl": 50, "cad": 50, "aud": 50, "chf": 50}
"""The least that Stripe charges (https://docs.stripe.com/currencies#minimum-and-maximum-charge-amounts)."""
_UNPLAYED = ("application_fee_amount", "transfer_data", "on_behalf_of", "payment_method_data", "confirmation_token")
_OPEN = ("requires_payment_method", "requires_confirmation")


def checked_amount(amount: int, currency: str, param: str) -> int:
    """An amount that can be charged, in minor units. Raises StripeFault."""
    least = AMOUNT_MIN.get(currency, 1)
    if amount < least:
        message = f"Amount must be at least {least} {currency} in minor units."
        raise StripeFault(message, code="amount_too_small", param=param)
    if amount > AMOUNT_MAX:
        raise StripeFault(f"Amount must be no more than {AMOUNT_MAX}.", code="amount_too_large", param=param)
    return amount


def create(world: World, params: Json) -> Json:
    """POST /v1/payment_intents."""
    for name in _UNPLAYED:
        if name in params:
            raise not_played(name)
    if params.get("capture_method") == "manual":
        raise not_played("capture_method")
    currency = checked_currency(params["currency"], "currency")
    fields: Json = {
        "amount": checked_amount(params["amount"], currency, "amount"),
        "currency": currency,
        "customer": living(world, params["customer"])["id"] if "customer" in params else None,
        "description": params.get("description"),
        "metadata": metadata_of(params),
        "payment_method": params.get("payment_method"),
        "receipt_email": params.get("receipt_email"),
        "transfer_group": params.get("transfer_group"),
        "status": "requires_confirmation" if "payment_method" in params else "requires_payment_method",
    }
    intent = new_intent(world, fields)
    return confirm(world, {}, intent["id"]) if params.get("confirm") else intent


def confirm(world: World, params: Json, identity: str) -> Json:
    """POST /v1/payment_intents/{id}/confirm; 402 when the payment is declined."""
    intent = world.get("payment_intent", identity)
    _expect_open(intent, "confirm")
    intent["payment_method"] = params.get("payment_method") or intent["payment_method"]
    if intent["payment_method"] is None:
        message = "You cannot confirm this PaymentIntent because it's missing a payment method."
        raise _unexpected(message, intent)
    outcome = _outcome(intent["payment_method"])
    charge = pay(world, intent, outcome)
    if outcome == "declined":
        raise declined(world, charge)
    return intent


def _outcome(method: str) -> Outcome:
    if "declined" in method.lower():
        return "declined"
    return "pending" if "sepa" in method.lower() or "bank" in method.lower() else "paid"


def cancel(world: World, params: Json, identity: str) -> Json:
    """POST /v1/payment_intents/{id}/cancel."""
    intent = world.get("payment_intent", identity)
    _expect_open(intent, "cancel")
    intent |= {"status": "canceled", "canceled_at": world.now_s}
    intent["cancellation_reason"] = params.get("cancellation_reason")
    world.emit("payment_intent.canceled", intent)
    return intent


def _expect_open(intent: Json, verb: str) -> None:
    if intent["status"] not in _OPEN:
        message = f"You cannot {verb} this PaymentIntent because it has a status of {intent['status']}."
        raise _unexpected(message, intent)


def _unexpected(message: str, intent: Json) -> StripeFault:
    """A refusal that shows the intent as it is."""
    return StripeFault(message, code="payment_intent_unexpected_state", payment_intent=intent)


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/payment_intents/{id}."""
    return world.get("payment_intent", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/payment_intents/{id}: description, receipt address and metadata."""
    for name in params:
        if name not in ("description", "receipt_email", "metadata"):
            raise not_played(name)
    intent = world.get("payment_intent", identity)
    update_fields(intent, params, ("description", "receipt_email"))
    return intent


def listed(world: World, params: Json) -> Json:
    """GET /v1/payment_intents."""
    return page(world, having(world.every("payment_intent"), params, ("customer",)), params, "/v1/payment_intents")
