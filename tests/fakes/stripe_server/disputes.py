"""Disputes: opened, won and lost on order; evidence and acceptance through the API.

The money leaves when the dispute opens (with a fee), and comes back only when it is won; an inquiry (`warning_…`) moves
nothing. `funds_withdrawn` is therefore never the verdict.
"""

from __future__ import annotations

from tests.fakes.stripe_server.balance import DISPUTE_FEE, book
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.listing import having, page
from tests.fakes.stripe_server.world import Json, World, update_fields

RESPOND_WITHIN_S = 7 * 86_400
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")
_FILES = (
    "cancellation_policy",
    "customer_communication",
    "customer_signature",
    "duplicate_charge_documentation",
    "receipt",
    "refund_policy",
    "service_documentation",
    "shipping_documentation",
    "uncategorized_file",
)


def open_dispute(world: World, charge: Json, *, amount: int, reason: str, inquiry: bool) -> Json:
    """The fan's bank disputes `amount` of a charge. Raises StripeFault when it cannot."""
    if charge["status"] != "succeeded" or charge["disputed"]:
        raise StripeFault("This charge cannot be disputed.", param="charge")
    if not 0 < amount <= charge["amount"]:
        raise StripeFault("The amount must be within that of the charge.", param="amount")
    dispute: Json = {
        "id": world.ids.make("du"),
        "object": "dispute",
        "amount": amount,
        "balance_transactions": [],
        "charge": charge["id"],
        "created": world.now_s,
        "currency": charge["currency"],
        "enhanced_eligibility_types": [],
        "evidence": {**dict.fromkeys(_FILES), "enhanced_evidence": {}},
        "evidence_details": {
            "due_by": world.now_s + RESPOND_WITHIN_S,
            "enhanced_eligibility": {},
            "has_evidence": False,
            "past_due": False,
            "submission_count": 0,
            "submission_method": "not_submitted",
        },
        "is_charge_refundable": inquiry,
        "livemode": False,
        "metadata": {},
        "payment_intent": charge["payment_intent"],
        "reason": reason,
        "status": "warning_needs_response" if inquiry else "needs_response",
    }
    world.add(dispute)
    charge["disputed"] = not inquiry  # an inquiry may still be refunded
    world.emit("charge.dispute.created", dispute)
    if not inquiry:
        _move(world, dispute, -amount, DISPUTE_FEE, "dispute", "charge.dispute.funds_withdrawn")
    return dispute


def _move(world: World, dispute: Json, amount: int, fee: int, category: str, event: str) -> None:
    entry = book(world, "adjustment", category, dispute, amount, fee=fee, text=f"Chargeback for {dispute['charge']}")
    dispute["balance_transactions"].append(entry)
    world.emit(event, dispute)


def escalate(world: World, dispute: Json) -> None:
    """The bank makes a dispute of its inquiry, and takes the money."""
    if dispute["status"] not in ("warning_needs_response", "warning_under_review"):
        raise StripeFault("Only an open inquiry can become a dispute.", param="dispute")
    previous = {"status": dispute["status"], "is_charge_refundable": True}
    dispute |= {"status": "needs_response", "is_charge_refundable": False}
    dispute["evidence_details"]["due_by"] = world.now_s + RESPOND_WITHIN_S
    world.objects[dispute["charge"]]["disputed"] = True
    world.emit("charge.dispute.updated", dispute, previous)
    _move(world, dispute, -dispute["amount"], DISPUTE_FEE, "dispute", "charge.dispute.funds_withdrawn")


def decide(world: World, dispute: Json, *, won: bool) -> None:
    """The bank's verdict; an inquiry is closed either way."""
    if dispute["status"] not in _OPEN:
        raise StripeFault("This dispute is already closed.", param="dispute")
    if dispute["status"].startswith("warning"):
        dispute["status"] = "warning_closed"
    else:
        dispute["status"] = "won" if won else "lost"
        if won:
            event = "charge.dispute.funds_reinstated"
            _move(world, dispute, dispute["amount"], 0, "dispute_reversal", event)
    world.emit("charge.dispute.closed", dispute)


def retrieve(world: World, params: Json, identity: str) -> Json:
    """GET /v1/disputes/{id}."""
    return world.get("dispute", identity)


def update(world: World, params: Json, identity: str) -> Json:
    """POST /v1/disputes/{id}: evidence, handed in unless `submit` is false."""
    dispute = world.get("dispute", identity)
    if dispute["status"] not in _OPEN:
        raise StripeFault("This dispute is already closed.")
    details = dispute["evidence_details"]
    evidence = params.get("evidence") or {}
    if evidence:
        dispute["evidence"] |= evidence
        details["has_evidence"] = True
    if evidence and params.get("submit", True):
        details |= {"submission_count": details["submission_count"] + 1, "submission_method": "manual"}
        dispute["status"] = dispute["status"].replace("needs_response", "under_review")
    update_fields(dispute, params, ())
    world.emit("charge.dispute.updated", dispute)
    return dispute


def close(world: World, params: Json, identity: str) -> Json:
    """POST /v1/disputes/{id}/close: we accept it, so it is lost."""
    dispute = world.get("dispute", identity)
    decide(world, dispute, won=False)
    return dispute


def listed(world: World, params: Json) -> Json:
    """GET /v1/disputes."""
    return page(world, having(world.every("dispute"), params, ("charge", "payment_intent")), params, "/v1/disputes")
