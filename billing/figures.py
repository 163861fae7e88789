"""The figures of the dashboards, day by day, as the journal and the log of turns tell them piece by piece.

Pure: entries and turns in, increments out. Adding the same entry twice counts it twice, so whoever keeps the sums keeps
with them, in the same commit, how far they go. What a fan and a character said is no part of it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from billing.ledger import Entry
from billing.types import LotClass, PriceScope
from billing.units import DAY_MS, day_start_ms

RETENTION_WEEKS = 8
"""How many weeks after the first message are told apart."""
WEEK_MS = 7 * DAY_MS


@dataclass(frozen=True, slots=True, order=True)
class Place:
    """Where somebody was in the show; 0 and "" where nobody knows."""

    show: str = ""
    character: str = ""
    episode: int = 0
    """The last episode that the fan had watched."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A settled turn: what it was for, what it cost, and how it ended."""

    fan: str
    place: Place
    text: int
    voice: int
    reason: str
    """`delivered`, or why it cost nothing."""
    opened_at_ms: int


@dataclass(slots=True)
class DayFigures:
    """Sums of one day at one place."""

    turns: int = 0
    """Messages that were charged."""
    voiced: int = 0
    """Those of them whose voice was charged."""
    credits: int = 0
    voice_credits: int = 0
    bought_credits: int = 0
    """Of all credits charged, those of lots that were bought."""
    reward_credits: int = 0
    """Those that fans had for watching ads."""
    gift_credits: int = 0
    refunds: int = 0
    refunded_credits: int = 0
    refused: int = 0
    """Turns that were settled without being charged, whatever the reason, greetings apart."""

    def add(self, other: DayFigures) -> None:
        """Add another's sums."""
        for each in fields(self):
            setattr(self, each.name, getattr(self, each.name) + getattr(other, each.name))


@dataclass(slots=True)
class Sales:
    """What one fan bought on one day at one place in one currency, in minor units."""

    sales: int = 0
    paid_minor: int = 0
    credits: int = 0


DayKey = tuple[int, Place]
SaleKey = tuple[int, str, str, Place]
"""Day, fan, currency, place."""
FanDay = tuple[str, int]


@dataclass(slots=True)
class Increments:
    """What some entries and turns add to the figures."""

    days: dict[DayKey, DayFigures] = field(default_factory=dict)
    sales: dict[SaleKey, Sales] = field(default_factory=dict)
    active: dict[FanDay, tuple[int, int]] = field(default_factory=dict)
    """Charged messages of a fan on a day, and the first episode that they were at."""

    def entry(self, entry: Entry, *, classes: Mapping[str, LotClass], taken: Taken | None, place: Place) -> None:
        """Count an entry. `taken`: its turn. `classes`: of its lots. `place`: where the fan was, of a purchase."""
        day = day_start_ms(entry.at_ms)
        if entry.kind == "capture" and taken is not None:
            self._capture(entry, classes, taken, day)
        elif entry.kind == "turn_refund":
            figures = self._day(day, taken.place if taken else Place())
            figures.refunds += 1
            figures.refunded_credits += sum(posting.credits for posting in entry.postings if posting.lot)
        elif entry.terms is not None and entry.terms.paid_minor > 0:
            granted = sum(posting.credits for posting in entry.postings if posting.lot == entry.terms.lot)
            sales = self.sales.setdefault((day, entry.fan, entry.terms.currency, place), Sales())
            sales.sales += 1
            sales.paid_minor += entry.terms.paid_minor
            sales.credits += granted

    def turn(self, taken: Taken) -> None:
        """Count a turn that was settled and not charged."""
        self._day(day_start_ms(taken.opened_at_ms), taken.place).refused += 1

    def _capture(self, entry: Entry, classes: Mapping[str, LotClass], taken: Taken, day: int) -> None:
        figures = self._day(day, taken.place)
        figures.turns += 1
        figures.voiced += taken.voice > 0
        figures.voice_credits += taken.voice
        for posting in entry.postings:
            if posting.lot is None:
                continue
            burned, lot_class = -posting.credits, classes[posting.lot]
            figures.credits += burned
            if lot_class in ("purchased", "subscription"):
                figures.bought_credits += burned
            elif lot_class == "reward":
                figures.reward_credits += burned
            else:
                figures.gift_credits += burned
        turns, episode = self.active.get((entry.fan, day), (0, taken.place.episode))
        self.active[entry.fan, day] = (turns + 1, min(episode, taken.place.episode))

    def _day(self, day: int, place: Place) -> DayFigures:
        return self.days.setdefault((day, place), DayFigures())


def place_of(scope: PriceScope, episode: int) -> Place:
    """Where a turn was taken."""
    return Place(scope.show, scope.character, max(episode, 0))


@dataclass(frozen=True, slots=True)
class Funnel:
    """Fans who joined in a period, how many of them ever wrote, and how many ever paid."""

    joined: int
    wrote: int
    paid: int


@dataclass(frozen=True, slots=True)
class Kept:
    """Fans whose first charged message was at one episode, and how many wrote again in each week after it.

    Of each week: how many did, of how many for whom that week is over; who has not had it yet is in neither.
    """

    episode: int
    fans: int
    weeks: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Recharge:
    """What was bought at one place in one currency."""

    place: Place
    currency: str
    fans: int
    sales: int
    paid_minor: int


@dataclass(frozen=True, slots=True)
class PerPayer:
    """What the fans who bought in a period paid, in one currency."""

    currency: str
    payers: int
    paid_minor: int

    @property
    def arppu_minor(self) -> int:
        """Per paying fan, rounded down."""
        return self.paid_minor // self.payers if self.payers else 0


def share_bps(part: int, whole: int) -> int:
    """Hundredths of a percent, rounded down."""
    return 10_000 * part // whole if whole else 0
