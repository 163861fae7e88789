"""A host app for the tests of the widget: pages of an origin of its own, and the token that its server signs.

The gateway it uses is a demo of the project, whose host app signs the token; the pages are what an app developer would
write from docs/widget.md. A strict Content-Security-Policy is on every one of them.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import httpx

from tests.fakes.stripe_server.wire import HttpServer, Request, Response

PAGE = """<!doctype html><html lang="en"><title>The drama</title>
<link rel="stylesheet" href="/app.css">
<script type="module" src="{gateway}/widget.js"></script>
<script type="module" src="/app.js"></script>
<main><h1>The drama</h1>
<encore-chat show="lantern-contract" character="tamsin" token-url="/token" closable {more}></encore-chat>
</main></html>"""
FRAME = """<!doctype html><html lang="en"><title>The app</title><script type="module" src="/outer.js"></script>
<h1>The app</h1><iframe id="frame" title="Chat" src="{inner}/framed"></iframe></html>"""
STYLE = """encore-chat { block-size: 600px; --encore-accent: rgb(120, 20, 90); --encore-radius: 0px; }
encore-chat::part(header) { background-color: rgb(250, 240, 230); }"""
SCRIPT = """window.told = [];
for (const name of ["ready", "opened", "balance", "open-episode", "checkout", "purchase", "close", "error", "speaking"])
  document.addEventListener(`encore:${name}`, ({ detail }) => told.push([name, detail]));
document.addEventListener("encore:checkout", (event) => window.own && event.preventDefault());"""
OUTER = """window.heard = [];
addEventListener("message", ({ origin, data }) => heard.push([origin, data]));"""


class HostApp:
    """Its pages. `outside`: the origin of the app that puts this one's page into a frame."""

    def __init__(self, gateway: str) -> None:
        self._gateway = gateway
        self.outside = ""
        self.inside = ""
        self.asked_for_tokens = 0

    async def answer(self, request: Request) -> Response:
        """One request to the app."""
        path = request.path
        if path == "/token":
            return Response(200, await self._token(), "application/json")
        if path == "/app.css":
            return Response(200, STYLE.encode(), "text/css")
        if path in ("/app.js", "/outer.js"):
            return Response(200, (SCRIPT if path == "/app.js" else OUTER).encode(), "text/javascript")
        more = f'host-origin="{self.outside}"' if path == "/framed" else 'episode-url="/watch/{episode}"'
        page = FRAME.format(inner=self.inside) if path == "/outer" else PAGE.replace("{gateway}", self._gateway)
        page = page.replace("{more}", more)
        return Response(200, page.encode(), "text/html", headers={"content-security-policy": self._policy()})

    async def _token(self) -> bytes:
        self.asked_for_tokens += 1
        async with httpx.AsyncClient() as http:
            return (await http.post(f"{self._gateway}/demo/visit", json={})).content

    def _policy(self) -> str:
        socket = self._gateway.replace("http", "ws")
        return (
            f"default-src 'none'; script-src 'self' {self._gateway}; style-src 'self'; "
            f"connect-src 'self' {self._gateway} {socket}; frame-src {self.inside or chr(39) + 'none' + chr(39)}; "
            "require-trusted-types-for 'script'"
        )


@asynccontextmanager
async def host_app(gateway: str) -> AsyncIterator[tuple[str, HostApp]]:
    """The address of a host app while the block runs."""
    app = HostApp(gateway)
    server = HttpServer(app.answer)
    await server.start()
    try:
        yield server.url, app
    finally:
        await server.aclose()
