"""What fans ask: names and things of the show, by how far they have watched. No word of a fan's, and no fan alone."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from fastapi import APIRouter, Response

from gateway.asked_about import DAYS, DAYS_MAX, Days, asked_about
from gateway.curiosity import FANS_MIN
from gateway.staff.door import Visit
from gateway.staff.errors import FormInvalid
from gateway.studio.services import Studio, view_of


def add_questions(router: APIRouter, studio: Studio) -> None:
    """The page, of whole days that are over."""
    door = studio.door
    seen = door.sees("unaired.read")

    @router.get("/{show}/questions")
    async def questions(show: str, visit: Visit = seen, since: str = "", until: str = "") -> Response:
        view = await view_of(studio, visit, show)
        days = days_of(since, until, datetime.fromtimestamp(view.now_ms / 1_000, UTC).date())
        rows = await asked_about(studio.catalogue, studio.questions, show, days) if view.release else ()
        return door.page(visit, "studio/questions.html", show=view, days=days, rows=rows, fans_min=FANS_MIN)


def days_of(since: str, until: str, today: date) -> Days:
    """Whole days before today: a moment within one would let two looks differ by a message. Raises FormInvalid."""
    try:
        last = date.fromisoformat(until) if until else today - timedelta(days=1)
        first = date.fromisoformat(since) if since else last - timedelta(days=DAYS - 1)
    except (ValueError, OverflowError) as error:
        raise FormInvalid("A date is written like 2027-01-15.") from error
    if not first <= last < today:
        raise FormInvalid("Both days must be over, and the first not after the last.")
    if (last - first).days >= DAYS_MAX:
        raise FormInvalid(f"At most {DAYS_MAX} days are counted at once.")
    return Days(first, last)
