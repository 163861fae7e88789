"""Stripe's objects as values of ours: the one place that knows where Stripe keeps what (API of the SDK's version 16).

It asks for nothing itself. It must never pass over a field that money depends on: TillUnreadable names what is missing.
"""

from __future__ import annotations

from typing import get_args

import stripe

from billing import till
from billing.errors import TillUnreadable
from billing.till import ORDER_KEY
from billing.till_fields import Fields

_MODES: tuple[till.CheckoutMode, ...] = get_args(till.CheckoutMode)
_SESSION_STATUSES: tuple[till.SessionStatus, ...] = get_args(till.SessionStatus)
_SESSION_PAYMENTS: tuple[till.SessionPayment, ...] = get_args(till.SessionPayment)
_PAYMENT_STATUSES: tuple[till.PaymentStatus, ...] = get_args(till.PaymentStatus)
_DISPUTE_STATUSES: tuple[till.DisputeStatus, ...] = get_args(till.DisputeStatus)
_INVOICE_STATUSES: tuple[till.InvoiceStatus, ...] = get_args(till.InvoiceStatus)
_SUBSCRIPTION_STATUSES: tuple[till.SubscriptionStatus, ...] = get_args(till.SubscriptionStatus)
_REFUND_STATUSES: tuple[till.RefundStatus, ...] = get_args(till.RefundStatus)


def fields_of(kind: str, thing: object) -> Fields:
    """What the SDK handed over, to be read. Raises TillUnreadable, also for what is no object at all."""
    return Fields.of(kind, thing.to_dict() if isinstance(thing, stripe.StripeObject) else thing)


def page(session: Fields) -> till.CheckoutPage:
    """From a session that was just opened."""
    return till.CheckoutPage(session.text("id"), session.text("url"), session.moment_ms("expires_at"))


def session_state(session: Fields) -> till.SessionState:
    """From a checkout session."""
    return till.SessionState(
        id=session.text("id"),
        order=session.note(ORDER_KEY) or session.reference("client_reference_id"),
        mode=session.word("mode", _MODES),
        status=session.word("status", _SESSION_STATUSES),
        payment_status=session.word("payment_status", _SESSION_PAYMENTS),
        amount_minor=session.number("amount_total"),
        currency=session.text("currency"),
        payment=session.reference("payment_intent"),
        subscription=session.reference("subscription"),
        customer=session.reference("customer"),
        livemode=session.flag("livemode"),
    )


def payment_state(intent: Fields, disputes: tuple[till.DisputeState, ...], invoice: str | None) -> till.PaymentState:
    """From a payment intent with `latest_charge` expanded."""
    charge = intent.inner("latest_charge")
    return till.PaymentState(
        id=intent.text("id"),
        order=intent.note(ORDER_KEY),
        status=intent.word("status", _PAYMENT_STATUSES),
        amount_minor=intent.number("amount"),
        currency=intent.text("currency"),
        amount_refunded_minor=charge.number("amount_refunded") if charge else 0,
        charge=charge.text("id") if charge else None,
        customer=intent.reference("customer"),
        livemode=intent.flag("livemode"),
        invoice=invoice,
        disputes=disputes,
    )


def dispute_state(dispute: Fields) -> till.DisputeState:
    """From a dispute."""
    return till.DisputeState(dispute.text("id"), dispute.word("status", _DISPUTE_STATUSES), dispute.number("amount"))


def refund_state(refund: Fields) -> till.RefundState:
    """From a refund; it exists, whatever its status is called."""
    status = refund.values.get("status")
    known: till.RefundStatus = next((word for word in _REFUND_STATUSES if word == status), "pending")
    return till.RefundState(refund.text("id"), known, refund.number("amount"))


def invoice_state(invoice: Fields) -> till.InvoiceState:
    """From an invoice with `payments` expanded; the period is that of its lines, as far as it has any."""
    parent = invoice.inner("parent", "subscription_details")
    periods = [period for line in invoice.rows("lines") if (period := line.inner("period")) is not None]
    starts = [period.moment_ms("start") for period in periods] or [invoice.moment_ms("period_start")]
    ends = [period.moment_ms("end") for period in periods] or [invoice.moment_ms("period_end")]
    return till.InvoiceState(
        id=invoice.text("id"),
        subscription=parent.reference("subscription") if parent else None,
        order=parent.note(ORDER_KEY) if parent else None,
        status=invoice.word("status", _INVOICE_STATUSES),
        amount_paid_minor=invoice.number("amount_paid"),
        currency=invoice.text("currency"),
        period_start_ms=min(starts),
        period_end_ms=max(ends),
        payment=_payment_of(invoice.rows("payments")),
        livemode=invoice.flag("livemode"),
    )


def _payment_of(links: tuple[Fields, ...]) -> str | None:
    """The payment intent that paid an invoice, else the one that tries to; an invoice does not name it itself."""
    for wanted in (("status", "paid"), ("is_default", True)):
        for link in links:
            payment = link.inner("payment")
            if link.values.get(wanted[0]) == wanted[1] and payment and payment.reference("payment_intent"):
                return payment.reference("payment_intent")
    return None


def subscription_state(subscription: Fields) -> till.SubscriptionState:
    """From a subscription; its period is that of its items."""
    ends = [item.moment_ms("current_period_end") for item in subscription.rows("items")]
    if not ends:
        raise TillUnreadable(subscription.kind, "items")
    customer = subscription.reference("customer")
    if customer is None:
        raise TillUnreadable(subscription.kind, "customer")
    return till.SubscriptionState(
        id=subscription.text("id"),
        order=subscription.note(ORDER_KEY),
        status=subscription.word("status", _SUBSCRIPTION_STATUSES),
        cancel_at_period_end=subscription.flag("cancel_at_period_end"),
        current_period_end_ms=max(ends),
        latest_invoice=subscription.reference("latest_invoice"),
        customer=customer,
    )


def balance_line(entry: Fields) -> till.BalanceLine:
    """From a balance transaction with `source` expanded: a charge, or what refers to one, or neither."""
    source = entry.inner("source")
    charge = payment = None
    if source is not None:
        payment = source.reference("payment_intent")
        charge = source.text("id") if source.values.get("object") == "charge" else source.reference("charge")
    return till.BalanceLine(
        id=entry.text("id"),
        type=entry.text("type"),
        category=entry.text("reporting_category"),
        amount_minor=entry.number("amount"),
        fee_minor=entry.number("fee"),
        currency=entry.text("currency"),
        created_at_ms=entry.moment_ms("created"),
        source=entry.reference("source"),
        payment=payment,
        charge=charge,
    )
