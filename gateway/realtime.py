"""The WebSocket endpoint `/v1/realtime`: origin, ticket, then a connection."""

from __future__ import annotations

import logging
from collections.abc import Coroutine, Mapping
from typing import Any

from fastapi import APIRouter, Response, WebSocket, WebSocketDisconnect

from gateway.addresses import counted_as
from gateway.auth import Claims, origin_allowed
from gateway.connection import CLOSE_BROKEN, CLOSE_FLOOD, Connection, Services
from gateway.error_codes import code_of
from gateway.errors import Draining, GatewayError, TicketRefused
from gateway.logs import where
from gateway.measures import open_socket
from gateway.protocol import PROTOCOL
from gateway.rates import APP_ARRIVALS, ARRIVALS
from gateway.settings import App
from gateway.sockets import Sockets
from gateway.tickets import TicketDesk

TICKET_PREFIX = "ticket."
EVICT = "encore.evict"
"""The ASGI extension by which the server cuts off a client that takes nothing."""
FORBIDDEN = 4503
UNSUPPORTED = 4506

log = logging.getLogger(__name__)


class StarletteSocket:
    """A Starlette WebSocket as `gateway.ports.Socket`."""

    def __init__(self, websocket: WebSocket) -> None:
        self._websocket = websocket
        self._open = True

    async def receive(self) -> str | bytes | None:
        """See Socket."""
        message: Mapping[str, Any] = await self._websocket.receive()
        if message["type"] != "websocket.receive":
            self._open = False
            return None
        text: str | None = message.get("text")
        return text if text is not None else message["bytes"]

    async def send(self, text: str) -> None:
        """See Socket."""
        await self._send(self._websocket.send_text(text))

    async def send_audio(self, frame: bytes) -> None:
        """See Socket."""
        await self._send(self._websocket.send_bytes(frame))

    async def _send(self, sending: Coroutine[None, None, None]) -> None:
        if not self._open:
            sending.close()
            raise ConnectionResetError
        try:
            await sending
        except (WebSocketDisconnect, RuntimeError) as error:  # the server says so in either way
            self._open = False
            raise ConnectionResetError from error

    def evict(self, code: int) -> None:
        """See Socket. A server without the means (gateway/serving.py has them) only stops sending."""
        self._open = False
        evict = self._websocket.scope.get("extensions", {}).get(EVICT)
        if evict is not None:
            evict["close"](code)

    async def close(self, code: int) -> None:
        """See Socket."""
        if not self._open:
            return
        self._open = False
        try:
            await self._websocket.close(code)
        except (WebSocketDisconnect, RuntimeError):
            return


def realtime_router(
    services: Services, sockets: Sockets, desk: TicketDesk, apps: Mapping[str, App], *, native_clients: bool
) -> APIRouter:
    """The route, bound to the services of this process."""
    router = APIRouter()

    def allowed(origin: str | None, candidates: list[App]) -> bool:
        return any(origin_allowed(origin, app, native_clients=native_clients) for app in candidates)

    @router.websocket("/v1/realtime")
    async def realtime(websocket: WebSocket) -> None:
        origin = websocket.headers.get("origin")
        if not allowed(origin, list(apps.values())):
            await websocket.close(FORBIDDEN)  # before accept: HTTP 403
            return
        if await _turned_away(websocket, services):
            return
        try:
            claims = await _redeem(_offered(websocket), desk, origin)
            if claims is None:
                await websocket.accept(PROTOCOL)
                await StarletteSocket(websocket).close(CLOSE_BROKEN)
                return
            if claims.app not in apps or not allowed(origin, [apps[claims.app]]):
                await websocket.close(FORBIDDEN)
                return
            if await services.limits.take(APP_ARRIVALS, claims.app):
                await websocket.accept(PROTOCOL)
                await StarletteSocket(websocket).close(CLOSE_FLOOD)
                return
            async with sockets.count(claims.fan):
                await _serve(websocket, claims, services, sockets)
        except GatewayError as error:
            await websocket.accept(PROTOCOL)
            await StarletteSocket(websocket).close(code_of(error).close or FORBIDDEN)

    return router


async def _turned_away(websocket: WebSocket, services: Services) -> bool:
    """Whether a socket was refused before anybody asked whose it is."""
    if services.turns.draining:  # before the ticket is used: a balancer asks another process with the same one
        await websocket.send_denial_response(Response(status_code=code_of(Draining()).status))
        return True
    if PROTOCOL not in _offered(websocket):
        await websocket.accept()
        await websocket.close(UNSUPPORTED)
        return True
    address = counted_as(websocket.client.host if websocket.client else "")
    if address and await services.limits.take(ARRIVALS, address):
        await websocket.accept(PROTOCOL)
        await StarletteSocket(websocket).close(CLOSE_FLOOD)
        return True
    return False


def _offered(websocket: WebSocket) -> list[str]:
    offered: list[str] = websocket.scope.get("subprotocols", [])
    return offered


async def _redeem(offered: list[str], desk: TicketDesk, origin: str | None) -> Claims | None:
    """Whose the ticket is; None when nobody can say just now. Raises TicketRefused."""
    tickets = [name.removeprefix(TICKET_PREFIX) for name in offered if name.startswith(TICKET_PREFIX)]
    if len(tickets) != 1:
        raise TicketRefused
    try:
        return await desk.redeem(tickets[0], origin)
    except GatewayError:
        raise
    except Exception as error:  # the boundary of a socket's door: the server's own log would quote what was asked
        log.error("a ticket was not looked up: %s", where(error))
        return None


async def _serve(websocket: WebSocket, claims: Claims, services: Services, sockets: Sockets) -> None:
    await websocket.accept(PROTOCOL)
    connection = Connection(StarletteSocket(websocket), claims, services)
    with sockets.hold(connection), open_socket(services.measures):
        await connection.run()
