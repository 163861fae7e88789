"""Whole turns over real sockets."""

from __future__ import annotations

from tests.gateway.builders import House
from tests.gateway.story import SHOW
from tests.gateway.client import types_of


async def test_try(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        done = await talk.say(opened["conversation"], "Is the roof all right?")
        print(done, types_of(talk.events))
