"""Running the gateway: one uvicorn server whose signals are ours.

uvicorn would close every socket with 1012 on SIGTERM and kill its handlers. Here SIGTERM drains: no new turns, goodbye,
running turns stream on, then every socket is closed with 4000 and the process ends with status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway.errors import PortInUse
from gateway.protocol import FRAME_BYTES_MAX


class GatewayServer(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started. Raises PortInUse."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    bound = socket.socket(family, socket.SOCK_STREAM)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        raise PortInUse(host, port) from error
    bound.setblocking(False)
    return bound


async def serve(
    app: ASGIApp,
    listening: socket.socket,
    *,
    heartbeat_s: float,
    started: Callable[[], None],
    drain: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Serve until SIGTERM or SIGINT, then drain and stop. A second signal does not cut the drain short."""
    server = GatewayServer(
        uvicorn.Config(
            app,
            log_config=None,
            access_log=False,
            ws="websockets-sansio",
            ws_max_size=FRAME_BYTES_MAX,
            ws_ping_interval=heartbeat_s,
            ws_ping_timeout=heartbeat_s,
            ws_per_message_deflate=False,
            timeout_graceful_shutdown=5,
            lifespan="off",
            server_header=False,
        )
    )
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, stop.set)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    stopping = asyncio.create_task(stop.wait(), name="until a signal")
    try:
        started()
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            await drain()
            server.should_exit = True
        await serving
    finally:
        stopping.cancel()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)
