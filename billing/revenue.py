"""What was earned and what it cost, by UTC day, by show or by character: the figures a billing admin reads.

Pure: it adds up what the books recorded and is told which day or show it belongs to. Credits and money are never mixed,
currencies are never converted into each other, and no figure is a float.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from typing import Literal, get_args

from billing.ledger import Account, EntryKind
from billing.types import ChargeKind
from billing.units import DAY_MS, cost_basis

By = Literal["day", "show", "character"]
BYS: tuple[By, ...] = get_args(By)

PERIOD_DAYS_MAX = 3_660
"""The longest period of a report: ten years, which bounds the days it can have."""

MONEY_KINDS: tuple[EntryKind, ...] = ("capture", "turn_refund", "lapse")
"""The entries by which money that was paid for credits becomes ours, or stops being so."""


@dataclass(frozen=True, slots=True, order=True)
class Group:
    """What a line is about. Grouped by day only `day_ms` is set, by show only `show`, by character both names.

    A gift and a lapse belong to no show: grouped otherwise than by day they are in the line whose names are "".
    """

    day_ms: int = 0
    """The first moment of the UTC day."""
    show: str = ""
    character: str = ""


@dataclass(frozen=True, slots=True)
class CreditSum:
    """Credits that entries of one kind moved into one account, and how many postings did."""

    group: Group
    account: Account
    kind: EntryKind
    credits: int
    postings: int


@dataclass(frozen=True, slots=True)
class LotStep:
    """So many (`times`) postings that each changed what is used of a lot of these terms from `before` to `after`.

    What is used is counted for one turn, or for one lapse. `paid_minor` was paid for `granted` credits.
    """

    group: Group
    kind: EntryKind
    currency: str
    paid_minor: int
    granted: int
    before: int
    after: int
    times: int = 1

    @property
    def micros(self) -> int:
        """The money: the difference of a cumulative function, so that a turn refunded in full comes to zero."""
        used = cost_basis(self.after, granted=self.granted, paid_minor=self.paid_minor)
        before = cost_basis(self.before, granted=self.granted, paid_minor=self.paid_minor)
        return self.times * (used - before)


@dataclass(frozen=True, slots=True)
class EarnedMoney:
    """Money of one currency, in millionths of its minor unit. Only what is in the same currency is subtracted."""

    currency: str
    revenue: int = 0
    """What was paid for the credits that turns used, less that of credits given back."""
    breakage: int = 0
    """What was paid for credits that expired unused."""
    rights_share: int = 0
    model_cost: int = 0
    voice_cost: int = 0

    @property
    def margin(self) -> int:
        """Revenue less the rights' share and the costs. Breakage stands beside it: no turn earned it."""
        return self.revenue - self.rights_share - self.model_cost - self.voice_cost


@dataclass(frozen=True, slots=True)
class RevenueLine:
    """One group: credits, and the money behind them by currency. Credits count at the moment they were booked."""

    group: Group
    turns: int = 0
    """Turns that were charged."""
    captured: int = 0
    refunded: int = 0
    """Credits given back in the period, whenever they were captured."""
    uncollected: int = 0
    """Credits of turns that were delivered and could not be charged; not in `captured`."""
    breakage: int = 0
    promotional: int = 0
    """Credits given by promotions and as rewards."""
    goodwill: int = 0
    money: tuple[EarnedMoney, ...] = ()
    """By currency, each once, in alphabetical order."""

    @property
    def revenue(self) -> int:
        """Credits captured less credits refunded."""
        return self.captured - self.refunded


