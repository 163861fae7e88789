"""What the books in memory keep. Every value is immutable, so that copying the containers is a snapshot."""

from __future__ import annotations

from dataclasses import dataclass, field

from billing.ledger import Lot, Recorded, WalletRow
from billing.settlement import Hold
from billing.types import BudgetChange, PriceProposal, PriceVersion, ShareTerms, TurnCost


@dataclass
class State:
    """The tables of a database, as dictionaries."""

    wallets: dict[str, WalletRow] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    journal: list[Recorded] = field(default_factory=list)
    holds: dict[str, tuple[Hold, ...]] = field(default_factory=dict)
    prices: dict[str, PriceVersion] = field(default_factory=dict)
    proposals: dict[str, PriceProposal] = field(default_factory=dict)
    shares: dict[str, ShareTerms] = field(default_factory=dict)
    budgets: list[BudgetChange] = field(default_factory=list)
    costs: dict[tuple[str, str], TurnCost] = field(default_factory=dict)
    costs_at_ms: dict[tuple[str, str], int] = field(default_factory=dict)
    joined_at_ms: dict[str, int] = field(default_factory=dict)
    frozen: frozenset[str] = frozenset()
    ids: int = 0

    def copy(self) -> State:
        """The same, apart: what happens to one does not happen to the other."""
        return State(
            dict(self.wallets),
            dict(self.lots),
            list(self.journal),
            dict(self.holds),
            dict(self.prices),
            dict(self.proposals),
            dict(self.shares),
            list(self.budgets),
            dict(self.costs),
            dict(self.costs_at_ms),
            dict(self.joined_at_ms),
            self.frozen,
            self.ids,
        )
