"""The Python client against a real gateway: it comes back by itself, and every reply is whole."""

from __future__ import annotations

import asyncio
from contextlib import AsyncExitStack

import pytest

from tests.encore_client.client import ClientStopped, EncoreClient
from tests.gateway.builders import PRICE, House, books_add_up, claims_of, token_of
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW


def client_of(house: House) -> EncoreClient:
    async def token() -> str:
        return token_of(claims_of())

    return EncoreClient(house.base, token)


async def test_it_holds_a_conversation(house: House) -> None:
    await house.rich_fan(credits=10)
    async with client_of(house).connected() as client:
        conversation = await client.open(SHOW, "tamsin")
        for turns in (1, 2):
            reply = await client.say(conversation, "Is it dry?")
            assert (reply.text, reply.status, reply.charged) == (TEXT, "completed", {"text": PRICE, "voice": 0})
            assert client.follower.wallet == {"available": 10 - turns * PRICE, "held": 0}


async def test_a_reply_is_whole_over_as_many_sockets_as_it_takes(house: House, model: LedModel) -> None:
    model.text = None
    await house.rich_fan()
    async with asyncio.timeout(3 * WAIT_S), client_of(house).connected() as client:
        conversation = await client.open(SHOW, "tamsin")
        saying = asyncio.create_task(client.say(conversation, "Is it dry?"))
        part = await model.asked()
        for sentence in ("The roof leaks. ", "I mend it at night. ", "Nobody has asked me to."):
            part.say(sentence)
            await client.lose()
        part.end()
        reply = await saying
        assert (reply.text, reply.status) == (TEXT, "completed")
        assert client.sockets >= 2
    assert await books_add_up(house.store.units)


async def test_what_is_said_while_away_is_said_on_coming_back_and_paid_once(house: House) -> None:
    await house.rich_fan(credits=10)
    async with asyncio.timeout(3 * WAIT_S), client_of(house).connected() as client:
        conversation = await client.open(SHOW, "tamsin")
        await client.lose()
        reply = await client.say(conversation, "Is it dry?")
        assert reply.text == TEXT
    assert (await house.fan().get("/v1/wallet"))["available"] == 10 - PRICE


async def test_it_stops_where_it_is_told_to_and_does_not_come_back(house: House) -> None:
    async with AsyncExitStack() as others:
        for _ in range(8):
            await others.enter_async_context(house.fan().talk())
        client = client_of(house)
        with pytest.raises(ClientStopped) as stopped:
            async with asyncio.timeout(WAIT_S), client.connected():
                raise AssertionError("it was let in")
        assert (stopped.value.code, client.sockets, client.follower.phase) == (4504, 1, "stopped")
