"""What is owed to fans in replies at a moment: unspent credits by class, and what was paid for them.

Pure: it adds up what is left in lots. An amount of money is in millionths of a currency's minor unit, so that the
share of a lot that is left has no fraction that matters: each lot is rounded down once.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from billing.types import LotClass
from billing.units import cost_basis


@dataclass(frozen=True, slots=True)
class LotLeft:
    """What was left in one lot at a moment."""

    lot_class: LotClass
    granted: int
    credits: int
    paid_minor: int
    currency: str


@dataclass(frozen=True, slots=True)
class Owed:
    """Unspent credits of one class that were paid for in one currency ("": not paid for), and their cost basis."""

    lot_class: LotClass
    currency: str
    credits: int
    micros: int


def owed(left: Iterable[LotLeft]) -> tuple[Owed, ...]:
    """The liability by class and currency; what has nothing left is not in it."""
    sums: dict[tuple[LotClass, str], tuple[int, int]] = {}
    for lot in left:
        key = (lot.lot_class, lot.currency)
        credits, micros = sums.get(key, (0, 0))
        basis = cost_basis(lot.credits, granted=lot.granted, paid_minor=lot.paid_minor)
        sums[key] = (credits + lot.credits, micros + basis)
    return tuple(Owed(*key, credits, micros) for key, (credits, micros) in sorted(sums.items()) if credits)
