"""What keeps the figures of the dashboards, and what it reads of the books to do so."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from billing.figures import DayFigures, Funnel, Increments, Kept, PerPayer, Place, Recharge
from billing.ledger import Recorded
from billing.settlement import Hold
from billing.types import LotClass


@dataclass(frozen=True, slots=True)
class Marks:
    """How far the kept figures go: the last seal of the journal, and the last place in the log of turns."""

    seal: int = 0
    turn: int = 0


@dataclass(frozen=True, slots=True)
class Sealed:
    """What one seal covers, with the classes of the lots it moves."""

    seal: int
    entries: tuple[Recorded, ...]
    classes: Mapping[str, LotClass]


class Figures(Protocol):
    """Inside one transaction of the caller. Figures, and how far they go, are written together or not at all."""

    async def marks(self) -> Marks:
        """How far they go; nobody else moves that before this transaction ends."""
        ...

    async def sealed_after(self, seal: int) -> Sealed | None:
        """The next seal. An entry becomes part of one seal, once: nothing that commits late is passed over."""
        ...

    async def settled(self, turns: Sequence[str]) -> Mapping[str, tuple[Hold, ...]]:
        """The holds of these turns, text before voice; one without any is left out."""
        ...

    async def add(self, found: Increments, marks: Marks) -> None:
        """Add increments, and move the marks."""
        ...

    async def forget(self) -> None:
        """Drop all of it, to be filled anew."""
        ...

    async def days(self, *, from_ms: int, until_ms: int) -> tuple[tuple[int, Place, DayFigures], ...]:
        """The figures of a period, by day and place."""
        ...

    async def recharges(self, *, from_ms: int, until_ms: int) -> tuple[Recharge, ...]:
        """What was bought in a period, by place and currency."""
        ...

    async def per_payer(self, *, from_ms: int, until_ms: int) -> tuple[PerPayer, ...]:
        """What payers paid in a period, by currency."""
        ...

    async def funnel(self, *, from_ms: int, until_ms: int) -> Funnel:
        """What became of the fans who joined in a period."""
        ...

    async def retention(self, *, from_ms: int, until_ms: int, now_ms: int) -> tuple[Kept, ...]:
        """Of the fans who first wrote in a period, who wrote again, by the episode they were at then."""
        ...
