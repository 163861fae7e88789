"""Whether the books add up: every invariant recomputed from the journal and compared with the derived tables.

Pure: it is given a snapshot of plain values, however wrong they are, and returns what does not hold. It never repairs.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from billing import pricing, shares
from billing.ledger import Account, Lot, Recorded, WalletRow, balanced
from billing.orders import Order
from billing.replay import differing_lots, replayed
from billing.seals import Seal, broken_seals
from billing.settlement import UNCOLLECTED, Hold, basis_of, quoted
from billing.types import PriceVersion, ShareTerms, Violation

SWEEP_GRACE_MS = 120_000
"""How long after its expiry an open hold may wait for the sweeper."""
PAID_CLASSES = ("purchased", "subscription")
"""The classes of what an order is paid for; whatever else it grants is its bonus."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The books at one moment. All of it has to come from one consistent read."""

    wallets: Sequence[WalletRow]
    lots: Sequence[Lot]
    journal: Sequence[Recorded]
    holds: Sequence[Hold]
    prices: Sequence[PriceVersion]
    seals: Sequence[Seal] = ()
    shares: Sequence[ShareTerms] = ()
    orders: Sequence[Order] = ()
    """Those of the shop; books without a shop have none, and then nothing is said of what was ordered."""


def violations(books: Snapshot, *, now_ms: int | None = None) -> tuple[Violation, ...]:
    """I1 to I8 and I10 of the design, debts, claims, shares and seals; empty when the books add up.

    Without `now_ms` nothing is said about holds that should have ended by now (a part of I8).
    """
    found = [
        *_unbalanced(books),
        *_wrong_balances(books),
        *_wrong_reserves(books),
        *_impossible_lots(books),
        *_wrong_captures(books),
        *_wrong_refunds(books),
        *_wrong_purchases(books),
        *_wrong_debts(books),
        *_wrong_claims(books),
        *_wrong_charges(books),
        *_endless_holds(books, now_ms),
        *_not_rebuilt(books),
        *_wrong_shares(books),
        *broken_seals(books.seals, {recorded.seq: recorded for recorded in books.journal}),
    ]
    return tuple(found)


def _unbalanced(books: Snapshot) -> Iterator[Violation]:
    for recorded in books.journal:
        postings = recorded.entry.postings
        if not postings:
            yield Violation("I1", f"entry {recorded.seq}", "has no postings")
        elif not balanced(postings):
            total = sum(posting.credits for posting in postings)
            yield Violation("I1", f"entry {recorded.seq}", f"sums to {total}")


def _wrong_balances(books: Snapshot) -> Iterator[Violation]:
    posted = {wallet.fan: wallet.posted for wallet in books.wallets}
    in_lots = _summed((lot.fan, lot.remaining) for lot in books.lots)
    in_journal = _summed(
        (recorded.entry.fan, posting.credits)
        for recorded in books.journal
        for posting in recorded.entry.postings
        if posting.account == "fan_lots"
    )
    for fan in sorted({*posted, *in_lots, *in_journal}):
        sums = (posted.get(fan, 0), in_lots.get(fan, 0), in_journal.get(fan, 0))
        if len(set(sums)) > 1:
            detail = f"wallet {sums[0]}, lots {sums[1]}, postings {sums[2]}"
            yield Violation("I2", f"fan {fan}", detail)


def _wrong_reserves(books: Snapshot) -> Iterator[Violation]:
    reserved = {wallet.fan: wallet.held for wallet in books.wallets}
    in_holds = _summed((hold.fan, hold.max_credits) for hold in books.holds if hold.status == "open")
    for fan in sorted({*reserved, *in_holds}):
        if reserved.get(fan, 0) != in_holds.get(fan, 0):
            detail = f"wallet {reserved.get(fan, 0)}, open holds {in_holds.get(fan, 0)}"
            yield Violation("I3", f"fan {fan}", detail)


def _impossible_lots(books: Snapshot) -> Iterator[Violation]:
    for lot in books.lots:
        if not 0 <= lot.remaining <= lot.granted:
            yield Violation("I4", f"lot {lot.terms.lot}", f"{lot.remaining} left of {lot.granted}")


