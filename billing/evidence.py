"""A dispute pack: what was bought and what was delivered for it, in the text fields Stripe's dispute evidence takes.

Pure: it words order facts and receipts. It holds counts, times and ids only, never words of a conversation, nor the
reason of a receipt, which people may have typed. We keep no network addresses, so it has none, though Stripe would
like them.

Limits and names of the fields: docs.stripe.com/api/disputes/update.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.ledger import KEY_LENGTH_MAX
from billing.types import Receipt
from billing.wording import day, moment, money

FIELD_CHARS_MAX = 20_000
"""One field; all fields of a dispute together may have 150,000, which four can never reach."""


@dataclass(frozen=True, slots=True)
class OrderFacts:
    """One paid order and the lots its credits went into."""

    order_id: str
    pack: str
    """The pack's name as the fan saw it."""
    credits: int
    paid_minor: int
    currency: str
    """ISO 4217, in either case."""
    paid_at_ms: int
    lots: frozenset[str]

    def __post_init__(self) -> None:
        assert all(0 < len(text) <= KEY_LENGTH_MAX for text in (self.order_id, self.pack))
        assert len(self.currency) == 3, "three letters"
        assert self.credits > 0
        assert min(self.paid_minor, self.paid_at_ms) >= 0


@dataclass(frozen=True, slots=True)
class DisputePack:
    """Each field is at most FIELD_CHARS_MAX characters, named as in Stripe's `evidence`."""

    product_description: str
    service_date: str
    access_activity_log: str
    uncategorized_text: str


@dataclass(frozen=True, slots=True)
class _Use:
    receipt: Receipt
    credits: int
    """Of this order; a turn may have burned lots of others too."""


def dispute_pack(order: OrderFacts, receipts: Sequence[Receipt]) -> DisputePack:
    """The pack for an order, from its fan's receipts; those that burned nothing of the order are passed over.

    The log has the oldest deliveries first and says how many no longer fitted; the sums cover all of them.
    """
    assert len({receipt.fan for receipt in receipts}) <= 1, "one fan's receipts"
    used = [_Use(receipt, _burned(order, receipt)) for receipt in receipts]
    uses = sorted((use for use in used if use.credits), key=lambda use: (use.receipt.settled_at_ms, use.receipt.id))
    return DisputePack(
        product_description=(
            f"{order.pack}: {order.credits} credits for {money(order.paid_minor, order.currency)}. Credits are a "
            "digital service: each pays for replies, written or spoken, of a character in a chat, delivered at once. "
            "They were available in the customer's account as soon as the payment had succeeded."
        ),
        service_date=day(order.paid_at_ms),
        access_activity_log=_log(uses),
        uncategorized_text=_sums(order, uses),
    )


def _burned(order: OrderFacts, receipt: Receipt) -> int:
    return sum(burn.credits for burn in receipt.burned if burn.lot in order.lots)


def _log(uses: Sequence[_Use]) -> str:
    lines = [_line(use) for use in uses]
    if len("\n".join(lines)) <= FIELD_CHARS_MAX:
        return "\n".join(lines) or "No credit of this order has been used."
    room = FIELD_CHARS_MAX - len(_left_out(len(lines), len(lines)))
    kept = 0
    while room > len(lines[kept]):
        room -= len(lines[kept]) + 1
        kept += 1
    return "\n".join([*lines[:kept], _left_out(len(lines) - kept, len(lines))])


def _line(use: _Use) -> str:
    receipt = use.receipt
    asked, delivered = moment(receipt.opened_at_ms), moment(receipt.settled_at_ms)
    refunded = f", {receipt.refunded} given back later" if receipt.refunded else ""
    return (
        f"{delivered}: reply delivered, asked for {asked}; {receipt.charged.text} credits for text, "
        f"{receipt.charged.voice} for voice, {use.credits} of them from this order{refunded}; receipt {receipt.id}"
    )


def _left_out(count: int, total: int) -> str:
    return f"{count} of {total} lines are left out here for their length; the sums cover them."


def _sums(order: OrderFacts, uses: Sequence[_Use]) -> str:
    bought = (
        f"Order {order.order_id} was paid on {moment(order.paid_at_ms)}: {order.credits} credits for "
        f"{money(order.paid_minor, order.currency)}."
    )
    if not uses:
        return f"{bought} No credit of this order has been used."
    first, last = uses[0].receipt.settled_at_ms, uses[-1].receipt.settled_at_ms
    return (
        f"{bought} {sum(use.credits for use in uses)} of these credits were used for {len(uses)} delivered replies, "
        f"the first on {moment(first)} and the last on {moment(last)}. Of the credits charged for these replies, "
        f"{sum(use.receipt.refunded for use in uses)} were given back. What was said is private and not part of this."
    )
