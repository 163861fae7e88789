"""The till, as the rest of billing sees it: checkouts, payments, invoices, refunds and the account's balance.

It says what the payment provider knows right now, in values of ours; what that means for credits is decided elsewhere.
It must never hold a key, speak of credits owed, or remember anything: asking again is always right.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from typing import Literal, Protocol, get_args

from billing.webhooks import TillEvent

CheckoutMode = Literal["payment", "subscription"]
Interval = Literal["month", "year"]
SessionStatus = Literal["open", "complete", "expired"]
SessionPayment = Literal["paid", "unpaid", "no_payment_required"]
PaymentStatus = Literal[
    "requires_payment_method",
    "requires_confirmation",
    "requires_action",
    "processing",
    "requires_capture",
    "canceled",
    "succeeded",
]
DisputeStatus = Literal[
    "warning_needs_response",
    "warning_under_review",
    "warning_closed",
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "won",
    "lost",
    "prevented",
]
InvoiceStatus = Literal["draft", "open", "paid", "uncollectible", "void"]
SubscriptionStatus = Literal[
    "incomplete", "incomplete_expired", "trialing", "active", "past_due", "canceled", "unpaid", "paused"
]
RefundStatus = Literal["pending", "requires_action", "succeeded", "failed", "canceled"]
RefundReason = Literal["duplicate", "fraudulent", "requested_by_customer"]
EvidenceField = Literal[
    "access_activity_log",
    "cancellation_policy_disclosure",
    "cancellation_rebuttal",
    "duplicate_charge_explanation",
    "product_description",
    "refund_policy_disclosure",
    "refund_refusal_explanation",
    "service_date",
    "uncategorized_text",
]
EVIDENCE_FIELDS: tuple[EvidenceField, ...] = get_args(EvidenceField)
EVIDENCE_CHARS_MAX = 150_000
"""Over all the fields of one dispute (https://docs.stripe.com/api/disputes/update)."""

ORDER_KEY = "order"
"""The metadata key under which a session, a payment or a subscription names our order."""
ID_CHARS_MAX = 200
TITLE_CHARS_MAX = 250
_CURRENCY = re.compile(r"[a-z]{3}")


@dataclass(frozen=True, slots=True)
class CheckoutRequest:
    """What a fan is about to pay. The same order always has to ask for the same thing."""

    order: str
    fan: str
    """Opaque; no name and no address."""
    title: str
    """What the payer reads, such as “500 credits”."""
    credits: int
    amount_minor: int
    currency: str
    """ISO 4217, in lower case."""
    mode: CheckoutMode
    interval: Interval | None
    """How often a subscription is paid; None for a payment."""
    success_url: str
    """Where the payer returns to; `{CHECKOUT_SESSION_ID}` in it becomes the session's id."""
    cancel_url: str
    customer: str | None = None
    """The payer at the till, where one is known already."""

    def __post_init__(self) -> None:
        assert 0 < len(self.order) <= ID_CHARS_MAX, "an order has an id that fits into a key"
        assert 0 < len(self.fan) <= ID_CHARS_MAX, "a fan has an id"
        assert 0 < len(self.title) <= TITLE_CHARS_MAX, "the payer reads a title"
        assert self.credits > 0, "something is bought"
        assert self.amount_minor > 0, "something is paid"
        assert _CURRENCY.fullmatch(self.currency), "a currency is three lower-case letters"
        assert (self.mode == "subscription") == (self.interval is not None), "subscriptions alone have an interval"


@dataclass(frozen=True, slots=True)
class CheckoutPage:
    """Where the fan pays, and until when."""

    session: str
    url: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class SessionState:
    """A checkout as it is now. `complete` and `unpaid` together mean that a delayed payment is on its way."""

    id: str
    order: str | None
    mode: CheckoutMode
    status: SessionStatus
    payment_status: SessionPayment
    amount_minor: int
    currency: str
    payment: str | None
    subscription: str | None
    customer: str | None
    livemode: bool


@dataclass(frozen=True, slots=True)
class DisputeState:
    """A dispute or an inquiry (`warning_…`: no money has moved). `prevented` is settled before it became one."""

    id: str
    status: DisputeStatus
    amount_minor: int


_GRAVITY: tuple[DisputeStatus, ...] = (
    "lost",
    "needs_response",
    "under_review",
    "appeal_needs_response",
    "appeal_under_review",
    "warning_needs_response",
    "warning_under_review",
    "won",
    "warning_closed",
    "prevented",
)


@dataclass(frozen=True, slots=True)
class PaymentState:
    """A payment as it is now."""

    id: str
    order: str | None
    """None for the payments of a subscription's invoices: `invoice` leads to theirs."""
    status: PaymentStatus
    amount_minor: int
    currency: str
    amount_refunded_minor: int
    """Refunds that failed do not count, those on their way do; what a dispute took is not in it."""
    charge: str | None
    customer: str | None
    livemode: bool
    invoice: str | None = None
    disputes: tuple[DisputeState, ...] = ()
    """Every one there ever was, newest first; nearly always at most one."""

    @property
    def dispute(self) -> DisputeState | None:
        """The gravest: lost, then open, then an open inquiry, then what ended well."""
        return min(self.disputes, key=lambda dispute: _GRAVITY.index(dispute.status), default=None)


@dataclass(frozen=True, slots=True)
class InvoiceState:
    """One period of a subscription, and whether it was paid. The period is the one that is paid for."""

    id: str
    subscription: str | None
    order: str | None
    status: InvoiceStatus
    amount_paid_minor: int
    currency: str
    period_start_ms: int
    period_end_ms: int
    payment: str | None
    livemode: bool


@dataclass(frozen=True, slots=True)
class SubscriptionState:
    """A subscription as it is now."""

    id: str
    order: str | None
    status: SubscriptionStatus
    cancel_at_period_end: bool
    current_period_end_ms: int
    latest_invoice: str | None
    customer: str


@dataclass(frozen=True, slots=True)
class RefundState:
    """A refund. A status that is missing or new to us reads `pending`: the payment tells what really came of it."""

    id: str
    status: RefundStatus
    amount_minor: int


@dataclass(frozen=True, slots=True)
class BalanceLine:
    """One movement of money on the account; it never changes. `amount_minor - fee_minor` is what was kept."""

    id: str
    type: str
    """Stripe's word: `charge`, `refund`, `adjustment`, `payout`, `stripe_fee` …"""
    category: str
    """Stripe's reporting category: it tells a `dispute` from a `dispute_reversal`; both are adjustments."""
    amount_minor: int
    """Negative when it left the account."""
    fee_minor: int
    currency: str
    created_at_ms: int
    source: str | None
    """The charge, refund, dispute, payout … that caused it."""
    payment: str | None
    charge: str | None


class Till(Protocol):
    """The payment provider.

    Every method may raise TillUnavailable (ask again later), TillRefused and TillUnreadable (asking again does not
    help). A method that takes an id raises UnknownAtTill when there is no such thing there.
    """

    async def open_checkout(self, order: CheckoutRequest) -> CheckoutPage:
        """A page to pay on. For about a day, the same order again returns the same page, whatever became of it.

        Raises TillRefused (`idempotency_error`) when the same order asks for something else.
        """
        ...

    async def session(self, session_id: str) -> SessionState: ...

    async def payment(self, payment_id: str) -> PaymentState:
        """The payment with this id, or the one that a charge, a refund or a dispute with this id belongs to."""
        ...

    async def invoice(self, invoice_id: str) -> InvoiceState: ...

    async def subscription(self, subscription_id: str) -> SubscriptionState: ...

    async def invoices_of(self, subscription_id: str) -> tuple[InvoiceState, ...]:
        """The invoices of a subscription, newest first; none when there is no such subscription."""
        ...

    async def refund(self, payment_id: str, amount_minor: int, *, key: str, reason: RefundReason) -> RefundState:
        """Give money back. The same key again returns what the first try came to, for about a day.

        Raises TillRefused, among others with `charge_already_refunded` and `charge_disputed`, and with
        `idempotency_error` when the key was used for something else.
        """
        ...

    def balance(self, since_ms: int, until_ms: int) -> AsyncIterator[BalanceLine]:
        """The movements created in [since, until), newest first."""
        ...

    async def portal(self, customer: str, return_url: str) -> str:
        """The address of a page where a customer sees their invoices and ends their subscription."""
        ...

    def events(self, since_ms: int) -> AsyncIterator[TillEvent]:
        """The events that concern us (`EVENT_TYPES`) since then, newest first; the till forgets them in 30 days."""
        ...

    async def submit_evidence(self, dispute: str, evidence: Mapping[EvidenceField, str]) -> DisputeState:
        """Answer a dispute, for good: the bank reads it once. Raises TillRefused when it is closed."""
        ...
