"""What a look at the till means for an order: the one rule behind webhook, return page and poller.

Pure: from an order and what the till says of its objects it decides the order's new state, what is to be granted, what
the payment's standing is, and what does not add up. It must never grant what was not ordered or not paid.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

from billing.orders import (
    DELAYED_LIFE_MS,
    SESSION_LIFE_MS,
    SUBSCRIPTION_GRACE_MS,
    Discrepancy,
    Order,
    next_look,
)
from billing.purchases import Purchase
from billing.standing import Standing, standing_of
from billing.till import InvoiceState, PaymentState, SessionState, SubscriptionState

_OVER = ("canceled", "incomplete_expired")


@dataclass(frozen=True, slots=True)
class Seen:
    """What the till said of the objects of one order; None or nothing where the order has no such object."""

    session: SessionState | None = None
    payment: PaymentState | None = None
    invoice: InvoiceState | None = None
    subscription: SubscriptionState | None = None
    invoices: tuple[InvoiceState, ...] = ()


@dataclass(frozen=True, slots=True)
class Decision:
    """What to write: the order as it is now, credits to grant, the payment's standing, new periods, what is wrong."""

    order: Order
    purchase: Purchase | None = None
    standing: Standing | None = None
    periods: tuple[Order, ...] = ()
    wrong: tuple[Discrepancy, ...] = ()


def decide(order: Order, seen: Seen, now_ms: int) -> Decision:
    """The decision about one order. What is not what was ordered changes nothing but the time of the next look."""
    wrong = tuple(_wrong(order, seen))
    if wrong:
        return Decision(_looked(order, now_ms), wrong=wrong)
    match order.kind:
        case "subscription":
            decision = _subscription(order, seen, now_ms)
        case "period":
            decision = _period(order, seen, now_ms)
        case _:
            decision = _once(order, seen, now_ms)
    return replace(decision, order=_looked(decision.order, now_ms))


def _looked(order: Order, now_ms: int) -> Order:
    after = replace(order, looks=order.looks + 1, looked_at_ms=now_ms)
    return replace(after, next_look_ms=next_look(after, now_ms))


def _once(order: Order, seen: Seen, now_ms: int) -> Decision:
    """A checkout that is paid once."""
    after = _after_session(order, seen.session, now_ms)
    paid = seen.session is not None and seen.session.payment_status == "paid" and seen.session.status == "complete"
    arrived = seen.payment is not None and seen.payment.status == "succeeded"
    if order.state != "paid" and not (paid and arrived):
        bounced = seen.payment is not None and seen.payment.status in ("requires_payment_method", "canceled")
        return Decision(replace(after, state="failed") if after.state == "awaiting" and bounced else after)
    if order.state == "paid":
        return Decision(_with_payment(order, seen.payment), standing=_standing(seen.payment))
    bought = Purchase(order.id, order.fan, order.credits, order.bonus, "purchased", order.amount_minor, order.currency)
    granted = replace(_with_payment(after, seen.payment), state="paid", paid_at_ms=now_ms)
    return Decision(granted, bought, _standing(seen.payment))


def _after_session(order: Order, session: SessionState | None, now_ms: int) -> Order:
    if session is None:
        over = order.state == "new" and now_ms - order.created_at_ms > SESSION_LIFE_MS
        return replace(order, state="expired") if over else order
    known = replace(
        order,
        session=session.id,
        payment=order.payment or session.payment,
        subscription=order.subscription or session.subscription,
        customer=order.customer or session.customer,
    )
    if order.state == "paid":
        return known
    match session.status:
        case "expired":
            return replace(known, state="expired")
        case "complete" if now_ms - order.created_at_ms > DELAYED_LIFE_MS:
            return replace(known, state="failed")
        case "complete":
            return replace(known, state="awaiting")
        case _:
            return replace(known, state="open")


def _period(order: Order, seen: Seen, now_ms: int) -> Decision:
    """A paid period of a subscription: its invoice was paid before there was an order."""
    after = _with_payment(order, seen.payment)
    if order.state == "paid":
        return Decision(after, standing=_standing(seen.payment))
    assert order.period_end_ms is not None, "a period ends"
    # Who paid and was not served in time has the days of grace from now on.
    until_ms = max(order.period_end_ms, now_ms) + SUBSCRIPTION_GRACE_MS
    bought = Purchase(
        order.id, order.fan, order.credits, order.bonus, "subscription", order.amount_minor, order.currency, until_ms
    )
    return Decision(replace(after, state="paid", paid_at_ms=now_ms), bought, _standing(seen.payment))


