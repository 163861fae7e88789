"""What a character remembers, for the fan it is about: to read, to put right, to forget.

Each route is the same small slice as in `gateway.http`. A note of another fan's does not exist here.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, ConfigDict, Field

from gateway.auth import Claims
from gateway.errors import UnknownNote
from gateway.ports import Units
from gateway.remembering import Remembrance
from gateway.views import View
from memory.notes import NOTE_CHARS_MAX, Note

NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class NotesDesk:
    """What the routes of a fan's notes need."""

    units: Units
    remembrance: Remembrance
    scrub: Callable[[], Awaitable[None]]
    """Makes what was deleted unreadable in the files too."""


class NoteWish(BaseModel):
    """What a note should say instead."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1, max_length=NOTE_CHARS_MAX, pattern=r"\S")]


class NoteView(View):
    """Something a character remembers. Times in milliseconds since the epoch, UTC."""

    id: str
    show: str
    character: str
    kind: Literal["fact", "preference", "promise", "event", "boundary"]
    text: str
    said_at_ms: int
    turns: tuple[str, ...]
    """The turns it was said in; none when the fan wrote it here."""
    current: bool
    valid_to_ms: int | None
    superseded_by: str | None
    stale: bool


class NoteList(View):
    """Everything that is remembered of a fan, oldest first."""

    notes: tuple[NoteView, ...]


def notes_router(desk: NotesDesk, fan_of: Any) -> APIRouter:
    """The routes; `fan_of` is the dependency that says who asks."""
    router = APIRouter()

    @router.get("/notes")
    async def notes(fan: Claims = fan_of, show: str | None = None, character: str | None = None) -> NoteList:
        async with desk.units.read() as unit:
            mine = await unit.notes.of_fan(fan.fan)
        return NoteList(notes=tuple(note_view(note) for note in mine if _is_of(note, show, character)))

    @router.get("/notes/{note}")
    async def note(note: str, fan: Claims = fan_of) -> NoteView:
        async with desk.units.read() as unit:
            found = await unit.notes.get(note, fan=fan.fan)
        if found is None:
            raise UnknownNote
        return note_view(found)

    @router.patch("/notes/{note}")
    async def amend(note: str, wish: NoteWish, fan: Claims = fan_of) -> NoteView:
        amended = note_view(await desk.remembrance.amend(fan.fan, note, wish.text))
        await desk.scrub()
        return amended

    @router.delete("/notes/{note}", status_code=NO_CONTENT)
    async def forget(note: str, fan: Claims = fan_of) -> Response:
        await desk.remembrance.forget(fan.fan, note)
        await desk.scrub()
        return Response(status_code=NO_CONTENT)

    router.include_router(_many_router(desk, fan_of))
    return router


def _many_router(desk: NotesDesk, fan_of: Any) -> APIRouter:
    router = APIRouter()

    @router.delete("/notes", status_code=NO_CONTENT)
    async def forget_many(
        fan: Claims = fan_of,
        turn: Annotated[str | None, Query(description="Only what came from this turn.")] = None,
        show: str | None = None,
        character: str | None = None,
    ) -> Response:
        """Forget everything, or what came from one turn, or what one show's or one character's conversations left."""
        if turn is not None:
            await desk.remembrance.forget_turn(fan.fan, turn)
        else:
            await desk.remembrance.forget_all(fan.fan, show=show, character=character)
        await desk.scrub()
        return Response(status_code=NO_CONTENT)

    return router


def _is_of(note: Note, show: str | None, character: str | None) -> bool:
    return show in (None, note.owner.show) and character in (None, note.owner.character)


def note_view(note: Note) -> NoteView:
    """A note as it goes over the wire."""
    return NoteView(
        id=note.id,
        show=note.owner.show,
        character=note.owner.character,
        kind=note.kind,
        text=note.text,
        said_at_ms=note.said_at_ms,
        turns=note.from_turns,
        current=note.current,
        valid_to_ms=note.valid_to_ms,
        superseded_by=note.superseded_by,
        stale=note.stale,
    )
