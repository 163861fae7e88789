"""How characters stand with fans, over real sockets: told in the log, seen, exported, erased; what-ifs beside it."""

from __future__ import annotations

from tests.gateway.builders import House, claims_of
from tests.gateway.client import Event, Fan
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW

STRANGER = {"familiarity": 0, "warmth": 50, "trust": 30}


async def relationships(fan: Fan) -> list[Event]:
    found: list[Event] = (await fan.get("/v1/relationships"))["relationships"]
    return [{name: value for name, value in one.items() if name != "moved_at_ms"} for one in found]


async def test_a_kind_word_is_told_in_the_log_and_seen_by_the_fan_alone(house: House) -> None:
    fan, other = await house.rich_fan(), house.fan("teo")
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "thank you for the lamp")
        news = await talk.until("conversation.updated", turn=turn)
        await talk.until("reply.done", turn=turn)
        assert news["relationship"] == {"familiarity": 1, "warmth": 52, "trust": 30}
        await talk.say(conversation, "Who leaks?")
    assert [event["type"] for event in talk.events].count("conversation.updated") == 1
    assert await relationships(fan) == [
        {"show": SHOW, "character": "tamsin", "familiarity": 2, "warmth": 52, "trust": 30}
    ]
    assert await relationships(other) == []


async def test_it_is_in_the_next_prompt_and_each_character_has_their_own(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(credits=40)
    async with fan.talk() as talk:
        tamsin = (await talk.open(SHOW, "tamsin"))["conversation"]
        gideon = (await talk.open(SHOW, "gideon"))["conversation"]
        for _ in range(5):
            await talk.say(tamsin, "The roof leaks, thank you")
        await talk.say(tamsin, "And now?")
        known = "\n".join(message.content for message in model.prompts[-1].messages)
        await talk.say(gideon, "And now?")
        strange = "\n".join(message.content for message in model.prompts[-1].messages)
    assert "talked with this fan a few times" in known
    assert "only just met this fan" in strange


async def test_a_what_if_is_marked_moves_nothing_and_knows_nothing_of_the_fan(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(credits=40)
    async with fan.talk() as talk:
        canon = await talk.open(SHOW, "tamsin")
        await talk.say(canon["conversation"], "thank you, my name is Mara and I live in Lima")
        supposed = await talk.open(SHOW, "tamsin", mode="what_if")
        assert ("mode" in canon, supposed["mode"]) == (False, "what_if")
        await talk.say(supposed["conversation"], "What if the roof had held? thank you")
        prompt = "\n".join(message.content for message in model.prompts[-1].messages)
    assert "This is a what-if" in prompt
    assert "met this fan" not in prompt
    assert "Lima" not in prompt
    (kept,) = await relationships(fan)
    assert (kept["familiarity"], kept["warmth"]) == (1, 52)
    listed = await fan.get(f"/v1/conversations/{supposed['conversation']}/messages")
    assert listed["mode"] == "what_if"


async def test_a_refused_or_failed_reply_moves_nothing(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "thank you")
        (await model.asked()).fail()
        await talk.until("reply.done", turn=turn)
    assert await relationships(fan) == []


async def test_it_is_exported_and_erased_with_the_fan(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        await talk.say((await talk.open(SHOW, "tamsin"))["conversation"], "thank you")
    (exported,) = (await fan.get("/v1/me/export"))["relationships"]
    assert (exported["character"], exported["warmth"]) == ("tamsin", 52)
    assert (await fan.call("DELETE", "/v1/me")).status_code == 204
    assert await relationships(fan) == []
    async with house.store.units.read() as unit:
        assert await unit.rapports.of_fan(claims_of().fan) == ()
