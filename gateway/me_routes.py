"""What a fan may ask of what is kept of them: all of it, as a file, or none of it any more.

Each route is the same small slice as in `gateway.http`. Who asks is who is exported or erased; nobody can name another.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import StreamingResponse

from gateway.auth import Claims
from gateway.exporting import Archive, Exported, exported, relationship_view
from gateway.views import RelationshipList

NO_CONTENT = 204


@dataclass(frozen=True, slots=True)
class Registry:
    """What the routes of a fan's own data need."""

    archive: Archive
    erase: Callable[[str], Awaitable[None]]
    """Ends what runs for a fan and erases them."""
    clock: Callable[[], int]


def me_router(registry: Registry, fan_of: Any) -> APIRouter:
    """The routes; `fan_of` is the dependency that says who asks."""
    router = APIRouter()

    @router.get("/me/export", response_model=Exported)
    async def export(fan: Claims = fan_of) -> StreamingResponse:
        """Everything that is kept of the fan. An answer that breaks off is not JSON, and not the whole."""
        return StreamingResponse(
            exported(registry.archive, fan, now_ms=registry.clock()),
            media_type="application/json",
            headers={"content-disposition": 'attachment; filename="encore-export.json"'},
        )

    @router.get("/relationships")
    async def relationships(fan: Claims = fan_of) -> RelationshipList:
        """How the characters whom the fan has talked with stand with them."""
        async with registry.archive.units.read() as unit:
            kept = await unit.rapports.of_fan(fan.fan)
        return RelationshipList(relationships=tuple(relationship_view(one) for one in kept))

    @router.delete("/me", status_code=NO_CONTENT)
    async def erase(fan: Claims = fan_of) -> Response:
        """Erase what the fan said, was told and is remembered by. Credits, receipts and the journal stay.

        The answer comes when nothing is left to be read in the files; whoever signs in as the fan again starts afresh.
        """
        await registry.erase(fan.fan)
        return Response(status_code=NO_CONTENT)

    return router
