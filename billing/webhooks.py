"""Webhooks from the till: whether one is authentic and fresh, what it says, and which object it is about.

Pure: the secrets and the time are arguments. An event only tells what to look at again; it must never be believed about
the state of money, and its payload never gets into an error.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from billing.errors import TillUnreadable, WebhookRefused
from billing.till_fields import Fields

PAYLOAD_BYTES_MAX = 1 << 20
HEADER_CHARS_MAX = 4096
TOLERANCE_S = 300
"""Stripe's default (https://docs.stripe.com/webhooks#replay-attacks)."""
FUTURE_SKEW_S = 60
"""How far the till's clock may be ahead of ours; its own library sets no limit."""

EVENT_TYPES = (
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
    "payment_intent.succeeded",
    "charge.refunded",
    "refund.created",
    "refund.updated",
    "refund.failed",
    "charge.dispute.created",
    "charge.dispute.updated",
    "charge.dispute.funds_withdrawn",
    "charge.dispute.funds_reinstated",
    "charge.dispute.closed",
    "invoice.paid",
    "invoice.payment_failed",
    "invoice_payment.paid",
    "customer.subscription.created",
    "customer.subscription.updated",
    "customer.subscription.deleted",
)
"""What a webhook endpoint should be set to send; a list of events can be asked for at most 20 types."""

_DIGITS = re.compile(r"[0-9]{1,12}")

SubjectKind = Literal["session", "payment", "invoice", "subscription"]


@dataclass(frozen=True, slots=True)
class References:
    """The other objects that an event's object names; None where it names none."""

    payment: str | None = None
    charge: str | None = None
    invoice: str | None = None
    subscription: str | None = None
    order: str | None = None
    """From the metadata of the object or, for an invoice, of its subscription."""


@dataclass(frozen=True, slots=True)
class TillEvent:
    """Something happened to an object. The same event may come often, late, and in any order."""

    id: str
    type: str
    created_at_ms: int
    livemode: bool
    object_id: str | None
    """None for an object that has no id yet, such as an upcoming invoice."""
    object_type: str
    """Stripe's word, such as `checkout.session`."""
    refs: References = field(default_factory=References)


@dataclass(frozen=True, slots=True)
class Subject:
    """The object to look at again. The id of a payment may be that of its charge."""

    kind: SubjectKind
    id: str


def check_signature(
    payload: bytes, header: str, secrets: Sequence[str], *, now_ms: int, tolerance_s: int = TOLERANCE_S
) -> None:
    """Refuse a payload that none of the secrets has signed within the tolerance.

    HMAC-SHA256 over `timestamp.payload`, compared in constant time with each `v1` of the header; after Stripe's “Verify
    webhook signatures manually” (https://docs.stripe.com/webhooks#verify-manually). During a rotation there are several
    secrets, and several signatures. Blank secrets do not count. Raises WebhookRefused; whether a signature is stale is
    told only to who could sign.
    """
    assert tolerance_s > 0, "without a tolerance a webhook could be replayed for ever"
    usable = [secret for secret in secrets if secret.strip()]
    if not usable:
        raise WebhookRefused("unconfigured")
    if len(payload) > PAYLOAD_BYTES_MAX or len(header) > HEADER_CHARS_MAX:
        raise WebhookRefused("oversize")
    stamp, signatures = _parts(header)
    signed = f"{stamp}.".encode("ascii") + payload
    matched = False
    for secret in usable:
        expected = hmac.new(secret.encode(), signed, hashlib.sha256).hexdigest().encode("ascii")
        for signature in signatures:
            matched |= hmac.compare_digest(expected, signature)
    if not matched:
        raise WebhookRefused("forged")
    age_ms = now_ms - int(stamp) * 1000
    if age_ms > tolerance_s * 1000:
        raise WebhookRefused("stale")
    if -age_ms > FUTURE_SKEW_S * 1000:
        raise WebhookRefused("future")


def _parts(header: str) -> tuple[str, list[bytes]]:
    """The timestamp, as it was signed, and the `v1` signatures of a `Stripe-Signature` header."""
    if not header.strip():
        raise WebhookRefused("unsigned")
    pairs = [part.partition("=") for part in header.split(",")]
    stamps = [value for name, _, value in pairs if name == "t"]
    if len(stamps) != 1 or not _DIGITS.fullmatch(stamps[0]):
        raise WebhookRefused("malformed")
    signatures = [value.encode("utf-8", "replace") for name, _, value in pairs if name == "v1"]
    if not signatures:
        raise WebhookRefused("unsigned")
    return stamps[0], signatures


def parse_event(payload: bytes) -> TillEvent:
    """The event of a payload whose signature was checked. Raises WebhookRefused(`malformed`)."""
    try:
        return event_of(json.loads(payload.decode("utf-8")))
    except (ValueError, RecursionError, TillUnreadable):
        raise WebhookRefused("malformed") from None  # the cause would show the payload


def event_of(value: object) -> TillEvent:
    """The event of a JSON object, from a webhook or a list; unknown fields are passed over. Raises TillUnreadable."""
    event = Fields.of("event", value)
    event.word("object", ("event",))
    thing = event.inner("data", "object")
    if thing is None:
        raise TillUnreadable("event", "data")
    return TillEvent(
        id=event.text("id"),
        type=event.text("type"),
        created_at_ms=event.moment_ms("created"),
        livemode=event.flag("livemode"),
        object_id=thing.reference("id"),
        object_type=thing.text("object"),
        refs=_references(thing),
    )


def _references(thing: Fields) -> References:
    linked = thing.inner("payment") or thing  # an invoice payment keeps its payment one level down
    parent = thing.inner("parent", "subscription_details") or thing
    return References(
        payment=linked.reference("payment_intent"),
        charge=linked.reference("charge"),
        invoice=thing.reference("invoice"),
        subscription=parent.reference("subscription"),
        order=thing.note("order") or parent.note("order"),
    )


def subject_of(event: TillEvent) -> Subject | None:
    """The object to look at again; None for an event that concerns nothing of ours.

    Refunds and disputes lead to their payment, the payment of an invoice to the invoice.
    """
    own, refs = event.object_id, event.refs
    match event.object_type:
        case "checkout.session":
            return _subject("session", own)
        case "payment_intent":
            return _subject("payment", own)
        case "charge":
            # A charge that was made, or failed, is told by its payment intent.
            return _subject("payment", refs.payment or own) if event.type == "charge.refunded" else None
        case "refund" | "dispute":
            return _subject("payment", refs.payment or refs.charge)
        case "invoice":
            return _subject("invoice", own)
        case "invoice_payment":
            return _subject("invoice", refs.invoice)
        case "subscription":
            return _subject("subscription", own)
        case _:
            return None


def _subject(kind: SubjectKind, identity: str | None) -> Subject | None:
    return Subject(kind, identity) if identity else None