def _wrong_captures(books: Snapshot) -> Iterator[Violation]:
    settlements = [recorded.entry for recorded in books.journal if recorded.entry.kind in ("capture", "uncollected")]
    times = Counter(entry.turn for entry in settlements)
    for turn in sorted(str(turn) for turn, count in times.items() if count > 1):
        yield Violation("I5", f"turn {turn}", "was settled more than once")
    burned = _summed(
        (str(entry.turn), -posting.credits)
        for entry in settlements
        for posting in entry.postings
        if posting.account == "fan_lots"
    )
    captured = _summed((hold.turn, hold.captured_credits) for hold in books.holds)
    for turn in sorted({*burned, *captured}):
        if burned.get(turn, 0) != captured.get(turn, 0):
            detail = f"{captured.get(turn, 0)} captured, {burned.get(turn, 0)} burned"
            yield Violation("I5", f"turn {turn}", detail)


def _wrong_refunds(books: Snapshot) -> Iterator[Violation]:
    kept: defaultdict[tuple[str, str], int] = defaultdict(int)
    for recorded in sorted(books.journal, key=lambda recorded: recorded.seq):
        entry = recorded.entry
        for posting in entry.postings if entry.kind in ("capture", "turn_refund") else ():
            if posting.lot is not None:
                kept[str(entry.turn), posting.lot] -= posting.credits
    for (turn, lot), credits in sorted(kept.items()):
        if credits < 0:
            yield Violation("I5", f"turn {turn}", f"gave lot {lot} back {-credits} more than it took")


def _wrong_purchases(books: Snapshot) -> Iterator[Violation]:
    granted: defaultdict[str, list[int]] = defaultdict(list)
    gifts: defaultdict[str, list[int]] = defaultdict(list)
    fans: defaultdict[str, set[str]] = defaultdict(set)
    for entry in (recorded.entry for recorded in books.journal if recorded.entry.kind == "purchase"):
        order, terms = str(entry.order_id), entry.terms
        paid = terms is not None and terms.lot_class in PAID_CLASSES
        (granted if paid else gifts)[order].append(sum(posting.credits for posting in entry.postings if posting.lot))
        fans[order].add(entry.fan)
    for order in sorted(fans):
        for what, grants in (("its credits", granted[order]), ("its bonus", gifts[order])):
            if len(grants) > 1:
                yield Violation("I6", f"order {order}", f"was granted {what} {len(grants)} times")
    for ordered in books.orders:
        where = f"order {ordered.id}"
        # The checkout of a subscription grants nothing: each of its periods is an order of its own.
        serves = ordered.state == "paid" and ordered.kind != "subscription"
        due, gift = (ordered.credits, ordered.bonus) if serves else (0, 0)
        if sum(granted[ordered.id]) != due:
            yield Violation("I6", where, f"granted {sum(granted[ordered.id])} credits, {due} were paid for")
        if sum(gifts[ordered.id]) < gift:  # a promotion may add to it
            yield Violation("I6", where, f"granted {sum(gifts[ordered.id])} credits of a bonus of {gift}")
        if fans[ordered.id] - {ordered.fan}:
            yield Violation("I6", where, "was granted to another fan")


def _wrong_debts(books: Snapshot) -> Iterator[Violation]:
    """What a fan owes stands as a negative sum: nobody repays what is not owed."""
    owned = ((recorded.entry.fan, recorded) for recorded in books.journal)
    for fan, credits in sorted(_in_account("fan_debt", owned).items()):
        if credits > 0:
            yield Violation("debt", f"fan {fan}", f"repaid {credits} more than was owed")


def _wrong_claims(books: Snapshot) -> Iterator[Violation]:
    """What is frozen of an order stands as a positive sum: no more is released than was frozen."""
    owned = ((str(recorded.entry.order_id), recorded) for recorded in books.journal)
    for order, credits in sorted(_in_account("dispute_clearing", owned).items()):
        if credits < 0:
            yield Violation("dispute", f"order {order}", f"released {-credits} more than was frozen")


