"""The laws of the till after any chaos: what was paid was granted once, and what went back is gone as far as it can be.

Pure. It goes by what the till's stand-in says was paid and by what the journal moved, independently of the level rule.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from tests.chaos.evidence import Evidence, LotRow, PaidRow


def till_findings(evidence: Evidence) -> list[str]:
    """Everything that is not as it must be; empty when all is well."""
    return [*_grants(evidence), *_lots(evidence)]


def _grants(evidence: Evidence) -> Iterator[str]:
    """One grant for each paid order, of what was bought; none for what was not paid."""
    granted: Counter[str] = Counter()
    classes: Counter[tuple[str, str]] = Counter()
    for lot in evidence.lots:
        granted[lot.order] += lot.granted
        classes[lot.order, lot.lot_class] += 1
    entries = Counter(entry.order for entry in evidence.entries if entry.kind == "purchase")
    known = {order.id for order in evidence.orders}
    yield from (f"the till was paid for {order}, which is no order" for order in evidence.paid.keys() - known)
    yield from (f"{order} has {n} lots of {kind}" for (order, kind), n in classes.items() if n > 1)
    for order in evidence.orders:
        due = order.credits + order.bonus if order.id in evidence.paid else 0
        if granted[order.id] != due:
            yield f"{order.id} ({order.state}) should have been granted {due} credits and was {granted[order.id]}"
        lots = sum(lot.order == order.id for lot in evidence.lots)
        if entries[order.id] != lots:
            yield f"{order.id} has {lots} lots and {entries[order.id]} bookings of them"
        if (order.state == "paid") != (order.id in evidence.paid):
            yield f"{order.id} is {order.state}, and the till says otherwise"


def _lots(evidence: Evidence) -> Iterator[str]:
    for lot in evidence.lots:
        paid = evidence.paid.get(lot.order)
        if paid is not None and lot.remaining != left_of(lot, paid):
            yield f"{lot} of {lot.order} should have {left_of(lot, paid)} left: the till says {paid}"


def left_of(lot: LotRow, paid: PaidRow) -> int:
    """What must be left of a lot: what is not spent, less the share of the money that went back."""
    unspent = lot.granted - lot.spent - lot.repaid
    return unspent - min(unspent, lot.granted * paid.gone // paid.paid)
