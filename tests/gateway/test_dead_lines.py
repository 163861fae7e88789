"""Clients of which nothing more is heard, with the server's real bounds: the kernel or a missing pong ends them."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

from gateway.serving import LINE_DEAD_MS, SEND_BUFFER_BYTES, listen
from tests.gateway.builders import House, served, settings_of
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.raw import frame, raw_socket

NOTHING = frame(b'{"type": "nothing"}')
"""Answered with an error of some 200 bytes."""


async def until_alone(house: House, others: int) -> None:
    """Until the gateway has no more sockets than `others`."""
    async with asyncio.timeout(2 * WAIT_S):
        while len(house.gateway.sockets) > others:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


async def test_a_window_that_stays_closed_ends_a_connection_however_little_waits_for_it(house: House) -> None:
    async with house.fan("alive").talk() as talk, raw_socket(house.fan()) as raw:
        assert len(house.gateway.sockets) == 2
        raw.stop_reading()
        await raw.send(NOTHING * 50)  # the answers fill the client's buffer, and not the server's
        await until_alone(house, 1)
        await talk.send("ping", t=1)
        assert (await talk.until("pong"))["t"] == 1


async def test_accepted_connections_inherit_the_bounds_of_the_listening_socket() -> None:
    with listen("127.0.0.1", 0) as listening, socket.socket() as client:
        client.connect(listening.getsockname())
        accepted, _ = listening.accept()
        with accepted:
            assert accepted.getsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT) == LINE_DEAD_MS
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE) == 1
            assert accepted.getsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF) <= 2 * SEND_BUFFER_BYTES


async def test_a_client_that_answers_no_ping_is_closed_with_4012(data_dir: Path, model: LedModel) -> None:
    settings = settings_of(data_dir, HEARTBEAT_S="1")
    async with served(settings, model) as house, house.fan("alive").talk() as talk:
        async with raw_socket(house.fan()) as raw:
            assert await raw.closed() == 4012
        await until_alone(house, 1)
        await talk.send("ping", t=1)  # its library answers pings
        assert (await talk.until("pong"))["t"] == 1
