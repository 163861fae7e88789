"""A show's canon: facts on a timeline of episodes, who knows which since when, and what the script proposes.

What is decided here is decided as by `encore facts`: it makes the show's next release, and the log says who did.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace

from fastapi import APIRouter, Response

from characters.canon import FACT_KINDS, Fact
from characters.deciding import decisions_of
from characters.errors import UnknownProposal
from characters.proposal import with_stable_id
from characters.proposing import propose
from characters.release import Release
from characters.succession import lint_facts
from gateway.staff.door import Acting, StaffDoor, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import Form
from gateway.studio.jobs import Job
from gateway.studio.leafing import leaf
from gateway.studio.services import Studio, view_of

TEXT_CHARS_MAX = 2_000
EPISODE_MAX = 99_999
NEVER = ""
PROPOSALS_SHOWN = 60
FACTS_SHOWN = 100


def add_canon(router: APIRouter, studio: Studio) -> None:
    """The facts, and deciding about them."""
    door: StaffDoor = studio.door
    seen, sent = door.sees("unaired.read"), door.acts("sheet.write")

    @router.get("/{show}/canon")
    async def canon(show: str, visit: Visit = seen, who: str = "", q: str = "", page: int = 1) -> Response:
        view = await view_of(studio, visit, show)
        release = await studio.needed(show)
        decided = decisions_of(await studio.catalogue.audit_log(show))
        proposals = await asyncio.to_thread(propose, release.script)
        open_ones = [one for one in proposals if one.fact.id not in decided]
        found = sorted(
            (fact for fact in release.facts if _matches(fact, who, q)), key=lambda fact: (fact.from_episode, fact.id)
        )
        return door.page(
            visit,
            "studio/canon.html",
            show=view,
            leaf=leaf(found, page, FACTS_SHOWN),
            found=len(found),
            total=len(release.facts),
            proposals=open_ones[:PROPOSALS_SHOWN],
            proposed=len(open_ones),
            approved={key for key, what in decided.items() if what == "fact.approved"},
            warnings=lint_facts(release.facts),
            cues=list(release.script.report.cues),
            kinds=FACT_KINDS,
            who=who,
            q=q,
        )

    @router.post("/{show}/canon")
    async def decide(show: str, acting: Acting = sent) -> Response:
        visit, form = acting.visit, acting.form
        release = await studio.needed(show)
        approved, rejected = await _decision(release, form)
        decided = await studio.catalogue.decide_facts(
            show, approved=approved, rejected=rejected, by=visit.name, now_ms=studio.clock()
        )
        told = ", ".join((*(fact.id for fact in approved), *rejected))
        await visit.log(f"fact.{form.text('do')}", show=show, subject=told)
        if decided != release.id:

            async def work(job: Job) -> None:
                await studio.memory.index(decided, job.show)

            studio.jobs.begin(show, "index", "Reading the facts", work)
        return to(f"/studio/{show}/canon")


async def _decision(release: Release, form: Form) -> tuple[Sequence[Fact], Sequence[str]]:
    """What is approved, and the ids of what is rejected. Raises UnknownProposal, FormInvalid."""
    ids = [one for one in form.texts("id") if one]
    match form.text("do"):
        case "approve":
            offered = {one.fact.id: one.fact for one in await asyncio.to_thread(propose, release.script)}
            for one in ids:
                if one not in offered:
                    raise UnknownProposal(release.id.show, one)
            return [offered[one] for one in ids], ()
        case "reject":
            return (), ids
        case "write":
            return [_written(release, form)], ()
        case _:
            raise FormInvalid("There is nothing of this name to do.")


def _written(release: Release, form: Form) -> Fact:
    """A fact as an author wrote it in the form. Raises FormInvalid."""
    text, subject, kind = form.text("text"), form.text("subject"), form.text("kind")
    if not 1 <= len(text) <= TEXT_CHARS_MAX or not subject:
        raise FormInvalid(f"A fact needs a subject, and a text of 1 to {TEXT_CHARS_MAX} characters.")
    if kind not in FACT_KINDS:
        raise FormInvalid("There is no such kind of fact.")
    begins = form.number("from_episode", 1, EPISODE_MAX)
    until = form.number("until_episode", 1, EPISODE_MAX) if form.text("until_episode") else None
    if until is not None and until <= begins:
        raise FormInvalid("A fact ends later than it begins.")
    known = {}
    for cue in release.script.report.cues:
        if form.text(f"knows.{cue}") != NEVER:
            known[cue] = form.number(f"knows.{cue}", 0, EPISODE_MAX)
    wordings = tuple(line.strip() for line in form.text("wordings").splitlines() if line.strip())
    fact = Fact(
        id=form.text("id"),
        text=text,
        subject=subject,
        from_episode=begins,
        scene=form.number("scene", 0, 9_999) if form.text("scene") else None,
        until_episode=until,
        known_by=known,
        kind=kind,
        wordings=wordings[:50],
    )
    return fact if fact.id else with_stable_id(replace(fact, id="P-new"))


def _matches(fact: Fact, who: str, words: str) -> bool:
    said = f"{fact.id} {fact.subject} {fact.text}".casefold()
    return (not who or who in fact.known_by) and all(word in said for word in words.casefold().split())
