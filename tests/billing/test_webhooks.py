"""Webhooks: what is believed, what is refused and why, and what an event is about; against Stripe's own library."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
import stripe
from hypothesis import given
from hypothesis import strategies as st

from billing.errors import TillUnreadable, WebhookRefused
from billing.webhooks import (
    EVENT_TYPES,
    FUTURE_SKEW_S,
    HEADER_CHARS_MAX,
    PAYLOAD_BYTES_MAX,
    Subject,
    TillEvent,
    check_signature,
    event_of,
    parse_event,
    subject_of,
)

NOW_S = 1_800_000_000
NOW_MS = NOW_S * 1000
SECRET = "whsec_one"
TEXTS = st.text(st.characters(exclude_categories=["Cs"]))
SECRETS = st.text(st.characters(min_codepoint=33, max_codepoint=126), min_size=1, max_size=40)


def _signed(payload: str, secret: str = SECRET, at_s: int = NOW_S) -> str:
    header: str = stripe.WebhookSignature.generate_signature_header(payload, secret, at_s)
    return header


def _reason(payload: bytes, header: str, secrets: list[str], now_ms: int = NOW_MS) -> str | None:
    try:
        check_signature(payload, header, secrets, now_ms=now_ms)
    except WebhookRefused as refused:
        return refused.reason
    return None


@given(payload=TEXTS, secret=SECRETS)
def test_what_stripe_signs_is_believed(payload: str, secret: str) -> None:
    assert _reason(payload.encode(), _signed(payload, secret), [secret]) is None


@given(payload=TEXTS, secret=SECRETS, other=SECRETS)
def test_what_another_secret_signed_is_forged(payload: str, secret: str, other: str) -> None:
    assert _reason(payload.encode(), _signed(payload, secret), [other]) == (None if secret == other else "forged")


@given(payload=TEXTS, tampered=TEXTS)
def test_another_payload_is_forged(payload: str, tampered: str) -> None:
    expected = None if payload == tampered else "forged"
    assert _reason(tampered.encode(), _signed(payload), [SECRET]) == expected


HEADERS = st.one_of(
    st.text(max_size=60),
    st.builds("t={},v1={}".format, st.integers(0, 10**12), st.text("0123456789abcdef=,tv1", max_size=80)),
    st.builds(lambda text: _signed("{}") + text, st.text("0123456789abcdef=,tv1 é", max_size=20)),
    st.builds(lambda text: text + _signed("{}"), st.text("0123456789abcdef=,tv1 é", max_size=20)),
)


@given(header=HEADERS, secret=st.sampled_from([SECRET, "whsec_two", "", " ", "\t"]))
def test_nothing_is_believed_that_the_library_does_not_believe(header: str, secret: str) -> None:
    try:
        theirs = bool(stripe.WebhookSignature.verify_header("{}", header, secret))
    except (stripe.SignatureVerificationError, TypeError, UnicodeEncodeError):
        theirs = False
    assert theirs or _reason(b"{}", header, [secret]) is not None


@given(payload=st.dictionaries(st.text("abc"), st.integers() | TEXTS, max_size=4))
def test_the_library_reads_what_we_believe_and_we_what_it_believes(payload: dict[str, Any]) -> None:
    event = {**EVENT, "data": {"object": {**payload, "id": "x_1", "object": "thing"}}}
    text = json.dumps(event)
    header = _signed(text, at_s=int(time.time()))
    theirs = stripe.Webhook.construct_event(text, header, SECRET)
    check_signature(text.encode(), header, [SECRET], now_ms=int(time.time() * 1000))
    ours = parse_event(text.encode())
    assert (ours.id, ours.type, ours.created_at_ms) == (theirs.id, theirs.type, theirs.created * 1000)


def test_the_library_believes_tomorrow_and_we_do_not() -> None:
    header = _signed("{}", at_s=int(time.time()) + 86_400)
    assert stripe.WebhookSignature.verify_header("{}", header, SECRET, 300) is True
    assert _reason(b"{}", header, [SECRET], int(time.time() * 1000)) == "future"


@pytest.mark.parametrize(
    ("age_ms", "reason"),
    [
        (0, None),
        (300_000, None),
        (300_001, "stale"),
        (-FUTURE_SKEW_S * 1000, None),
        (-FUTURE_SKEW_S * 1000 - 1, "future"),
        (-86_400_000, "future"),
    ],
)
def test_a_signature_is_fresh_for_five_minutes_and_not_from_the_future(age_ms: int, reason: str | None) -> None:
    assert _reason(b"{}", _signed("{}"), [SECRET], NOW_MS + age_ms) == reason


def test_the_tolerance_can_be_another() -> None:
    check_signature(b"{}", _signed("{}"), [SECRET], now_ms=NOW_MS + 9_000, tolerance_s=9)
    with pytest.raises(WebhookRefused):
        check_signature(b"{}", _signed("{}"), [SECRET], now_ms=NOW_MS + 9_001, tolerance_s=9)


_MARK = _signed("{}").partition(",")[2]


@pytest.mark.parametrize(
    ("header", "reason"),
    [
        ("", "unsigned"),
        ("  ", "unsigned"),
        (f"t={NOW_S}", "unsigned"),
        (f"t={NOW_S},v0={'0' * 64}", "unsigned"),
        (_MARK, "malformed"),
        (f"t=,{_MARK}", "malformed"),
        (f"t=-1,{_MARK}", "malformed"),
        (f"t=1e9,{_MARK}", "malformed"),
        (f"t=１８,{_MARK}", "malformed"),
        (f"t={'9' * 13},{_MARK}", "malformed"),
        (f"t={NOW_S},t={NOW_S},{_MARK}", "malformed"),
        ("nonsense", "malformed"),
        (f"t={NOW_S},v1=", "forged"),
        (f"t={NOW_S},v1=ä\ud800", "forged"),
        (f"t={NOW_S},{_MARK[:-1]}", "forged"),
        (f"t={NOW_S},{_MARK.upper()}", "unsigned"),
        (f"t={NOW_S + 1},{_MARK}", "forged"),
        (f"t={NOW_S},v1={'0' * 64},{_MARK}", None),
        (f"t={NOW_S},{_MARK},v0=abc", None),
        (f"t={NOW_S}, {_MARK}", "unsigned"),
        (f"t={NOW_S},{_MARK} ", "forged"),
        (f"{_MARK},t={NOW_S}," + "x" * HEADER_CHARS_MAX, "oversize"),
    ],
)
def test_a_header_is_read_strictly(header: str, reason: str | None) -> None:
    assert _reason(b"{}", header, [SECRET]) == reason


@pytest.mark.parametrize("secrets", [[], [""], [" ", "\n"]])
def test_without_a_secret_nothing_is_believed(secrets: list[str]) -> None:
    assert _reason(b"{}", _signed("{}", ""), secrets) == "unconfigured"


def test_during_a_rotation_either_secret_is_believed_and_blank_ones_are_not() -> None:
    secrets = ["whsec_new", SECRET, ""]
    assert [_reason(b"{}", _signed("{}", secret), secrets) for secret in secrets] == [None, None, "forged"]


def test_a_payload_too_large_is_not_even_hashed() -> None:
    fits, large = "x" * PAYLOAD_BYTES_MAX, "x" * (PAYLOAD_BYTES_MAX + 1)
    assert _reason(fits.encode(), _signed(fits), [SECRET]) is None
    assert _reason(large.encode(), _signed(large), [SECRET]) == "oversize"


def test_a_stranger_is_not_told_that_a_signature_is_stale() -> None:
    assert _reason(b"{}", _signed("{}", "whsec_other", 1), [SECRET]) == "forged"


EVENT: dict[str, Any] = {
    "id": "evt_1",
    "object": "event",
    "type": "checkout.session.completed",
    "created": NOW_S,
    "livemode": True,
    "data": {"object": {"id": "cs_1", "object": "checkout.session", "metadata": {"order": "ord-1"}}},
    "from_next_year": {"a": [1]},
}


def _event(type: str, **thing: Any) -> TillEvent:
    return event_of({**EVENT, "type": type, "data": {"object": thing}})


def test_an_event_is_read_with_what_it_refers_to() -> None:
    event = parse_event(json.dumps(EVENT).encode())
    assert (event.id, event.type, event.created_at_ms, event.livemode) == ("evt_1", EVENT["type"], NOW_MS, True)
    assert (event.object_id, event.object_type, event.refs.order) == ("cs_1", "checkout.session", "ord-1")


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("id", ""),
        ("id", 7),
        ("object", "v2.core.event"),
        ("type", None),
        ("created", "1"),
        ("created", True),
        ("created", -1),
        ("created", 10**12),
        ("created", 1.5),
        ("livemode", None),
        ("livemode", 1),
        ("data", {}),
        ("data", []),
        ("data", {"object": {"id": "cs_1"}}),
        ("data", {"object": {"id": ["cs_1"], "object": "charge"}}),
        ("data", {"object": {"id": "ch_1", "object": "charge", "payment_intent": 5}}),
    ],
)
def test_an_event_without_what_matters_is_malformed(field: str, value: object) -> None:
    payload = json.dumps({**EVENT, field: value}).encode()
    with pytest.raises(TillUnreadable):
        event_of(json.loads(payload))
    with pytest.raises(WebhookRefused, match="malformed") as refused:
        parse_event(payload)
    assert refused.value.__suppress_context__


@pytest.mark.parametrize("payload", [b"", b"null", b"[]", b"7", b"{", b"\xff\xfe", b"[" * 100_000])
def test_what_is_no_event_is_malformed(payload: bytes) -> None:
    with pytest.raises(WebhookRefused, match="malformed"):
        parse_event(payload)


@given(payload=st.binary(max_size=200))
def test_whatever_bytes_come_the_answer_is_an_event_or_a_refusal(payload: bytes) -> None:
    with pytest.raises(WebhookRefused):
        parse_event(payload)


PI = {"payment_intent": "pi_1"}


@pytest.mark.parametrize(
    ("type", "thing", "subject"),
    [
        ("checkout.session.completed", {"id": "cs_1", "object": "checkout.session"}, Subject("session", "cs_1")),
        ("payment_intent.succeeded", {"id": "pi_1", "object": "payment_intent"}, Subject("payment", "pi_1")),
        ("charge.refunded", {"id": "ch_1", "object": "charge", **PI}, Subject("payment", "pi_1")),
        ("charge.refunded", {"id": "ch_1", "object": "charge", "payment_intent": None}, Subject("payment", "ch_1")),
        ("charge.succeeded", {"id": "ch_1", "object": "charge", **PI}, None),
        ("refund.updated", {"id": "re_1", "object": "refund", **PI}, Subject("payment", "pi_1")),
        ("charge.refund.updated", {"id": "re_1", "object": "refund", "charge": "ch_1"}, Subject("payment", "ch_1")),
        ("refund.created", {"id": "re_1", "object": "refund"}, None),
        (
            "charge.dispute.created",
            {"id": "du_1", "object": "dispute", "payment_intent": {"id": "pi_1"}},
            Subject("payment", "pi_1"),
        ),
        ("invoice.paid", {"id": "in_1", "object": "invoice"}, Subject("invoice", "in_1")),
        ("invoice.upcoming", {"object": "invoice"}, None),
        (
            "invoice_payment.paid",
            {"id": "inpay_1", "object": "invoice_payment", "invoice": "in_1", "payment": PI},
            Subject("invoice", "in_1"),
        ),
        (
            "customer.subscription.deleted",
            {"id": "sub_1", "object": "subscription"},
            Subject("subscription", "sub_1"),
        ),
        ("customer.created", {"id": "cus_1", "object": "customer"}, None),
        ("payout.paid", {"id": "po_1", "object": "payout"}, None),
    ],
)
def test_an_event_leads_to_the_object_to_look_at(type: str, thing: dict[str, Any], subject: Subject | None) -> None:
    assert subject_of(_event(type, **thing)) == subject


def test_references_are_found_where_stripe_keeps_them() -> None:
    details = {"subscription": "sub_1", "metadata": {"order": "ord-1"}}
    invoice = _event("invoice.paid", id="in_1", object="invoice", parent={"subscription_details": details})
    assert (invoice.refs.subscription, invoice.refs.order) == ("sub_1", "ord-1")
    link = _event("invoice_payment.paid", id="inpay_1", object="invoice_payment", invoice="in_1", payment=PI)
    assert (link.refs.payment, link.refs.invoice) == ("pi_1", "in_1")


def test_an_endpoint_and_a_list_can_be_asked_for_all_our_events_at_once() -> None:
    assert len(set(EVENT_TYPES)) == len(EVENT_TYPES) <= 20
