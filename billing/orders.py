"""Orders: one for every checkout, one for every paid period of a subscription, and when each is looked at again.

Pure values and the calendar of looks. An order's state is what we know; it must never say paid before the books do.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from billing.packs import PackKind
from billing.till import Interval, RefundReason
from billing.units import DAY_MS, HOUR_MS, MINUTE_MS, SECOND_MS

OrderKind = Literal["one_time", "top_up", "subscription", "period"]
OrderState = Literal["new", "open", "awaiting", "paid", "expired", "failed"]
"""`awaiting`: complete, and a delayed payment is on its way. `paid`: granted, or, of a subscription, begun."""


SUBSCRIPTION_GRACE_MS = 3 * DAY_MS
"""Credits of a period outlive it this long: a renewal may take days to be paid or to be told."""
SESSION_LIFE_MS = 25 * HOUR_MS
"""A checkout lives for a day at most; after that it is over, whatever we were told."""
DELAYED_LIFE_MS = 30 * DAY_MS
"""The longest that a delayed payment is waited for; the reconciliation finds what comes later."""


@dataclass(frozen=True, slots=True)
class Order:
    """What a fan set out to buy and what became of it. Money is in minor units of `currency`.

    A subscription's checkout grants nothing itself: each of its paid invoices is a `period` order, whose `parent` it
    is. `looks` counts the looks at the till that were booked: who looked before another one has to look again.
    """

    id: str
    fan: str
    pack: str
    kind: OrderKind
    title: str
    credits: int
    bonus: int
    interval: Interval | None
    currency: str
    amount_minor: int
    livemode: bool
    created_at_ms: int
    state: OrderState = "new"
    parent: str | None = None
    session: str | None = None
    payment: str | None = None
    subscription: str | None = None
    invoice: str | None = None
    customer: str | None = None
    refunded_minor: int = 0
    dispute: str = ""
    """Stripe's word for the gravest dispute of the payment; "" when there never was one."""
    pending: int = 0
    """Credits that are to be taken as soon as the holds they were promised to are settled."""
    paid_at_ms: int | None = None
    period_end_ms: int | None = None
    """Of a subscription and its periods: until when it is paid."""
    ended: bool = False
    """Of a subscription: no further invoice will come."""
    looks: int = 0
    looked_at_ms: int = 0
    next_look_ms: int | None = None
    """None when only the till or the reconciliation can give a reason to look again."""


@dataclass(frozen=True, slots=True)
class Discrepancy:
    """What the till says of an order and cannot be booked, because it is not what was ordered."""

    order: str
    field: Literal["order", "amount", "currency", "livemode", "mode"]
    expected: str
    found: str


@dataclass(frozen=True, slots=True)
class RefundRequest:
    """Money that staff give back; kept before the till is asked, so that a retry asks for the same."""

    key: str
    order: str
    amount_minor: int
    reason: RefundReason
    note: str
    actor: str
    asked_at_ms: int


def started(
    order: str,
    fan: str,
    pack: str,
    kind: PackKind,
    *,
    title: str,
    credits: int,
    bonus: int,
    interval: Interval | None,
    currency: str,
    amount_minor: int,
    livemode: bool,
    now_ms: int,
) -> Order:
    """A new order, before the till knows of it."""
    fresh = Order(
        order, fan, pack, kind, title, credits, bonus, interval, currency, amount_minor, livemode, created_at_ms=now_ms
    )
    return replace(fresh, next_look_ms=next_look(fresh, now_ms))


def next_look(order: Order, now_ms: int) -> int | None:
    """When the poller looks again. The older an order without an answer is, the longer it is left alone.

    Open checkouts: after 30 seconds, then a quarter of their age, until they are over. Delayed payments: hourly, then
    daily. Credits promised to open holds: every minute. Open disputes: four times a day. Subscriptions: an hour after
    the period's end, then four times a day.
    """
    age_ms = max(0, now_ms - order.created_at_ms)
    if order.state in ("new", "open", "awaiting") and age_ms > DELAYED_LIFE_MS:
        return None
    match order.state:
        case "new" | "open":
            return now_ms + min(HOUR_MS, max(30 * SECOND_MS, age_ms // 4))
        case "awaiting":
            return now_ms + (HOUR_MS if age_ms < DAY_MS else DAY_MS)
        case "paid" if order.pending:
            return now_ms + MINUTE_MS
        case "paid" if order.kind == "subscription" and not order.ended:
            return max((order.period_end_ms or 0) + HOUR_MS, now_ms + 6 * HOUR_MS)
        case "paid" if order.dispute.removeprefix("appeal_") in ("needs_response", "under_review"):
            return now_ms + 6 * HOUR_MS
        case _:
            return None
