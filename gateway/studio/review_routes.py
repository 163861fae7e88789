"""Versions of a character: what changed, who approves, what stands in the way, publishing and going back."""

from __future__ import annotations

from fastapi import APIRouter, Response

from characters.sheet_yaml import sheet_diff, sheet_yaml
from characters.workshop import VersionListed
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.studio.asking import doubts
from gateway.studio.publishing import obstacles, publish
from gateway.studio.services import Studio, view_of

COMMENT_CHARS_MAX = 2_000


def add_versions(router: APIRouter, studio: Studio) -> None:
    """The versions of one character, and what changed between two."""
    door = studio.door
    seen = door.sees("unaired.read")

    @router.get("/{show}/characters/{slug}/versions")
    async def versions(show: str, slug: str, visit: Visit = seen, of: int = 0, against: int = 0) -> Response:
        view = await view_of(studio, visit, show)
        listed = await studio.workshop.versions(show, slug)
        if not listed:
            return to(f"/studio/{show}/characters/{slug}")
        chosen = next((one for one in listed if one.cast.version == of), listed[0])
        review = await studio.workshop.review(show, slug, chosen.cast.version)
        return door.page(
            visit,
            "studio/versions.html",
            show=view,
            slug=slug,
            versions=[(one, await studio.workshop.review(show, slug, one.cast.version)) for one in listed],
            chosen=chosen,
            review=review,
            diff=_diff(listed, chosen, against).splitlines(),
            obstacles=await obstacles(studio, show, chosen.cast, review),
        )

    @router.get("/{show}/characters/{slug}/versions/{version}/doubts")
    async def doubted(show: str, slug: str, version: int, visit: Visit = seen) -> Response:
        cast = await studio.catalogue.cast_version(show, slug, version)
        release = await studio.needed(show)
        return door.page(visit, "studio/doubts.html", doubts=await doubts(studio, cast, release.id))


def add_decisions(router: APIRouter, studio: Studio) -> None:
    """What a reviewer and a publisher do."""
    door = studio.door
    reviewed, published = door.acts("character.review"), door.acts("character.publish")

    @router.post("/{show}/characters/{slug}/review")
    async def review(show: str, slug: str, acting: Acting = reviewed) -> Response:
        form, visit = acting.form, acting.visit
        version, approved = form.number("version", 1, 1_000_000), form.text("do") == "approve"
        comment = form.text("comment")[:COMMENT_CHARS_MAX]
        if not approved and not comment:
            raise FormInvalid("Say what is to be changed.")
        await studio.workshop.decide_review(
            show, slug, version, approved=approved, reviewer=visit.name, comment=comment, now_ms=studio.clock()
        )
        act = "sheet.approved" if approved else "sheet.returned"
        await visit.log(act, show=show, subject=f"{slug}@{version}", detail=comment)
        return to(f"/studio/{show}/characters/{slug}/versions?of={version}")

    @router.post("/{show}/characters/{slug}/publish")
    async def publish_(show: str, slug: str, acting: Acting = published) -> Response:
        version = acting.form.number("version", 1, 1_000_000)
        await publish(studio, show, slug, version)
        await acting.visit.log("character.published", show=show, subject=f"{slug}@{version}")
        return to(f"/studio/{show}/characters/{slug}/versions?of={version}")

    @router.post("/{show}/characters/{slug}/roll-back")
    async def roll_back(show: str, slug: str, acting: Acting = published) -> Response:
        version = acting.form.number("version", 1, 1_000_000)
        await studio.workshop.roll_back(show, slug, version, by=acting.visit.name, now_ms=studio.clock())
        await acting.visit.log("character.rolled-back", show=show, subject=f"{slug}@{version}")
        return to(f"/studio/{show}/characters/{slug}/versions?of={version}")


def _diff(listed: tuple[VersionListed, ...], chosen: VersionListed, against: int) -> str:
    """What a version changes from another, else from the one in front, else from the one before it."""
    number = chosen.cast.version
    front = next((one.cast.version for one in listed if one.live and one.cast.version != number), 0)
    wanted = against or front or number - 1
    before = next((one.cast for one in listed if one.cast.version == wanted), None)
    if before is None:
        return "\n".join(f"+{line}" for line in sheet_yaml(chosen.cast.sheet).splitlines())
    names = (f"version {before.version}", f"version {number}")
    return sheet_diff(before.sheet, chosen.cast.sheet, names=names)
