"""Readers that take nothing, and clients that send too much: they go, and nobody else notices."""

from __future__ import annotations

import asyncio
import json
import socket
import uuid
from contextlib import suppress
from pathlib import Path

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Subprotocol

from gateway import sending, serving, turns
from gateway.rates import FLOOD_REFUSALS, FRAMES, Rule
from gateway.settings import Settings
from tests.gateway.builders import House, claims_of, grant, served, settings_of
from tests.gateway.client import PROTOCOL, Fan, sha256_of, text_of
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.story import SHOW

LONG = "Mind the step, for the roof leaks over the till and the till has learned to swim. " * 40
"""Some thousand characters, which a client may ask for again and again."""


async def until_alone(house: House, others: int) -> None:
    """Until this gateway has no more sockets than `others`."""
    async with asyncio.timeout(WAIT_S):
        while len(house.gateway.sockets) > others:  # noqa: ASYNC110 - nobody tells of it
            await asyncio.sleep(0.01)


async def stuck_socket(fan: Fan) -> ClientConnection:
    """A client with a small window that will not read again."""
    address = fan.base.removeprefix("http://").split(":")
    line = socket.socket()
    line.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
    line.setblocking(False)
    await asyncio.get_running_loop().sock_connect(line, (address[0], int(address[1])))
    return await connect(
        f"ws://{address[0]}:{address[1]}/v1/realtime",
        sock=line,
        subprotocols=[Subprotocol(PROTOCOL), Subprotocol(f"ticket.{await fan.ticket()}")],
        compression=None,
        proxy=None,
        max_queue=1,
        ping_interval=None,
        close_timeout=0.1,
    )


async def test_a_reader_that_takes_nothing_is_cut_off_and_nobody_else_notices(
    settings: Settings, model: LedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "STUCK_S", 0.2)
    narrow = (socket.SOL_SOCKET, socket.SO_SNDBUF, 4_096)
    monkeypatch.setattr(serving, "LINE_OPTIONS", (*serving.LINE_OPTIONS, narrow))
    model.text = LONG
    async with served(settings, model) as house:
        await grant(house.store.units, claims_of("mara"), 50)
        fan = house.fan("mara")
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            message = str(uuid.uuid4())
            done = await talk.say(conversation, "Tell me everything.", message)
            stuck = await stuck_socket(fan)
            await stuck.send(json.dumps({"type": "hello", "protocol": PROTOCOL}))
            again = {"type": "message.send", "client_msg_id": message, "text": "Tell me everything."}
            for _ in range(FRAMES.at_once - 2):  # each is answered with the whole turn
                await stuck.send(json.dumps({**again, "conversation": conversation}))
            second = await talk.say(conversation, "And now again.")
            assert sha256_of(text_of(talk.of_turn(second["turn"]))) == second["text_sha256"] == done["text_sha256"]
            await until_alone(house, 1)
            stuck.transport.abort()


async def test_a_client_that_floods_is_warned_and_then_closed(house: House) -> None:
    fan = house.fan("mara")
    async with fan.talk() as quiet, fan.socket() as talk:
        await talk.send("hello", protocol=PROTOCOL)
        await talk.until("welcome")
        with suppress(ConnectionClosed):
            for n in range(FRAMES.at_once + FLOOD_REFUSALS * 3):
                await talk.send("ping", t=n)
                await asyncio.sleep(0)
        assert await talk.closed() == 4013
        await quiet.send("ping", t=1)
        assert (await quiet.until("pong"))["t"] == 1


async def test_a_frame_too_many_is_an_error_and_nothing_else(house: House) -> None:
    async with house.fan("mara").talk() as talk:
        for n in range(FRAMES.at_once + 3):
            await talk.send("ping", t=n)
        refused = await talk.until_error(code="rate_limited")
        assert refused["class"] == "rate_limited"
        assert refused["retryable"]
        assert refused["retry_after_ms"] > 0


@pytest.mark.parametrize("name", ["MESSAGE_BYTES", "APP_MESSAGE_BYTES"])
async def test_words_too_many_are_refused_without_a_trace_whatever_the_device(
    data_dir: Path, model: LedModel, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    monkeypatch.setattr(turns, name, Rule(name, at_once=100, a_minute=100))
    async with served(settings_of(data_dir, LIMITS="on"), model) as house:
        await grant(house.store.units, claims_of("mara"), 500)
        fan = house.fan("mara")
        async with fan.talk() as talk, fan.talk() as second:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            await second.open(SHOW, "tamsin")
            await talk.say(conversation, "é" * 40)  # 80 bytes
            spent = await talk_wallet(house)
            await second.post(conversation, "a" * 21)
            refused = await second.until_error(code="rate_limited")
            assert 0 < refused["retry_after_ms"] <= 60_000
            assert await talk_wallet(house) == spent
            await second.say(conversation, "a" * 10)


async def test_messages_too_often_are_refused_without_a_trace_and_the_same_message_is_not(
    data_dir: Path, model: LedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    seldom = Rule("messages", at_once=3, a_minute=1)
    monkeypatch.setattr(turns, "MESSAGES", seldom)
    settings = settings_of(data_dir, LIMITS="on")
    async with served(settings, model) as house:
        await grant(house.store.units, claims_of("mara"), 500)
        async with house.fan("mara").talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            sent = []
            for _ in range(seldom.at_once):
                sent.append(str(uuid.uuid4()))
                await talk.say(conversation, "And then?", sent[-1])
            spent = (await talk_wallet(house))["available"]
            await talk.post(conversation, "And then?")
            refused = await talk.until_error(code="rate_limited")
            assert 0 < refused["retry_after_ms"] <= 60_000 / seldom.a_minute + 1
            await talk.post(conversation, "And then?", sent[0])
            await talk.until("message.accepted", client_msg_id=sent[0])
            assert (await talk_wallet(house))["available"] == spent
        async with house.fan("nora").talk() as other:
            assert (await other.open(SHOW, "tamsin"))["conversation"] != conversation


async def talk_wallet(house: House) -> dict[str, int]:
    wallet: dict[str, int] = await house.fan("mara").get("/v1/wallet")
    return wallet


async def test_routes_that_ask_somebody_outside_have_a_limit(data_dir: Path, model: LedModel) -> None:
    settings = settings_of(data_dir, LIMITS="on")
    async with served(settings, model) as house:
        fan = house.fan("mara")
        answers = [await fan.call("POST", "/v1/promotions/redeem", json={"code": f"GUESS{n}"}) for n in range(31)]
        assert {answer.status_code for answer in answers[:30]} == {404}
        assert answers[30].status_code == 429
        wait_ms = answers[30].json()["error"]["retry_after_ms"]
        assert int(answers[30].headers["retry-after"]) == -(-wait_ms // 1_000) > 0
        assert (await fan.call("GET", "/v1/wallet")).status_code == 200
