"""What fans bought and what became of it, as a model knows it that has no journal: numbers of credits by order.

It takes from an answer where credits went only once the answer obeys the level rule, written down here once more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hypothesis import strategies as st

from billing.standing import Plan, Standing, Taken

PAID_MINOR = 7
ORDERS = st.sampled_from([f"o{number}" for number in range(3)])

Left = tuple[tuple[int, int], ...]
"""Credits granted and left of each lot of an order, the paid one first."""


def _within(refunded: int, lost: int, claimed: int) -> Standing:
    left = PAID_MINOR - refunded
    return Standing(PAID_MINOR, refunded, min(lost, left), min(claimed, left - min(lost, left)))


_PARTS = st.sampled_from([0, 0, 1, 4, PAID_MINOR])
STANDINGS = st.builds(_within, _PARTS, _PARTS, _PARTS)


@dataclass
class Sale:
    """An order, and where its credits went when the till was last asked."""

    fan: str
    credits: int
    bonus: int
    taken: Taken = field(default_factory=Taken)

    @property
    def granted(self) -> int:
        return self.credits + self.bonus


@dataclass
class Sales:
    """All that was sold, and how many credits have repaid debts."""

    of: dict[str, Sale] = field(default_factory=dict)
    repaid: dict[str, int] = field(default_factory=dict)

    def buy(self, order: str, sale: Sale) -> None:
        """A purchase repays what is owed before it gives anything."""
        self.repaid[sale.fan] = self.repaid.get(sale.fan, 0) + min(self.debt(sale.fan), sale.granted)
        self.of[order] = sale

    def debt(self, fan: str) -> int:
        """Credits that the fan owes."""
        return self._owed(fan) - self.repaid.get(fan, 0)

    def left(self, fan: str) -> int:
        """Credits that sales have put into the fan's lots and left there, whatever was spent of them."""
        mine = [sale for sale in self.of.values() if sale.fan == fan]
        return sum(sale.granted - sale.taken.total for sale in mine) - self.repaid.get(fan, 0)

    def stand(self, order: str, standing: Standing, plan: Plan, before: Left, after: Left) -> None:
        """Judge what a look did to an order, given its lots before and after it, and keep it."""
        sale = self.of[order]
        shares = [_shares(granted, standing) for granted, _ in before]
        refunded, lost, claimed = (sum(parts) for parts in zip(*shares, strict=True))
        there = sum(left for _, left in before) + sale.taken.total
        taken = plan.after
        assert 0 <= taken.refunded <= refunded
        assert 0 <= taken.frozen <= claimed
        assert lost - plan.pending <= taken.lost + taken.owed <= lost
        assert min(taken.lost, taken.owed, plan.pending) >= 0
        sale.taken = taken
        repaid = self.repaid.get(sale.fan, 0)
        self.repaid[sale.fan] = min(repaid, self._owed(sale.fan))
        came_back = sum(left for _, left in after) - (there - taken.total)
        assert 0 <= came_back <= repaid - self.repaid[sale.fan], "only what repaid a debt comes from elsewhere"
        for (granted, left), parts in zip(after, shares, strict=True):
            assert left <= granted - sum(parts) + plan.pending, "what was paid back is not left to be spent"

    def _owed(self, fan: str) -> int:
        return sum(sale.taken.owed for sale in self.of.values() if sale.fan == fan)


def _shares(granted: int, standing: Standing) -> tuple[int, int, int]:
    """What a refund, a verdict and a claim want of a lot: of so much money in all, so many credits, rounded down."""
    money: Sequence[int] = (standing.refunded_minor, standing.lost_minor, standing.open_minor)
    upto = [granted * sum(money[:number]) // PAID_MINOR for number in range(4)]
    return upto[1] - upto[0], upto[2] - upto[1], upto[3] - upto[2]
