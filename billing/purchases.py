"""The journal's entries of what is bought: the lots of an order, what is taken out of them again, and debts.

Pure: it words bookings that others have decided. Every entry names its order, so that the journal alone tells what has
become of it; each takes or gives through the order's lots, so that wallets and lots follow by themselves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from billing.ledger import (
    BOOKS_ACTOR,
    FUNDING,
    GRANT_CREDITS_MAX,
    KEY_LENGTH_MAX,
    Account,
    Entry,
    EntryKind,
    LotTerms,
    Posting,
    checked,
)
from billing.types import LotClass

ORDER_LENGTH_MAX = KEY_LENGTH_MAX - 32
"""Leaves room for what is put before and behind an order in a key."""

LotTake = tuple[str, Account, int]
"""A lot, the account that funded it, and the credits taken out of it (negative: given back)."""


@dataclass(frozen=True, slots=True)
class Purchase:
    """A paid order, as the books need it. `bonus` credits are promotional, cost nothing and never expire."""

    order: str
    fan: str
    credits: int
    bonus: int
    lot_class: LotClass
    paid_minor: int
    currency: str
    """ISO 4217, in lower case."""
    expires_at_ms: int | None = None
    """None for purchased credits."""

    def __post_init__(self) -> None:
        assert 0 < len(self.order) <= ORDER_LENGTH_MAX, "an order has an id"
        assert self.lot_class in ("purchased", "subscription"), "what is paid for"
        assert (self.lot_class == "purchased") == (self.expires_at_ms is None), "purchased credits never expire"
        assert 1 <= self.credits <= GRANT_CREDITS_MAX, "a pack holds credits"
        assert 0 <= self.bonus <= GRANT_CREDITS_MAX, "a bonus is a gift"
        assert self.paid_minor > 0, "a purchase is paid"
        assert len(self.currency) == 3, "a currency is three letters"


def purchase_key(order: str) -> str:
    """The journal's key of an order's purchase: it is booked once, whoever comes (I6)."""
    return f"purchase:{order}"


def purchase_entries(bought: Purchase, *, lot: str, bonus_lot: str, at_ms: int) -> tuple[Entry, ...]:
    """The lot of a purchase, and one more for its bonus when there is one."""
    assert bought.expires_at_ms is None or bought.expires_at_ms > at_ms, "a lot is granted alive"
    paid = LotTerms(lot, bought.lot_class, bought.expires_at_ms, bought.paid_minor, bought.currency, bought.order)
    entries = [_granted(bought, paid, bought.credits, purchase_key(bought.order), at_ms)]
    if bought.bonus:
        gift = LotTerms(bonus_lot, "promotional", order_id=bought.order)
        entries.append(_granted(bought, gift, bought.bonus, f"{purchase_key(bought.order)}:bonus", at_ms))
    return tuple(entries)


def _granted(bought: Purchase, terms: LotTerms, credits: int, key: str, at_ms: int) -> Entry:
    postings = (Posting("fan_lots", credits, terms.lot), Posting(FUNDING[terms.lot_class], -credits))
    return _entry("purchase", key, bought.fan, bought.order, postings, "bought", BOOKS_ACTOR, at_ms, terms)


def frozen_entry(fan: str, order: str, takes: Sequence[tuple[str, int]], *, number: int, at_ms: int) -> Entry:
    """Credits of a disputed order leave the lots for as long as the bank considers it; negative ones come back."""
    total = sum(credits for _, credits in takes)
    assert all((credits > 0) == (total > 0) for _, credits in takes), "one entry freezes or releases"
    kind: EntryKind = "dispute_frozen" if total > 0 else "dispute_released"
    postings = (*(Posting("fan_lots", -credits, lot) for lot, credits in takes), Posting("dispute_clearing", total))
    return _standing(kind, fan, order, postings, number, at_ms)


def refunded_entry(fan: str, order: str, takes: Sequence[LotTake], *, number: int, at_ms: int) -> Entry:
    """Credits whose money was given back leave the lots for whoever funded them."""
    postings = (
        *(Posting("fan_lots", -credits, lot) for lot, _, credits in takes),
        *(Posting(account, credits) for _, account, credits in takes),
    )
    return _standing("purchase_refund", fan, order, postings, number, at_ms)


def lost_entry(
    fan: str, order: str, takes: Sequence[LotTake], owed: Sequence[tuple[Account, int]], *, number: int, at_ms: int
) -> Entry:
    """Credits whose money the bank took back; what is spent already the fan owes. Negative amounts undo it."""
    funded: dict[Account, int] = {}
    for account, credits in (*((account, credits) for _, account, credits in takes), *owed):
        funded[account] = funded.get(account, 0) + credits
    debt = sum(credits for _, credits in owed)
    postings = (
        *(Posting("fan_lots", -credits, lot) for lot, _, credits in takes),
        Posting("fan_debt", -debt),
        *(Posting(account, credits) for account, credits in funded.items()),
    )
    moving = tuple(posting for posting in postings if posting.credits)
    return _standing("dispute_lost", fan, order, moving, number, at_ms)


def repaid_entry(fan: str, order: str, lot: str, credits: int, *, key: str, at_ms: int) -> Entry:
    """Credits of a lot pay what the fan owed; negative ones come back because it was not owed after all."""
    postings = (Posting("fan_lots", -credits, lot), Posting("fan_debt", credits))
    reason = "debt repaid" if credits > 0 else "debt repaid in vain"
    return _entry("debt_repaid", f"debt_repaid:{key}", fan, order, postings, reason, BOOKS_ACTOR, at_ms)


_REASONS: dict[EntryKind, str] = {
    "purchase_refund": "refunded at the till",
    "dispute_frozen": "disputed",
    "dispute_released": "no longer disputed",
    "dispute_lost": "dispute lost",
}


def _standing(kind: EntryKind, fan: str, order: str, postings: tuple[Posting, ...], number: int, at_ms: int) -> Entry:
    # The order's state under the wallet's lock is the gate; the number makes two that passed it at once collide.
    return _entry(kind, f"standing:{order}:{number}", fan, order, postings, _REASONS[kind], BOOKS_ACTOR, at_ms)


def _entry(
    kind: EntryKind,
    key: str,
    fan: str,
    order: str,
    postings: tuple[Posting, ...],
    reason: str,
    actor: str,
    at_ms: int,
    terms: LotTerms | None = None,
) -> Entry:
    return checked(Entry(kind, key, fan, None, at_ms, postings, reason, actor, terms=terms, order_id=order))