def _subscription(order: Order, seen: Seen, now_ms: int) -> Decision:
    """A subscription's checkout: it grants nothing, each of its paid invoices does."""
    after = _after_session(order, seen.session, now_ms)
    paid = tuple(invoice for invoice in seen.invoices if invoice.status == "paid")
    if paid:
        until_ms = max(invoice.period_end_ms for invoice in paid)
        began_ms = order.paid_at_ms if order.paid_at_ms is not None else now_ms
        after = replace(after, state="paid", paid_at_ms=began_ms, period_end_ms=until_ms)
    if seen.subscription is not None:
        # What it owes may still be paid while it is overdue; an ended one sends no further invoice.
        after = replace(after, ended=seen.subscription.status in _OVER, customer=seen.subscription.customer)
    wrong = tuple(problem for invoice in paid for problem in _wrong_invoice(order, invoice))
    refused = {problem.order for problem in wrong}
    oldest_first = sorted(paid, key=lambda invoice: (invoice.period_start_ms, invoice.id))
    periods = tuple(_new_period(after, invoice, now_ms) for invoice in oldest_first)
    return Decision(after, periods=tuple(one for one in periods if one.id not in refused), wrong=wrong)


def period_id(order: str, invoice: str) -> str:
    """The id of a period's order: the same invoice is the same order, whoever comes with it."""
    return f"{order}-{invoice}"


def _new_period(order: Order, invoice: InvoiceState, now_ms: int) -> Order:
    return replace(
        order,
        id=period_id(order.id, invoice.id),
        kind="period",
        parent=order.id,
        state="open",
        session=None,
        payment=invoice.payment,
        invoice=invoice.id,
        period_end_ms=invoice.period_end_ms,
        paid_at_ms=None,
        created_at_ms=now_ms,
        looks=0,
        looked_at_ms=0,
        next_look_ms=now_ms,
        ended=False,
    )


def _with_payment(order: Order, payment: PaymentState | None) -> Order:
    if payment is None:
        return order
    return replace(
        order,
        payment=payment.id,
        customer=order.customer or payment.customer,
        refunded_minor=payment.amount_refunded_minor,
        dispute=payment.dispute.status if payment.dispute else "",
    )


def _standing(payment: PaymentState | None) -> Standing | None:
    return None if payment is None else standing_of(payment)


def _wrong(order: Order, seen: Seen) -> Iterator[Discrepancy]:
    """Everything that the till says and that is not what was ordered."""
    facts: list[tuple[str | None, int | None, str, bool]] = []
    if seen.session is not None:
        session = seen.session
        facts.append((session.order, session.amount_minor, session.currency, session.livemode))
        expected = "subscription" if order.kind == "subscription" else "payment"
        if session.mode != expected:
            yield Discrepancy(order.id, "mode", expected, session.mode)
    if seen.payment is not None:
        paid = seen.payment
        named = paid.order if order.kind != "period" else order.parent  # an invoice's payment names no order
        facts.append((named, paid.amount_minor, paid.currency, paid.livemode))
    if seen.invoice is not None:
        yield from _wrong_invoice(order, seen.invoice)
    for named, amount, currency, livemode in facts:
        yield from _differing(order, order.id, named, amount, currency, livemode=livemode)


def _wrong_invoice(order: Order, invoice: InvoiceState) -> Iterator[Discrepancy]:
    """What is wrong with a paid invoice of an order, or of the order that is its own."""
    subject = order.id if order.kind == "period" else period_id(order.id, invoice.id)
    amount = invoice.amount_paid_minor
    yield from _differing(order, subject, invoice.order, amount, invoice.currency, livemode=invoice.livemode)


def _differing(
    order: Order, subject: str, named: str | None, amount: int | None, currency: str, *, livemode: bool
) -> Iterator[Discrepancy]:
    expected_order = order.parent or order.id
    if named != expected_order:
        yield Discrepancy(subject, "order", expected_order, named or "")
    if amount != order.amount_minor:
        yield Discrepancy(subject, "amount", str(order.amount_minor), str(amount))
    if currency != order.currency:
        yield Discrepancy(subject, "currency", order.currency, currency)
    if livemode != order.livemode:
        yield Discrepancy(subject, "livemode", str(order.livemode), str(livemode))
