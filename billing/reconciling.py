"""Reconciliation: the till's balance, line by line, against our orders, down to the object.

Pure. It only says what differs; a repair is another look at the till. It must never take a difference for settled
because the totals happen to agree.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Literal

from billing.orders import Order
from billing.standing import VERDICTS
from billing.till import BalanceLine, PaymentState

FindingKind = Literal["missing_here", "missing_there", "amount", "currency", "refund", "dispute"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that differs. `expected` is what our orders say, `found` what the till says."""

    kind: FindingKind
    payment: str
    order: str | None
    expected: str
    found: str
    lines: tuple[str, ...] = ()
    """The balance lines it was seen in."""


@dataclass(frozen=True, slots=True)
class Agreed:
    """A payment of which the till and an order say the same."""

    payment: str
    order: str
    amount_minor: int
    currency: str
    lines: tuple[str, ...]
    """The balance lines it was seen in."""


@dataclass(frozen=True, slots=True)
class Reconciliation:
    """How many payments matched, what differed, and the orders that were looked at again because of it."""

    matched: int
    findings: tuple[Finding, ...]
    repaired: tuple[str, ...] = ()
    agreed: tuple[Agreed, ...] = ()
    """The payments that matched, by the till's id."""


def compare(lines: Iterable[BalanceLine], orders: Sequence[Order], since_ms: int, until_ms: int) -> Reconciliation:
    """Payments of [since, until) in the balance against the orders.

    `lines` may reach beyond the span, so that a charge that was granted late is not missed; `orders` are all that any
    line's payment belongs to, and those paid in the span. Lines of no payment (payouts, fees) are passed over.
    """
    of_payment: defaultdict[str, list[BalanceLine]] = defaultdict(list)
    for line in lines:
        if line.payment is not None:
            of_payment[line.payment].append(line)
    known = {order.payment: order for order in orders if order.payment is not None and order.paid_at_ms is not None}
    findings: list[Finding] = []
    agreed: list[Agreed] = []
    for payment, moved in sorted(of_payment.items()):
        if not any(since_ms <= line.created_at_ms < until_ms for line in moved):
            continue
        order = known.get(payment)
        found = _of_payment(payment, moved, order)
        findings.extend(found)
        if order is not None and not found:
            agreed.append(agreed_of(order, payment, tuple(line.id for line in moved)))
    for payment, order in sorted(known.items(), key=lambda pair: pair[1].id):
        assert order.paid_at_ms is not None, "only paid orders are known"
        charged = any(line.category == "charge" for line in of_payment.get(payment, ()))
        if since_ms <= order.paid_at_ms < until_ms and not charged:
            findings.append(Finding("missing_there", payment, order.id, f"{order.amount_minor} {order.currency}", ""))
    return Reconciliation(len(agreed), tuple(findings), agreed=tuple(agreed))


def agreed_of(order: Order, payment: str, lines: tuple[str, ...]) -> Agreed:
    """What is told of a payment that its order agrees with."""
    return Agreed(payment, order.id, order.amount_minor, order.currency, lines)


def _of_payment(payment: str, moved: Sequence[BalanceLine], order: Order | None) -> list[Finding]:
    names = tuple(line.id for line in moved)
    sums: defaultdict[str, int] = defaultdict(int)
    for line in moved:
        sums[line.category] += line.amount_minor
    currency = moved[0].currency
    if order is None:
        found = " ".join(f"{category} {amount}" for category, amount in sorted(sums.items()))
        return [Finding("missing_here", payment, None, "", f"{found} {currency}", names)]
    if any(line.currency != order.currency for line in moved):
        return [Finding("currency", payment, order.id, order.currency, currency, names)]
    findings: list[Finding] = []
    if "charge" in sums and sums["charge"] != order.amount_minor:
        findings.append(Finding("amount", payment, order.id, str(order.amount_minor), str(sums["charge"]), names))
    refunded = -sums["refund"] - sums["refund_failure"]
    # Without the charge the lines begin in the middle: refunds from before them are not among them.
    if refunded > order.refunded_minor or ("charge" in sums and refunded < order.refunded_minor):
        findings.append(Finding("refund", payment, order.id, str(order.refunded_minor), str(refunded), names))
    disputed = -sums["dispute"] - sums["dispute_reversal"]
    if disputed > 0 and not _takes(order):
        findings.append(Finding("dispute", payment, order.id, order.dispute, str(disputed), names))
    return findings


def _takes(order: Order) -> bool:
    return any(order.dispute == status and verdict != "none" for status, verdict in VERDICTS.items())


def agrees(order: Order, payment: PaymentState) -> bool:
    """Whether an order says of its payment what the till says now.

    A balance line is in the currency it was settled in, so a payment that was converted looks different there.
    """
    ours = (order.amount_minor, order.currency, order.refunded_minor, order.dispute)
    dispute = payment.dispute.status if payment.dispute else ""
    return ours == (payment.amount_minor, payment.currency, payment.amount_refunded_minor, dispute)


def refundable(paid_minor: int, refunded_minor: int, granted: int, left: int, credits: int | None) -> int:
    """The money for `credits` of a lot (None: all that is left), in minor units rounded down; 0: nothing to give back.

    `granted` is what the lot began with, `left` what it has. A lot that nothing was spent of gives back all the money
    that is still there, to the last minor unit.
    """
    assert 0 <= left <= granted, "a lot has at most what it began with"
    wanted = left if credits is None else min(credits, left)
    gone = granted * refunded_minor // paid_minor
    if wanted == left and gone + left >= granted:
        return paid_minor - refunded_minor
    return min(paid_minor * wanted // granted, paid_minor - refunded_minor)
