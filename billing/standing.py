"""The level rule: from what the till says now of an order's payment, the bookings that bring its lots in line.

Pure. It compares where the credits of an order should be with where the journal has put them and books the difference,
so that any order, repetition or loss of messages ends in the same books. It must never look at which event came.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from billing.ledger import FUNDING, Account, Entry, Lot
from billing.purchases import LotTake, frozen_entry, lost_entry, refunded_entry, repaid_entry
from billing.till import DisputeStatus, PaymentState

Verdict = Literal["open", "lost", "none"]

VERDICTS: dict[DisputeStatus, Verdict] = {
    "needs_response": "open",
    "under_review": "open",
    "appeal_needs_response": "open",
    "appeal_under_review": "open",
    "lost": "lost",
    "won": "none",
    "prevented": "none",
    "warning_needs_response": "none",
    "warning_under_review": "none",
    "warning_closed": "none",
}
"""What a dispute's status means for credits. An inquiry (`warning_…`) moves no money, and so no credits."""


@dataclass(frozen=True, slots=True)
class Standing:
    """What the till says of a payment, in minor units. Nothing is more than was paid, nor is their sum."""

    paid_minor: int
    refunded_minor: int = 0
    lost_minor: int = 0
    open_minor: int = 0

    def __post_init__(self) -> None:
        assert self.paid_minor > 0, "a purchase is paid"
        parts = (self.refunded_minor, self.lost_minor, self.open_minor)
        assert all(part >= 0 for part in parts), "money goes back, never forth"
        assert sum(parts) <= self.paid_minor, "no more goes back than was paid"


def standing_of(payment: PaymentState) -> Standing:
    """The standing of a payment. Where parts overlap, a refund counts before a verdict, a verdict before a claim."""
    verdicts = [(VERDICTS[dispute.status], dispute.amount_minor) for dispute in payment.disputes]
    paid = payment.amount_minor
    refunded = min(paid, payment.amount_refunded_minor)
    lost = min(paid - refunded, sum(amount for verdict, amount in verdicts if verdict == "lost"))
    claimed = min(paid - refunded - lost, sum(amount for verdict, amount in verdicts if verdict == "open"))
    return Standing(paid, refunded, lost, claimed)


@dataclass(frozen=True, slots=True)
class Taken:
    """Where the credits of one lot that are neither left nor spent have gone; `owed` were spent before their loss."""

    refunded: int = 0
    lost: int = 0
    frozen: int = 0
    owed: int = 0

    @property
    def total(self) -> int:
        """Credits that are out of the lot."""
        return self.refunded + self.lost + self.frozen


@dataclass(frozen=True, slots=True)
class Plan:
    """The bookings, in order, and where the credits are afterwards.

    `pending` credits could not be taken because open holds were promised them: look again when those are settled.
    """

    entries: tuple[Entry, ...]
    after: Taken
    pending: int


def taken(entries: Iterable[Entry], lots: Sequence[Lot]) -> dict[str, Taken]:
    """By lot, what the journal's entries of an order have done to it."""
    found = {lot.terms.lot: Taken() for lot in lots}
    for entry in entries:
        for posting in entry.postings:
            if posting.lot is not None:
                found[posting.lot] = _moved(found[posting.lot], entry, -posting.credits)
        if entry.kind == "dispute_lost":
            for lot in lots:
                name, account = lot.terms.lot, FUNDING[lot.terms.lot_class]
                charged = sum(posting.credits for posting in entry.postings if posting.account == account)
                out = -sum(posting.credits for posting in entry.postings if posting.lot == name)
                found[name] = replace(found[name], owed=found[name].owed + charged - out)
    return found


def _moved(before: Taken, entry: Entry, out: int) -> Taken:
    match entry.kind:
        case "purchase_refund":
            return replace(before, refunded=before.refunded + out)
        case "dispute_lost":
            return replace(before, lost=before.lost + out)
        case "dispute_frozen" | "dispute_released":
            return replace(before, frozen=before.frozen + out)
        case _:  # the purchase itself, and debts repaid: credits that came, and credits that were spent
            return before


def wanted(lot: Lot, now: Taken, standing: Standing) -> Taken:
    """Where the credits of a lot should be: shares of what was granted, rounded down, as far as they are not spent.

    A refund is capped by what is left of the lot; what a lost dispute does not find there is owed.
    """
    paid, out = standing.paid_minor, standing.refunded_minor
    there = lot.remaining + now.total
    refund_share = lot.granted * out // paid
    lost_share = lot.granted * (out + standing.lost_minor) // paid - refund_share
    open_share = lot.granted * (out + standing.lost_minor + standing.open_minor) // paid - refund_share - lost_share
    refunded = min(refund_share, there)
    lost = min(lost_share, there - refunded)
    frozen = min(open_share, there - refunded - lost)
    return Taken(refunded, lost, frozen, lost_share - lost)


