"""A fan in danger: the play stops, people's words come instead of the model's, and nothing is charged or remembered."""

from __future__ import annotations

import logging

import httpx
import pytest

from gateway.crisis_protocol import crisis_protocol
from gateway.errors import NoCrisisProtocol
from tests.gateway.builders import House, books_add_up
from tests.gateway.client import Fan, sha256_of, text_of, types_of
from tests.gateway.commands import Encore
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW

DANGER = "I want to kill myself tonight, Tamsin"
LANGUAGES = ("en", "es", "pt", "zh-Hans", "zh-Hant", "ja", "ko", "th", "id", "vi")


async def messages(fan: Fan, conversation: str) -> list[dict[str, object]]:
    listed: list[dict[str, object]] = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
    return listed


async def test_people_answer_in_place_of_the_character_and_it_costs_nothing(house: House, model: LedModel) -> None:
    fan = house.fan()  # without a single credit
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, DANGER)
        done = await talk.until("reply.done", turn=turn)
        events = talk.of_turn(turn)
    assert types_of(events) == [
        "message.accepted",
        "turn.status:recalling",
        "safety.notice",
        "turn.status:speaking",
        "reply.delta",
        "reply.done",
    ]
    notice = events[2]
    assert notice["kind"] == "crisis"
    assert {"name": "988 Suicide & Crisis Lifeline", "contact": "988"} in notice["resources"]
    text = text_of(events)
    assert "988" in text
    assert "I'm an AI" in text
    assert done["status"] == "completed"
    assert done["text_sha256"] == sha256_of(text)
    assert done["receipt"]["charged"] == {"text": 0, "voice": 0}
    assert model.prompts == []
    assert [one["text"] for one in await messages(fan, conversation)] == [DANGER, text]
    assert await books_add_up(house.store.units)


async def test_the_play_goes_on_with_the_next_message_and_knows_nothing_of_it(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.say(conversation, DANGER)
        done = await talk.say(conversation, "Tell me about the step.")
        assert done["status"] == "completed"
        assert text_of(talk.of_turn(done["turn"])) == TEXT
    asked = "\n".join(message.content for prompt in model.prompts for message in prompt.messages)
    assert "kill myself" not in asked
    assert "988" not in asked


async def test_it_comes_again_after_a_lost_connection_and_when_it_is_sent_again(house: House) -> None:
    fan = house.fan()
    identity = "01890000-0000-7000-8000-000000000001"
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        mark = talk.mark(conversation)
        first = await talk.say(conversation, DANGER, identity)
        await talk.drop()
    async with fan.talk(resume=[mark]) as again:
        assert await again.until("reply.done") == first
        assert await again.say(conversation, DANGER, identity) == first


async def test_the_words_reach_no_log_and_the_count_no_name(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    async with house.fan().talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.say(conversation, DANGER)
    assert "kill myself" not in caplog.text


async def test_the_protocol_is_published(house: House) -> None:
    async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
        answer = await http.get("/safety")
    assert answer.status_code == 200
    assert set(answer.json()["languages"]) == set(LANGUAGES)


async def test_nobody_is_talked_with_in_a_language_without_a_protocol(house: House) -> None:
    fan = house.fan()
    async with fan.talk() as talk:
        sent = await talk.send("conversation.open", show=SHOW, character="tamsin", locale="fr")
        error = await talk.until_error(ref=sent)
    assert (error["code"], error["class"]) == ("locale_not_served", "forbidden")
    assert (await fan.get("/v1/conversations"))["conversations"] == []


@pytest.mark.parametrize(
    ("locale", "language"),
    [
        *(("en", "en"), ("en-GB", "en"), ("es-MX", "es"), ("pt_BR", "pt"), ("JA", "ja"), ("vi-VN", "vi")),
        *(("zh", "zh-Hans"), ("zh-CN", "zh-Hans"), ("zh-Hans-HK", "zh-Hans")),
        *(("zh-TW", "zh-Hant"), ("zh-Hant-HK", "zh-Hant")),
    ],
)
def test_a_locale_is_served_in_its_language(locale: str, language: str) -> None:
    assert crisis_protocol().language_of(locale) == language


@pytest.mark.parametrize("locale", ["", "fr", "tlh", "-", "xx-US"])
def test_another_locale_is_not_served(locale: str) -> None:
    with pytest.raises(NoCrisisProtocol):
        crisis_protocol().language_of(locale)


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("kind", ["suicide", "self_harm", "eating", "abuse"])
def test_every_language_names_help_at_home_and_the_last_resort(language: str, kind: str) -> None:
    answer = crisis_protocol().answer(kind, language, "")  # type: ignore[arg-type]
    assert len(answer.resources) >= 2
    assert answer.resources[-1].name == "Find A Helpline"
    assert all(one.contact in answer.text for one in answer.resources)
    assert "AI" in answer.text or "IA" in answer.text or "人工智" in answer.text


def test_help_is_named_where_the_host_app_says_the_fan_is_and_else_by_the_locale() -> None:
    def first(locale: str, region: str) -> str:
        return crisis_protocol().answer("suicide", locale, region).resources[0].contact

    assert first("en", "GB") == first("en-GB", "") == "116 123"
    assert first("en", "US-CA") == "988"
    assert first("es", "MX") == "800 911 2000"
    assert first("en", "ZZ") == "988"


def test_asked_in_the_terminal_it_is_told_too(encore: Encore) -> None:
    done = encore("ask", "--show", SHOW, "--character", "tamsin", "--episode", 2, DANGER)
    assert done.status == 0
    assert "988" in done.out
