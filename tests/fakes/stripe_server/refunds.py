"""Refunds: part of a charge or all that is left of it, never more.

A refund may fail later (a test orders it): then its money is back in the balance and the charge is less refunded.
"""

from __future__ import annotations

from tests.fakes.stripe_server.balance import book
from tests.fakes.stripe_server.faults import StripeFault, not_played, wanting
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, metadata_of, update_fields

_CHARGED_BACK = ("needs_response", "under_review", "lost")
_UNPLAYED = ("refund_application_fee", "reverse_transfer", "origin", "customer", "currency")


def create(world: World, params: Json) -> Json:
    """POST /v1/refunds."""
    for name in _UNPLAYED:
        if name in params:
            raise not_played(name)
    charge = _charge(world, params)
    amount = _amount(world, charge, params)
    method = charge["payment_method_details"]["type"]
    by_card = method == "card"
    refund: Json = {
        "id": world.ids.make("re" if by_card else "pyr"),
        "object": "refund",
        "amount": amount,
        "balance_transaction": None,
        "charge": charge["id"],
        "created": world.now_s,
        "currency": charge["currency"],
        "customer": None,
        "destination_details": {"type": method, method: {"type": "refund"} if by_card else {}},
        "failure_balance_transaction": None,
        "failure_reason": None,
        "metadata": metadata_of(params),
        "payment_intent": charge["payment_intent"],
        "payment_method": None,
        "pending_reason": None,
        "reason": params.get("reason"),
        "receipt_number": None,
        "source_transfer_reversal": None,
        "status": "succeeded",
        "transfer_reversal": None,
    }
    refund["balance_transaction"] = _book(world, charge, refund)["id"]
    world.add(refund)
    _set_refunded(charge, charge["amount_refunded"] + amount)
    world.emit("refund.created", refund)
    world.emit("charge.refunded", charge)
    return refund


def _book(world: World, charge: Json, refund: Json) -> Json:
    by_card = charge["payment_method_details"]["type"] == "card"
    kind, noun = ("refund", "CHARGE") if by_card else ("payment_refund", "PAYMENT")
    about = f" ({charge['description']})" if charge["description"] else ""
    return book(world, kind, "refund", refund, -refund["amount"], text=f"REFUND FOR {noun}{about}")


def _charge(world: World, params: Json) -> Json:
    if "charge" in params:
        return world.get("charge", params["charge"], param="charge")
    if "payment_intent" not in params:
        raise wanting("charge")
    intent = world.get("payment_intent", params["payment_intent"], param="payment_intent")
    if intent["latest_charge"] is None:
        message = f"This PaymentIntent ({intent['id']}) does not have a successful charge to refund."
        raise StripeFault(message, code="payment_intent_unexpected_state", param="payment_intent")
    return world.objects[intent["latest_charge"]]


def _amount(world: World, charge: Json, params: Json) -> int:
    left: int = charge["amount"] - charge["amount_refunded"]
    amount: int = params.get("amount", left)
    if charge["status"] != "succeeded":
        raise StripeFault(f"Charge {charge['id']} was not paid.", code="charge_not_refundable", param="charge")
    if any(
        one["status"] in _CHARGED_BACK for one in having(world.every("dispute"), {"charge": charge["id"]}, ("charge",))
    ):
        message = f"Charge {charge['id']} has been charged back; cannot issue a refund."
        raise StripeFault(message, code="charge_disputed", param="charge")
    if charge["refunded"]:
        message = f"Charge {charge['id']} has already been refunded."
        raise StripeFault(message, code="charge_already_refunded", param="charge")
    if amount < 1:
        raise StripeFault("Invalid positive integer", code="parameter_invalid_integer", param="amount")
    if amount > left:
        message = f"Refund amount ({amount}) is greater than unrefunded amount on charge ({left})"
        raise StripeFault(message, param="amount")
    return amount


def _set_refunded(charge: Json, amount: int) -> None:
    charge["amount_refunded"] = amount
    charge["refunded"] = amount == charge["amount"]


def fail(world: World, refund: Json) -> None:
    """The bank sent a refund back."""
    if refund["status"] != "succeeded":
        raise StripeFault("This refund cannot fail any more.", param="refund")
    charge = world.objects[refund["charge"]]
    entry = book(world, "refund_failure", "refund_failure", refund, refund["amount"])
    refund |= {"status": "failed", "failure_reason": "expired_or_canceled_card"}
    refund["failure_balance_transaction"] = entry["id"]
    before = {"amount_refunded": charge["amount_refunded"], "refunded": charge["refunded"]}
    _set_refunded(charge, charge["amount_refunded"] - refund["amount"])
    for name in ("refund.failed", "refund.updated", "charge.refund.updated"):
        world.emit(name, refund)
    world.emit("charge.updated", charge, before)


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/refunds/{id}."""
    return world.get("refund", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/refunds/{id}: metadata only."""
    refund = world.get("refund", identity)
    previous = update_fields(refund, params, ())
    if previous:
        world.emit("refund.updated", refund, previous)
    return refund


def listed(world: World, params: Json) -> Json:
    """GET /v1/refunds."""
    return page(world, having(world.every("refund"), params, ("charge", "payment_intent")), params, "/v1/refunds")
