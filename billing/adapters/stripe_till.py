"""The till at Stripe, through Stripe's own asynchronous library.

It asks and hands over what was answered; it keeps nothing but the connection. The key must never leave it.
"""

from __future__ import annotations

import re
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from typing import Any

import stripe
from stripe.params import DisputeUpdateParams
from stripe.params.checkout import SessionCreateParams

from billing import till
from billing.adapters import stripe_reading as reading
from billing.adapters.stripe_faults import faults
from billing.errors import UnknownAtTill
from billing.till_fields import Fields
from billing.webhooks import EVENT_TYPES, TillEvent, event_of

PAGE_ROWS = 100
_ID = re.compile(r"[A-Za-z0-9_]{1,255}")


class StripeTill:
    """`billing.till.Till` over HTTP. `base_url` points it at a stand-in; None is Stripe itself.

    A request that got no answer, or a 409 or 5xx that may be asked again, is repeated by the library up to
    `max_network_retries` times under one idempotency key. `timeout_s` is for each try.
    """

    def __init__(
        self, key: str, *, base_url: str | None = None, timeout_s: float = 20.0, max_network_retries: int = 2
    ) -> None:
        # Else the library keeps an id of the machine in the home directory, and reads it in the event loop.
        stripe.enable_telemetry = False
        self._http = stripe.HTTPXClient(timeout=timeout_s)
        self._stripe = stripe.StripeClient(
            key,
            base_addresses={"api": base_url} if base_url is not None else {},
            http_client=self._http,
            max_network_retries=max_network_retries,
        )

    async def aclose(self) -> None:
        """Hang up."""
        await self._http.close_async()  # type: ignore[no-untyped-call]

    async def open_checkout(self, order: till.CheckoutRequest) -> till.CheckoutPage:
        with faults("customer", order.customer or ""):
            session = await self._stripe.v1.checkout.sessions.create_async(
                _checkout(order), {"idempotency_key": f"checkout:{order.order}"}
            )
        return reading.page(reading.fields_of("session", session))

    async def session(self, session_id: str) -> till.SessionState:
        return reading.session_state(
            await _read("session", session_id, self._stripe.v1.checkout.sessions.retrieve_async)
        )

    async def payment(self, payment_id: str) -> till.PaymentState:
        identity = await self._intent_of(payment_id)
        retrieve = self._stripe.v1.payment_intents.retrieve_async
        intent = await _read("payment", identity, lambda one: retrieve(one, {"expand": ["latest_charge"]}))
        disputes: list[till.DisputeState] = []
        if intent.inner("latest_charge") is not None:  # an inquiry does not mark its charge, so look at every one
            rows = _rows("dispute", identity, self._stripe.v1.disputes.list_async, {"payment_intent": identity})
            disputes = [reading.dispute_state(row) async for row in rows]
        invoice = None if intent.note(till.ORDER_KEY) else await self._invoice_paid_by(identity)
        return reading.payment_state(intent, tuple(disputes), invoice)

    async def _intent_of(self, identity: str) -> str:
        """The payment intent behind a charge, a refund or a dispute, told by the prefix of its id."""
        v1 = self._stripe.v1
        match identity.partition("_")[0]:
            case "ch" | "py":
                thing = await _read("charge", identity, v1.charges.retrieve_async)
            case "re" | "pyr":
                thing = await _read("refund", identity, v1.refunds.retrieve_async)
            case "dp" | "du":
                thing = await _read("dispute", identity, v1.disputes.retrieve_async)
            case _:
                return identity
        intent = thing.reference("payment_intent")
        if intent is None:
            raise UnknownAtTill("payment", identity)
        return intent

    async def _invoice_paid_by(self, intent: str) -> str | None:
        paid = {"type": "payment_intent", "payment_intent": intent}
        rows = _rows("invoice payment", intent, self._stripe.v1.invoice_payments.list_async, {"payment": paid})
        async for row in rows:
            return row.reference("invoice")
        return None

    async def invoice(self, invoice_id: str) -> till.InvoiceState:
        retrieve = self._stripe.v1.invoices.retrieve_async
        return reading.invoice_state(
            await _read("invoice", invoice_id, lambda one: retrieve(one, {"expand": ["payments"]}))
        )

    async def subscription(self, subscription_id: str) -> till.SubscriptionState:
        found = await _read("subscription", subscription_id, self._stripe.v1.subscriptions.retrieve_async)
        return reading.subscription_state(found)

    async def invoices_of(self, subscription_id: str) -> tuple[till.InvoiceState, ...]:
        _expect_id("subscription", subscription_id)
        params = {"subscription": subscription_id, "expand": ["data.payments"]}
        rows = _rows("subscription", subscription_id, self._stripe.v1.invoices.list_async, params)
        return tuple([reading.invoice_state(row) async for row in rows])

    async def refund(
        self, payment_id: str, amount_minor: int, *, key: str, reason: till.RefundReason
    ) -> till.RefundState:
        _expect_id("payment", payment_id)
        with faults("payment", payment_id):
            refund = await self._stripe.v1.refunds.create_async(
                {"payment_intent": payment_id, "amount": amount_minor, "reason": reason}, {"idempotency_key": key}
            )
        return reading.refund_state(reading.fields_of("refund", refund))

    async def balance(self, since_ms: int, until_ms: int) -> AsyncIterator[till.BalanceLine]:
        created = {"gte": _first_second(since_ms), "lt": _first_second(until_ms)}
        params = {"created": created, "expand": ["data.source"]}
        async for row in _rows("balance", "", self._stripe.v1.balance_transactions.list_async, params):
            yield reading.balance_line(row)

    async def portal(self, customer: str, return_url: str) -> str:
        _expect_id("customer", customer)
        with faults("customer", customer):
            opened = await self._stripe.v1.billing_portal.sessions.create_async(
                {"customer": customer, "return_url": return_url}
            )
        return reading.fields_of("portal", opened).text("url")

    async def events(self, since_ms: int) -> AsyncIterator[TillEvent]:
        params = {"created": {"gte": _first_second(since_ms)}, "types": list(EVENT_TYPES)}
        async for row in _rows("event", "", self._stripe.v1.events.list_async, params):
            yield event_of(row.values)

    async def submit_evidence(self, dispute: str, evidence: Mapping[till.EvidenceField, str]) -> till.DisputeState:
        _expect_id("dispute", dispute)
        texts: dict[till.EvidenceField, str] = {name: text for name, text in evidence.items() if text}
        assert texts, "there is something to say"
        assert sum(map(len, texts.values())) <= till.EVIDENCE_CHARS_MAX, "the bank reads no more"
        params: DisputeUpdateParams = {"evidence": {**texts}, "submit": True}  # type: ignore[typeddict-item]
        with faults("dispute", dispute):
            updated = await self._stripe.v1.disputes.update_async(dispute, params)
        return reading.dispute_state(reading.fields_of("dispute", updated))


