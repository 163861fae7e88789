"""Two versions of a character on two shares of fans: who gets which, and what may be concluded when.

Pure. The plan is made before anybody is counted and never moves: an experiment ends when its people are there or its
days are over, and not when its figures look good. Guardrails alone are looked at every day, each look paid for. What is
compared is whether fans come back on another day; how long they stay is no outcome here.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Literal

from characters.proportions import Interval, Share, difference, people_needed

CONFIDENCE = 0.95
SHARES = 1 << 64

Arm = Literal["control", "challenger"]
Guardrail = Literal["refused", "reported", "refunded", "regenerated"]
GUARDRAILS: tuple[Guardrail, ...] = ("refused", "reported", "refunded", "regenerated")
"""Fans of whom at least one reply was refused, reported, paid back or asked for again."""
State = Literal["proposed", "running", "ended", "withdrawn"]
STOPPED, MOVED = "stopped", "front moved"
"""It was ended by somebody; the version in front of fans is no longer the one that it compares with."""
PERCENT_MAX, DAYS_MAX, PEOPLE_MAX = 50, 90, 1_000_000
DAY_MS = 86_400_000
RETURN_DAYS = 7
"""So many days after their first one a fan may come back on, to count as one who did."""
Verdict = Literal["running", "harmful", "better", "worse", "no difference shown"]


@dataclass(frozen=True, slots=True)
class Plan:
    """What was decided beforehand. `percent` of fans meet the challenger; `people` of each arm are waited for."""

    id: str
    show: str
    character: str
    control: int
    challenger: int
    percent: int
    people: int
    days_max: int
    begins_at_ms: int

    def __post_init__(self) -> None:
        assert 1 <= self.percent <= PERCENT_MAX
        assert self.control != self.challenger
        assert self.people > 0
        assert self.days_max > 0

    def arm_of(self, fan: str) -> Arm:
        """The same for a fan whenever asked, and independent of every other experiment's."""
        digest = hashlib.sha256(f"{self.id}\n{fan}".encode()).digest()
        return "challenger" if int.from_bytes(digest[:8]) * 100 < self.percent * SHARES else "control"

    def version_for(self, fan: str) -> int:
        """The version of the sheet that a fan's new conversation begins with."""
        return self.challenger if self.arm_of(fan) == "challenger" else self.control

    def look_due(self, now_ms: int) -> tuple[int, int]:
        """The last look that is due: how many whole days it comes after the beginning, and its moment.

        Between two looks the figures stand still, for whoever looks more often finds more by chance.
        """
        days = min(self.days_max, max(0, now_ms - self.begins_at_ms) // DAY_MS)
        return days, self.begins_at_ms + days * DAY_MS


@dataclass(frozen=True, slots=True)
class Experiment:
    """A plan as it is kept, with who proposed it, who began it, and how it ended. Nobody begins their own."""

    id: str
    show: str
    character: str
    control: int
    challenger: int
    percent: int
    people: int
    days_max: int
    proposed_by: str
    proposed_at_ms: int
    begun_by: str = ""
    begun_at_ms: int | None = None
    ended_by: str = ""
    ended_at_ms: int | None = None
    ended_as: str = ""
    """The verdict; STOPPED, or MOVED, when it was ended without one."""

    @property
    def state(self) -> State:
        """Where it stands."""
        if self.ended_at_ms is not None:
            return "withdrawn" if self.begun_at_ms is None else "ended"
        return "proposed" if self.begun_at_ms is None else "running"

    @property
    def plan(self) -> Plan | None:
        """What was begun; None before that."""
        if self.begun_at_ms is None:
            return None
        begun = (self.percent, self.people, self.days_max, self.begun_at_ms)
        return Plan(self.id, self.show, self.character, self.control, self.challenger, *begun)


@dataclass(frozen=True, slots=True)
class Counted:
    """What became of the fans of one arm, `returned` among those whose next days are over."""

    people: int
    returned: Share
    guardrails: dict[Guardrail, int]


@dataclass(frozen=True, slots=True)
class Finding:
    """What can be said today. `gap`: by how much more of the challenger's fans came back, with its interval.

    `harms`: the guardrails whose rate is higher with the challenger beyond what the looks so far could do by chance.
    """

    verdict: Verdict
    gap: float
    interval: Interval
    harms: tuple[Guardrail, ...]
    missing: int
    """How many people the smaller arm still lacks."""


def judge(plan: Plan, control: Counted, challenger: Counted, *, days: int) -> Finding:
    """What may be concluded after so many whole days.

    A guardrail is looked at once a day, at most `days_max` times, so each look has that part of the error (Bonferroni)
    of each guardrail: over all looks and guardrails a harmless challenger is stopped at most once in twenty.
    """
    looks = plan.days_max * len(GUARDRAILS)
    each = 1 - (1 - CONFIDENCE) / looks
    harms = tuple(
        name
        for name in GUARDRAILS
        if difference(
            Share(control.guardrails[name], control.people), Share(challenger.guardrails[name], challenger.people), each
        ).low
        > 0
    )
    interval = difference(control.returned, challenger.returned, CONFIDENCE)
    gap = challenger.returned.rate - control.returned.rate
    missing = max(0, plan.people - min(control.returned.people, challenger.returned.people))
    over = missing == 0 or days >= plan.days_max
    return Finding(_verdict(over, interval, harms), gap, interval, harms, missing)


def _verdict(over: bool, interval: Interval, harms: tuple[Guardrail, ...]) -> Verdict:
    if harms:
        return "harmful"
    if not over:
        return "running"
    if interval.low > 0:
        return "better"
    return "worse" if interval.high < 0 else "no difference shown"


def planned_people(returning: float, gap: float) -> int:
    """How many fans each arm needs to find that `gap` more than a share `returning` come back. Raises ValueError."""
    return people_needed(returning, gap, confidence=CONFIDENCE)
