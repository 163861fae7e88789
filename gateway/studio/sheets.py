"""A sheet being written: what it begins with, what is wrong with it, and handing it in.

What it says is for its authors: it names places in the sheet, and lines of the show that are not aired yet.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from characters.casting import cast_of, folded_name
from characters.drafting import draft_sheet
from characters.early_names import refuse_early_names
from characters.errors import InvalidSheet, UnknownCharacter
from characters.leaks import Giveaway, giveaways
from characters.linting import SheetWarning, lint
from characters.local_linting import lint_locales
from characters.people import people_of
from characters.proposing import propose
from characters.release import Cast, Release
from characters.sheet import Sheet
from characters.workshop import SheetDraft, SheetReview
from gateway.studio.services import Studio

MANY_ERRORS = 50


@dataclass(frozen=True, slots=True)
class Checked:
    """What a sheet is like. `sheet` is None while it is none; `wrong` are (place, reason)."""

    sheet: Sheet | None
    wrong: tuple[tuple[str, str], ...]
    first_episode: int
    warnings: tuple[SheetWarning, ...] = ()
    giveaways: tuple[Giveaway, ...] = ()

    @property
    def gaps(self) -> tuple[SheetWarning, ...]:
        """What is still to be written; spoilers stand among the giveaways, with their lines."""
        return tuple(warning for warning in self.warnings if warning.kind == "gap")


async def opened(studio: Studio, show: str, slug: str) -> tuple[Mapping[str, Any], SheetDraft | None, Cast | None]:
    """What an editor begins with: the draft, else the newest version, else an empty sheet for a cue of the script."""
    draft, cast = await studio.workshop.draft(show, slug), await studio.cast(show, slug)
    if draft is not None:
        return draft.content, draft, cast
    if cast is None:
        raise UnknownCharacter(show, slug)
    return content_of(cast.sheet), None, cast


def content_of(sheet: Sheet) -> dict[str, Any]:
    """A sheet as its editor has it."""
    return sheet.model_dump(mode="json", exclude_defaults=True)


async def checked(studio: Studio, show: str, slug: str, content: Mapping[str, Any]) -> Checked:
    """Look at a sheet against the newest script."""
    release = await studio.needed(show)
    return await asyncio.to_thread(check, release, {**content, "slug": slug})


def check(release: Release, content: Mapping[str, Any]) -> Checked:
    """The same, of a release that is there. Pure."""
    try:
        sheet = Sheet.model_validate(content)
    except ValidationError as error:
        wrong = tuple((".".join(map(str, one["loc"])) or "the sheet", one["msg"]) for one in error.errors())
        return Checked(None, wrong[:MANY_ERRORS], 1)
    cue = release.script.report.merged.get(sheet.cue, sheet.cue)
    first_episode = release.script.first_episode_of(cue)
    if first_episode is None:
        return Checked(None, (("cue", "nobody speaks under this name in the scripts"),), 1)
    wrong, names = (), (*release.terms, *release.glossary.names(release.terms))
    try:
        refuse_early_names(sheet, first_episode, names)
    except InvalidSheet as error:
        wrong = ((error.where, error.reason),)
    warnings = (
        *lint(sheet, release.terms, first_episode=first_episode),
        *lint_locales(sheet, release.terms, release.glossary, first_episode=first_episode),
    )
    found = giveaways(sheet, names, release.facts, release.script, first_episode=first_episode)
    return Checked(sheet, wrong, first_episode, warnings, found)


async def drafted(studio: Studio, show: str, cue: str | None, by: str) -> tuple[str, ...]:
    """Write first sheets from the script: of one cue, else of everybody who has no sheet and says enough.

    Returns the slugs. Of one who has a sheet already it becomes the draft's next revision: nothing is lost.
    Raises UnknownShow, UnknownCharacter, DraftConflict.
    """
    release = await studio.needed(show)
    known = {folded_name(one.sheet.cue): one for one in await studio.catalogue.cast(show, published_only=False)}
    begun = {folded_name(str(one.content.get("cue", ""))): one for one in await studio.workshop.drafted(show)}
    people = await asyncio.to_thread(people_of, release.script)
    if cue is not None and cue not in people.cues:
        raise UnknownCharacter(show, cue)
    wanted = [cue] if cue is not None else [one for one in people.cues if _said(release, one) >= SPEECHES_MIN]
    proposals = await asyncio.to_thread(propose, release.script)
    made: list[str] = []
    for name in wanted:
        cast, draft = known.get(folded_name(name)), begun.get(folded_name(name))
        if cue is None and (cast is not None or draft is not None):
            continue
        slug = cast.sheet.slug if cast else draft.slug if draft else ""
        found = await asyncio.to_thread(draft_sheet, release.script, release.terms, name, proposals, slug=slug)
        if found is None:
            continue
        revision = 0 if draft is None else draft.revision
        await studio.workshop.save_draft(
            show, found.sheet.slug, content_of(found.sheet), expected=revision, by=by, now_ms=studio.clock()
        )
        made.append(found.sheet.slug)
    return tuple(made)


SPEECHES_MIN = 3
"""Who says less is drafted only when named."""


def _said(release: Release, cue: str) -> int:
    return release.script.report.cues.get(cue, 0)


async def hand_in(studio: Studio, show: str, slug: str, by: str) -> Cast:
    """Make the draft the character's next version, and ask for its review. Raises InvalidSheet, UnknownCharacter."""
    draft = await studio.workshop.draft(show, slug)
    if draft is None:
        raise UnknownCharacter(show, slug)
    found = await checked(studio, show, slug, draft.content)
    if found.sheet is None or found.wrong:
        where, reason = found.wrong[0]
        raise InvalidSheet(f"The draft of {slug}", where, reason)
    now_ms = studio.clock()
    earlier = await studio.workshop.versions(show, slug)
    since_ms = earlier[0].created_at_ms if earlier else 0
    cast = await studio.catalogue.save_sheet(show, found.sheet, first_episode=found.first_episode, now_ms=now_ms)
    writers = await studio.workshop.writers(show, slug, since_ms=since_ms)
    authors = tuple(dict.fromkeys((*writers, by)))
    await studio.workshop.ask_review(show, slug, SheetReview(cast.version, "in_review", authors, now_ms))
    return cast


def as_cast(show: str, found: Checked) -> Cast | None:
    """A checked draft as somebody who can be asked; version 0 is nobody's."""
    if found.sheet is None:
        return None
    return cast_of(show, 0, found.sheet, status="draft", first_episode=found.first_episode)
