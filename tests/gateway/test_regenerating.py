"""Another reply in place of the last one: who gets it, at what price, and what becomes of the first."""

from __future__ import annotations

import uuid

import pytest

from tests.gateway.builders import PRICE, House, books_add_up
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import SHOW, WITHHELD

ANOTHER = "The roof still leaks. Ask me when it rains."
ASKED = "What of the roof?"


async def opened(talk: Talk) -> str:
    return str((await talk.open(SHOW, "tamsin"))["conversation"])


async def again(talk: Talk, turn: str, identity: str | None = None) -> Event:
    """Ask for another reply and wait for its end."""
    identity = identity or str(uuid.uuid4())
    await talk.send("turn.regenerate", client_msg_id=identity, turn=turn)
    accepted = await talk.until("message.accepted", client_msg_id=identity)
    return await talk.until("reply.done", turn=accepted["turn"])


async def messages(fan: Fan, conversation: str) -> list[Event]:
    listed: list[Event] = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
    return listed


async def test_a_reply_is_given_again_at_the_price_of_one(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
        model.text = ANOTHER
        second = await again(talk, first["turn"])
        accepted = talk.of_turn(second["turn"])[0]
        assert (accepted["replaces"], accepted["hold"]) == (first["turn"], {"text": PRICE, "voice": 0})
        assert text_of(talk.of_turn(second["turn"])) == ANOTHER
    assert second["text_sha256"] == sha256_of(ANOTHER)
    assert second["receipt"]["charged"] == {"text": PRICE, "voice": 0}
    listed = await messages(fan, conversation)
    assert [(one["role"], one["text"], one.get("replaces")) for one in listed] == [
        ("fan", ASKED, None),
        ("character", TEXT, None),
        ("fan", ASKED, first["turn"]),
        ("character", ANOTHER, first["turn"]),
    ]
    assert await books_add_up(house.store.units)


async def test_the_reply_that_was_replaced_is_no_part_of_the_talk(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
        model.text = ANOTHER
        await again(talk, first["turn"])
        await talk.say(conversation, "And the till?")
    for prompt in model.prompts[1:]:
        assert TEXT not in "\n".join(message.content for message in prompt.messages)
    assert ANOTHER in "\n".join(message.content for message in model.prompts[-1].messages)


async def test_after_a_refusal_of_ours_it_is_free_also_without_credits(house: House, model: LedModel) -> None:
    model.text = f"It was {WITHHELD}. Everybody knows."
    fan = await house.rich_fan(credits=PRICE)
    async with fan.talk() as talk:
        conversation = await opened(talk)
        refused = await talk.say(conversation, ASKED)
        assert refused["status"] == "refused"
        model.text = ANOTHER
        second = await again(talk, refused["turn"])
        assert (second["status"], second["receipt"]["charged"]) == ("completed", {"text": 0, "voice": 0})
        third = await again(talk, second["turn"])
        assert third["receipt"]["charged"] == {"text": PRICE, "voice": 0}
    assert await books_add_up(house.store.units)


async def test_the_same_request_again_is_one_turn_and_another_one_under_its_id_a_conflict(house: House) -> None:
    fan, identity = await house.rich_fan(), str(uuid.uuid4())
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
        second = await again(talk, first["turn"], identity)
        assert await again(talk, first["turn"], identity) == second  # though it is the last turn no longer
        await talk.post(conversation, ASKED, identity)
        assert (await talk.until_error())["code"] == "idempotency_conflict"
    assert len(await messages(fan, conversation)) == 4


async def test_only_the_last_reply_that_has_ended_and_is_ones_own_is_given_again(house: House, model: LedModel) -> None:
    fan, other = await house.rich_fan(), await house.rich_fan("nadia")
    async with fan.talk() as talk, other.talk() as strange:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
        second = await talk.say(conversation, "And the till?")
        for socket, turn, code in (
            (talk, first["turn"], "not_the_last_turn"),
            (talk, "t-nobody", "unknown_turn"),
            (strange, second["turn"], "unknown_turn"),
        ):
            sent = await socket.send("turn.regenerate", client_msg_id=str(uuid.uuid4()), turn=turn)
            assert (await socket.until_error(ref=sent))["code"] == code
        model.text = None
        running = await talk.begin(conversation, "Go on.")
        sent = await talk.send("turn.regenerate", client_msg_id=str(uuid.uuid4()), turn=running)
        assert (await talk.until_error(ref=sent))["code"] == "turn_in_progress"
        (await model.asked()).end()
        await talk.until("reply.done", turn=running)
    assert await books_add_up(house.store.units)


async def test_without_credits_it_is_told_and_the_first_reply_stays(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(credits=PRICE)
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
        sent = await talk.send("turn.regenerate", client_msg_id=str(uuid.uuid4()), turn=first["turn"])
        assert (await talk.until_error(ref=sent))["code"] == "insufficient_credits"
    assert [one["text"] for one in await messages(fan, conversation)] == [ASKED, TEXT]


async def test_it_can_be_asked_for_without_a_socket(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, ASKED)
    model.text = ANOTHER
    path = f"/v1/conversations/{conversation}/turns/{first['turn']}/regenerate"
    answer = await fan.call("POST", path, json={"client_msg_id": str(uuid.uuid4())})
    assert answer.status_code == 200
    assert ANOTHER.split()[0] in answer.text
    assert '"reply.done"' in answer.text
    elsewhere = await fan.call("POST", path.replace(conversation, "c-0"), json={"client_msg_id": str(uuid.uuid4())})
    assert elsewhere.status_code == 404


@pytest.mark.parametrize("fields", [{}, {"turn": "t"}, {"client_msg_id": "no", "turn": "t"}])
async def test_a_request_that_is_none_is_told_so(house: House, fields: Event) -> None:
    async with house.fan().talk() as talk:
        sent = await talk.send("turn.regenerate", **fields)
        assert (await talk.until_error(ref=sent))["class"] == "invalid_request"
