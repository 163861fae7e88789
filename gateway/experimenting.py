"""Experiments with a character: proposed by one, begun by another, looked at once a day, ended by what a look finds.

A new conversation of a fan begins with the version of their arm while the plan runs and the version that it compares
with is the one in front: whatever a publisher puts there, or goes back to, counts at once. Nothing here changes a plan.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from characters.casting import same_person
from characters.errors import ExperimentRefused
from characters.experiment import MOVED, STOPPED, Arm, Counted, Experiment, Finding, judge
from characters.ports import Catalogue
from characters.release import Cast
from gateway.experiment_ports import ExperimentCounts
from gateway.ports import Unit, Units

HOUSEKEEPING = "housekeeping"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Looked:
    """An experiment as of its last look: after how many days that was, who was counted, and what may be concluded."""

    experiment: Experiment
    days: int = 0
    counted: Mapping[Arm, Counted] | None = None
    finding: Finding | None = None


class Experimenting:
    """Proposes, begins, looks and ends."""

    def __init__(
        self, units: Units, counts: ExperimentCounts, catalogue: Catalogue, *, clock: Callable[[], int]
    ) -> None:
        self._units, self._counts, self._catalogue, self._clock = units, counts, catalogue, clock

    async def propose(self, experiment: Experiment) -> None:
        """Keep a new plan. Whether its versions may meet fans is for the caller to know."""
        async with self._units.begin() as unit:
            await unit.experiments.propose(experiment)

    async def get(self, show: str, experiment: str) -> Experiment:
        """One of a show's. Raises UnknownExperiment."""
        async with self._units.read() as unit:
            return await unit.experiments.get(show, experiment)

    async def begin(self, show: str, experiment: str, *, by: str) -> Experiment:
        """Let it run from now on. Raises UnknownExperiment, ExperimentRefused."""
        async with self._units.begin() as unit:
            found = await unit.experiments.get(show, experiment)
            if found.state != "proposed":
                raise ExperimentRefused("This experiment was begun or withdrawn already.")
            if same_person(found.proposed_by, by):
                raise ExperimentRefused(f"{by} proposed this experiment; somebody else has to begin it.")
            now_ms = self._clock()
            if not await unit.experiments.begin(experiment, by=by, now_ms=now_ms):
                raise ExperimentRefused(f"Another experiment with “{found.character}” is running.")
        return replace(found, begun_by=by, begun_at_ms=now_ms)

    async def stop(self, show: str, experiment: str, *, by: str) -> Experiment:
        """End one that runs, or withdraw one that does not yet. Raises UnknownExperiment, ExperimentRefused."""
        async with self._units.begin() as unit:
            found = await unit.experiments.get(show, experiment)
            if not await unit.experiments.end(experiment, by=by, as_=STOPPED, now_ms=self._clock()):
                raise ExperimentRefused("This experiment is over already.")
        return found

    async def of_show(self, show: str) -> tuple[Looked, ...]:
        """Every experiment of a show as of its last look, the newest first."""
        async with self._units.read() as unit:
            kept = await unit.experiments.of_show(show)
        return tuple([await self.look(one) for one in kept])

    async def look(self, experiment: Experiment) -> Looked:
        """What the last look that was due has found; one that has ended is looked at as it was then."""
        plan = experiment.plan
        if plan is None:
            return Looked(experiment)
        now_ms = self._clock() if experiment.ended_at_ms is None else experiment.ended_at_ms
        days, until_ms = plan.look_due(now_ms)
        counted = await self._counts.counted(plan, until_ms=until_ms)
        finding = judge(plan, counted["control"], counted["challenger"], days=days)
        return Looked(experiment, days, counted, finding)

    async def keep_watch(self) -> int:
        """End what has a verdict, what harms first of all, and what no longer compares with the front; how many."""
        async with self._units.read() as unit:
            running = await unit.experiments.running()
        ended = 0
        for one in running:
            as_ = await self._over(one)
            if as_ is None:
                continue
            async with self._units.begin() as unit:
                if await unit.experiments.end(one.id, by=HOUSEKEEPING, as_=as_, now_ms=self._clock()):
                    ended += 1
                    log.warning("experiment %s of %s/%s ended: %s", one.id, one.show, one.character, as_)
        return ended

    async def _over(self, running: Experiment) -> str | None:
        """As what a running one is to be ended; None when it goes on."""
        casts = await self._catalogue.cast(running.show, published_only=True)
        front = next((one.version for one in casts if one.sheet.slug == running.character), None)
        if front != running.control:
            return MOVED
        finding = (await self.look(running)).finding
        assert finding is not None
        return None if finding.verdict == "running" else finding.verdict


async def begun_with(unit: Unit, fan: str, show: str, pair: Sequence[Cast]) -> tuple[int, ...]:
    """The version of each of these that a new conversation of a fan keeps; they are as they are in front now."""
    versions = []
    for cast in pair:
        plan = await unit.experiments.plan_for(show, cast.sheet.slug)
        if plan is not None and plan.control == cast.version:
            versions.append(plan.version_for(fan))
        else:
            versions.append(cast.version)
    return tuple(versions)
