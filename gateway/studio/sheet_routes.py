"""Sheets: the people of a show, the editor with its autosave, the lorebook's tester, cards in and out.

Whoever saves says what they saw; who comes second gets both versions and loses nothing.
"""

from __future__ import annotations

import asyncio
import json
from dataclasses import asdict
from typing import Any, cast

from fastapi import APIRouter, Response
from fastapi.responses import JSONResponse

from characters.card_exchange import ExportFormat, export_character, read_character
from characters.errors import DraftConflict, NoRight, UnknownCharacter
from characters.workshop import SheetDraft
from gateway.staff.door import Acting, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.staff.forms import FILES_BYTES_MAX, Form
from gateway.studio.asking import try_lore
from gateway.studio.hearing import hear
from gateway.studio.services import Studio, view_of
from gateway.studio.sheets import Checked, as_cast, checked, content_of, drafted, hand_in, opened

CONTENT_CHARS_MAX = 600_000
MEDIA = {
    "yaml": "application/yaml",
    "json": "application/json",
    "png": "image/png",
    "charx": "application/zip",
    "lorebook": "application/json",
}


def add_people(router: APIRouter, studio: Studio) -> None:
    """Everybody of a show, first sheets from the script, and cards that come in."""
    door = studio.door
    seen, sent = door.sees("unaired.read"), door.acts("sheet.write")
    brought = door.acts("sheet.write", bytes_max=FILES_BYTES_MAX)

    @router.get("/{show}/characters")
    async def people(show: str, visit: Visit = seen) -> Response:
        view = await view_of(studio, visit, show)
        newest = {one.sheet.slug: one for one in await studio.catalogue.cast(show, published_only=False)}
        fronts = {one.sheet.slug: one.version for one in await studio.catalogue.cast(show, published_only=True)}
        drafts = {one.slug: one for one in await studio.workshop.drafted(show)}
        rows = [
            (slug, newest.get(slug), drafts.get(slug), fronts.get(slug), await _state(studio, show, slug, newest))
            for slug in sorted({*newest, *drafts})
        ]
        cues = list(view.release.script.report.cues.items()) if view.release else []
        return door.page(visit, "studio/characters.html", show=view, rows=rows, cues=cues)

    @router.post("/{show}/characters/draft")
    async def draft(show: str, acting: Acting = sent) -> Response:
        cue = acting.form.text("cue") or None
        made = await drafted(studio, show, cue, acting.visit.name)
        await acting.visit.log("sheet.drafted", show=show, subject=", ".join(made))
        return to(f"/studio/{show}/characters/{made[0]}" if len(made) == 1 else f"/studio/{show}/characters")

    @router.post("/{show}/characters/import")
    async def import_(show: str, acting: Acting = brought) -> Response:
        if len(acting.form.files) != 1:
            raise FormInvalid("Choose one file: a sheet, a card or a lorebook.")
        (file,) = acting.form.files
        called = acting.form.text("called") or None
        read = await read_character(studio.catalogue, file.content, file.name, show, called=called)
        before = await studio.workshop.draft(show, read.sheet.slug)
        await studio.workshop.save_draft(
            show,
            read.sheet.slug,
            content_of(read.sheet),
            expected=before.revision if before else 0,
            by=acting.visit.name,
            now_ms=studio.clock(),
        )
        await acting.visit.log("card.imported", show=show, subject=read.sheet.slug, detail=file.name)
        view = await view_of(studio, acting.visit, show)
        return door.page(
            acting.visit, "studio/imported.html", show=view, sheet=read.sheet, findings=read.findings, file=file.name
        )


async def _state(studio: Studio, show: str, slug: str, newest: Any) -> str:
    """How far the newest version of a character is: draft, in_review, returned, approved or published."""
    cast_ = newest.get(slug)
    if cast_ is None:
        return "draft"
    if cast_.status == "published":
        return "published"
    review = await studio.workshop.review(show, slug, cast_.version)
    return review.state if review is not None else "draft"


