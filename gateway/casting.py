"""Who can be met: the published cast of a show under a horizon, and the versions that conversations keep."""

from __future__ import annotations

from collections import OrderedDict

from characters.casting import find_cast
from characters.errors import UnknownCharacter
from characters.meeting import met_by
from characters.ports import Catalogue
from characters.release import Cast, Release, ReleaseId

RELEASES_MAX = 16


class Casting:
    """Finds characters for fans. Versions are immutable, so one that was read is kept."""

    def __init__(self, catalogue: Catalogue) -> None:
        self._catalogue = catalogue
        self._versions: dict[tuple[str, str, int], Cast] = {}
        self._releases: OrderedDict[ReleaseId, Release] = OrderedDict()

    async def met(self, show: str, horizon: int) -> tuple[Cast, ...]:
        """The published characters that a fan of this horizon has met. Raises UnknownShow, NotPublished."""
        await self._catalogue.published(show)
        return met_by(await self._catalogue.cast(show, published_only=True), horizon)

    async def find(self, show: str, name: str, horizon: int) -> Cast:
        """One of them by slug, name, cue or alias. Raises UnknownCharacter too."""
        found = find_cast(await self.met(show, horizon), name, horizon)
        if found is None:
            raise UnknownCharacter(show, name)
        return found

    async def version(self, show: str, slug: str, version: int) -> Cast:
        """The version that a conversation began with."""
        key = (show, slug, version)
        if key not in self._versions:
            self._versions[key] = await self._catalogue.cast_version(show, slug, version)
        return self._versions[key]

    async def release(self, release: ReleaseId) -> Release:
        """The canon that a conversation began with. Raises UnknownShow."""
        if release not in self._releases:
            self._releases[release] = await self._catalogue.release(release)
            while len(self._releases) > RELEASES_MAX:
                self._releases.popitem(last=False)
        self._releases.move_to_end(release)
        return self._releases[release]
