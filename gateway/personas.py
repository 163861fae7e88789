"""Persona versions: which models play the characters, in which order, published by two people and never changed.

A new model is a new voice for every character, and must not come in silently: settings that name others make a version
of their own, which the log tells, or are refused until two people have published them. Each turn keeps the version it
was played by.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from characters.errors import SameApprover
from gateway.errors import ModelsNotPublished
from gateway.ports import Units
from gateway.records import PersonaVersion

SETTINGS = "settings"
"""Author and approver of a version that came in by the settings."""

log = logging.getLogger(__name__)


def played_by(versions: Sequence[PersonaVersion], models: Sequence[str]) -> PersonaVersion | None:
    """The newest version of exactly these models, in this order."""
    return next((one for one in sorted(versions, key=_newest_first) if one.models == tuple(models)), None)


async def take_up(units: Units, models: Sequence[str], *, strictly: bool, now_ms: int) -> PersonaVersion:
    """The version that a server with these models plays; what nobody has published becomes one, and the log tells it.

    An older version may be played still, or again: it was published. `strictly`: models that nobody has published are
    refused, but for the first start of an installation. Raises ModelsNotPublished.
    """
    async with units.begin() as unit:
        versions = await unit.personas.versions()
        found = played_by(versions, models)
        newest = min(versions, key=_newest_first, default=None)
        if found is None and newest is not None and strictly:
            raise ModelsNotPublished(tuple(models), newest.number, newest.models)
        if found is None:
            number = 1 if newest is None else newest.number + 1
            found = PersonaVersion(number, tuple(models), SETTINGS, SETTINGS, now_ms)
            await unit.personas.add(found)
            if newest is not None:  # the first start of an installation changes nobody's voice
                log.warning("persona version %d: the characters are played by %s now", number, ", ".join(models))
    return found


async def publish(units: Units, models: Sequence[str], *, author: str, approver: str, now_ms: int) -> PersonaVersion:
    """Publish these models as the next version; the newest one, if it is theirs already. Raises SameApprover."""
    if author == approver:
        raise SameApprover(author)
    async with units.begin() as unit:
        versions = await unit.personas.versions()
        newest = min(versions, key=_newest_first, default=None)
        if newest is not None and newest.models == tuple(models):
            return newest
        number = 1 if newest is None else newest.number + 1
        version = PersonaVersion(number, tuple(models), author, approver, now_ms)
        await unit.personas.add(version)
    return version


def _newest_first(version: PersonaVersion) -> int:
    return -version.number
