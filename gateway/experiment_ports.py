"""What experiments are kept in and counted by.

Plans are values of `characters.experiment`; nothing here changes one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Protocol

from characters.experiment import Arm, Counted, Experiment, Plan


class Experiments(Protocol):
    """Plans and what became of them, inside a unit."""

    async def propose(self, experiment: Experiment) -> None:
        """Keep a new plan."""
        ...

    async def get(self, show: str, experiment: str) -> Experiment:
        """One of a show's. Raises UnknownExperiment."""
        ...

    async def of_show(self, show: str) -> tuple[Experiment, ...]:
        """Every one of a show, the newest first."""
        ...

    async def running(self) -> tuple[Experiment, ...]:
        """Those that run now, of every show."""
        ...

    async def plan_for(self, show: str, character: str) -> Plan | None:
        """What a new conversation with a character begins by; None when nothing runs."""
        ...

    async def begin(self, experiment: str, *, by: str, now_ms: int) -> bool:
        """Let a proposed one run; False when it is not proposed any more, or another one runs for its character."""
        ...

    async def end(self, experiment: str, *, by: str, as_: str, now_ms: int) -> bool:
        """End one that has not ended; False when it has."""
        ...


class ExperimentCounts(Protocol):
    """Counts people, on a connection of its own: a count may take long."""

    async def counted(self, plan: Plan, *, until_ms: int) -> Mapping[Arm, Counted]:
        """What became, before a moment, of those whose first conversation with the character began under the plan."""
        ...
