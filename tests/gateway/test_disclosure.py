"""Who is told that this is an AI, when, and who may not chat at all."""

from __future__ import annotations

from dataclasses import replace

import pytest

from gateway.auth import Age
from gateway.disclosure import HOUR_MS, disclosure_policy
from gateway.settings import Settings
from tests.gateway.builders import PRICE, House, books_add_up, claims_of, served, token_of
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of, types_of
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW

SINCERE = "Wait, am I talking to a real person?"
LANGUAGES = ("en", "es", "pt", "zh-Hans", "zh-Hant", "ja", "ko", "th", "id", "vi")


class Clock:
    """The time as the test says."""

    def __init__(self) -> None:
        self.now = 1_800_000_000_000

    def __call__(self) -> int:
        return self.now


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> Clock:
    """The time of conversations and turns in gateways that are put together from now on."""
    clock = Clock()
    monkeypatch.setattr("gateway.assembly.now_ms", clock)
    return clock


def aged(house: House, age: Age) -> Fan:
    return Fan(house.base, token_of(replace(claims_of(), age=age)))


async def said(talk: Talk, conversation: str, text: str = "Hello.") -> list[Event]:
    """The events of a whole turn."""
    done = await talk.say(conversation, text)
    return talk.of_turn(done["turn"])


@pytest.mark.parametrize(("age", "hours"), [("adult", 3), ("unknown", 3), ("teen", 1)])
async def test_the_clock_runs_over_devices_and_connections(
    settings: Settings, model: LedModel, clock: Clock, age: Age, hours: int
) -> None:
    async with served(settings, model) as house:
        await house.rich_fan()
        fan = aged(house, age)
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            assert "disclosure" not in types_of(await said(talk, conversation))
        clock.now += hours * HOUR_MS - 60_000
        async with fan.talk() as second:
            await second.open(SHOW, "tamsin")
            assert "disclosure" not in types_of(await said(second, conversation))
        clock.now += 60_000
        async with fan.talk() as third, fan.talk() as fourth:
            for device in (third, fourth):
                await device.open(SHOW, "tamsin")
            events = await said(third, conversation)
            assert types_of(events)[:2] == ["message.accepted", "disclosure"]
            assert "AI" in events[1]["text"]
            assert "disclosure" not in types_of(await said(fourth, conversation))  # told a moment ago


async def test_a_fan_who_asks_sincerely_is_told_in_the_words_of_people_for_nothing(
    house: House, model: LedModel
) -> None:
    fan = await house.rich_fan(credits=PRICE)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        events = await said(talk, conversation, SINCERE)
    text = text_of(events)
    assert "I am an AI that performs Tamsin Orr" in text
    assert events[-1]["text_sha256"] == sha256_of(text)
    assert (events[-1]["status"], events[-1]["receipt"]["charged"]) == ("completed", {"text": 0, "voice": 0})
    assert model.prompts == []
    assert (await fan.get("/v1/wallet"))["available"] == PRICE
    assert await books_add_up(house.store.units)


async def test_a_fan_who_teases_is_answered_by_the_character(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await said(talk, conversation, SINCERE)
        await said(talk, conversation, "Are you even human, Tamsin? You never sleep.")
    assert len(model.prompts) == 1
    assert SINCERE not in "\n".join(message.content for message in model.prompts[0].messages)


@pytest.mark.parametrize("language", LANGUAGES)
async def test_the_welcome_tells_it_in_the_fans_language(house: House, language: str) -> None:
    fan = Fan(house.base, token_of(replace(claims_of(), locale=language)))
    async with fan.talk() as talk:
        told = talk.welcome["disclosure"]
    assert told["text"] == disclosure_policy().told(language).text
    assert "AI" in told["text"] or "IA" in told["text"]
    assert "Tamsin" in disclosure_policy().asked(language, "Tamsin")


async def test_without_a_socket_it_is_told_on_opening(house: House) -> None:
    fan = house.fan()
    answer = await fan.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin", "locale": "es"})
    assert answer.json()["disclosure"]["text"] == disclosure_policy().told("es").text
    async with fan.talk() as talk:
        assert "disclosure" not in await talk.open(SHOW, "tamsin")  # the welcome has told it


async def test_children_are_refused_wherever_they_would_chat(house: House) -> None:
    await house.rich_fan()
    grown, child = aged(house, "adult"), aged(house, "child")
    async with grown.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
    async with child.talk() as talk:
        sent = await talk.send("conversation.open", show=SHOW, character="tamsin")
        assert (await talk.until_error(ref=sent))["code"] == "too_young"
        await talk.post(conversation, "Hello.")  # begun when the app had said something else
        error = await talk.until_error()
        assert (error["code"], error["class"]) == ("too_young", "forbidden")
    answer = await child.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin"})
    assert (answer.status_code, answer.json()["error"]["code"]) == (403, "too_young")
    assert (await child.get("/v1/me/export"))["format"] == "encore.export.v1"


@pytest.mark.parametrize(("age", "status"), [("teen", "refused"), ("adult", "completed"), ("unknown", "completed")])
async def test_nobody_courts_a_minor(house: House, model: LedModel, age: Age, status: str) -> None:
    model.text = "The roof is mended. I love you."
    await house.rich_fan()
    async with aged(house, age).talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        events = await said(talk, conversation)
    assert events[-1]["status"] == status
    assert ("I love you" in text_of(events)) == (status == "completed")
    asked = "\n".join(message.content for message in model.prompts[0].messages)
    assert ("The fan is a minor" in asked) == (age == "teen")


async def test_a_fan_with_too_little_left_for_another_message_is_told(house: House) -> None:
    fan = await house.rich_fan(credits=2 * PRICE)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        assert "wallet.low" not in types_of(await said(talk, conversation))
        events = await said(talk, conversation)
    assert types_of(events)[-2:] == ["wallet.low", "reply.done"]
    assert (events[-2]["available"], events[-2]["next_price"]) == (0, PRICE)