def _expect_id(kind: str, identity: str) -> None:
    """An id becomes a part of an address: what cannot be one is not asked for. Raises UnknownAtTill."""
    if not _ID.fullmatch(identity):
        raise UnknownAtTill(kind, identity)


async def _read(kind: str, identity: str, retrieve: Callable[[str], Awaitable[stripe.StripeObject]]) -> Fields:
    _expect_id(kind, identity)
    with faults(kind, identity):
        thing = await retrieve(identity)
    return reading.fields_of(kind, thing)


async def _rows(
    kind: str, identity: str, listing: Callable[[Any], Awaitable[object]], params: dict[str, Any]
) -> AsyncIterator[Fields]:
    """The rows of a list, page by page; what is new while it is read comes before the first page and is not seen."""
    after: dict[str, str] = {}
    while True:
        with faults(kind, identity):
            answer = await listing({**params, **after, "limit": PAGE_ROWS})
        page = reading.fields_of(kind, answer)
        rows = page.listed()
        for row in rows:
            yield row
        if not page.flag("has_more") or not rows:
            return
        after = {"starting_after": rows[-1].text("id")}


def _first_second(at_ms: int) -> int:
    """The first whole second that is not before; Stripe's times have no parts of a second."""
    return -(-at_ms // 1000)


def _checkout(order: till.CheckoutRequest) -> SessionCreateParams:
    """Everything in it follows from the order: the idempotency key stands for exactly these parameters."""
    metadata = {till.ORDER_KEY: order.order, "fan": order.fan, "credits": str(order.credits)}
    price: dict[str, Any] = {
        "currency": order.currency,
        "unit_amount": order.amount_minor,
        "product_data": {"name": order.title},
    }
    promised = "payment_intent_data"
    if order.interval is not None:
        price["recurring"] = {"interval": order.interval}
        promised = "subscription_data"
    params: dict[str, Any] = {
        "mode": order.mode,
        "client_reference_id": order.order,
        "line_items": [{"price_data": price, "quantity": 1}],
        "metadata": metadata,
        promised: {"metadata": metadata},
        "adaptive_pricing": {"enabled": False},
        "automatic_tax": {"enabled": False},
        "success_url": order.success_url,
        "cancel_url": order.cancel_url,
    }
    if order.customer is not None:
        params["customer"] = order.customer
    checked: SessionCreateParams = params  # type: ignore[assignment]
    return checked
