"""A till that says what a test wrote down: its objects are values that a test replaces, its events are signed.

It keeps no rules of its own, so that it can also say what a real till never should. It must not be used where a
purchase is to be played; that is what the stand-in is for.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import TypeVar

from billing.errors import TillUnavailable, UnknownAtTill
from billing.till import (
    BalanceLine,
    CheckoutPage,
    CheckoutRequest,
    DisputeState,
    DisputeStatus,
    EvidenceField,
    InvoiceState,
    PaymentState,
    RefundReason,
    RefundState,
    SessionState,
    SubscriptionState,
)
from billing.webhooks import TillEvent
from tests.billing.builders import NOW_MS
from tests.billing.shop_builders import Clock

SECRET = "whsec_test"
Thing = TypeVar("Thing")


@dataclass
class ScriptedTill:
    """See billing.till.Till. `down` makes every method fail."""

    clock: Clock
    down: bool = False
    requests: list[CheckoutRequest] = field(default_factory=list)
    sessions: dict[str, SessionState] = field(default_factory=dict)
    payments: dict[str, PaymentState] = field(default_factory=dict)
    invoices: dict[str, InvoiceState] = field(default_factory=dict)
    subscriptions: dict[str, SubscriptionState] = field(default_factory=dict)
    refunds: dict[str, RefundState] = field(default_factory=dict)
    lines: list[BalanceLine] = field(default_factory=list)
    asked: int = 0

    def _answer(self) -> None:
        self.asked += 1
        if self.down:
            raise TillUnavailable("a test says so")

    async def open_checkout(self, order: CheckoutRequest) -> CheckoutPage:
        self._answer()
        self.requests.append(order)
        name = f"cs_{order.order}"
        self.sessions.setdefault(
            name,
            SessionState(
                name,
                order.order,
                order.mode,
                "open",
                "unpaid",
                order.amount_minor,
                order.currency,
                None,
                None,
                None,
                False,
            ),
        )
        return CheckoutPage(name, f"https://till.example/{name}", self.clock.now_ms + 86_400_000)

    async def session(self, session_id: str) -> SessionState:
        self._answer()
        return self._found("session", self.sessions, session_id)

    async def payment(self, payment_id: str) -> PaymentState:
        self._answer()
        by_charge = {payment.charge: payment for payment in self.payments.values() if payment.charge}
        return by_charge.get(payment_id) or self._found("payment", self.payments, payment_id)

    async def invoice(self, invoice_id: str) -> InvoiceState:
        self._answer()
        return self._found("invoice", self.invoices, invoice_id)

    async def subscription(self, subscription_id: str) -> SubscriptionState:
        self._answer()
        return self._found("subscription", self.subscriptions, subscription_id)

    async def invoices_of(self, subscription_id: str) -> tuple[InvoiceState, ...]:
        self._answer()
        mine = [invoice for invoice in self.invoices.values() if invoice.subscription == subscription_id]
        return tuple(reversed(mine))

    async def refund(self, payment_id: str, amount_minor: int, *, key: str, reason: RefundReason) -> RefundState:
        self._answer()
        if key not in self.refunds:
            self.refunds[key] = RefundState(f"re_{len(self.refunds)}", "succeeded", amount_minor)
            self.refunded(payment_id, self.payments[payment_id].amount_refunded_minor + amount_minor)
        return self.refunds[key]

    async def balance(self, since_ms: int, until_ms: int) -> AsyncIterator[BalanceLine]:
        self._answer()
        for line in self.lines:
            if since_ms <= line.created_at_ms < until_ms:
                yield line

    async def portal(self, customer: str, return_url: str) -> str:
        self._answer()
        return f"https://till.example/portal/{customer}?{return_url}"

    async def events(self, since_ms: int) -> AsyncIterator[TillEvent]:
        self._answer()
        nothing: tuple[TillEvent, ...] = ()
        for event in nothing:
            yield event

    async def submit_evidence(self, dispute: str, evidence: Mapping[EvidenceField, str]) -> DisputeState:
        raise UnknownAtTill("dispute", dispute)

    def _found(self, kind: str, where: Mapping[str, Thing], name: str) -> Thing:
        if name not in where:
            raise UnknownAtTill(kind, name)
        return where[name]

    def pay(self, order: str, *, delayed: bool = False) -> None:
        """The fan pays the order's session."""
        session = self.sessions[f"cs_{order}"]
        name = f"pi_{order}"
        self.sessions[session.id] = replace(
            session, status="complete", payment_status="unpaid" if delayed else "paid", payment=name, customer="cus_1"
        )
        self.payments[name] = PaymentState(
            name,
            order,
            "processing" if delayed else "succeeded",
            session.amount_minor,
            session.currency,
            0,
            f"ch_{order}",
            "cus_1",
            False,
        )

    def subscribe(self, order: str, *, subscription: str = "sub_1") -> None:
        """The fan begins the order's subscription and pays the first period."""
        session = self.sessions[f"cs_{order}"]
        self.sessions[session.id] = replace(
            session, status="complete", payment_status="paid", subscription=subscription, customer="cus_1"
        )
        self.subscriptions[subscription] = SubscriptionState(
            subscription, order, "active", False, NOW_MS, None, "cus_1"
        )
        self.bill(order, 1, subscription=subscription)

    def bill(self, order: str, number: int, *, subscription: str = "sub_1", days: int = 30) -> None:
        """The number-th period is paid."""
        session = self.sessions[f"cs_{order}"]
        start = NOW_MS + (number - 1) * days * 86_400_000
        name, payment = f"in_{number}", f"pi_in_{number}"
        self.invoices[name] = InvoiceState(
            name,
            subscription,
            order,
            "paid",
            session.amount_minor,
            session.currency,
            start,
            start + days * 86_400_000,
            payment,
            False,
        )
        self.payments[payment] = PaymentState(
            payment, None, "succeeded", session.amount_minor, session.currency, 0, f"ch_{name}", "cus_1", False, name
        )

    def refunded(self, payment: str, amount_minor: int) -> None:
        """So much of the payment is refunded now."""
        self.payments[payment] = replace(self.payments[payment], amount_refunded_minor=amount_minor)

    def dispute(self, payment: str, status: DisputeStatus, amount_minor: int | None = None) -> None:
        """The payment's dispute is in this state now."""
        amount = self.payments[payment].amount_minor if amount_minor is None else amount_minor
        self.payments[payment] = replace(self.payments[payment], disputes=(DisputeState("du_1", status, amount),))


def told(kind: str, thing: Mapping[str, object], *, name: str = "evt_1", livemode: bool = False) -> bytes:
    """The payload of a webhook about an object."""
    event = {"id": name, "object": "event", "type": kind, "created": NOW_MS // 1000, "livemode": livemode}
    return json.dumps({**event, "data": {"object": dict(thing)}}).encode()


def signed(payload: bytes, at_ms: int, secret: str = SECRET) -> str:
    """The header that goes with it."""
    stamp = str(at_ms // 1000)
    digest = hmac.new(secret.encode(), f"{stamp}.".encode() + payload, hashlib.sha256).hexdigest()
    return f"t={stamp},v1={digest}"
