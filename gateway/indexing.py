"""Which releases belong in the passage index, and making the index anew from the tables and the kept vectors.

Nothing is lost when it is thrown away: whoever is asked meanwhile compares the vectors themselves.
"""

from __future__ import annotations

from dataclasses import dataclass

from characters.release import ReleaseId
from gateway.bootstrap import Stage, Store
from memory.errors import IndexUnavailable
from memory.ports import PassageIndex, Progress


@dataclass(frozen=True, slots=True)
class Plan:
    """What an index is to be made of."""

    wanted: tuple[ReleaseId, ...]
    """Releases in use, by show and version."""
    dropped: tuple[ReleaseId, ...]
    """Releases that the index held and that nobody uses any more."""


async def releases_in_use(store: Store, show: str | None = None) -> tuple[ReleaseId, ...]:
    """Each show's published and newest release, and those that conversations began with; `show`: of this one only.

    Raises UnknownShow.
    """
    if show is not None:
        await store.catalogue.newest(show)
    async with store.units.read() as unit:
        found = set(await unit.conversations.releases())
    for listing in await store.catalogue.shows():
        versions = {listing.published, listing.newest} - {None}
        found |= {ReleaseId(listing.slug, version) for version in versions if version is not None}
    kept = (release for release in found if show in (None, release.show))
    return tuple(sorted(kept, key=lambda release: (release.show, release.version)))


async def clear(store: Store, index: PassageIndex, show: str | None = None) -> Plan:
    """Drop everything that the index holds (of one show), and say what to fill it with.

    Raises UnknownShow, IndexInUse, IndexUnavailable.
    """
    wanted = await releases_in_use(store, show)
    held = [release for release in await index.releases() if show in (None, release.show)]
    for release in held:
        await index.drop(release)
    gone = sorted(set(held) - set(wanted), key=lambda release: (release.show, release.version))
    return Plan(wanted, tuple(gone))


async def refill(stage: Stage, release: ReleaseId, progress: Progress) -> int:
    """Fill the index with a release, and give what has no vector one; returns how many passages are held then.

    Raises UnknownShow, EmbedderUnavailable, IndexUnavailable.
    """
    await stage.memory.index(release, progress)
    if release in stage.memory.unindexed:
        raise IndexUnavailable(f"it was lost while {release} was put into it")
    return await stage.index.count(release)