def plan(
    order: str, fan: str, lots: Sequence[Lot], entries: Sequence[Entry], standing: Standing, available: int, at_ms: int
) -> Plan:
    """What brings an order in line with the till.

    `lots` are all of the order's, locked, `entries` all of the order's; `available` is the fan's, once what expired
    has lapsed: no more than it leaves the lots, so every open hold can still be captured.
    """
    assert len({lot.terms.lot_class for lot in lots}) == len(lots), "an order has one lot of each funding"
    now = taken(entries, lots)
    # By age, the paid lot first: when credits are short, ids that were drawn by chance must not decide where they stay.
    oldest_first = sorted(lots, key=lambda lot: lot.seq)
    goals = [(lot, now[lot.terms.lot], wanted(lot, now[lot.terms.lot], standing)) for lot in oldest_first]
    budget = available + sum(max(0, before.total - goal.total) for _, before, goal in goals)
    moves: list[tuple[Lot, Taken, Taken]] = []
    pending = 0
    for lot, before, goal in goals:
        extra = max(0, goal.total - before.total)
        short = extra - min(extra, budget)
        budget -= extra - short
        pending += short
        moves.append((lot, before, _less(goal, short)))
    made = _entries(order, fan, moves, len(entries), at_ms)
    return Plan(made, _sum(after for _, _, after in moves), pending)


def _less(goal: Taken, short: int) -> Taken:
    """The goal with `short` credits left where they are: a claim waits first, then a verdict, then a refund."""
    frozen = min(goal.frozen, short)
    lost = min(goal.lost, short - frozen)
    return replace(
        goal, frozen=goal.frozen - frozen, lost=goal.lost - lost, refunded=goal.refunded - (short - frozen - lost)
    )


def _entries(
    order: str, fan: str, moves: Sequence[tuple[Lot, Taken, Taken]], number: int, at_ms: int
) -> tuple[Entry, ...]:
    """Everything that gives comes before anything that takes, so that no lot and no wallet is ever short between."""
    made: list[Entry] = []
    for gives in (True, False):
        refunds, frozen, losses = _parted(moves, gives=gives)
        owed = _owed(moves, gives=gives)
        if refunds:
            made.append(refunded_entry(fan, order, refunds, number=number + len(made), at_ms=at_ms))
        if losses or owed:
            made.append(lost_entry(fan, order, losses, owed, number=number + len(made), at_ms=at_ms))
        if frozen:
            takes = [(lot, credits) for lot, _, credits in frozen]
            made.append(frozen_entry(fan, order, takes, number=number + len(made), at_ms=at_ms))
    return tuple(made)


def _parted(
    moves: Sequence[tuple[Lot, Taken, Taken]], *, gives: bool
) -> tuple[list[LotTake], list[LotTake], list[LotTake]]:
    """What refunds, claims and verdicts take from each lot, or give back to it."""
    parts: tuple[list[LotTake], list[LotTake], list[LotTake]] = ([], [], [])
    for lot, before, after in moves:
        changes = (after.refunded - before.refunded, after.frozen - before.frozen, after.lost - before.lost)
        for part, change in zip(parts, changes, strict=True):
            if change and (change < 0) == gives:
                part.append((lot.terms.lot, FUNDING[lot.terms.lot_class], change))
    return parts


def _owed(moves: Sequence[tuple[Lot, Taken, Taken]], *, gives: bool) -> list[tuple[Account, int]]:
    """The changes of what the fan owes, each beside the change of what was lost from the same lot."""
    found: list[tuple[Account, int]] = []
    for lot, before, after in moves:
        lost, owed = after.lost - before.lost, after.owed - before.owed
        if owed and ((lost or owed) < 0) == gives:
            found.append((FUNDING[lot.terms.lot_class], owed))
    return found


def _sum(parts: Iterable[Taken]) -> Taken:
    every = tuple(parts)
    return Taken(
        sum(part.refunded for part in every),
        sum(part.lost for part in every),
        sum(part.frozen for part in every),
        sum(part.owed for part in every),
    )


def debt_of(entries: Iterable[Entry]) -> int:
    """What a fan owes by the entries that may touch debts; below zero when more was repaid than was owed after all."""
    return -sum(posting.credits for entry in entries for posting in entry.postings if posting.account == "fan_debt")


def repayments(bought: Sequence[Entry], debts: Sequence[Entry], at_ms: int) -> tuple[Entry, ...]:
    """The bookings that repay what a fan owes from the lots that were just bought, the paid one first."""
    owed = debt_of(debts)
    times = sum(entry.kind == "debt_repaid" for entry in debts)
    made: list[Entry] = []
    for entry in bought:
        assert entry.terms is not None, "a purchase grants a lot"
        assert entry.order_id is not None, "a purchase has an order"
        paid = min(owed, sum(posting.credits for posting in entry.postings if posting.lot))
        if paid > 0:
            key = f"{entry.order_id}:{times + len(made)}"
            made.append(repaid_entry(entry.fan, entry.order_id, entry.terms.lot, paid, key=key, at_ms=at_ms))
            owed -= paid
    return tuple(made)


def give_back(fan: str, entries: Sequence[Entry], at_ms: int) -> tuple[Entry, ...]:
    """The bookings that return credits which repaid a debt that is owed no longer: the last repaid come back first.

    `entries` are all of the fan's that may touch debts, oldest first.
    """
    excess = -debt_of(entries)
    repaid: dict[tuple[str, str], int] = {}
    for entry in entries:
        if entry.kind == "debt_repaid":
            lots = [(posting.lot, -posting.credits) for posting in entry.postings if posting.lot]
            for lot, credits in lots:
                of = (lot, entry.order_id or "")
                repaid[of] = repaid.pop(of, 0) + credits
    made: list[Entry] = []
    times = sum(entry.kind == "debt_repaid" for entry in entries)
    for (lot, order), credits in reversed(repaid.items()):
        back = min(credits, max(0, excess))
        if back:
            key = f"{order}:{times + len(made)}"
            made.append(repaid_entry(fan, order, lot, -back, key=key, at_ms=at_ms))
            excess -= back
    return tuple(made)
