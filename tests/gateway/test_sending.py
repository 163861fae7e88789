"""What a socket's sending side does over a real connection: why a stuck client was cut off, and audio beside events."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator

import pytest
import pytest_asyncio

from gateway import doorway, outbox, sending, serving
from gateway.connection import Connection
from gateway.outbox import OUTBOX_BYTES_MAX
from gateway.settings import Settings
from tests.gateway.builders import House, claims_of, grant, served
from tests.gateway.client import sha256_of
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.raw import BINARY, CLOSE, TEXT, Raw, frame, raw_socket
from tests.gateway.story import SHOW

AUDIO = 4 * 1024
LONG = "Mind the step, for the roof leaks over the till and the till has learned to swim. " * 40
STUCK_S = 0.3


@pytest_asyncio.fixture
async def narrow(settings: Settings, model: LedModel, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    """A house whose kernel keeps little for a client that takes nothing."""
    little = (socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    monkeypatch.setattr(serving, "LINE_OPTIONS", (*serving.LINE_OPTIONS, little))
    async with served(settings, model) as house:
        await grant(house.store.units, claims_of("mara"), 50)
        yield house


def only_connection(house: House) -> Connection:
    """The server's end of the one socket there is."""
    (connection,) = house.gateway.sockets._open
    return connection


async def opened(raw: Raw) -> str:
    """Open a conversation."""
    await raw.send(frame(json.dumps({"type": "conversation.open", "show": SHOW, "character": "tamsin"}).encode()))
    conversation: str = json.loads(await raw.text())["conversation"]
    return conversation


async def stuck_in_a_frame(connection: Connection, after_s: float) -> None:
    """Until a frame was not taken for so long."""
    loop = asyncio.get_running_loop()
    async with asyncio.timeout(WAIT_S):
        while not connection.is_stuck(loop.time() + sending.STUCK_S - after_s):  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


async def test_audio_comes_as_binary_frames_in_its_place(house: House) -> None:
    async with raw_socket(house.fan("mara")) as raw:
        connection = only_connection(house)
        connection.speak(b"\x00\xff" * 400)
        assert await raw.frame() == (BINARY, b"\x00\xff" * 400)
        await raw.send(frame(b'{"type": "ping", "t": 1}'))
        assert json.loads(await raw.text())["type"] == "pong"


async def test_a_stuck_client_that_reads_again_in_time_hears_why_it_was_cut_off(
    narrow: House, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(doorway, "CUT_S", WAIT_S)
    async with raw_socket(narrow.fan("mara")) as raw:
        connection = only_connection(narrow)
        raw.stop_reading()
        for _ in range(60):
            connection.speak(b"a" * AUDIO)
        await stuck_in_a_frame(connection, STUCK_S)
        connection.evict()
        raw.read_on()
        assert await raw.closed() == 4008


@pytest.mark.parametrize("room", [OUTBOX_BYTES_MAX, 2_000], ids=["room for the events", "room for a few of them"])
async def test_a_client_that_is_behind_loses_audio_and_no_word(
    narrow: House, model: LedModel, room: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model.text = LONG
    fan = narrow.fan("mara")
    async with raw_socket(fan) as raw:
        connection = only_connection(narrow)
        conversation = await opened(raw)
        raw.stop_reading()
        spoken = 3 * OUTBOX_BYTES_MAX // AUDIO
        for _ in range(spoken):
            connection.speak(b"a" * AUDIO)
        await stuck_in_a_frame(connection, STUCK_S)
        monkeypatch.setattr(outbox, "OUTBOX_BYTES_MAX", room)
        async with fan.talk() as talk:
            await talk.open(SHOW, "tamsin")
            done = await talk.say(conversation, "Tell me everything.")
        raw.read_on()
        text, audio = "", 0
        while True:
            opcode, payload = await raw.frame()
            assert opcode != CLOSE
            audio += opcode == BINARY
            if opcode == TEXT and (event := json.loads(payload))["type"] == "reply.delta":
                assert event["offset"] == len(text)
                text += event["text"]
            elif opcode == TEXT and event["type"] == "reply.done":
                break
    assert sha256_of(text) == done["text_sha256"]
    assert 0 < audio < spoken
