"""Whole turns over real sockets: the order of events, what they cost, how they end, and sending a message again."""

from __future__ import annotations

import uuid

import pytest

from gateway.error_codes import TURN_CODES
from tests.gateway.builders import PRICE, House, books_add_up
from tests.gateway.client import Event, Fan, Talk, sha256_of, text_of, types_of
from tests.gateway.lead import TEXT, LedModel
from tests.gateway.story import LAST_EPISODE, SHOW, TAMSIN_DEFLECTION, WITHHELD

FREE = {"text": 0, "voice": 0}


async def opened(talk: Talk, character: str = "tamsin", **more: object) -> str:
    """A conversation."""
    return str((await talk.open(SHOW, character, **more))["conversation"])


async def wallet(fan: Fan) -> tuple[int, int]:
    """Credits available and held."""
    found = await fan.get("/v1/wallet")
    return found["available"], found["held"]


async def messages(fan: Fan, conversation: str) -> list[Event]:
    """The list of messages."""
    listed: list[Event] = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
    return listed


async def test_the_welcome_says_that_this_is_an_ai_and_what_the_server_takes(house: House) -> None:
    fan = await house.rich_fan(credits=9)
    async with fan.talk() as talk:
        welcome = talk.welcome
    assert "AI" in welcome["disclosure"]["text"]
    assert welcome["wallet"] == {"available": 9, "held": 0}
    assert welcome["limits"] == {
        "frame_bytes_max": 16_384,
        "text_chars_max": 2_000,
        "sockets_max": 8,
        "messages_a_minute": 60,
        "frames_a_minute": 1_200,
    }
    assert (welcome["model"], welcome["resumed"]) == ("led", [])


async def test_a_conversation_opens_with_a_greeting_the_horizon_and_the_price(house: House) -> None:
    async with house.fan().talk() as talk:
        first = await talk.open(SHOW, "tamsin")
        assert (first["seq"], first["horizon"], first["greeting"]) == (0, 2, "Mind the step.")
        assert first["character"] == {"name": "Tamsin Orr", "version": 1}
        assert first["price"] == {"text": PRICE, "voice": 0}
        for name in ("TAMSIN", "Tamsin Orr", "the LAMP girl"):
            again = await talk.open(SHOW, name)
            assert (again["conversation"], again["epoch"]) == (first["conversation"], first["epoch"])
        assert await opened(talk, mode="what_if") != first["conversation"]
        assert await opened(talk, "gideon") != first["conversation"]


async def test_a_turn_is_told_in_order_and_charged_once(house: House) -> None:
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = await opened(talk)
        message = str(uuid.uuid4())
        done = await talk.say(conversation, "Is the roof all right?", message)
        events = talk.of_turn(done["turn"])
    assert list(dict.fromkeys(types_of(events))) == [
        "message.accepted",
        "turn.status:recalling",
        "turn.status:thinking",
        "turn.status:speaking",
        "reply.delta",
        "reply.done",
    ]
    assert types_of(events)[5:-1] == ["reply.delta"] * (len(events) - 6), "once there are words, only words come"
    assert [event["seq"] for event in events] == list(range(1, len(events) + 1))
    assert (events[0]["client_msg_id"], events[0]["hold"]) == (message, {"text": PRICE, "voice": 0})
    assert text_of(events) == TEXT
    assert (done["status"], done["text_sha256"]) == ("completed", sha256_of(TEXT))
    assert done["receipt"]["charged"] == {"text": PRICE, "voice": 0}
    assert done["wallet"] == {"available": 10 - PRICE, "held": 0}
    assert "code" not in done
    assert await wallet(fan) == (10 - PRICE, 0)
    assert await books_add_up(house.store.units)


@pytest.mark.parametrize("watched", [0, 1, 2])
async def test_sources_are_scenes_within_the_horizon(house: House, watched: int) -> None:
    fan = await house.rich_fan(watched=watched)
    async with fan.talk() as talk:
        done = await talk.say(await opened(talk), "Who burnt the deed of the roof?")
    episodes = [source["episode"] for source in done["sources"]]
    assert set(episodes) <= set(range(1, watched + 1))
    assert bool(episodes) is (watched > 0)
    assert all(WITHHELD not in source["quote"] for source in done["sources"])


