"""Persona versions: which models play the characters, in which order, published by two people and never changed.

A server plays with models that were published, and with no others: a new model is a new voice for every character,
and must not come in by a setting that somebody changed. Each turn keeps the version it was played by.
"""

from __future__ import annotations

from collections.abc import Sequence

from characters.errors import SameApprover
from gateway.errors import ModelsNotPublished
from gateway.ports import Units
from gateway.records import PersonaVersion

INSTALLATION = "installation"
"""Who publishes the first version: whoever starts an installation has chosen its models."""


def played_by(versions: Sequence[PersonaVersion], models: Sequence[str]) -> PersonaVersion | None:
    """The newest version of exactly these models, in this order."""
    return next((one for one in sorted(versions, key=_newest_first) if one.models == tuple(models)), None)


async def take_up(units: Units, models: Sequence[str], *, now_ms: int) -> PersonaVersion:
    """The version that a server with these models plays; the first start of an installation publishes it.

    An older version may be played still, or again: it was published. Raises ModelsNotPublished.
    """
    async with units.begin() as unit:
        versions = await unit.personas.versions()
        found = played_by(versions, models)
        if found is None and not versions:
            found = PersonaVersion(1, tuple(models), INSTALLATION, INSTALLATION, now_ms)
            await unit.personas.add(found)
    if found is None:
        newest = min(versions, key=_newest_first)
        raise ModelsNotPublished(tuple(models), newest.number, newest.models)
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