def _in_account(account: Account, owned: Iterable[tuple[str, Recorded]]) -> dict[str, int]:
    """The sums of an account's postings by whom or what each entry belongs to."""
    return _summed(
        (owner, posting.credits)
        for owner, recorded in owned
        for posting in recorded.entry.postings
        if posting.account == account
    )


def _wrong_charges(books: Snapshot) -> Iterator[Violation]:
    versions = {version.id: version for version in books.prices}
    of_turn: defaultdict[str, list[Hold]] = defaultdict(list)
    for hold in books.holds:
        of_turn[hold.turn].append(hold)
    for holds in of_turn.values():
        version = versions.get(holds[0].price_version)
        for hold in holds:
            where = f"turn {hold.turn} {hold.kind}"
            price = _worst(version, hold)
            if price != hold.max_credits:
                yield Violation("I7", where, f"held {hold.max_credits}, the pinned price is {price}")
            if not 0 <= hold.captured_credits <= hold.max_credits:
                yield Violation("I7", where, f"captured {hold.captured_credits} of {hold.max_credits}")
            elif version is not None and hold.captured_credits != (due := _due(version, holds, hold)):
                yield Violation("I7", where, f"captured {hold.captured_credits}, what was delivered costs {due}")


def _worst(version: PriceVersion | None, hold: Hold) -> int | None:
    if version is None:
        return None
    if hold.waived:
        return 0
    most = pricing.worst(version, hold.voice or True)
    return most.text if hold.kind == "text" else most.voice


def _due(version: PriceVersion, holds: Sequence[Hold], hold: Hold) -> int:
    if hold.status != "captured" or hold.reason == UNCOLLECTED:
        return 0
    charge = pricing.charge(version, quoted(holds), hold.usage)
    return charge.text if hold.kind == "text" else charge.voice


def _wrong_shares(books: Snapshot) -> Iterator[Violation]:
    terms = {each.id: each for each in books.shares}
    pinned = {hold.turn: terms.get(hold.share_terms or "") for hold in books.holds}
    bases = {lot.terms.lot: basis_of(lot) for lot in books.lots if lot.granted > 0}
    kept: defaultdict[tuple[str, str], int] = defaultdict(int)
    for recorded in sorted(books.journal, key=lambda recorded: recorded.seq):
        entry, moves = recorded.entry, []
        for posting in entry.postings if entry.kind in ("capture", "turn_refund") else ():
            basis = bases.get(posting.lot or "")
            if basis is not None:
                place = (str(entry.turn), basis.lot)
                moves.append((basis, kept[place], kept[place] - posting.credits))
                kept[place] -= posting.credits
        due = shares.postings(pinned.get(str(entry.turn)), moves)
        if entry.shares != due:
            posted = [sum(share.micros for share in each or ()) for each in (entry.shares, due)]
            yield Violation("share", f"entry {recorded.seq}", f"posts {posted[0]} millionths, and owes {posted[1]}")


def _endless_holds(books: Snapshot, now_ms: int | None) -> Iterator[Violation]:
    for hold in books.holds:
        where = f"turn {hold.turn} {hold.kind}"
        if (hold.status == "open") != (hold.settled_at_ms is None):
            yield Violation("I8", where, f"is {hold.status}, settled at {hold.settled_at_ms}")
        if hold.expires_at_ms <= hold.opened_at_ms:
            yield Violation("I8", where, "ends before it begins")
        if now_ms is not None and hold.status == "open" and hold.expires_at_ms + SWEEP_GRACE_MS < now_ms:
            yield Violation("I8", where, f"should have ended at {hold.expires_at_ms}")


def _not_rebuilt(books: Snapshot) -> Iterator[Violation]:
    rebuilt = replayed(sorted(books.journal, key=lambda recorded: recorded.seq))
    for difference in differing_lots(rebuilt, books.lots):
        yield Violation("I10", difference.what, "differs from what the journal says")


def _summed(pairs: Iterable[tuple[str, int]]) -> dict[str, int]:
    totals: defaultdict[str, int] = defaultdict(int)
    for key, credits in pairs:
        totals[key] += credits
    return totals
