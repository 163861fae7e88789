"""Shows and their scripts: the list, the files, what an import would change, episodes as read, airing dates.

What is under an embargo is left out of every number and line for whoever may not read it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from datetime import UTC, datetime

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from characters.errors import InvalidSlug
from characters.release import ReleaseId
from characters.script import UNNAMED, Episode
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import FILES_BYTES_MAX
from gateway.studio.bringing_in import bring_in, keep_files, would_change
from gateway.studio.jobs import Job
from gateway.studio.leafing import leaf
from gateway.studio.services import Studio, view_of

SLUG = re.compile(r"[a-z0-9][a-z0-9-]{0,62}")
TITLE_CHARS_MAX = 200
IMPORT = "import"
DAY_MS = 86_400_000
EPISODES_SHOWN, SCENES_SHOWN, UNPLACED_SHOWN = 100, 40, 200
"""So many are on a page; a browser that lays out a whole season at once stands still for seconds."""


def add_shows(router: APIRouter, studio: Studio) -> None:
    """The list of shows, and beginning one."""
    door = studio.door
    seen, sent = door.sees(), door.acts("show.create")

    @router.get("")
    async def shows(visit: Visit = seen) -> Response:
        listed = [one for one in await studio.catalogue.shows() if visit.in_team(one.slug)]
        return door.page(visit, "studio/shows.html", shows=listed)

    @router.post("")
    async def create(acting: Acting = sent) -> Response:
        slug, title = acting.form.text("slug"), acting.form.text("title")[:TITLE_CHARS_MAX]
        if not SLUG.fullmatch(slug):
            raise InvalidSlug(slug)
        locale = acting.form.text("locale") or "en"
        if not await studio.workshop.create_show(slug, title=title or slug, locale=locale[:35], now_ms=studio.clock()):
            raise FormInvalid("There is a show of this name already.", status=409)
        await acting.visit.log("show.created", show=slug, subject=title)
        return to(f"/studio/{slug}/files")


def add_overview(router: APIRouter, studio: Studio) -> None:
    """A show at a glance, and which of its releases fans get."""
    door = studio.door
    seen, published = door.sees("show.read"), door.acts("character.publish")

    @router.get("/{show}")
    async def overview(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        return door.page(
            visit,
            "studio/overview.html",
            show=view,
            speakers=speakers_of(view.episodes),
            releases=await studio.workshop.releases(show),
            acts=await door.accounts.book.acts(show=show, limit=8) if visit.may("unaired.read", show) else (),
        )

    @router.post("/{show}/releases")
    async def publish(show: str, acting: Acting = published) -> Response:
        version = acting.form.number("version", 1, 1_000_000)
        release = ReleaseId(show, version)
        await studio.memory.index(release)
        await studio.catalogue.publish_release(release, now_ms=studio.clock())
        await acting.visit.log("release.published", show=show, subject=str(version))
        return to(f"/studio/{show}")


def add_files(router: APIRouter, studio: Studio) -> None:
    """Files, what an import of them would change, and the import."""
    door = studio.door
    seen, sent = door.sees("script.write"), door.acts("script.write")
    brought = door.acts("script.write", bytes_max=FILES_BYTES_MAX)

    @router.get("/{show}/files")
    async def files(show: str, visit: Visit = seen) -> Response:
        view, kept = await view_of(studio, visit, show), await studio.workshop.files(show)
        return door.page(visit, "studio/files.html", show=view, files=kept, job=studio.jobs.get(show, IMPORT))

    @router.post("/{show}/files")
    async def put(show: str, acting: Acting = brought) -> Response:
        names = await keep_files(studio, show, acting.form.files, acting.visit.name)
        await acting.visit.log("files.dropped-in", show=show, subject=", ".join(names))
        return JSONResponse({"kept": names})

    @router.post("/{show}/files/remove")
    async def remove(show: str, acting: Acting = sent) -> Response:
        name = acting.form.text("name")
        await studio.workshop.drop_file(show, name)
        await acting.visit.log("file.removed", show=show, subject=name)
        return to(f"/studio/{show}/files")

    @router.get("/{show}/files/changes")
    async def changed(show: str, visit: Visit = seen) -> Response:
        release, found = await would_change(studio, show)
        return door.page(visit, "studio/changes.html", show=show, report=release.script.report, changes=found)

    @router.post("/{show}/files/import")
    async def import_(show: str, acting: Acting = sent) -> Response:
        async def work(job: Job) -> None:
            await bring_in(studio, show, job)

        studio.jobs.begin(show, IMPORT, "Reading the scripts", work)
        await acting.visit.log("show.imported", show=show)
        return to(f"/studio/{show}/files")

    @router.get("/{show}/jobs/{kind}")
    async def job(show: str, kind: str, visit: Visit = seen) -> Response:
        return door.page(visit, "studio/job.html", show=show, kind=kind, job=studio.jobs.get(show, kind))


def add_script(router: APIRouter, studio: Studio) -> None:
    """Episodes as read, what could not be placed, and when they air."""
    door = studio.door
    seen, dated = door.sees("show.read"), door.acts("script.write")

    @router.get("/{show}/script")
    async def script(show: str, visit: Visit = seen, page: int = 1) -> Response:
        view = await view_of(studio, visit, show)
        report = view.release.script.report if view.release and visit.may("unaired.read", show) else None
        shown = leaf(view.episodes, page, EPISODES_SHOWN)
        counts = [(one, len(one.scenes), sum(_speeches(one).values())) for one in shown.items]
        return door.page(
            visit,
            "studio/script.html",
            show=view,
            report=report,
            episodes=counts,
            leaf=shown,
            unplaced_shown=UNPLACED_SHOWN,
        )

    @router.get("/{show}/script/{episode}")
    async def episode(show: str, episode: int, visit: Visit = seen, page: int = 1, scene: int = -1) -> Response:
        view = await view_of(studio, visit, show)
        found = next((one for one in view.episodes if one.number == episode), None)
        if found is None:
            raise FormInvalid("There is nothing here, or nothing that you may see.", status=404)
        place = next((at for at, one in enumerate(found.scenes) if one.number == scene), None)
        return door.page(
            visit,
            "studio/episode.html",
            show=view,
            episode=found,
            leaf=leaf(found.scenes, page if place is None else place // SCENES_SHOWN + 1, SCENES_SHOWN),
            speakers=speakers_of([found]),
            unnamed=UNNAMED,
        )

    @router.post("/{show}/airings")
    async def airings(show: str, acting: Acting = dated) -> Response:
        form, view = acting.form, await view_of(studio, acting.visit, show)
        if form.text("episode"):
            number = form.number("episode", 0, 99_999)
            await studio.workshop.set_airing(show, number, _moment(form.text("date")))
            told = f"episode {number}"
        else:
            first_ms, every = _moment(form.text("date")), form.number("every", 0, 365)
            for place, one in enumerate(view.episodes):
                at_ms = None if first_ms is None else first_ms + place * every * DAY_MS
                await studio.workshop.set_airing(show, one.number, at_ms)
            told = "every episode"
        await acting.visit.log("airing.set", show=show, subject=told, detail=form.text("date"))
        return to(f"/studio/{show}/script")


def speakers_of(episodes: Iterable[Episode]) -> list[tuple[str, int, int]]:
    """Who speaks how much: (cue, speeches, words), most words first."""
    said: Counter[str] = Counter()
    words: Counter[str] = Counter()
    for episode in episodes:
        for scene in episode.scenes:
            for line in scene.lines:
                if line.speaker:
                    said[line.speaker] += 1
                    words[line.speaker] += len(line.text.split())
    return [(cue, said[cue], count) for cue, count in words.most_common()]


def _speeches(episode: Episode) -> Counter[str]:
    return Counter(line.speaker for scene in episode.scenes for line in scene.lines if line.speaker is not None)


def _moment(written: str) -> int | None:
    """The first moment of a day in UTC; None for an empty field. Raises FormInvalid."""
    if not written:
        return None
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(tzinfo=UTC)
    except ValueError as error:
        raise FormInvalid("A date is written like 2027-01-15.") from error
    return int(day.timestamp() * 1_000)
