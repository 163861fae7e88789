"""Caps on a day's credits: when a wish takes effect, what stands, and what a turn may still hold."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import budgets
from billing.budgets import BUDGET_CREDITS_MAX, RAISE_AFTER_MS
from billing.errors import BudgetReached, InvalidAmount
from billing.types import Budget, BudgetChange, BudgetSetter
from billing.units import DAY_MS, day_start_ms
from tests.billing.builders import FAN

T = 20_000 * DAY_MS
"""A midnight, UTC."""

Wish = tuple[int, int | None]
"""After how many hours since T, and for how many credits."""
HOUR_MS = DAY_MS // 24


def after(wishes: list[Wish], *, show: str = "", set_by: BudgetSetter = "fan") -> list[BudgetChange]:
    made: list[BudgetChange] = []
    for hours, credits in wishes:
        now_ms = T + hours * HOUR_MS
        change = budgets.change(made, fan=FAN, show=show, set_by=set_by, credits=credits, now_ms=now_ms)
        made.extend([change] if change else [])
    return made


def cap(wishes: list[Wish], hours: int) -> tuple[int | None, int | None, int | None]:
    """The cap in force, the one that waits, and after how many hours it takes effect."""
    standing = budgets.budgets(after(wishes), {}, T + hours * HOUR_MS)
    if not standing:
        return None, None, None
    (budget,) = standing
    at_ms = budget.pending_at_ms
    return budget.credits, budget.pending, None if at_ms is None else (at_ms - T) // HOUR_MS


@pytest.mark.parametrize(
    ("wishes", "hours", "expected"),
    [
        ([], 0, (None, None, None)),
        ([(0, 10)], 0, (10, None, None)),
        ([(0, 10), (1, 5)], 1, (5, None, None)),
        ([(0, 10), (1, 20)], 1, (10, 20, 25)),
        ([(0, 10), (1, 20)], 24, (10, 20, 25)),
        ([(0, 10), (1, 20)], 25, (20, None, None)),
        ([(0, 10), (1, None)], 24, (10, None, 25)),
        ([(0, 10), (1, None)], 25, (None, None, None)),
        ([(0, 10), (1, 20), (2, 5)], 2, (5, None, None)),
        ([(0, 10), (1, 20), (2, 5)], 25, (5, None, None)),
        ([(0, 10), (1, 20), (2, 10)], 25, (10, None, None)),
        ([(0, 10), (1, 20), (2, 30)], 25, (10, 30, 26)),
        ([(0, 10), (1, 30), (2, 20)], 25, (20, None, None)),
        ([(0, 10), (1, None), (2, 20)], 25, (20, None, None)),
        ([(0, 10), (1, 20), (2, 20)], 25, (20, None, None)),
        ([(0, 10), (1, 20), (26, 15)], 26, (15, None, None)),
        ([(0, 10), (1, 20), (26, 25)], 49, (20, 25, 50)),
        ([(0, 0)], 0, (0, None, None)),
    ],
)
def test_lowering_is_at_once_and_raising_takes_a_day(
    wishes: list[Wish], hours: int, expected: tuple[int | None, int | None, int | None]
) -> None:
    assert cap(wishes, hours) == expected


@pytest.mark.parametrize("wishes", [[(0, None)], [(0, 10), (1, 10)], [(0, 10), (1, 20), (2, 20)]])
def test_a_wish_for_what_is_or_waits_already_changes_nothing(wishes: list[Wish]) -> None:
    assert after(wishes) == after(wishes[:-1])


@pytest.mark.parametrize("credits", [-1, BUDGET_CREDITS_MAX + 1])
def test_a_cap_out_of_bounds_is_refused(credits: int) -> None:
    with pytest.raises(InvalidAmount):
        after([(0, credits)])


def test_the_bounds_themselves_are_caps() -> None:
    assert cap([(0, BUDGET_CREDITS_MAX)], 0)[0] == BUDGET_CREDITS_MAX


def test_the_fan_does_not_raise_what_a_guardian_set() -> None:
    changes = after([(0, 5)], set_by="guardian") + after([(0, 50)])
    standing = budgets.budgets(changes, {"a": 3}, T)
    assert [(each.set_by, each.credits, each.spent) for each in standing] == [("fan", 50, 3), ("guardian", 5, 3)]
    budgets.check(standing, show="a", credits=2)
    with pytest.raises(BudgetReached) as caught:
        budgets.check(standing, show="a", credits=3)
    assert caught.value.cap == 5


@pytest.mark.parametrize(("now_ms", "resets_at_ms"), [(T, T + DAY_MS), (T + DAY_MS - 1, T + DAY_MS)])
def test_the_day_is_that_of_utc(now_ms: int, resets_at_ms: int) -> None:
    assert day_start_ms(now_ms) == T
    assert budgets.budgets(after([(0, 5)]), {}, now_ms)[0].resets_at_ms == resets_at_ms


def test_a_cap_on_a_show_counts_that_show_only_and_the_least_room_is_told() -> None:
    standing = (Budget("", "fan", 20, 12, T), Budget("a", "fan", 10, 7, T), Budget("b", "fan", 1, 1, T))
    budgets.check(standing, show="a", credits=3)
    budgets.check(standing, show="c", credits=8)
    for show, credits, scope in (("a", 4, "a"), ("a", 9, "a"), ("c", 9, ""), ("b", 1, "b")):
        with pytest.raises(BudgetReached) as caught:
            budgets.check(standing, show=show, credits=credits)
        assert caught.value.scope == scope


caps = st.none() | st.integers(0, 5)


@given(st.lists(st.tuples(st.integers(0, 30), caps), max_size=8), st.integers(0, 60))
def test_no_cap_is_ever_above_the_least_wish_of_the_last_day(steps: list[tuple[int, int | None]], more: int) -> None:
    hours, wishes = 0, list[Wish]()
    for wait, credits in steps:
        hours += wait
        wishes.append((hours, credits))
    now = hours + more
    in_force = cap(wishes, now)[0]
    recent = [credits for at, credits in wishes if now - at < RAISE_AFTER_MS // HOUR_MS and credits is not None]
    assert in_force is None or in_force in {credits for _, credits in wishes}
    assert in_force is not None or not recent
    assert not recent or in_force is None or in_force <= min(recent)
