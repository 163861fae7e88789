"""Rights to a show's characters, who works on it, and what was done."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import get_args

from fastapi import APIRouter, Response

from characters.rights import EVERYBODY, RIGHT_USES, RightUse
from gateway.staff.accounts import without_secrets
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.staff.roles import EVERY_SHOW, SHOW_ROLES
from gateway.staff.routes import role_of
from gateway.studio.publishing import EXPIRES_SOON_MS
from gateway.studio.services import Studio, view_of

NAME_CHARS_MAX = 200
ACTS_SHOWN = 300


def add_rights(router: APIRouter, studio: Studio) -> None:
    """Consent records: recorded, about to end, revoked."""
    door = studio.door
    seen, sent = door.sees("unaired.read"), door.acts("rights.write")

    @router.get("/{show}/rights")
    async def rights(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        records = await studio.workshop.rights(show)
        cast = await studio.catalogue.cast(show, published_only=False)
        holds = {record.id: record.holds_at(view.now_ms) for record in records}
        soon = [
            record
            for record in records
            if holds[record.id] and record.until_ms is not None and record.until_ms - view.now_ms < EXPIRES_SOON_MS
        ]
        covered = [
            (one.sheet.slug, use, await studio.catalogue.has_right(show, one.sheet.slug, use, now_ms=view.now_ms))
            for one in cast
            for use in RIGHT_USES
        ]
        return door.page(
            visit,
            "studio/rights.html",
            show=view,
            records=records,
            holds=holds,
            soon=soon,
            covered=covered,
            slugs=[one.sheet.slug for one in cast],
            uses=RIGHT_USES,
            everybody=EVERYBODY,
        )

    @router.post("/{show}/rights")
    async def change(show: str, acting: Acting = sent) -> Response:
        form, visit = acting.form, acting.visit
        use, character = _use(form.text("use")), form.text("character") or EVERYBODY
        if form.text("do") == "revoke":
            await studio.catalogue.revoke_right(show, character, use, now_ms=studio.clock())
            await visit.log("right.revoked", show=show, subject=f"{character}:{use}")
            return to(f"/studio/{show}/rights")
        source, actor = form.text("source")[:NAME_CHARS_MAX], form.text("actor")[:NAME_CHARS_MAX]
        if not source:
            raise FormInvalid("Say where the right comes from, such as a contract's number.")
        until_ms = _until(form.text("until"), studio.clock())
        await studio.catalogue.record_right(
            show, character, use, source=source, actor=actor, until_ms=until_ms, now_ms=studio.clock()
        )
        await visit.log("right.recorded", show=show, subject=f"{character}:{use}", detail=f"{source}, {actor}")
        return to(f"/studio/{show}/rights")


def add_team(router: APIRouter, studio: Studio) -> None:
    """Who works on a show, and what was done to it."""
    door = studio.door
    seen, sent, looked = door.sees("team.write"), door.acts("team.write"), door.sees("unaired.read")

    @router.get("/{show}/team")
    async def team(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        members = [without_secrets(one) for one in await door.accounts.book.members()]
        of_show = [one for one in members if one.grants.get(show) or one.may("show.read", show)]
        return door.page(visit, "studio/team.html", show=view, members=of_show, roles=SHOW_ROLES, every=EVERY_SHOW)

    @router.post("/{show}/team")
    async def change(show: str, acting: Acting = sent) -> Response:
        form, by = acting.form, acting.visit.name
        await studio.listing(show)
        role = role_of(form.text("role"), show)
        if form.text("do") == "withdraw":
            await door.accounts.withdraw(form.text("name"), show, role, by=by)
            return to(f"/studio/{show}/team")
        known = await door.accounts.find(form.text("name"))  # accounts are made by an admin of the installation
        await door.accounts.add(known.name, show, role, by=by)
        return to(f"/studio/{show}/team")

    @router.get("/{show}/log")
    async def log(show: str, visit: Visit = looked) -> Response:
        view = await view_of(studio, visit, show)
        acts = await door.accounts.book.acts(show=show, limit=ACTS_SHOWN)
        return door.page(
            visit,
            "studio/log.html",
            show=view,
            acts=acts,
            kept=tuple(reversed(await studio.catalogue.audit_log(show))),
        )


def _use(written: str) -> RightUse:
    for use in get_args(RightUse):
        if use == written:
            found: RightUse = use
            return found
    raise FormInvalid("A right is to text, voice or likeness.")


def _until(written: str, now_ms: int) -> int | None:
    """The end of a right's last day, in UTC; None for an empty field. Raises FormInvalid."""
    if not written:
        return None
    try:
        day = datetime.strptime(written, "%Y-%m-%d").replace(hour=23, minute=59, second=59, tzinfo=UTC)
    except ValueError as error:
        raise FormInvalid("A date is written like 2027-01-15.") from error
    until_ms = int(day.timestamp() * 1_000) + 1_000
    if until_ms <= now_ms:
        raise FormInvalid("That day has passed.")
    return until_ms
