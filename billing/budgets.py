"""Caps that a fan, or a guardian for them, sets on a day's credits: lowering is at once, raising takes a day.

Pure: a cap is what a list of changes, oldest first, adds up to. What a guardian set is a cap of its own beside the
fan's; both apply, so no wish of the fan ever raises it. The day is that of UTC in which a turn was opened.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from billing.errors import BudgetReached, InvalidAmount
from billing.types import Budget, BudgetChange, BudgetSetter
from billing.units import DAY_MS, day_start_ms

RAISE_AFTER_MS = DAY_MS
"""How long a raise waits, so that it is decided with a cool head."""
BUDGET_CREDITS_MAX = 1_000_000

_Key = tuple[str, BudgetSetter]


@dataclass(frozen=True, slots=True)
class _Cap:
    """One cap while changes are read: what is in force, and the change that waits."""

    credits: int | None = None
    pending: BudgetChange | None = None

    def at(self, now_ms: int) -> _Cap:
        if self.pending is not None and self.pending.effective_at_ms <= now_ms:
            return _Cap(self.pending.credits)
        return self

    def changed(self, change: BudgetChange) -> _Cap:
        now = self.at(change.set_at_ms)
        return _Cap(change.credits) if change.effective_at_ms <= change.set_at_ms else _Cap(now.credits, change)


def change(
    changes: Sequence[BudgetChange], *, fan: str, show: str, set_by: BudgetSetter, credits: int | None, now_ms: int
) -> BudgetChange | None:
    """The change that a wish makes, with the moment it takes effect; None when it changes nothing.

    Lowering, or asking for what is in force, is at once and cancels a raise that waits. A raise takes a day; one to no
    more than what waits already keeps that one's moment. Raises InvalidAmount.
    """
    if credits is not None and not 0 <= credits <= BUDGET_CREDITS_MAX:
        raise InvalidAmount(credits, 0, BUDGET_CREDITS_MAX)
    cap = _caps(changes).get((show, set_by), _Cap()).at(now_ms)
    if credits == (cap.credits if cap.pending is None else cap.pending.credits):
        return None
    effective_at_ms = now_ms
    if _above(credits, cap.credits):
        effective_at_ms = now_ms + RAISE_AFTER_MS
        if cap.pending is not None and not _above(credits, cap.pending.credits):
            effective_at_ms = cap.pending.effective_at_ms
    return BudgetChange(fan, show, set_by, credits, now_ms, effective_at_ms)


def budgets(changes: Sequence[BudgetChange], spent: Mapping[str, int], now_ms: int) -> tuple[Budget, ...]:
    """The caps as they stand, by show and setter; `spent` is what today's turns cost or hold, by show.

    A cap that was lifted is not listed.
    """
    resets_at_ms = day_start_ms(now_ms) + DAY_MS
    listed: list[Budget] = []
    for (show, set_by), cap in sorted(_caps(changes).items()):
        now = cap.at(now_ms)
        if now == _Cap():
            continue
        used = spent.get(show, 0) if show else sum(spent.values())
        waits = now.pending
        listed.append(
            Budget(
                show=show,
                set_by=set_by,
                credits=now.credits,
                spent=used,
                resets_at_ms=resets_at_ms,
                pending=waits.credits if waits else None,
                pending_at_ms=waits.effective_at_ms if waits else None,
            )
        )
    return tuple(listed)


def check(standing: Iterable[Budget], *, show: str, credits: int) -> None:
    """Whether a turn of this show may hold `credits` more. Raises BudgetReached for the cap with the least room."""
    over = [
        budget
        for budget in standing
        if budget.credits is not None and budget.show in ("", show) and budget.spent + credits > budget.credits
    ]
    if over:
        least = min(over, key=lambda budget: ((budget.credits or 0) - budget.spent, budget.show, budget.set_by))
        raise BudgetReached(least.show, least.credits or 0, least.spent, least.resets_at_ms)


def _caps(changes: Iterable[BudgetChange]) -> dict[_Key, _Cap]:
    caps: dict[_Key, _Cap] = {}
    for each in changes:
        key = (each.show, each.set_by)
        caps[key] = caps.get(key, _Cap()).changed(each)
    return caps


def _above(credits: int | None, other: int | None) -> bool:
    """Whether a cap allows more; None allows everything."""
    return other is not None and (credits is None or credits > other)