async def test_words_stream_as_they_are_said_each_at_its_offset(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        turn = await talk.begin(await opened(talk), "Hello.")
        part = await model.asked()
        for said in ("灯笼 first. ", "🏮 Then more. ", "And an end."):
            part.say(said)
            if said != "And an end.":
                await talk.until("reply.delta", turn=turn)
        part.end()
        done = await talk.until("reply.done", turn=turn)
    deltas = [event for event in talk.of_turn(turn) if event["type"] == "reply.delta"]
    assert [(event["offset"], event["text"]) for event in deltas] == [
        (0, "灯笼 first."),
        (9, " 🏮 Then more."),
        (22, " And an end."),
    ]
    assert done["text_sha256"] == sha256_of("灯笼 first. 🏮 Then more. And an end.")


async def test_what_the_fan_said_before_is_in_the_next_prompt_and_nobody_elses(house: House, model: LedModel) -> None:
    async with (await house.rich_fan()).talk() as talk, (await house.rich_fan("other")).talk() as other:
        await other.say(await opened(other), "My grandfather's name was Oswin.")
        conversation = await opened(talk)
        await talk.say(conversation, "I lost a red glove.")
        await talk.say(conversation, "What did I lose?")
    sent = "\n".join(message.content for message in model.prompts[-1].messages)
    assert "I lost a red glove." in sent
    assert TEXT in sent
    assert "Oswin" not in sent


# Sending again


async def test_a_message_sent_again_is_the_same_turn_and_charged_once(house: House) -> None:
    fan = await house.rich_fan(credits=10)
    message = str(uuid.uuid4())
    async with fan.talk() as talk:
        conversation = await opened(talk)
        first = await talk.say(conversation, "Hello.", message)
        events = talk.of_turn(first["turn"])
        await talk.post(conversation, "Hello.", message)
        again = [await talk.next() for _ in events]
        await talk.send("ping", t=1)
        assert (await talk.next())["type"] == "pong"
    assert again == events
    async with fan.talk() as later:
        assert await later.say(conversation, "Hello.", message) == first
        assert later.of_turn(first["turn"]) == events
    assert await wallet(fan) == (10 - PRICE, 0)
    assert len(await messages(fan, conversation)) == 2


async def test_a_message_sent_again_in_mid_reply_is_joined_where_it_is(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    message = str(uuid.uuid4())
    async with fan.talk() as talk, fan.talk() as second:
        conversation = await opened(talk)
        turn = await talk.begin(conversation, "Hello.", message)
        part = await model.asked()
        part.say("One whole sentence. ")
        await talk.until("reply.delta", turn=turn)
        assert await second.begin(conversation, "Hello.", message) == turn
        await second.until("reply.delta", turn=turn)
        part.say("And another.")
        part.end()
        for socket in (talk, second):
            done = await socket.until("reply.done", turn=turn)
            assert done["text_sha256"] == sha256_of("One whole sentence. And another.")
        assert talk.of_turn(turn) == second.of_turn(turn)
    assert await wallet(fan) == (10 - PRICE, 0)


async def test_a_message_id_used_for_another_message_is_a_conflict(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(credits=PRICE)
    message = str(uuid.uuid4())
    async with fan.talk() as talk:
        conversation, other = await opened(talk), await opened(talk, "gideon")
        model.text = None
        turn = await talk.begin(conversation, "Hello.", message)
        for where, text in ((conversation, "Hello!"), (other, "Hello.")):
            await talk.post(where, text, message)
            await talk.until_error(code="idempotency_conflict")
        part = await model.asked()
        part.say(TEXT)
        part.end()
        await talk.until("reply.done", turn=turn)
        await talk.post(conversation, "Hello!", message)
        await talk.until_error(code="idempotency_conflict")
        assert await talk.say(conversation, "Hello.", message), "the one that was sent is there, without a credit left"
    assert await wallet(fan) == (0, 0)


async def test_two_fans_may_use_the_same_message_id(house: House) -> None:
    message = str(uuid.uuid4())
    for name in ("mara", "other"):
        async with (await house.rich_fan(name)).talk() as talk:
            assert (await talk.say(await opened(talk), f"I am {name}.", message))["status"] == "completed"


async def test_one_turn_runs_at_a_time_in_a_conversation(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation, other = await opened(talk), await opened(talk, "gideon")
        turn = await talk.begin(conversation, "Hello.")
        second = await talk.post(conversation, "Are you there?")
        error = await talk.until_error(code="turn_in_progress")
        assert (error["class"], error["retryable"], error["turn"]) == ("conflict", True, turn)
        await talk.begin(other, "Hello.")
        for _ in range(2):
            part = await model.asked()
            part.say(TEXT)
            part.end()
        await talk.until("reply.done", turn=turn)
        model.text = TEXT
        assert await talk.say(conversation, "Are you there?", second), "the same id may be sent again"


async def test_without_credits_a_message_leaves_no_trace(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(credits=PRICE - 1)
    message = str(uuid.uuid4())
    async with fan.talk() as talk:
        first = await talk.open(SHOW, "tamsin")
        conversation = first["conversation"]
        reference = await talk.send("message.send", client_msg_id=message, conversation=conversation, text="Hello.")
        error = await talk.until_error(code="insufficient_credits", ref=reference)
        assert (error["class"], error["needed"], error["available"]) == ("insufficient_credits", PRICE, PRICE - 1)
        assert error["packs"] == []
        assert (await talk.open(SHOW, "tamsin"))["seq"] == 0
        assert await messages(fan, conversation) == []
        assert await wallet(fan) == (PRICE - 1, 0)
        assert model.prompts == []
        await house.rich_fan(credits=1)
        assert (await talk.say(conversation, "Hello.", message))["status"] == "completed"


# Other ends


async def test_a_reply_cancelled_after_words_keeps_them_and_is_priced(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = await opened(talk)
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say("One whole sentence. And half of")
        await talk.until("reply.delta", turn=turn)
        await talk.send("turn.cancel", turn=turn, heard_ms=300)
        done = await talk.until("reply.done", turn=turn)
        await part.over.wait()
        assert (done["status"], done["receipt"]["charged"]["text"]) == ("cancelled", PRICE)
        assert done["text_sha256"] == sha256_of("One whole sentence.")
        assert [m["text"] for m in await messages(fan, conversation)] == ["Hello.", "One whole sentence."]
    assert await wallet(fan) == (10 - PRICE, 0)


async def test_a_reply_cancelled_before_words_is_free(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        turn = await talk.begin(await opened(talk), "Hello.")
        part = await model.asked()
        await talk.send("turn.cancel", turn=turn)
        done = await talk.until("reply.done", turn=turn)
        await part.over.wait()
    assert (done["status"], done["receipt"]["charged"], done["text_sha256"]) == ("cancelled", FREE, sha256_of(""))
    assert await wallet(fan) == (10, 0)
    reason = (await fan.get(f"/v1/receipts/{done['receipt']['id']}"))["reason"]
    assert reason == "cancelled_before_words"


async def test_only_a_running_turn_of_the_fans_own_can_be_cancelled(house: House, model: LedModel) -> None:
    fan, stranger = await house.rich_fan(), await house.rich_fan("somebody-else")
    async with fan.talk() as talk, stranger.talk() as other:
        done = await talk.say(await opened(talk), "Hello.")
        reference = await talk.send("turn.cancel", turn=done["turn"])
        error = await talk.until_error(code="turn_finished", ref=reference, turn=done["turn"])
        assert error["retryable"] is False
        model.text = None
        turn = await talk.begin(done["conversation"], "And now?")
        part = await model.asked()
        for name in (turn, "t-nothing"):
            await other.send("turn.cancel", turn=name)
            await other.until_error(code="unknown_turn", turn=name)
        part.say("Ask the bucket.")
        part.end()
        assert (await talk.until("reply.done", turn=turn))["status"] == "completed"


async def test_a_reply_that_will_not_keep_to_the_canon_is_refused_in_character_and_free(
    house: House, model: LedModel
) -> None:
    model.text = f"Have you been to {WITHHELD}? It burns well."
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        done = await talk.say(await opened(talk), "Where does the gentleman live?")
        events = talk.of_turn(done["turn"])
    assert (done["status"], done["code"], done["receipt"]["charged"]) == ("refused", "canon_review", FREE)
    assert text_of(events).endswith(TAMSIN_DEFLECTION)
    assert "zephyr" not in repr(talk.events).casefold()
    assert len(model.prompts) == 2
    assert await wallet(fan) == (10, 0)


async def test_the_same_words_are_no_secret_to_a_fan_who_has_watched_on(house: House, model: LedModel) -> None:
    model.text = f"Have you been to {WITHHELD}? It burns well."
    async with (await house.rich_fan(watched=LAST_EPISODE)).talk() as talk:
        done = await talk.say(await opened(talk), "Where does the gentleman live?")
    assert (done["status"], text_of(talk.of_turn(done["turn"]))) == ("completed", model.text)


@pytest.mark.parametrize("words", ["", "One whole sentence. And half"])
async def test_when_the_model_fails_the_words_stay_and_the_turn_is_free(
    house: House, model: LedModel, words: str
) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = await opened(talk)
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say(words)
        if words:
            await talk.until("reply.delta", turn=turn)
        part.fail()
        done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["code"], done["receipt"]["charged"]) == ("failed", "model_failed", FREE)
        kept = words.rpartition(". ")[0] + "." if words else ""
        assert [m["text"] for m in await messages(fan, conversation)] == ["Hello.", kept]
        assert done["text_sha256"] == sha256_of(kept)
        model.text = TEXT
        assert (await talk.say(conversation, "And again?"))["status"] == "completed"
    assert done["code"] in TURN_CODES
    assert await wallet(fan) == (10 - PRICE, 0)


async def test_a_model_that_says_nothing_has_failed(house: House, model: LedModel) -> None:
    model.text = "  "
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        done = await talk.say(await opened(talk), "Hello.")
    assert (done["status"], done["code"]) == ("failed", "model_failed")
    assert await wallet(fan) == (10, 0)
