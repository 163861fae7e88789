"""The money of real turns over real sockets: caps, refunds, receipts, protected prices and what replies cost us."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import pytest

from billing.types import Charge, PriceScope, PriceVersion
from gateway.bootstrap import now_ms
from tests.gateway.builders import PRICE, House, books_add_up, claims_of, grant, served, settings_of, token_of
from tests.gateway.client import Event, Fan, Refused
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW

DAY_MS = 86_400_000


async def says(fan: Fan, text: str = "Is the roof all right?") -> Event:
    """The end of a turn."""
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        done: Event = await talk.say(opened["conversation"], text)
        return done


class TestBudget:
    async def test_a_cap_holds_at_once_and_a_raise_waits_a_day(self, house: House) -> None:
        fan = await house.rich_fan(credits=20)
        capped = (await fan.call("PUT", "/v1/budget", json={"credits": PRICE})).json()["budgets"]
        assert [(cap["show"], cap["set_by"], cap["credits"], cap["spent"]) for cap in capped] == [(None, "fan", 2, 0)]
        assert (await says(fan))["status"] == "completed"
        with pytest.raises(Refused) as refused:
            await says(fan)
        assert (refused.value.event["code"], refused.value.event["class"]) == ("budget_reached", "forbidden")
        (raised,) = (await fan.call("PUT", "/v1/budget", json={"credits": 50})).json()["budgets"]
        assert (raised["credits"], raised["raise_to"]) == (2, 50)
        assert raised["raise_at_ms"] > now_ms() + DAY_MS - 600_000
        (listed,) = (await fan.call("GET", "/v1/budget")).json()["budgets"]
        assert (listed["spent"], listed["raise_to"]) == (2, 50)

    async def test_what_a_guardian_capped_is_not_the_fans_to_raise(self, house: House) -> None:
        fan = await house.rich_fan(credits=20)
        guardian = Fan(house.base, token_of(replace(claims_of(), guardian=True)), None)
        await guardian.call("PUT", "/v1/budget", json={"credits": 0, "show": SHOW})
        await fan.call("PUT", "/v1/budget", json={"credits": 20, "show": SHOW})
        with pytest.raises(Refused) as refused:
            await says(fan)
        assert refused.value.event["code"] == "budget_reached"

    @pytest.mark.parametrize(
        "body", [{}, {"credits": -1}, {"credits": 1_000_001}, {"credits": True}, {"credits": 5, "show": ""}]
    )
    async def test_a_wrong_wish_is_refused(self, house: House, body: dict[str, object]) -> None:
        fan = house.fan()
        assert (await fan.call("PUT", "/v1/budget", json=body)).status_code == 422
        assert (await fan.call("GET", "/v1/budget")).json() == {"budgets": []}


class TestRefund:
    async def test_what_came_back_shows_in_messages_and_receipts_and_the_log_stays(self, house: House) -> None:
        fan = await house.rich_fan(credits=20)
        done = await says(fan)
        async with house.store.units.begin() as unit:
            await unit.books.refund(
                done["turn"], credits=1, reason="sorry", actor="ana", idem_key="r1", now_ms=now_ms()
            )
        receipt = (await fan.call("GET", f"/v1/receipts/{done['receipt']['id']}")).json()
        assert (receipt["charged"]["text"], receipt["refunded"], receipt["delivered"]["text"]) == (2, 1, True)
        listed = (await fan.call("GET", f"/v1/conversations/{done['conversation']}/messages")).json()["messages"]
        assert [message["receipt"] and message["receipt"]["refunded"] for message in listed] == [None, 1]
        assert (await fan.call("GET", "/v1/wallet")).json()["available"] == 19
        assert await books_add_up(house.store.units)


class TestPrice:
    async def test_an_open_conversation_keeps_its_price_until_the_stated_day(self, house: House) -> None:
        fan, late = await house.rich_fan(credits=20), await house.rich_fan("noa", credits=20)
        assert (await says(fan))["receipt"]["charged"]["text"] == PRICE
        dearer = PriceVersion(
            "dearer", PriceScope(), Charge(5, 5), now_ms(), "ana", "ben", protects_until_ms=now_ms() + DAY_MS
        )
        async with house.store.units.begin() as unit:
            await unit.books.add_price(dearer)
        kept, new = await asyncio.gather(says(fan), says(late))
        assert (kept["receipt"]["charged"]["text"], new["receipt"]["charged"]["text"]) == (PRICE, 5)
        assert (kept["receipt"]["price_version"], new["receipt"]["price_version"]) == ("opening", "dearer")


async def test_what_a_reply_cost_us_is_noted_with_its_turn(data_dir: Path, model: LedModel) -> None:
    price = '{"currency": "usd", "prompt": 15, "reply": 60}'
    async with served(settings_of(data_dir, MODEL_PRICE=price), model) as house:
        await grant(house.store.units, claims_of(), 20)
        done = await says(house.fan())
        async with house.store.units.read() as unit:
            (cost,) = await unit.books.costs_of(done["turn"])
            receipt = await unit.books.receipt_of(done["turn"])
    assert receipt is not None
    assert cost.units_in > 0
    assert cost.units_out == receipt.usage.tokens > 0
    assert (cost.currency, cost.micros) == ("usd", cost.units_in * 15 + cost.units_out * 60)
