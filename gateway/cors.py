"""Cross-origin requests: pages of the apps' own origins may call `/v1/*`, and no other page may.

Which origins those are is in the apps' settings. Cookies are never involved, so none are ever allowed, and no answer
ever says `*`. Source: the CORS protocol of the Fetch standard, https://fetch.spec.whatwg.org/#http-cors-protocol.
"""

from __future__ import annotations

from collections.abc import Collection

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from gateway.auth import origin_allowed
from gateway.settings import App

PREFIX = "/v1/"
PREFLIGHT = {
    "access-control-allow-methods": "GET, POST, PUT, PATCH, DELETE",
    "access-control-allow-headers": "Authorization, Content-Type, Idempotency-Key, Last-Event-ID",
    "access-control-max-age": "600",
}


class CrossOrigin:
    """ASGI middleware. A preflight carries no token, so it is enough for it that one app allows the origin.

    The request itself is then held against the app that signed its token, by the route.
    """

    def __init__(self, app: ASGIApp, *, apps: Collection[App]) -> None:
        self._app, self._apps = app, apps

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """See ASGI."""
        if scope["type"] != "http" or not scope["path"].startswith(PREFIX):
            await self._app(scope, receive, send)
            return
        asked = Headers(scope=scope)
        origin = asked.get("origin")
        allowed = origin is not None and any(origin_allowed(origin, app, native_clients=False) for app in self._apps)
        told = {"access-control-allow-origin": origin} if origin is not None and allowed else {}

        async def send_on(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.add_vary_header("Origin")
                headers.update(told)
            await send(message)

        if allowed and scope["method"] == "OPTIONS" and "access-control-request-method" in asked:
            await _preflight(send_on)
        else:
            await self._app(scope, receive, send_on)


async def _preflight(send: Send) -> None:
    headers = [(name.encode(), value.encode()) for name, value in PREFLIGHT.items()]
    await send({"type": "http.response.start", "status": 204, "headers": headers})
    await send({"type": "http.response.body", "body": b""})
