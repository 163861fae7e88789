"""A price tried on a stream of batches: what it would have brought, who pays more, and what would be left of it.

Pure, and one pass: its memory goes by days, characters, cohorts and currencies, all bounded, never by turns or fans.
Money is what stood behind the credits that were really charged, carried over in proportion; currencies are never mixed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise
from math import isqrt
from typing import TypeVar

import numpy as np

from billing.errors import InvalidAmount
from billing.tariff import Tariff
from billing.traffic import INT_MAX, Amounts, Ints, TurnColumns, scaled
from billing.types import PriceVersion
from billing.units import DAY_MS
from billing.whatif import GROUPS_MAX, REST, Revenue, Simulation

BPS = 10_000
JOINED_DAYS = 28
"""How many days of joining make one cohort."""
_Z_MILLI = 1_960
"""Thousandths of a standard error to either side: 95 of 100."""
_Key = TypeVar("_Key", int, tuple[str, str])


@dataclass(frozen=True, slots=True, order=True)
class Cohort:
    """Fans who joined in the same 28 days (counted from 1970-01-01 UTC), and whether they used what they paid for."""

    joined_from_ms: int
    pays: bool


@dataclass(frozen=True, slots=True)
class Margin:
    """Money of one currency, in millionths of its minor unit, as it was and as it would have been."""

    currency: str
    revenue: int = 0
    revenue_would_be: int = 0
    rights_share: int = 0
    rights_share_would_be: int = 0
    model_cost: int = 0
    voice_cost: int = 0
    store_bps: int = 0

    @property
    def store_cost(self) -> int:
        """What the store or the till keeps of the revenue."""
        return self.revenue * self.store_bps // BPS

    @property
    def store_cost_would_be(self) -> int:
        return self.revenue_would_be * self.store_bps // BPS

    @property
    def margin(self) -> int:
        """Revenue less the rights' share, the store's cut, and what model and voice cost."""
        return self.revenue - self.rights_share - self.store_cost - self.model_cost - self.voice_cost

    @property
    def margin_would_be(self) -> int:
        kept = self.revenue_would_be - self.rights_share_would_be - self.store_cost_would_be
        return kept - self.model_cost - self.voice_cost


@dataclass(frozen=True, slots=True)
class CohortChange:
    """What changes for the fans of a cohort. The interval is of the mean change per fan, in thousandths of a credit."""

    fans: int = 0
    paying_more: int = 0
    paying_less: int = 0
    charged: int = 0
    would_be: int = 0
    squares: int = 0
    """The sum over fans of their change squared."""
    money: tuple[Margin, ...] = ()

    @property
    def paying_the_same(self) -> int:
        return self.fans - self.paying_more - self.paying_less

    @property
    def mean_milli(self) -> int:
        """The mean change per fan, in thousandths of a credit, rounded down."""
        return 1_000 * (self.would_be - self.charged) // self.fans if self.fans else 0

    @property
    def interval_milli(self) -> tuple[int, int] | None:
        """Where the mean change lies for 95 of 100 such samples of fans; None for fewer than two fans.

        The normal approximation over fans, who are independent of each other as their turns are not: mean ± 1.96 s/√n.
        """
        if self.fans < 2:
            return None
        n, change = self.fans, self.would_be - self.charged
        spread = isqrt(_Z_MILLI**2 * (n * self.squares - change**2) // (n * n * (n - 1)))
        return self.mean_milli - spread, self.mean_milli + spread


@dataclass(frozen=True, slots=True)
class Impact:
    """All that is known of a price that was tried."""

    simulation: Simulation
    whole: CohortChange
    """All fans together."""
    cohorts: dict[Cohort | None, CohortChange]
    """In ascending order; None stands for the rest of too many."""
    unvalued: int
    """Credits that turns would cost which were free: nobody knows what they would have been paid with."""


@dataclass(slots=True)
class _Fans:
    """Sums of some fans, a row for each, in the order they came."""

    names: list[str]
    joined: Ints
    charged: Ints
    would_be: Ints
    money: dict[str, Ints]
    """By currency: a row for each fan, a column for each figure of `Margin`."""


@dataclass(slots=True)
class BatchTrial:
    """Charges batches anew under a card (see `whatif.with_draft`). The turns of a fan come one after the other."""

    card: Sequence[PriceVersion]
    store_bps: int = 0
    """Hundredths of a percent of the revenue that the store or the till keeps."""
    _tariff: Tariff = field(init=False)
    _found: Simulation = field(default_factory=Simulation)
    _cohorts: dict[Cohort | None, CohortChange] = field(default_factory=dict)
    _waiting: _Fans | None = None
    """The last fan so far: the next batch may go on with them."""
    _unvalued: int = 0

    def __post_init__(self) -> None:
        if not 0 <= self.store_bps <= BPS:
            raise InvalidAmount(self.store_bps, 0, BPS)
        self._tariff = Tariff(self.card)

    def take(self, batch: TurnColumns) -> None:
        """Charge the next batch."""
        charges = self._tariff.charge(batch)
        would_be, charged, found = charges.total, batch.charged, self._found
        found.unpriced += int(np.count_nonzero(~charges.priced))
        self._unvalued += total(would_be[charged == 0])
        found.total.turns += batch.turns
        found.total.charged += total(charged)
        found.total.would_be += total(would_be)
        days = batch.quoted_at_ms - batch.quoted_at_ms % DAY_MS
        _by(found.by_day, [int(day) for day in days[_firsts(days)]], _codes(days), charged, would_be)
        _by_character(found, batch, charged, would_be)
        self._carry(_fans(batch, charged, would_be))

    def end(self) -> Impact:
        """What the price would have brought. Nothing is taken after it."""
        if self._waiting is not None:
            self._count(self._waiting)
            self._waiting = None
        known = sorted((cohort for cohort in self._cohorts if cohort is not None), key=lambda cohort: cohort)
        ordered: dict[Cohort | None, CohortChange] = {cohort: self._cohorts[cohort] for cohort in known}
        if None in self._cohorts:
            ordered[None] = self._cohorts[None]
        whole = CohortChange()
        for change in ordered.values():
            whole = _added(whole, change)
        return Impact(self._found, whole, ordered, self._unvalued)

    def _carry(self, fans: _Fans) -> None:
        """Count the fans that are known to be complete."""
        if self._waiting is not None:
            assert fans.names[0] >= self._waiting.names[0], "the turns of a fan come together"
            if fans.names[0] == self._waiting.names[0]:
                fans = _merged(self._waiting, fans)
            else:
                self._count(self._waiting)
        last = len(fans.names) - 1
        self._waiting = _rows(fans, slice(last, last + 1))
        self._count(_rows(fans, slice(0, last)))

    def _count(self, fans: _Fans) -> None:
        if not fans.names:
            return
        change = fans.would_be - fans.charged
        found = self._found
        more, less = int(np.count_nonzero(change > 0)), int(np.count_nonzero(change < 0))
        found.fans_paying_more += more
        found.fans_paying_less += less
        found.fans_paying_the_same += len(change) - more - less
        most = int(np.argmax(change))
        if change[most] > found.most_more[1]:
            found.most_more = (fans.names[most], int(change[most]))
        paid = np.zeros(len(change), dtype=bool)
        for figures in fans.money.values():
            paid |= figures[:, 0] > 0
        keys = fans.joined * 2 + paid
        for key in np.unique(keys):
            self._add(Cohort(int(key) // 2, bool(key % 2)), fans, np.flatnonzero(keys == key))

    def _add(self, cohort: Cohort, fans: _Fans, chosen: Ints) -> None:
        name = cohort if cohort in self._cohorts or len(self._cohorts) < GROUPS_MAX else None
        charged, would_be = fans.charged[chosen], fans.would_be[chosen]
        change = would_be - charged
        money = []
        for currency, figures in sorted(fans.money.items()):
            sums = [total(column) for column in figures[chosen].T]
            if any(sums):
                money.append(replace(Margin(currency, *sums), store_bps=self.store_bps))
        of_these = CohortChange(
            fans=len(chosen),
            paying_more=int(np.count_nonzero(change > 0)),
            paying_less=int(np.count_nonzero(change < 0)),
            charged=total(charged),
            would_be=total(would_be),
            squares=sum(each * each for each in change.tolist()),
            money=tuple(money),
        )
        self._cohorts[name] = _added(self._cohorts.get(name, CohortChange()), of_these)


def total(values: Ints) -> int:
    """The exact sum."""
    if not len(values):
        return 0
    if int(np.abs(values).max()) * len(values) <= INT_MAX:
        return int(values.sum())
    return sum(values.tolist())


def _added(one: CohortChange, other: CohortChange) -> CohortChange:
    sums = {margin.currency: margin for margin in one.money}
    for margin in other.money:
        so_far = sums.get(margin.currency)
        sums[margin.currency] = margin if so_far is None else _margins(so_far, margin)
    return CohortChange(
        fans=one.fans + other.fans,
        paying_more=one.paying_more + other.paying_more,
        paying_less=one.paying_less + other.paying_less,
        charged=one.charged + other.charged,
        would_be=one.would_be + other.would_be,
        squares=one.squares + other.squares,
        money=tuple(sums[currency] for currency in sorted(sums)),
    )


def _margins(one: Margin, other: Margin) -> Margin:
    return replace(
        one,
        revenue=one.revenue + other.revenue,
        revenue_would_be=one.revenue_would_be + other.revenue_would_be,
        rights_share=one.rights_share + other.rights_share,
        rights_share_would_be=one.rights_share_would_be + other.rights_share_would_be,
        model_cost=one.model_cost + other.model_cost,
        voice_cost=one.voice_cost + other.voice_cost,
    )


def _firsts(values: Ints) -> Ints:
    """Where each different value comes first, in the order they come."""
    _, first = np.unique(values, return_index=True)
    return np.sort(first)


def _codes(values: Ints) -> Ints:
    """Which of the different values, in the order they come, each one is."""
    _, first, codes = np.unique(values, return_index=True, return_inverse=True)
    ranks = np.empty(len(first), dtype=np.int64)
    ranks[np.argsort(first)] = np.arange(len(first))
    return ranks[codes]


def _by(groups: dict[_Key | str, Revenue], keys: Sequence[_Key], codes: Ints, charged: Ints, would_be: Ints) -> None:
    for code, key in enumerate(keys):
        chosen = codes == code
        group = groups.setdefault(key if key in groups or len(groups) < GROUPS_MAX else REST, Revenue())
        group.turns += int(np.count_nonzero(chosen))
        group.charged += total(charged[chosen])
        group.would_be += total(would_be[chosen])


def _by_character(found: Simulation, batch: TurnColumns, charged: Ints, would_be: Ints) -> None:
    known: dict[tuple[str, str], int] = {}
    of_scope = [known.setdefault((scope.show, scope.character), len(known)) for scope in batch.scopes]
    names, codes = list(known), np.array(of_scope, dtype=np.int64)[batch.scope]
    keys = [names[int(code)] for code in codes[_firsts(codes)]]
    _by(found.by_character, keys, _codes(codes), charged, would_be)


def _fans(batch: TurnColumns, charged: Ints, would_be: Ints) -> _Fans:
    names = batch.fan
    changes = np.flatnonzero(np.concatenate((np.array([True]), names[1:] != names[:-1])))
    ordered = names[changes].tolist()
    assert all(one < two for one, two in pairwise(ordered)), "the turns of a fan come together"
    of_fan = np.repeat(np.arange(len(changes)), np.diff(np.append(changes, len(names))))
    span = JOINED_DAYS * DAY_MS
    joined = batch.joined_at_ms[changes]
    return _Fans(
        names=ordered,
        joined=joined - joined % span,
        charged=np.add.reduceat(charged, changes),
        would_be=np.add.reduceat(would_be, changes),
        money=_money(batch, charged, would_be, of_fan, len(changes)),
    )


def _money(batch: TurnColumns, charged: Ints, would_be: Ints, of_fan: Ints, fans: int) -> dict[str, Ints]:
    def anew(amounts: Amounts) -> Ints:
        return scaled(amounts.micros, would_be[amounts.turn], np.maximum(charged[amounts.turn], 1))

    sums: dict[str, Ints] = {}

    def add(column: int, currency: str, turn: Ints, micros: Ints) -> None:
        figures = sums.setdefault(currency, np.zeros((fans, 6), dtype=np.int64))
        np.add.at(figures[:, column], of_fan[turn], micros)

    for column, kind in ((0, batch.paid), (2, batch.shared)):
        for currency, amounts in kind.items():
            add(column, currency, amounts.turn, amounts.micros)
            add(column + 1, currency, amounts.turn, anew(amounts))
    for column, kind in ((4, batch.model), (5, batch.speech)):
        for currency, amounts in kind.items():
            add(column, currency, amounts.turn, amounts.micros)
    return sums


def _rows(fans: _Fans, chosen: slice) -> _Fans:
    money = {currency: figures[chosen] for currency, figures in fans.money.items()}
    return _Fans(fans.names[chosen], fans.joined[chosen], fans.charged[chosen], fans.would_be[chosen], money)


def _merged(waiting: _Fans, fans: _Fans) -> _Fans:
    """The fans, with what the first of them had before."""
    fans.charged[0] += waiting.charged[0]
    fans.would_be[0] += waiting.would_be[0]
    for currency, figures in waiting.money.items():
        if currency not in fans.money:
            fans.money[currency] = np.zeros((len(fans.names), figures.shape[1]), dtype=np.int64)
        fans.money[currency][0] += figures[0]
    return fans