@dataclass(slots=True)
class Tally:
    """Adds up a report in any order. Its memory goes by groups and currencies, not by entries."""

    _lines: dict[Group, RevenueLine] = field(default_factory=dict)
    _money: dict[tuple[Group, str], EarnedMoney] = field(default_factory=dict)

    def credits(self, row: CreditSum) -> None:
        """Count credits that went into an account; those of accounts that no figure is about are passed over."""
        line = self._line(row.group)
        if row.account == "earned" and row.kind == "capture":
            line = replace(line, captured=line.captured + row.credits, turns=line.turns + row.postings)
        elif row.account == "earned" and row.kind == "turn_refund":
            line = replace(line, refunded=line.refunded - row.credits)
        elif row.account == "uncollected":
            line = replace(line, uncollected=line.uncollected - row.credits)
        elif row.account == "breakage":
            line = replace(line, breakage=line.breakage + row.credits)
        elif row.account == "promo_expense":
            line = replace(line, promotional=line.promotional - row.credits)
        elif row.account == "goodwill":
            line = replace(line, goodwill=line.goodwill - row.credits)
        else:
            return
        self._lines[row.group] = line

    def step(self, row: LotStep) -> None:
        """Count the money behind credits that were used, given back or lapsed."""
        assert row.kind in MONEY_KINDS, "no other entry earns money"
        if row.micros == 0:
            return
        money = self._of(row.group, row.currency)
        if row.kind == "lapse":
            self._keep(row.group, replace(money, breakage=money.breakage + row.micros))
        else:
            self._keep(row.group, replace(money, revenue=money.revenue + row.micros))

    def share(self, group: Group, currency: str, micros: int) -> None:
        """Count what the rights' side earned (negative: lost again)."""
        money = self._of(group, currency)
        self._keep(group, replace(money, rights_share=money.rights_share + micros))

    def cost(self, group: Group, kind: ChargeKind, currency: str, micros: int) -> None:
        """Count what turns cost us."""
        money = self._of(group, currency)
        if kind == "text":
            self._keep(group, replace(money, model_cost=money.model_cost + micros))
        else:
            self._keep(group, replace(money, voice_cost=money.voice_cost + micros))

    def lines(self) -> tuple[RevenueLine, ...]:
        """Every group something happened in, in order."""
        found: dict[Group, list[EarnedMoney]] = {group: [] for group in self._lines}
        for group, currency in sorted(self._money):
            found.setdefault(group, []).append(self._money[group, currency])
        return tuple(replace(self._line(group), money=tuple(found[group])) for group in sorted(found))

    def _line(self, group: Group) -> RevenueLine:
        return self._lines.get(group, RevenueLine(group))

    def _of(self, group: Group, currency: str) -> EarnedMoney:
        return self._money.get((group, currency), EarnedMoney(currency))

    def _keep(self, group: Group, money: EarnedMoney) -> None:
        self._money[group, money.currency] = money


def total(lines: Iterable[RevenueLine]) -> RevenueLine:
    """All lines of a report as one: the same however a period is grouped, since each posting is rounded alone."""
    whole, sums = RevenueLine(Group()), dict[str, EarnedMoney]()
    for line in lines:
        whole = RevenueLine(
            Group(),
            turns=whole.turns + line.turns,
            captured=whole.captured + line.captured,
            refunded=whole.refunded + line.refunded,
            uncollected=whole.uncollected + line.uncollected,
            breakage=whole.breakage + line.breakage,
            promotional=whole.promotional + line.promotional,
            goodwill=whole.goodwill + line.goodwill,
        )
        for money in line.money:
            so_far = sums.get(money.currency, EarnedMoney(money.currency))
            sums[money.currency] = EarnedMoney(
                money.currency,
                revenue=so_far.revenue + money.revenue,
                breakage=so_far.breakage + money.breakage,
                rights_share=so_far.rights_share + money.rights_share,
                model_cost=so_far.model_cost + money.model_cost,
                voice_cost=so_far.voice_cost + money.voice_cost,
            )
    return replace(whole, money=tuple(sums[currency] for currency in sorted(sums)))


def group_of(by: By, at_ms: int, show: str, character: str) -> Group:
    """Where something that happened at a moment with a character of a show is counted."""
    if by == "day":
        return Group(day_ms=at_ms - at_ms % DAY_MS)
    return Group(show=show, character=character if by == "character" else "")
