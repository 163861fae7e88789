"""Replaying the journal: the lots and wallets that its entries alone add up to, and where the kept ones differ.

Pure, and one pass over the entries: it holds one value for each lot and each fan, however long the journal is.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from billing.ledger import Lot, Recorded, WalletRow


@dataclass(slots=True)
class Replayed:
    """What the entries so far add up to."""

    lots: dict[str, Lot] = field(default_factory=dict)
    posted: dict[str, int] = field(default_factory=dict)
    entries: int = 0
    orphans: dict[str, int] = field(default_factory=dict)
    """Credits that entries moved in lots which nothing had granted: such a journal was tampered with."""

    def take(self, recorded: Recorded) -> None:
        """Add the next entry; entries come by ascending place."""
        entry = recorded.entry
        self.entries += 1
        for posting in entry.postings:
            if posting.lot is None:
                continue
            self.posted[entry.fan] = self.posted.get(entry.fan, 0) + posting.credits
            lot = self.lots.get(posting.lot)
            if lot is None and entry.terms is not None and entry.terms.lot == posting.lot:
                lot = Lot(entry.terms, entry.fan, recorded.seq, posting.credits, 0, entry.at_ms)
            if lot is None:
                self.orphans[posting.lot] = self.orphans.get(posting.lot, 0) + posting.credits
            else:
                self.lots[posting.lot] = replace(lot, remaining=lot.remaining + posting.credits)


@dataclass(frozen=True, slots=True)
class Difference:
    """A derived row that is not what the journal says. None stands for a row that is not there."""

    what: str
    kept: int | None
    replayed: int | None


def replayed(journal: Iterable[Recorded]) -> Replayed:
    """Replay entries that come by ascending place."""
    state = Replayed()
    for recorded in journal:
        state.take(recorded)
    return state


def differing_wallets(state: Replayed, wallets: Iterable[WalletRow]) -> tuple[Difference, ...]:
    """Where a fan's posted credits are not what the entries add up to. A wallet without entries is an empty one."""
    posted = {row.fan: row.posted for row in wallets}
    return tuple(
        Difference(f"fan {fan}", posted.get(fan), state.posted.get(fan))
        for fan in sorted({*posted, *state.posted})
        if posted.get(fan, 0) != state.posted.get(fan, 0)
    )


def differing_lots(state: Replayed, lots: Iterable[Lot]) -> tuple[Difference, ...]:
    """Where a kept lot is not the replayed one, in its terms or in what is left. The differences tell what is left."""
    kept = {lot.terms.lot: lot for lot in lots}
    found: list[Difference] = []
    for name in sorted({*kept, *state.lots, *state.orphans}):
        here, there = kept.get(name), state.lots.get(name)
        if here != there or name in state.orphans:
            left = [None if lot is None else lot.remaining for lot in (here, there)]
            found.append(Difference(f"lot {name}", *left))
    return tuple(found)
