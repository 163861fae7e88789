"""Running a gateway from settings to its last word: own the data directory, open everything, serve, drain."""

from __future__ import annotations

import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from gateway.assembly import Gateway, assembled
from gateway.bootstrap import Store, now_ms, open_memory, open_model, open_store
from gateway.errors import InvalidSetting
from gateway.folder import owned
from gateway.logs import set_up_logging
from gateway.personas import take_up
from gateway.serving import address_of, listen, serve
from gateway.settings import Settings


def check_apps(settings: Settings) -> None:
    """Raise InvalidSetting for an installation that nobody could come into."""
    if not settings.apps:
        raise InvalidSetting(
            "ENCORE_APPS", "no host app is set, so that nobody could come in (to look around, run: encore demo)"
        )


async def run_server(settings: Settings, host: str, port: int, *, announce: Callable[[str], None]) -> None:
    """Serve until SIGTERM or SIGINT. `announce` is called with the address once fans may come.

    The port is taken first, so that one in use is told of at once. What fails while the server warms up is told of in
    the log, and each turn that needs it fails. Raises SetupError, UnknownModel, EmbedderUnavailable.
    """
    check_apps(settings)
    with listen(host, port) as listening:
        async with opened(settings) as (_, gateway):
            await serve_gateway(gateway, settings, listening, announce=announce)


@asynccontextmanager
async def opened(settings: Settings) -> AsyncIterator[tuple[Store, Gateway]]:
    """Everything that a server needs, on a data directory of its own."""
    with owned(settings.data_dir):
        async with opened_beside(settings) as both:
            yield both


@asynccontextmanager
async def opened_beside(settings: Settings) -> AsyncIterator[tuple[Store, Gateway]]:
    """The same beside others of one installation, whose data directory somebody owns for all of them."""
    set_up_logging(as_json=settings.json_logs)
    async with (
        open_store(settings) as store,
        open_memory(store) as stage,
        open_model(settings, stage) as model,
    ):
        persona = await take_up(store.units, model.names, strictly=settings.models_published, now_ms=now_ms())
        async with assembled(store, stage, model, persona.number) as gateway:
            yield store, gateway


async def serve_gateway(
    gateway: Gateway, settings: Settings, listening: socket.socket, *, announce: Callable[[str], None]
) -> None:
    """Serve an opened gateway on a bound socket."""
    await serve(
        gateway.app,
        listening,
        heartbeat_s=settings.heartbeat_s,
        trusted_proxies=settings.trusted_proxies,
        started=lambda: announce(address_of(listening)),
        drain=gateway.drain,
    )
