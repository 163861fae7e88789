"""What the Studio's pages work with, and what every page of a show needs to know of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from characters.casting import find_cast
from characters.errors import UnknownCharacter, UnknownShow
from characters.ports import Catalogue, Workshop
from characters.release import Cast, Release, ReleaseId, ShowListing
from characters.script import Episode
from gateway.casting import Casting
from gateway.experimenting import Experimenting
from gateway.feeling import Feelings
from gateway.ports import Questions
from gateway.replies import Replies
from gateway.staff.door import StaffDoor, Visit
from gateway.studio.jobs import Jobs
from memory.ports import Progress
from memory.recalling import CanonMemory
from memory.shield import CanonShield
from persona.voices import Voice

ReadThrough = Callable[[ReleaseId, Progress | None], object]


@dataclass(frozen=True, slots=True)
class Studio:
    """Everything behind the pages."""

    door: StaffDoor
    catalogue: Catalogue
    workshop: Workshop
    casting: Casting
    memory: CanonMemory
    shield: CanonShield
    replies: Replies
    feelings: Feelings
    voice: Voice | None
    prompt_tokens: int
    clock: Callable[[], int]
    jobs: Jobs
    experiments: Experimenting
    questions: Questions

    async def listing(self, show: str) -> ShowListing:
        """A show at a glance. Raises UnknownShow."""
        found = next((one for one in await self.catalogue.shows() if one.slug == show), None)
        if found is None:
            raise UnknownShow(show)
        return found

    async def newest(self, show: str) -> Release | None:
        """The newest release; None before anything was imported. Raises UnknownShow."""
        version = (await self.listing(show)).newest
        return None if version is None else await self.casting.release(ReleaseId(show, version))

    async def needed(self, show: str) -> Release:
        """The newest release. Raises UnknownShow, also for a show without one."""
        release = await self.newest(show)
        if release is None:
            raise UnknownShow(show)
        return release

    async def cast(self, show: str, slug: str) -> Cast | None:
        """The newest version of a character; None for one that has only a draft."""
        return find_cast(await self.catalogue.cast(show, published_only=False), slug)

    async def front(self, show: str, slug: str) -> Cast:
        """The version that fans meet. Raises UnknownCharacter."""
        casts = await self.catalogue.cast(show, published_only=True)
        found = next((one for one in casts if one.sheet.slug == slug), None)
        if found is None:
            raise UnknownCharacter(show, slug)
        return found


@dataclass(frozen=True, slots=True)
class ShowView:
    """A show as somebody may see it, for the side of every page."""

    listing: ShowListing
    release: Release | None
    episodes: tuple[Episode, ...]
    """Those that they may read."""
    airings: Mapping[int, int]
    under_embargo: int
    """How many episodes they may not read."""
    characters: int
    last_episode: int
    now_ms: int

    @property
    def slug(self) -> str:
        """The show's slug."""
        return self.listing.slug

    @property
    def title(self) -> str:
        """The show's title."""
        return self.listing.title


def may_read(visit: Visit, show: str, episode: int, airings: Mapping[int, int], now_ms: int) -> bool:
    """Whether somebody may read an episode: one whose airing nobody has dated is as secret as one to come."""
    aired = episode in airings and airings[episode] <= now_ms
    return aired or visit.may("unaired.read", show)


async def view_of(studio: Studio, visit: Visit, show: str) -> ShowView:
    """What somebody may see of a show. Raises UnknownShow."""
    listing, now_ms = await studio.listing(show), studio.clock()
    release = await studio.newest(show)
    airings = await studio.workshop.airings(show)
    every = release.script.episodes if release else ()
    readable = tuple(one for one in every if may_read(visit, show, one.number, airings, now_ms))
    slugs = {cast.sheet.slug for cast in await studio.catalogue.cast(show, published_only=False)}
    slugs |= {draft.slug for draft in await studio.workshop.drafted(show)}
    return ShowView(
        listing=listing,
        release=release,
        episodes=readable,
        airings=airings,
        under_embargo=len(every) - len(readable),
        characters=len(slugs),
        last_episode=max((one.number for one in every), default=0),
        now_ms=now_ms,
    )
