"""Experiments: two versions of a character, proposed by one, begun by another, and what the last look has found.

A page shows a look of whole days and never the figures of this minute: who watches them stops at what chance does.
"""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Response

from characters.experiment import (
    CONFIDENCE,
    DAYS_MAX,
    GUARDRAILS,
    PEOPLE_MAX,
    PERCENT_MAX,
    RETURN_DAYS,
    Experiment,
    planned_people,
)
from characters.proportions import wilson
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.studio.comparing import compared
from gateway.studio.services import Studio, view_of

DAYS_MIN = RETURN_DAYS + 2
"""Whoever comes on the first day has then had the days in which to come back."""
USUAL, GAPS = 0.3, (0.1, 0.05, 0.02)
"""What the table of how many people are needed is of."""


def add_experiments(router: APIRouter, studio: Studio) -> None:
    """The page of a show's experiments, and what is done there."""
    door = studio.door
    seen, proposed, published = door.sees("unaired.read"), door.acts("sheet.write"), door.acts("character.publish")

    @router.get("/{show}/experiments")
    async def experiments(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        casts = await studio.catalogue.cast(show, published_only=True)
        return door.page(
            visit,
            "studio/experiments.html",
            show=view,
            experiments=await studio.experiments.of_show(show),
            fronts=[(one.sheet.slug, one.version) for one in casts],
            needed=[(gap, planned_people(USUAL, gap)) for gap in GAPS],
            usual=USUAL,
            arms=("control", "challenger"),
            guardrails=GUARDRAILS,
            interval=lambda share: wilson(share, CONFIDENCE),
            days_min=DAYS_MIN,
            days_max=DAYS_MAX,
            percent_max=PERCENT_MAX,
        )

    @router.post("/{show}/experiments")
    async def propose(show: str, acting: Acting = proposed) -> Response:
        form, visit = acting.form, acting.visit
        experiment = Experiment(
            id=f"x-{uuid.uuid4().hex[:12]}",
            show=show,
            character=form.text("character"),
            control=form.number("control", 1, 1_000_000),
            challenger=form.number("challenger", 1, 1_000_000),
            percent=form.number("percent", 1, PERCENT_MAX),
            people=form.number("people", 1, PEOPLE_MAX),
            days_max=form.number("days", DAYS_MIN, DAYS_MAX),
            proposed_by=visit.name,
            proposed_at_ms=studio.clock(),
        )
        if experiment.control == experiment.challenger:
            raise FormInvalid("An experiment compares two versions.")
        await compared(studio, experiment)
        await studio.experiments.propose(experiment)
        await visit.log("experiment.proposed", show=show, subject=experiment.id, detail=_told(experiment))
        return to(f"/studio/{show}/experiments")

    @router.post("/{show}/experiments/{experiment}/begin")
    async def begin(show: str, experiment: str, acting: Acting = published) -> Response:
        await compared(studio, await studio.experiments.get(show, experiment))
        begun = await studio.experiments.begin(show, experiment, by=acting.visit.name)
        await acting.visit.log("experiment.begun", show=show, subject=experiment, detail=_told(begun))
        return to(f"/studio/{show}/experiments")

    @router.post("/{show}/experiments/{experiment}/stop")
    async def stop(show: str, experiment: str, acting: Acting = published) -> Response:
        stopped = await studio.experiments.stop(show, experiment, by=acting.visit.name)
        act = "experiment.withdrawn" if stopped.state == "proposed" else "experiment.stopped"
        await acting.visit.log(act, show=show, subject=experiment, detail=_told(stopped))
        return to(f"/studio/{show}/experiments")


def _told(experiment: Experiment) -> str:
    return f"{experiment.character}@{experiment.control} and @{experiment.challenger}"
