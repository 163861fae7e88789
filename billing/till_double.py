"""The till in memory, for tests and for trying things out: what a payer, a bank or passing time does is a method.

It answers like the real one as far as the port goes, fees included, and counts its ids, so that a run repeats itself.
It must never be reachable by a real fan: it takes everybody's word for having paid.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Literal, TypeVar

from billing.errors import TillRefused, TillUnavailable, UnknownAtTill
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
from billing.units import DAY_MS
from billing.webhooks import EVENT_TYPES, References, TillEvent

_Thing = TypeVar("_Thing")

PERIOD_MS = 30 * DAY_MS
"""A month of the double; a year is twelve."""
DISPUTE_FEE_MINOR = 1_500
_OPEN = ("needs_response", "under_review", "warning_needs_response", "warning_under_review")


def charge_fee_minor(amount_minor: int) -> int:
    """2.9 % and 30, never more than the amount."""
    return min(amount_minor, (amount_minor * 29 + 500) // 1000 + 30)


@dataclass
class MemoryTill:
    """`billing.till.Till` over dictionaries. No method waits for anything, so each one is atomic by itself."""

    now_ms: int = 0
    """The till's time, in whole seconds."""
    outages: int = 0
    """How many of the next questions are not answered."""
    evidence: dict[str, dict[EvidenceField, str]] = field(default_factory=dict)
    """By dispute: what was submitted."""
    _orders: dict[str, tuple[CheckoutRequest, CheckoutPage]] = field(default_factory=dict)
    _sessions: dict[str, SessionState] = field(default_factory=dict)
    _payments: dict[str, PaymentState] = field(default_factory=dict)
    _owners: dict[str, str] = field(default_factory=dict)
    """By charge, refund or dispute: its payment."""
    _refunds: dict[str, RefundState] = field(default_factory=dict)
    _keys: dict[str, tuple[tuple[str, int, str], str]] = field(default_factory=dict)
    _subscriptions: dict[str, SubscriptionState] = field(default_factory=dict)
    _invoices: dict[str, InvoiceState] = field(default_factory=dict)
    _lines: list[BalanceLine] = field(default_factory=list)
    _events: list[TillEvent] = field(default_factory=list)
    _count: int = 0

    # What the port asks for.

    async def open_checkout(self, order: CheckoutRequest) -> CheckoutPage:
        self._answer()
        if order.order in self._orders:
            asked, page = self._orders[order.order]
            if asked != order:
                raise TillRefused("idempotency_error")
            return page
        session = self._id("cs")
        page = CheckoutPage(session, f"https://till.invalid/pay/{session}", self.now_ms + DAY_MS)
        self._orders[order.order] = (order, page)
        self._sessions[session] = SessionState(
            id=session,
            order=order.order,
            mode=order.mode,
            status="open",
            payment_status="unpaid",
            amount_minor=order.amount_minor,
            currency=order.currency,
            payment=None,
            subscription=None,
            customer=order.customer,
            livemode=False,
        )
        return page

    async def session(self, session_id: str) -> SessionState:
        self._answer()
        return self._found("session", session_id, self._sessions)

    async def payment(self, payment_id: str) -> PaymentState:
        self._answer()
        return self._found("payment", self._owners.get(payment_id, payment_id), self._payments)

    async def invoice(self, invoice_id: str) -> InvoiceState:
        self._answer()
        return self._found("invoice", invoice_id, self._invoices)

    async def subscription(self, subscription_id: str) -> SubscriptionState:
        self._answer()
        return self._found("subscription", subscription_id, self._subscriptions)

    async def invoices_of(self, subscription_id: str) -> tuple[InvoiceState, ...]:
        self._answer()
        return tuple(one for one in reversed(self._invoices.values()) if one.subscription == subscription_id)

    async def refund(self, payment_id: str, amount_minor: int, *, key: str, reason: RefundReason) -> RefundState:
        self._answer()
        asked = (payment_id, amount_minor, reason)
        if key in self._keys:
            first, refund = self._keys[key]
            if first != asked:
                raise TillRefused("idempotency_error")
            return self._refunds[refund]
        payment = self._found("payment", payment_id, self._payments)
        self._expect_refundable(payment, amount_minor)
        refund = self._own("re", payment)
        self._keys[key] = (asked, refund)
        self._refunds[refund] = RefundState(refund, "succeeded", amount_minor)
        self._payments[payment.id] = replace(
            payment, amount_refunded_minor=payment.amount_refunded_minor + amount_minor
        )
        self._book("refund", "refund", refund, payment, -amount_minor)
        self._emit("refund.created", "refund", refund, payment)
        self._emit("charge.refunded", "charge", payment.charge, payment)
        return self._refunds[refund]

    async def balance(self, since_ms: int, until_ms: int) -> AsyncIterator[BalanceLine]:
        self._answer()
        for line in reversed(self._lines.copy()):
            if since_ms <= line.created_at_ms < until_ms:
                yield line

    async def portal(self, customer: str, return_url: str) -> str:
        self._answer()
        if customer not in {session.customer for session in self._sessions.values()}:
            raise UnknownAtTill("customer", customer)
        return f"https://till.invalid/portal/{customer}"

    async def events(self, since_ms: int) -> AsyncIterator[TillEvent]:
        self._answer()
        for event in reversed(self._events.copy()):
            if event.created_at_ms >= since_ms:
                yield event

    async def submit_evidence(self, dispute: str, evidence: Mapping[EvidenceField, str]) -> DisputeState:
        self._answer()
        texts = {name: text for name, text in evidence.items() if text}
        assert texts, "there is something to say"
        found = self._dispute(dispute)
        if found.status not in _OPEN:
            raise TillRefused("invalid_request_error")
        self.evidence[dispute] = {**self.evidence.get(dispute, {}), **texts}
        waiting: DisputeStatus = "warning_under_review" if found.status.startswith("warning") else "under_review"
        return self._judge(dispute, waiting, "charge.dispute.updated")

    # What happens at the till.

    def pay(self, session: str, how: Literal["pay", "later", "decline"] = "pay") -> None:
        """The payer acts on an open session: pays, pays by a method that takes days, or is declined."""
        found = self._sessions[session]
        if found.status != "open" or how == "decline":
            return
        if found.customer is None and found.mode == "subscription":
            found = replace(found, customer=self._id("cus"))
        paid = how == "pay"
        if found.mode == "payment":
            found = replace(found, payment=self._take(found, found.order, None, paid=paid))
        else:
            found = replace(found, subscription=self._subscribe(found, paid=paid))
        self._sessions[session] = replace(found, status="complete", payment_status="paid" if paid else "unpaid")
        self._emit("checkout.session.completed", "checkout.session", session, order=found.order)

    def conclude(self, session: str, *, succeeded: bool) -> None:
        """A payment that takes days has arrived, or will never."""
        found = self._sessions[session]
        assert (found.status, found.payment_status) == ("complete", "unpaid"), "a payment is on its way"
        for invoice in [one for one in self._invoices.values() if one.subscription == found.subscription]:
            self._settle(invoice, succeeded=succeeded)
        if found.payment is not None:
            self._arrive(found.payment, succeeded=succeeded)
        if succeeded:
            self._sessions[session] = replace(found, payment_status="paid")
        end = "succeeded" if succeeded else "failed"
        self._emit(f"checkout.session.async_payment_{end}", "checkout.session", session, order=found.order)

    def expire(self, session: str) -> None:
        """Nobody paid in time."""
        assert self._sessions[session].status == "open", "a session that is complete does not expire"
        self._sessions[session] = replace(self._sessions[session], status="expired")
        self._emit("checkout.session.expired", "checkout.session", session, order=self._sessions[session].order)

    def renew(self, subscription: str, *, succeeded: bool = True) -> str:
        """The next period begins and is paid, or is not; returns its invoice."""
        found = self._subscriptions[subscription]
        length_ms = found.current_period_end_ms - next(
            one.period_start_ms for one in reversed(self._invoices.values()) if one.subscription == subscription
        )
        self.now_ms = found.current_period_end_ms
        self._subscriptions[subscription] = replace(found, current_period_end_ms=self.now_ms + length_ms)
        of = next(one for one in self._sessions.values() if one.subscription == subscription)
        invoice = self._bill(of, subscription, length_ms)
        self._settle(invoice, succeeded=succeeded)
        return invoice.id

    def dispute_open(self, payment: str, amount_minor: int | None = None, *, inquiry: bool = False) -> str:
        """The payer's bank disputes a payment, or only asks; returns the dispute."""
        found = self._payments[payment]
        amount = found.amount_minor if amount_minor is None else amount_minor
        dispute = self._own("du", found)
        state = DisputeState(dispute, "warning_needs_response" if inquiry else "needs_response", amount)
        self._payments[payment] = replace(found, disputes=(state, *found.disputes))
        self._emit("charge.dispute.created", "dispute", dispute, found)
        if not inquiry:
            self._book("adjustment", "dispute", dispute, found, -amount, fee_minor=DISPUTE_FEE_MINOR)
            self._emit("charge.dispute.funds_withdrawn", "dispute", dispute, found)
        return dispute

    def dispute_decide(self, dispute: str, *, won: bool) -> None:
        """The bank's verdict; an inquiry is closed either way."""
        found = self._dispute(dispute)
        assert found.status in _OPEN, "a verdict is given once"
        if found.status.startswith("warning"):
            self._judge(dispute, "warning_closed", "charge.dispute.closed")
            return
        if won:
            payment = self._payments[self._owners[dispute]]
            self._book("adjustment", "dispute_reversal", dispute, payment, found.amount_minor)
        self._judge(dispute, "won" if won else "lost", "charge.dispute.closed")

    def refund_fail(self, refund: str) -> None:
        """The bank sends a refund back."""
        found = self._refunds[refund]
        assert found.status == "succeeded", "a refund fails once"
        self._refunds[refund] = replace(found, status="failed")
        payment = self._payments[self._owners[refund]]
        left = payment.amount_refunded_minor - found.amount_minor
        self._payments[payment.id] = replace(payment, amount_refunded_minor=left)
        self._book("refund_failure", "refund_failure", refund, payment, found.amount_minor)
        self._emit("refund.failed", "refund", refund, payment)

    # How it is done.

    def _answer(self) -> None:
        if self.outages:
            self.outages -= 1
            raise TillUnavailable("no answer")

    def _id(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}_{self._count:04}"

    def _own(self, prefix: str, payment: PaymentState) -> str:
        identity = self._id(prefix)
        self._owners[identity] = payment.id
        return identity

    @staticmethod
    def _found(kind: str, identity: str, things: Mapping[str, _Thing]) -> _Thing:
        if identity not in things:
            raise UnknownAtTill(kind, identity)
        return things[identity]

    def _dispute(self, dispute: str) -> DisputeState:
        payment = self._payments.get(self._owners.get(dispute, ""))
        found = next((one for one in payment.disputes if one.id == dispute), None) if payment else None
        if found is None:
            raise UnknownAtTill("dispute", dispute)
        return found

    def _judge(self, dispute: str, status: DisputeStatus, event: str) -> DisputeState:
        judged = replace(self._dispute(dispute), status=status)
        payment = self._payments[self._owners[dispute]]
        disputes = tuple(judged if one.id == dispute else one for one in payment.disputes)
        self._payments[payment.id] = replace(payment, disputes=disputes)
        self._emit(event, "dispute", dispute, payment)
        return judged

    @staticmethod
    def _expect_refundable(payment: PaymentState, amount_minor: int) -> None:
        left = payment.amount_minor - payment.amount_refunded_minor
        if payment.status != "succeeded":
            raise TillRefused("charge_not_refundable")
        if any(one.status in ("needs_response", "under_review", "lost") for one in payment.disputes):
            raise TillRefused("charge_disputed")
        if not left:
            raise TillRefused("charge_already_refunded")
        if not 1 <= amount_minor <= left:
            raise TillRefused("invalid_request_error" if amount_minor > left else "parameter_invalid_integer")

    def _take(self, session: SessionState, order: str | None, invoice: str | None, *, paid: bool) -> str:
        identity = self._id("pi")
        payment = PaymentState(
            id=identity,
            order=order,
            status="processing",
            amount_minor=session.amount_minor,
            currency=session.currency,
            amount_refunded_minor=0,
            charge=self._id("ch"),
            customer=session.customer,
            livemode=False,
            invoice=invoice,
        )
        self._owners[payment.charge or ""] = identity
        self._payments[identity] = payment
        if paid:
            self._arrive(identity, succeeded=True)
        return identity

    def _arrive(self, identity: str, *, succeeded: bool) -> None:
        payment = self._payments[identity]
        self._payments[identity] = replace(payment, status="succeeded" if succeeded else "requires_payment_method")
        if succeeded:
            fee = charge_fee_minor(payment.amount_minor)
            self._book("charge", "charge", payment.charge, payment, payment.amount_minor, fee_minor=fee)
            self._emit("payment_intent.succeeded", "payment_intent", identity, order=payment.order)

    def _subscribe(self, session: SessionState, *, paid: bool) -> str:
        identity = self._id("sub")
        asked = self._orders[session.order or ""][0]
        length_ms = PERIOD_MS * (12 if asked.interval == "year" else 1)
        assert session.customer is not None, "whoever subscribes is a customer"
        self._subscriptions[identity] = SubscriptionState(
            id=identity,
            order=session.order,
            status="active",
            cancel_at_period_end=False,
            current_period_end_ms=self.now_ms + length_ms,
            latest_invoice=None,
            customer=session.customer,
        )
        invoice = self._bill(session, identity, length_ms)
        if paid:
            self._settle(invoice, succeeded=True)
        return identity

    def _bill(self, session: SessionState, subscription: str, length_ms: int) -> InvoiceState:
        identity = self._id("in")
        invoice = InvoiceState(
            id=identity,
            subscription=subscription,
            order=session.order,
            status="open",
            amount_paid_minor=0,
            currency=session.currency,
            period_start_ms=self.now_ms,
            period_end_ms=self.now_ms + length_ms,
            payment=self._take(session, None, identity, paid=False),
            livemode=False,
        )
        self._invoices[identity] = invoice
        self._subscriptions[subscription] = replace(self._subscriptions[subscription], latest_invoice=identity)
        return invoice

    def _settle(self, invoice: InvoiceState, *, succeeded: bool) -> None:
        assert invoice.payment, "an invoice of ours is paid by something"
        assert invoice.subscription, "an invoice of ours is for something"
        self._arrive(invoice.payment, succeeded=succeeded)
        subscription = self._subscriptions[invoice.subscription]
        self._subscriptions[subscription.id] = replace(subscription, status="active" if succeeded else "past_due")
        if succeeded:
            paid = self._payments[invoice.payment].amount_minor
            self._invoices[invoice.id] = replace(invoice, status="paid", amount_paid_minor=paid)
        self._emit("invoice.paid" if succeeded else "invoice.payment_failed", "invoice", invoice.id)

    def _book(
        self, type: str, category: str, source: str | None, payment: PaymentState, amount: int, *, fee_minor: int = 0
    ) -> None:
        self._lines.append(
            BalanceLine(
                id=self._id("txn"),
                type=type,
                category=category,
                amount_minor=amount,
                fee_minor=fee_minor,
                currency=payment.currency,
                created_at_ms=self.now_ms,
                source=source,
                payment=payment.id,
                charge=payment.charge,
            )
        )

    def _emit(
        self, type: str, kind: str, identity: str | None, payment: PaymentState | None = None, order: str | None = None
    ) -> None:
        assert type in EVENT_TYPES, "the till was told what to send"
        refs = References(payment=payment.id, charge=payment.charge) if payment else References(order=order)
        self._events.append(TillEvent(self._id("evt"), type, self.now_ms, False, identity, kind, refs))
