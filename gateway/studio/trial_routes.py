"""Trying a character: asked as a fan of an episode would, and by the show's labelled lines, all unbilled."""

from __future__ import annotations

from fastapi import APIRouter, Response

from characters.errors import UnknownCharacter
from characters.release import Cast, ReleaseId
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.studio.asking import ask
from gateway.studio.jobs import Job
from gateway.studio.probing import ProbeRun, labelled_lines, published_name, run_probes
from gateway.studio.services import Studio, view_of
from gateway.studio.sheets import as_cast, checked, opened

QUESTION_CHARS_MAX = 2_000
PROBES = "probes"
DRAFT, FRONT = "draft", "published"


def add_asking(router: APIRouter, studio: Studio) -> None:
    """Ask as a fan."""
    door = studio.door
    seen, sent = door.sees("character.ask"), door.acts("character.ask")

    @router.get("/{show}/ask")
    async def page(show: str, visit: Visit = seen, who: str = "", episode: int = -1) -> Response:
        view = await view_of(studio, visit, show)
        slugs = {one.sheet.slug for one in await studio.catalogue.cast(show, published_only=False)}
        slugs |= {one.slug for one in await studio.workshop.drafted(show)}
        chosen = episode if episode >= 0 else view.last_episode
        return door.page(visit, "studio/ask.html", show=view, slugs=sorted(slugs), who=who, episode=chosen)

    @router.post("/{show}/ask")
    async def asked(show: str, acting: Acting = sent) -> Response:
        form = acting.form
        slug, question = form.text("who"), form.text("question")[:QUESTION_CHARS_MAX]
        if not question:
            raise FormInvalid("Ask something.")
        cast, release = await _chosen(studio, show, slug, form.text("which"))
        found = await ask(studio, cast, release, form.number("episode", 0, 99_999), question)
        await acting.visit.log("character.asked", show=show, subject=slug, detail=f"episode {found.episode}")
        return door.page(acting.visit, "studio/asked.html", asked=found, show=show)


async def _chosen(studio: Studio, show: str, slug: str, which: str) -> tuple[Cast, ReleaseId]:
    """Who is asked, and over which canon: a draft over the newest, what fans meet over what is published.

    Raises UnknownCharacter, NotPublished, FormInvalid.
    """
    if which == FRONT:
        return await studio.front(show, slug), await studio.catalogue.published(show)
    content, _, _ = await opened(studio, show, slug)
    found = await checked(studio, show, slug, content)
    cast = as_cast(show, found)
    if cast is None:
        where, reason = found.wrong[0]
        raise FormInvalid(f"The draft is not complete yet, at “{where}”: {reason}.")
    return cast, (await studio.needed(show)).id


def add_probing(router: APIRouter, studio: Studio) -> None:
    """The show's labelled lines."""
    door = studio.door
    seen, sent = door.sees("character.ask"), door.acts("character.ask")
    runs: dict[str, ProbeRun] = {}

    @router.get("/{show}/probes")
    async def page(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        lines, unread = labelled_lines(await studio.workshop.contents(show))
        return door.page(
            visit,
            "studio/probes.html",
            show=view,
            probes=sum(line.kind == "probe" for line in lines),
            questions=sum(line.kind == "question" for line in lines),
            unread=unread,
            job=studio.jobs.get(show, PROBES),
            run=runs.get(show),
            published=await published_name(studio, show),
        )

    @router.post("/{show}/probes")
    async def begin(show: str, acting: Acting = sent) -> Response:
        lines, _ = labelled_lines(await studio.workshop.contents(show))
        if not lines:
            raise FormInvalid("There are no labelled lines among the files of this show.")
        version = await published_name(studio, show)
        if not version:
            raise FormInvalid("Nothing of this show is published yet.", status=409)
        run = runs[show] = ProbeRun(version, studio.clock())

        async def work(job: Job) -> None:
            await run_probes(studio, show, lines, job, run)

        studio.jobs.begin(show, PROBES, "Asking the labelled lines", work)
        await acting.visit.log("probes.run", show=show, subject=version)
        return to(f"/studio/{show}/probes")

    @router.get("/{show}/probes/progress")
    async def progress(show: str, visit: Visit = seen) -> Response:
        job = studio.jobs.get(show, PROBES)
        if job is None:
            raise UnknownCharacter(show, PROBES)
        return door.page(visit, "studio/job.html", show=show, kind=PROBES, job=job)
