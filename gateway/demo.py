"""`encore demo`: a host app of our own, small enough to read, so that a newcomer chats within a minute.

It does what a real host app does — says who the fan is and how far they have watched, and signs it — and what no real
one should: it gives every visitor credits. It is mounted by `encore demo` only.
"""

from __future__ import annotations

import secrets
import time
import uuid
from dataclasses import replace
from importlib.resources import files
from typing import Annotated

from fastapi import APIRouter, FastAPI
from fastapi.responses import RedirectResponse, Response
from pydantic import BaseModel, ConfigDict, Field

from characters.importing import SAMPLE_SLUG, Imported, import_sample
from characters.rights import EVERYBODY
from gateway.auth import Claims, sign
from gateway.bootstrap import now_ms, open_memory, open_store
from gateway.cli.console import out, progress_bar
from gateway.demo_till import demo_till
from gateway.ports import Units
from gateway.running import opened, serve_gateway
from gateway.serving import listen
from gateway.settings import App, Settings

APP = "demo"
WATCHED = 12
EPISODES = 40
OWN_SHOW = "the sample show is part of Encore"
GIFT_CREDITS = 60
TOKEN_LIFETIME_S = 3600
LOOPBACK = ("127.0.0.1", "localhost")
ORIGINS = ("http://127.0.0.1:*", "http://localhost:*")
PAGES = {
    "demo.html": "text/html; charset=utf-8",
    "demo.css": "text/css; charset=utf-8",
    "demo.js": "text/javascript; charset=utf-8",
    "film.js": "text/javascript; charset=utf-8",
}
CSP = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "connect-src 'self'",
        "img-src 'self' data:",
        "base-uri 'none'",
        "frame-ancestors 'self'",
    )
)


class Visit(BaseModel):
    """Who comes to the page: a visitor it knows, or a new one."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    fan: Annotated[str, Field(pattern=r"^visitor-[0-9a-f]{32}$")] | None = None
    watched: Annotated[int, Field(ge=1, le=EPISODES)] = WATCHED


class Welcomed(BaseModel):
    """What the page needs to come in as a fan."""

    model_config = ConfigDict(frozen=True)

    fan: str
    token: str
    expires_in_s: int
    show: str
    title: str
    watched: int
    episodes: int


async def run_demo(settings: Settings, host: str, port: int) -> None:
    """Import the sample show, open the books, and serve the demo page until SIGTERM or SIGINT."""
    secret = secrets.token_urlsafe(32)
    with listen(host, port) as listening:
        # Whoever listens for other machines is reached under names that only those machines know.
        any_host_port = 0 if host in LOOPBACK else listening.getsockname()[1]
        settings = replace(settings, apps={APP: App(secret=secret, origins=ORIGINS, any_host_port=any_host_port)})
        out.print("Importing the sample show …")
        await _bring_in_the_show(settings)
        async with (
            demo_till(f"http://127.0.0.1:{listening.getsockname()[1]}/v1/webhooks/stripe") as account,
            opened(replace(settings, stripe=account)) as (store, gateway),
        ):
            title = (await store.casting.release(await store.catalogue.published(SAMPLE_SLUG))).title
            add_demo(gateway.app, store.units, secret=secret, title=title)
            await serve_gateway(gateway, settings, listening, announce=_announce)


def _announce(url: str) -> None:
    out.print(f"\nOpen [bold]{url}/demo[/bold] and say hello. You have watched {WATCHED} of {EPISODES} episodes.")
    out.print("Stop with Ctrl+C.\n")


async def _bring_in_the_show(settings: Settings) -> None:
    """Import, read through, publish, in this order: one that is broken off leaves what was in force."""
    async with open_store(settings) as store, open_memory(store) as stage:

        async def read_through(imported: Imported) -> None:
            with progress_bar("Reading it through", quiet=False) as show:
                await stage.read_through(store, imported.release_id, show, drafts=True)

        await import_sample(store.catalogue, now_ms=now_ms(), prepare=read_through)
        # The show is the project's own, and so is what its characters may be heard for.
        await store.catalogue.record_right(SAMPLE_SLUG, EVERYBODY, "voice", source=OWN_SHOW, now_ms=now_ms())


def add_demo(app: FastAPI, units: Units, *, secret: str, title: str) -> None:
    """Add the page and the host app behind it."""
    router = APIRouter(include_in_schema=False)

    @router.get("/")
    async def front() -> Response:
        return RedirectResponse("/demo")

    @router.get("/demo")
    async def page() -> Response:
        return _file("demo.html")

    @router.get("/demo/{name}")
    async def part(name: str) -> Response:
        return _file(name) if name in PAGES else Response(status_code=404)

    @router.post("/demo/visit")
    async def visit(visitor: Visit) -> Welcomed:
        fan = visitor.fan or f"visitor-{uuid.uuid4().hex}"
        claims = Claims(app=APP, fan_id=fan, shows={SAMPLE_SLUG: visitor.watched}, age="adult")
        async with units.begin() as unit:
            await unit.books.grant(
                claims.fan,
                GIFT_CREDITS,
                lot_class="promotional",
                reason="to try Encore with",
                actor="demo",
                idem_key=f"demo:{fan}",
                now_ms=now_ms(),
            )
        token = sign(claims, secret, now_s=int(time.time()), lifetime_s=TOKEN_LIFETIME_S)
        return Welcomed(
            fan=fan,
            token=token,
            expires_in_s=TOKEN_LIFETIME_S,
            show=SAMPLE_SLUG,
            title=title,
            watched=visitor.watched,
            episodes=EPISODES,
        )

    app.include_router(router)


def _file(name: str) -> Response:
    content = files("gateway").joinpath("pages", name).read_bytes()
    return Response(content, media_type=PAGES[name], headers={"content-security-policy": CSP})
