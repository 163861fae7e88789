"""What a person does with an open checkout session: pay, pay by a delayed method, be declined; and the delayed end.

A session is paid at most once: a second click on the pay button finds it complete and changes nothing.
"""

from __future__ import annotations

from typing import Literal

from tests.fakes.stripe_server import customers, invoices, payments, subscriptions
from tests.fakes.stripe_server.faults import StripeFault
from tests.fakes.stripe_server.payments import Outcome
from tests.fakes.stripe_server.world import Json, World

Result = Literal["complete", "declined", "expired"]
EMAIL = "fan@example.com"
"""What the person types when the session does not know an address."""


def pay(world: World, session: Json, outcome: Outcome) -> Result:
    """Act on a session; a declined one stays open for another try."""
    if session["status"] != "open":
        return "complete" if session["status"] == "complete" else "expired"
    if session["amount_total"] == 0 and session["mode"] == "payment":
        _complete(world, session, paid=True)
        return "complete"
    by_subscription = session["mode"] == "subscription"
    if by_subscription and outcome == "declined":
        return "declined"  # Stripe makes the subscription only once a payment method works
    charge = (_subscribe if by_subscription else _pay_once)(world, session, outcome)
    if charge is not None and charge["status"] == "failed":
        return "declined"
    _complete(world, session, paid=outcome == "paid")
    return "complete"


def _pay_once(world: World, session: Json, outcome: Outcome) -> Json:
    """One payment; a second try uses the same intent."""
    email = _email(world, session)
    if session["payment_intent"] is None:
        if session["customer_creation"] == "always" and session["customer"] is None:
            session["customer"] = customers.create(world, {"email": email})["id"]
        fields = {
            "amount": session["amount_total"],
            "currency": session["currency"],
            "customer": session["customer"],
            **world.promised[session["id"]],
        }
        session["payment_intent"] = payments.new_intent(world, fields)["id"]
    return payments.pay(world, world.objects[session["payment_intent"]], outcome, email=email)


def _subscribe(world: World, session: Json, outcome: Outcome) -> Json | None:
    """The subscription, its first invoice and the payment of that."""
    if session["customer"] is None:
        session["customer"] = customers.create(world, {"email": _email(world, session)})["id"]
    promised = {
        name: value for name, value in world.promised[session["id"]].items() if name in ("description", "metadata")
    }
    items = world.line_items[session["id"]]
    subscription = subscriptions.start(world, world.objects[session["customer"]], items, promised)
    invoice = invoices.cut(world, subscription, "subscription_create")
    session |= {"subscription": subscription["id"], "invoice": invoice["id"]}
    if outcome == "pending":
        subscription["status"] = "active"  # it runs while the bank takes its days
        world.emit("customer.subscription.updated", subscription, {"status": "incomplete"})
    return invoices.collect(world, invoice, outcome)


def _email(world: World, session: Json) -> str:
    known = world.objects[session["customer"]].get("email") if session["customer"] else None
    return str(session["customer_email"] or known or EMAIL)


def _complete(world: World, session: Json, *, paid: bool) -> None:
    session["customer_details"] = {
        "address": None,
        "email": _email(world, session),
        "name": None,
        "phone": None,
        "tax_exempt": "none",
        "tax_ids": [],
    }
    session |= {"status": "complete", "url": None}
    if session["amount_total"]:
        session["payment_status"] = "paid" if paid else "unpaid"
    world.emit("checkout.session.completed", session)


def conclude(world: World, session: Json, *, succeeded: bool) -> None:
    """The end of a delayed payment. Raises StripeFault when none is on its way."""
    charge = _pending_charge(world, session)
    if charge is None:
        raise StripeFault("No delayed payment of this session is on its way.", param="session")
    payments.conclude(world, charge, succeeded=succeeded)
    if session["invoice"]:
        invoices.conclude(world, world.objects[session["invoice"]], paid=succeeded)
    if succeeded:
        session["payment_status"] = "paid"
    world.emit(f"checkout.session.async_payment_{'succeeded' if succeeded else 'failed'}", session)


def _pending_charge(world: World, session: Json) -> Json | None:
    intent = session["payment_intent"]
    if session["invoice"]:
        link = invoices.payment_of(world, world.objects[session["invoice"]])
        intent = link["payment"]["payment_intent"] if link else None
    charge = world.objects[world.objects[intent]["latest_charge"]] if intent else None
    return charge if charge is not None and charge["status"] == "pending" else None
