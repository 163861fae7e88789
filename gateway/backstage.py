"""The pages of staff on a gateway: their door, the Studio and the Desk, put together in one place.

Fans never come through here, and nothing of these pages is in the description of the fans' routes.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI

from gateway.bootstrap import Stage, Store
from gateway.bootstrap.staff import open_door
from gateway.bootstrap.studio import make_studio
from gateway.desk.routes import desk_router
from gateway.desk.services import DeskServices
from gateway.limits import RateLimits
from gateway.staff.routes import staff_router
from gateway.studio.jobs import Jobs
from gateway.studio.routes import studio_router
from persona.ports import ChatModel
from persona.voices import Voice


@asynccontextmanager
async def open_backstage(
    app: FastAPI,
    store: Store,
    stage: Stage,
    model: ChatModel,
    voice: Voice | None,
    limits: RateLimits,
    desk: DeskServices,
) -> AsyncIterator[None]:
    """Add the pages of staff to an application; what they began ends with the block. Reads files: done at the start."""
    door, jobs = open_door(store, limits), Jobs()
    app.include_router(staff_router(door))
    app.include_router(desk_router(door, desk))
    app.include_router(studio_router(make_studio(store, stage, model, voice, door, jobs)))
    try:
        yield
    finally:
        await jobs.aclose()
