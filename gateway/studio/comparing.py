"""Which two versions of a character an experiment may compare: nobody meets one that could not be published."""

from __future__ import annotations

from characters.errors import ExperimentRefused, NotReady
from characters.experiment import Experiment
from characters.release import Cast
from gateway.studio.publishing import obstacles
from gateway.studio.services import Studio


async def compared(studio: Studio, experiment: Experiment) -> None:
    """See that the first is the version that fans meet, and that the other could be published now.

    Raises UnknownCharacter, NotReady, ExperimentRefused.
    """
    show, slug = experiment.show, experiment.character
    control = await studio.front(show, slug)
    if control.version != experiment.control:
        raise ExperimentRefused(f"Version {experiment.control} of “{slug}” is not the one in front of fans.")
    challenger = await _fit(studio, show, slug, experiment.challenger)
    if control.first_episode != challenger.first_episode:
        raise ExperimentRefused("The two versions are met from different episodes on, so they are not alike to fans.")


async def _fit(studio: Studio, show: str, slug: str, version: int) -> Cast:
    cast = await studio.catalogue.cast_version(show, slug, version)
    found = await obstacles(studio, show, cast, await studio.workshop.review(show, slug, version))
    if cast.status == "published":  # two people have seen to that already, on a page or at the command line
        found = tuple(one for one in found if one.kind != "review")
    if found:
        raise NotReady(slug, version, tuple(f"{one.where}: {one.what}" if one.where else one.what for one in found))
    return cast
