"""What stands between a version and fans, and putting it in front of them.

Four eyes: somebody who did not write a version approved it. Nothing here publishes what gives something away, or what
nobody has a right to.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass

from characters.casting import same_person
from characters.errors import NotReady
from characters.release import Cast, Release
from characters.workshop import SheetReview
from gateway.studio.services import Studio
from gateway.studio.sheets import Checked, check, content_of

NAMES_CHARS_MAX = 200
EXPIRES_SOON_MS = 30 * 86_400_000


@dataclass(frozen=True, slots=True)
class Obstacle:
    """One thing that stands in the way; `line` is the show's own, where there is one."""

    kind: str
    """`giveaway`, `sheet`, `right` or `review`."""
    what: str
    where: str = ""
    line: str = ""


async def obstacles(studio: Studio, show: str, cast: Cast, review: SheetReview | None) -> tuple[Obstacle, ...]:
    """Everything that keeps a version from fans; empty when it may be published."""
    release = await studio.needed(show)
    found = await asyncio.to_thread(check, release, {**content_of(cast.sheet), "slug": cast.sheet.slug})
    rights = await _missing_rights(studio, show, cast)
    canon = await _missing_canon(studio, show, release)
    return (*_of_sheet(found), *rights, *canon, *_of_review(review))


def _of_sheet(found: Checked) -> tuple[Obstacle, ...]:
    wrong = tuple(Obstacle("sheet", reason, where) for where, reason in found.wrong)
    told = (
        Obstacle("giveaway", one.what, one.where, f"Episode {one.episode}: {one.line}" if one.line else "")
        for one in found.giveaways
    )
    return (*wrong, *told)


async def _missing_rights(studio: Studio, show: str, cast: Cast) -> tuple[Obstacle, ...]:
    slug, now_ms = cast.sheet.slug, studio.clock()
    missing = []
    if not await studio.catalogue.has_right(show, slug, "text", now_ms=now_ms):
        missing.append(Obstacle("right", "There is no valid record of the right to use the text."))
    if cast.sheet.heard_as is not None and not await studio.catalogue.has_right(show, slug, "voice", now_ms=now_ms):
        missing.append(
            Obstacle("right", "The sheet names a voice, and there is no valid record of the right to it.", "heard_as")
        )
    return tuple(missing)


async def _missing_canon(studio: Studio, show: str, release: Release) -> tuple[Obstacle, ...]:
    if (await studio.listing(show)).published is None:
        return (Obstacle("canon", "No release of the show is published, so that nobody can be met in it."),)
    return ()


def _of_review(review: SheetReview | None) -> tuple[Obstacle, ...]:
    if review is None:
        return (Obstacle("review", "Nobody has handed this version in for review."),)
    if review.state == "in_review":
        return (Obstacle("review", "It waits for somebody who did not write it to approve it."),)
    if review.state == "returned":
        return (Obstacle("review", f"{review.reviewer} has returned it: {review.comment}"),)
    return ()


async def publish(studio: Studio, show: str, slug: str, version: int) -> Cast:
    """Put an approved version in front of fans. Raises NotReady, UnknownCharacter, NoRight, SameApprover."""
    cast = await studio.catalogue.cast_version(show, slug, version)
    review = await studio.workshop.review(show, slug, version)
    found = await obstacles(studio, show, cast, review)
    if found or review is None:
        sentences = (f"{one.where}: {one.what}" if one.where else one.what for one in found)
        raise NotReady(slug, version, tuple(sentences))
    authors = [name for name in review.authors if not same_person(name, review.reviewer)]
    return await studio.catalogue.publish_character(
        show,
        slug,
        author=", ".join(authors)[:NAMES_CHARS_MAX],
        approver=review.reviewer,
        now_ms=studio.clock(),
        version=version,
    )