def add_editor(router: APIRouter, studio: Studio) -> None:
    """One sheet: the editor, what it saves and checks, and handing it in."""
    door = studio.door
    seen, sent = door.sees("sheet.write"), door.acts("sheet.write")

    @router.get("/{show}/characters/{slug}")
    async def editor(show: str, slug: str, visit: Visit = seen) -> Response:
        content, draft, newest = await opened(studio, show, slug)
        view = await view_of(studio, visit, show)
        found = await checked(studio, show, slug, content)
        return door.page(
            visit,
            "studio/editor.html",
            show=view,
            slug=slug,
            content=content,
            draft=draft,
            newest=newest,
            found=report(found),
            aside=await studio.workshop.aside(show, slug),
            cues=list(view.release.script.report.cues) if view.release else [],
            voice=studio.voice.name if studio.voice else "",
        )

    @router.post("/{show}/characters/{slug}/draft")
    async def save(show: str, slug: str, acting: Acting = sent) -> Response:
        content = _content(acting.form, slug)
        expected = acting.form.number("revision", 0, 1_000_000_000)
        try:
            saved = await studio.workshop.save_draft(
                show, slug, content, expected=expected, by=acting.visit.name, now_ms=studio.clock()
            )
        except DraftConflict as conflict:
            both = {"mine": content, "theirs": _told(conflict.current), "error": {"message": str(conflict)}}
            return JSONResponse(both, status_code=409)
        if expected == 0 or saved.revision % 20 == 0:
            await acting.visit.log("sheet.written", show=show, subject=f"{slug}, revision {saved.revision}")
        found = await checked(studio, show, slug, content)
        return JSONResponse({"revision": saved.revision, "by": saved.by, "found": report(found)})

    @router.get("/{show}/characters/{slug}/draft")
    async def draft(show: str, slug: str, visit: Visit = seen) -> Response:
        content, saved, _ = await opened(studio, show, slug)
        return JSONResponse(_told(saved) if saved else {"content": content, "revision": 0, "by": ""})

    @router.post("/{show}/characters/{slug}/lore")
    async def lore(show: str, slug: str, acting: Acting = sent) -> Response:
        content, _, _ = await opened(studio, show, slug)
        cast_ = as_cast(show, await checked(studio, show, slug, content))
        if cast_ is None:
            raise FormInvalid("The sheet is not complete yet.")
        episode, text = acting.form.number("episode", 0, 99_999), acting.form.text("text")[:2_000]
        tried = await asyncio.to_thread(try_lore, cast_, text, episode, studio.prompt_tokens)
        return door.page(acting.visit, "studio/lore_tried.html", tried=tried)

    @router.post("/{show}/characters/{slug}/hand-in")
    async def submit(show: str, slug: str, acting: Acting = sent) -> Response:
        version = (await hand_in(studio, show, slug, acting.visit.name)).version
        await acting.visit.log("sheet.handed-in", show=show, subject=f"{slug}@{version}")
        return to(f"/studio/{show}/characters/{slug}/versions")


def add_listening(router: APIRouter, studio: Studio) -> None:
    """Hearing the voice that a draft names, under a right to it that holds."""
    door = studio.door
    sent = door.acts("sheet.write")

    @router.post("/{show}/characters/{slug}/voice")
    async def listen(show: str, slug: str, acting: Acting = sent) -> Response:
        content, _, _ = await opened(studio, show, slug)
        cast_ = as_cast(show, await checked(studio, show, slug, content))
        if cast_ is None:
            raise FormInvalid("The sheet is not complete yet.")
        if not await studio.catalogue.has_right(show, slug, "voice", now_ms=studio.clock()):
            raise NoRight(slug, "voice")
        locale = (await studio.listing(show)).locale
        heard = await hear(studio.voice, cast_.sheet, locale)
        await acting.visit.log("voice.heard", show=show, subject=slug)
        return Response(heard.content, media_type=heard.media_type)


def add_export(router: APIRouter, studio: Studio) -> None:
    """A character as a file, with what has no place in it told beside."""
    door = studio.door
    seen = door.sees("unaired.read")

    @router.get("/{show}/characters/{slug}/export/{format_}")
    async def export(show: str, slug: str, format_: str, visit: Visit = seen, look: bool = False) -> Response:
        if format_ not in MEDIA:
            raise UnknownCharacter(show, slug)
        made = await export_character(studio.catalogue, show, slug, cast(ExportFormat, format_))
        if look:
            return door.page(visit, "studio/loss.html", left=made.left_behind, size=len(made.content), format_=format_)
        ending = "json" if format_ == "lorebook" else format_
        headers = {"content-disposition": f'attachment; filename="{slug}.{ending}"'}
        await visit.log("card.exported", show=show, subject=slug, detail=format_)
        return Response(made.content, media_type=MEDIA[format_], headers=headers)


def report(found: Checked) -> dict[str, Any]:
    """What a check found, as the editor shows it."""
    return {
        "valid": found.sheet is not None and not found.wrong,
        "first_episode": found.first_episode,
        "wrong": [{"where": where, "what": what} for where, what in found.wrong],
        "giveaways": [asdict(one) for one in found.giveaways],
        "gaps": [{"where": one.where, "what": one.what} for one in found.gaps],
    }


def _told(draft: SheetDraft) -> dict[str, Any]:
    return {"content": dict(draft.content), "revision": draft.revision, "by": draft.by, "at_ms": draft.at_ms}


def _content(form: Form, slug: str) -> dict[str, Any]:
    """The sheet that a form carries as JSON. Raises FormInvalid."""
    written = form.text("content")
    if len(written) > CONTENT_CHARS_MAX:
        raise FormInvalid("This sheet is too long.", status=413)
    try:
        content = json.loads(written)
    except (ValueError, RecursionError) as error:
        raise FormInvalid("This sheet cannot be read.") from error
    if not isinstance(content, dict):
        raise FormInvalid("This sheet cannot be read.")
    return {**content, "slug": slug}
