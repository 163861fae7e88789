"""Who meets which version, and what may be concluded of how many people."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.experiment import DAY_MS, GUARDRAILS, Counted, Experiment, Guardrail, Plan, judge, planned_people
from characters.proportions import Share, difference, people_needed, wilson

PLAN = Plan("x-1", "the-roof", "tamsin", 3, 4, percent=50, people=400, days_max=28, begins_at_ms=0)


def counted(people: int, returned: int, **guardrails: int) -> Counted:
    found: dict[Guardrail, int] = {name: guardrails.get(name, 0) for name in GUARDRAILS}
    return Counted(people, Share(returned, people), found)


class TestShares:
    def test_intervals_are_those_of_the_literature(self) -> None:
        # Newcombe (1998), tables I: 81/263 by itself, and 56/70 less 48/80.
        one = wilson(Share(81, 263), 0.95)
        assert (round(one.low, 4), round(one.high, 4)) == (0.2553, 0.3662)
        two = difference(Share(48, 80), Share(56, 70), 0.95)
        assert (round(two.low, 4), round(two.high, 4)) == (0.0524, 0.3339)

    def test_of_nobody_nothing_is_known(self) -> None:
        assert (wilson(Share(0, 0), 0.95).low, wilson(Share(0, 0), 0.95).high) == (0, 1)
        assert Share(0, 0).rate == 0

    @given(st.integers(1, 500), st.integers(1, 500), st.data())
    def test_the_difference_lies_in_its_interval_and_turns_with_its_sides(
        self, n: int, m: int, data: st.DataObject
    ) -> None:
        one, other = Share(data.draw(st.integers(0, n)), n), Share(data.draw(st.integers(0, m)), m)
        there, back = difference(one, other, 0.95), difference(other, one, 0.95)
        assert there.low <= other.rate - one.rate <= there.high
        assert there.low == pytest.approx(-back.high)

    def test_the_interval_holds_the_truth_as_often_as_it_says(self) -> None:
        chance, held, runs = random.Random(7), 0, 2_000
        for _ in range(runs):
            one = Share(sum(chance.random() < 0.1 for _ in range(80)), 80)
            other = Share(sum(chance.random() < 0.2 for _ in range(60)), 60)
            interval = difference(one, other, 0.95)
            held += interval.low <= 0.1 <= interval.high
        assert 0.93 <= held / runs <= 0.98

    def test_the_people_needed_find_the_difference_as_often_as_promised(self) -> None:
        people, chance, found, runs = people_needed(0.3, 0.1), random.Random(11), 0, 400
        assert people == 356
        for _ in range(runs):
            one = Share(sum(chance.random() < 0.3 for _ in range(people)), people)
            other = Share(sum(chance.random() < 0.4 for _ in range(people)), people)
            found += difference(one, other, 0.95).low > 0
        assert 0.74 <= found / runs <= 0.86

    @pytest.mark.parametrize(("rate", "gap"), [(0.0, 0.1), (0.95, 0.1), (0.5, 0.0)])
    def test_what_cannot_be_planned_is_refused(self, rate: float, gap: float) -> None:
        with pytest.raises(ValueError, match="between 0 and 1"):
            planned_people(rate, gap)


class TestWhoMeetsWhich:
    def test_a_fan_meets_the_same_version_whenever_they_come(self) -> None:
        assert {PLAN.version_for("demo/mara") for _ in range(5)} <= {3, 4}
        assert len({PLAN.version_for("demo/mara") for _ in range(5)}) == 1

    @pytest.mark.parametrize("percent", [1, 10, 50])
    def test_the_challenger_meets_its_share(self, percent: int) -> None:
        plan = Plan("x-2", "the-roof", "tamsin", 3, 4, percent, 400, 28, 0)
        met = sum(plan.arm_of(f"demo/{number}") == "challenger" for number in range(20_000))
        spread = 4 * math.sqrt(20_000 * percent / 100 * (1 - percent / 100))
        assert abs(met - 200 * percent) < spread

    def test_two_experiments_do_not_pick_the_same_fans(self) -> None:
        other = Plan("x-3", "the-roof", "tamsin", 3, 4, 50, 400, 28, 0)
        both = sum(PLAN.arm_of(f"f{n}") == other.arm_of(f"f{n}") for n in range(10_000))
        assert 4_700 < both < 5_300


class TestWhatIsConcluded:
    def test_nothing_before_the_people_are_there_however_good_it_looks(self) -> None:
        finding = judge(PLAN, counted(399, 40), counted(399, 300), days=5)
        assert (finding.verdict, finding.missing) == ("running", 1)

    def test_better_worse_or_not_shown_once_they_are(self) -> None:
        assert judge(PLAN, counted(400, 120), counted(400, 160), days=9).verdict == "better"
        assert judge(PLAN, counted(400, 160), counted(400, 120), days=9).verdict == "worse"
        assert judge(PLAN, counted(400, 120), counted(400, 125), days=9).verdict == "no difference shown"

    def test_when_the_days_are_over_it_is_over(self) -> None:
        assert judge(PLAN, counted(20, 5), counted(20, 6), days=28).verdict == "no difference shown"

    @pytest.mark.parametrize("name", GUARDRAILS)
    def test_harm_stops_it_at_once_also_when_more_come_back(self, name: Guardrail) -> None:
        finding = judge(PLAN, counted(400, 100), counted(400, 300, **{name: 40}), days=1)
        assert (finding.verdict, finding.harms) == ("harmful", (name,))

    def test_looking_every_day_seldom_stops_what_does_no_harm(self) -> None:
        chance, stopped, runs = random.Random(3), 0, 200
        plan = Plan("x-4", "the-roof", "tamsin", 3, 4, 50, 10_000, 14, 0)
        for _ in range(runs):
            one: dict[Guardrail, int] = dict.fromkeys(GUARDRAILS, 0)
            other: dict[Guardrail, int] = dict.fromkeys(GUARDRAILS, 0)
            for day in range(1, plan.days_max + 1):
                for side in (one, other):
                    for name in GUARDRAILS:
                        side[name] += sum(chance.random() < 0.05 for _ in range(20))
                people = 20 * day
                both = [Counted(people, Share(0, people), dict(side)) for side in (one, other)]
                if judge(plan, *both, days=day).verdict == "harmful":
                    stopped += 1
                    break
        assert stopped / runs <= 0.05


class TestLooks:
    PLAN = Plan("x-1", "the-roof", "tamsin", 3, 4, percent=50, people=400, days_max=28, begins_at_ms=5_000)

    @pytest.mark.parametrize(
        ("after_ms", "days"),
        [(-9, 0), (0, 0), (DAY_MS - 1, 0), (DAY_MS, 1), (2 * DAY_MS - 1, 1), (28 * DAY_MS, 28), (99 * DAY_MS, 28)],
    )
    def test_a_look_is_due_once_a_day_and_never_after_the_last(self, after_ms: int, days: int) -> None:
        assert self.PLAN.look_due(5_000 + after_ms) == (days, 5_000 + days * DAY_MS)

    @given(st.integers(0, 40 * DAY_MS), st.integers(0, 40 * DAY_MS))
    def test_a_later_moment_never_has_an_earlier_look(self, one: int, other: int) -> None:
        first, second = sorted((one, other))
        assert self.PLAN.look_due(first) <= self.PLAN.look_due(second)


class TestKept:
    PROPOSED = Experiment("x-1", "the-roof", "tamsin", 3, 4, 50, 400, 28, "ana", 1_000)

    def test_what_is_proposed_has_no_plan_yet_and_what_was_begun_keeps_it(self) -> None:
        assert (self.PROPOSED.state, self.PROPOSED.plan) == ("proposed", None)
        begun = replace(self.PROPOSED, begun_by="ben", begun_at_ms=0)
        assert (begun.state, begun.plan) == ("running", PLAN)
        ended = replace(begun, ended_by="cy", ended_at_ms=9, ended_as="better")
        assert (ended.state, ended.plan) == ("ended", PLAN)

    def test_what_ended_without_having_begun_was_withdrawn(self) -> None:
        assert replace(self.PROPOSED, ended_by="cy", ended_at_ms=9).state == "withdrawn"
