"""Running the gateway: one uvicorn server whose signals are ours.

uvicorn would close every socket with 1012 on SIGTERM and kill its handlers. Here SIGTERM drains: no new turns, goodbye,
running turns stream on, then every socket is closed with 4000 and the process ends with status 0.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import signal
import socket
from collections.abc import Callable, Coroutine, Iterator

import uvicorn
from starlette.types import ASGIApp

from gateway.doorway import DoorConfig
from gateway.errors import AddressUnusable, PortInUse
from gateway.protocol import FRAME_BYTES_MAX

LINE_DEAD_MS = 8_000
"""Bytes that are not taken for so long end the connection (TCP_USER_TIMEOUT, RFC 5482): that also counts while a client
acknowledges every probe of its closed window. The kernel looks at growing intervals, so that it is gone within 10 s."""
SEND_BUFFER_BYTES = 128 * 1024
"""What the kernel keeps for a slow reader; left alone it grows to megabytes for each."""
LINE_OPTIONS = (
    (socket.SOL_SOCKET, socket.SO_SNDBUF, SEND_BUFFER_BYTES),
    (socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1),
    (socket.IPPROTO_TCP, socket.TCP_KEEPIDLE, 30),
    (socket.IPPROTO_TCP, socket.TCP_KEEPINTVL, 10),
    (socket.IPPROTO_TCP, socket.TCP_KEEPCNT, 3),
    (socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, LINE_DEAD_MS),
)
"""Half-open connections, whose client went without a word, are found by the kernel."""


class GatewayServer(uvicorn.Server):
    """A uvicorn server that leaves signals to whoever runs it."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        """Capture none."""
        yield


def listen(host: str, port: int) -> socket.socket:
    """A bound socket, before anything else is started. Raises PortInUse, AddressUnusable."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    # The protocol is named, for only then does asyncio let small frames go at once (TCP_NODELAY).
    bound = socket.socket(family, socket.SOCK_STREAM, socket.IPPROTO_TCP)
    bound.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    for option in LINE_OPTIONS:  # every accepted connection has them too
        bound.setsockopt(*option)
    try:
        bound.bind((host, port))
        bound.listen(2048)
    except OSError as error:
        bound.close()
        if error.errno == errno.EADDRINUSE:
            raise PortInUse(host, port) from error
        raise AddressUnusable(host, port, _why_not(error)) from error
    bound.setblocking(False)
    return bound


def address_of(listening: socket.socket) -> str:
    """Where a bound socket is reached, as a URL."""
    host, port = listening.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"http://{shown}:{port}"


def _why_not(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "this user may not take that port, choose one from 1024 on"
    if isinstance(error, socket.gaierror) or error.errno == errno.EADDRNOTAVAIL:
        return "this machine has no such address"
    return (error.strerror or type(error).__name__).lower()


def serving_config(
    app: ASGIApp, *, heartbeat_s: float, trusted_proxies: str, frame_bytes_max: int = FRAME_BYTES_MAX
) -> DoorConfig:
    """How every gateway is served: whole messages of so many bytes at most, no compression, no access log."""
    return DoorConfig(
        app,
        log_config=None,
        access_log=False,
        ws_max_size=frame_bytes_max,
        ws_ping_interval=heartbeat_s,
        ws_ping_timeout=heartbeat_s,
        ws_per_message_deflate=False,
        timeout_graceful_shutdown=5,
        lifespan="off",
        proxy_headers=bool(trusted_proxies),
        forwarded_allow_ips=trusted_proxies,
        server_header=False,
    )


async def serve(
    app: ASGIApp,
    listening: socket.socket,
    *,
    heartbeat_s: float,
    trusted_proxies: str,
    started: Callable[[], None],
    drain: Callable[[], Coroutine[None, None, None]],
) -> None:
    """Serve until SIGTERM or SIGINT, then drain and stop; a second signal ends the drain at once.

    `trusted_proxies`: the addresses (or networks), separated by commas, whose word is taken for where a client is.
    """
    server = GatewayServer(serving_config(app, heartbeat_s=heartbeat_s, trusted_proxies=trusted_proxies))
    stop, hurry = asyncio.Event(), asyncio.Event()
    loop = asyncio.get_running_loop()

    def signalled() -> None:
        (hurry if stop.is_set() else stop).set()

    for name in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(name, signalled)
    serving = asyncio.create_task(server.serve(sockets=[listening]), name="server")
    stopping = asyncio.create_task(stop.wait(), name="until a signal")
    try:
        started()
        await asyncio.wait([serving, stopping], return_when=asyncio.FIRST_COMPLETED)
        if not serving.done():
            server.force_exit = not await _finished(drain(), unless=hurry)
            server.should_exit = True
        await serving
    finally:
        stopping.cancel()
        for name in (signal.SIGTERM, signal.SIGINT):
            loop.remove_signal_handler(name)


async def _finished(work: Coroutine[None, None, None], *, unless: asyncio.Event) -> bool:
    """Do the work to its end, or until the event is set; says whether it came to its end."""
    working = asyncio.ensure_future(work)
    waiting = asyncio.ensure_future(unless.wait())
    try:
        await asyncio.wait([working, waiting], return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in (working, waiting):
            task.cancel()
        await asyncio.gather(working, waiting, return_exceptions=True)
    return not working.cancelled()
