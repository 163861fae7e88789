"""Scenes over real sockets: two who answer one message in one turn, which is paid for, stopped and resumed as one."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from persona.errors import ModelFailed
from tests.gateway.builders import House, books_add_up
from tests.gateway.client import Event, Fan, sha256_of, text_of, types_of
from tests.gateway.duet import (
    DEFLECTIONS,
    GREETINGS,
    NAMES,
    PRICE,
    SHOW,
    WITHHELD,
    DuetModel,
    begun,
    line,
    scene,
    spoken,
)

NOTHING = {"text": 0, "voice": 0}
CHARGED = {"text": PRICE, "voice": 0}


async def listed(fan: Fan, conversation: str) -> list[Event]:
    found: list[Event] = (await fan.get(f"/v1/conversations/{conversation}/messages"))["messages"]
    return found


def parted(message: Event) -> list[tuple[str, str]]:
    """Who said what, by the parts of a listed message."""
    return [(part["speaker"], message["text"][part["from"] : part["to"]]) for part in message["parts"]]


class TestOpening:
    async def test_a_pair_has_one_conversation_whoever_is_named_first(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            opened = await scene(talk)
            again = await scene(talk, "Gideon Hallam", "TAMSIN")
            alone = await talk.open(SHOW, "tamsin")
        assert opened["mode"] == again["mode"] == "scene"
        assert opened["conversation"] == again["conversation"] != alone["conversation"]
        assert (opened["character"]["slug"], opened["with"]["slug"]) == ("tamsin", "gideon")
        assert (again["character"]["slug"], again["with"]["name"]) == ("gideon", NAMES["tamsin"])
        assert (opened["greeting"], again["greeting"]) == (GREETINGS["tamsin"], GREETINGS["gideon"])
        assert [name in alone for name in ("with", "mode")] == [False, False]
        assert "slug" not in alone["character"]
        talks = (await fan.get("/v1/conversations"))["conversations"]
        assert {(one["character"], one.get("with"), one["mode"]) for one in talks} == {
            ("gideon", "tamsin", "scene"),
            ("tamsin", None, "canon"),
        }

    async def test_its_price_is_its_own_and_is_shown_before_anything_is_sent(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            opened, alone = await scene(talk), await talk.open(SHOW, "tamsin")
        assert (opened["price"]["text"], alone["price"]["text"]) == (PRICE, PRICE - 1)
        assert ("speaks" in opened, opened["price"]["voice"]) == (False, 0)

    @pytest.mark.parametrize(
        ("wish", "field"),
        [
            ({"mode": "scene"}, "with"),
            ({"with": "gideon"}, "with"),
            ({"mode": "what_if", "with": "gideon"}, "with"),
            ({"mode": "scene", "with": "Tamsin Orr"}, "with"),
            ({"mode": "scene", "with": ""}, "with"),
            ({"mode": "scene", "with": ["gideon"]}, "with"),
        ],
    )
    async def test_a_scene_is_of_two_and_nothing_else_is(self, fan: Fan, wish: dict[str, Any], field: str) -> None:
        async with fan.talk() as talk:
            await talk.send("conversation.open", show=SHOW, character="tamsin", **wish)
            await talk.until_error(code="invalid_event", field=field)
        answer = await fan.call("POST", "/v1/conversations", json={"show": SHOW, "character": "tamsin", **wish})
        assert (answer.status_code // 100, answer.json()["error"]["field"]) == (4, field)
        assert (await fan.get("/v1/conversations"))["conversations"] == []

    async def test_nobody_is_there_whom_the_fan_has_not_met(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            await talk.send("conversation.open", show=SHOW, character="tamsin", mode="scene", **{"with": "nobody"})
            await talk.until_error(code="unknown_character")


class TestTurns:
    async def test_both_answer_one_message_in_one_turn_that_is_charged_once(self, stage: House, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Who leaks?")
            events = talk.of_turn(done["turn"])
        said = text_of(events)
        assert said == f"{line('gideon', 1)}\n\n{line('tamsin', 1)}"
        assert done["text_sha256"] == sha256_of(said)
        assert spoken(events) == [("gideon", line("gideon", 1)), ("tamsin", line("tamsin", 1))]
        assert types_of(events).count("turn.status:speaking") == 2
        assert (done["status"], done["receipt"]["charged"]) == ("completed", CHARGED)
        assert done["receipt"]["price_version"] == "opening-scene"
        receipt = await fan.get(f"/v1/receipts/{done['receipt']['id']}")
        assert (receipt["character"], receipt["charged"]) == ("gideon+tamsin", CHARGED)
        assert (await fan.get("/v1/wallet"))["available"] == 60 - PRICE
        own, reply = await listed(fan, conversation)
        assert (own["parts"], parted(reply)) == (None, spoken(events))
        assert await books_add_up(stage.store.units)

    async def test_who_is_called_by_name_begins_and_otherwise_they_take_turns(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            order = []
            for text in ("Who leaks?", "And then?", "And you, Tamsin?", "Why?", "Tamsin, does Gideon?", "Gideon!"):
                done = await talk.say(conversation, text)
                order.append([who for who, _ in spoken(talk.of_turn(done["turn"]))])
        assert [who for who, _ in order] == ["gideon", "tamsin", "tamsin", "gideon", "tamsin", "gideon"]
        assert all(set(pair) == {"gideon", "tamsin"} for pair in order)

    async def test_another_reply_is_begun_by_the_same_and_costs_the_same(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.say(conversation, "Who leaks?")
            first = await talk.say(conversation, "And then?")
            identity = str(uuid.uuid4())
            await talk.send("turn.regenerate", client_msg_id=identity, turn=first["turn"])
            accepted = await talk.until("message.accepted", client_msg_id=identity)
            second = await talk.until("reply.done", turn=accepted["turn"])
            events = talk.of_turn(second["turn"])
        assert accepted["hold"] == second["receipt"]["charged"] == CHARGED
        assert spoken(events) == [("tamsin", line("tamsin", 3)), ("gideon", line("gideon", 3))]
        replies = [one for one in await listed(fan, conversation) if one["role"] == "character"]
        assert [one["replaces"] for one in replies] == [None, None, first["turn"]]

    async def test_the_same_message_again_is_the_same_turn(self, fan: Fan) -> None:
        identity = str(uuid.uuid4())
        async with fan.talk() as talk:
            conversation = await begun(talk)
            first = await talk.say(conversation, "Who leaks?", identity)
            again = await talk.say(conversation, "Who leaks?", identity)
        assert first == again
        assert (await fan.get("/v1/wallet"))["available"] == 60 - PRICE

    async def test_stopped_while_the_second_speaks_it_keeps_what_was_said_and_is_paid(
        self, fan: Fan, duo: DuetModel
    ) -> None:
        duo.says = lambda slug, n: None if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await talk.until("reply.delta", speaker="tamsin")
            await talk.send("turn.cancel", turn=turn)
            done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]) == ("cancelled", CHARGED)
        _, reply = await listed(fan, conversation)
        assert [who for who, _ in parted(reply)] == ["gideon", "tamsin"]

    async def test_stopped_before_a_word_it_is_free(self, fan: Fan, duo: DuetModel) -> None:
        duo.is_silent = True
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await duo.stalled.wait()
            await talk.send("turn.cancel", turn=turn)
            done = await talk.until("reply.done", turn=turn)
        assert (done["status"], done["receipt"]["charged"]) == ("cancelled", NOTHING)
        assert [one["text"] for one in await listed(fan, conversation)] == ["Who leaks?", ""]

    async def test_a_lost_connection_goes_on_in_the_second_reply_and_a_new_device_is_shown_both(
        self, fan: Fan, duo: DuetModel
    ) -> None:
        duo.says = lambda slug, n: None if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            turn = await talk.begin(conversation, "Who leaks?")
            await talk.until("reply.delta", speaker="tamsin")
            mark = talk.mark(conversation)
            await talk.drop()
        async with fan.talk() as device:
            await scene(device)
            shown = await device.until("reply.snapshot", turn=turn)
            assert [who for who, _ in parted(shown)] == ["gideon", "tamsin"]
            assert parted(shown)[0][1] == line("gideon", 1)
            running = (await listed(fan, conversation))[1]
            assert (running["status"], running["parts"]) == ("running", shown["parts"])
            async with fan.talk(resume=[mark]) as back:
                duo.going_on.set()
                done = await back.until("reply.done", turn=turn)
                deltas = [event for event in back.of_turn(turn) if event["type"] == "reply.delta"]
        assert {event["speaker"] for event in deltas} == {"tamsin"}
        assert (done["status"], done["receipt"]["charged"]) == ("completed", CHARGED)
        _, reply = await listed(fan, conversation)
        assert sha256_of(reply["text"]) == done["text_sha256"]

    @pytest.mark.parametrize("refused", ["gideon", "tamsin"])
    async def test_who_tells_what_lies_ahead_deflects_and_the_turn_is_free(
        self, fan: Fan, duo: DuetModel, refused: str
    ) -> None:
        duo.says = lambda slug, n: f"It was {WITHHELD}." if slug == refused else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Gideon, who leaks?")
            parts = spoken(talk.of_turn(done["turn"]))
        assert (done["status"], done["receipt"]["charged"]) == ("refused", NOTHING)
        assert WITHHELD not in str(parts)
        assert parts[-1][0] == refused
        assert parts[-1][1].endswith(DEFLECTIONS[refused])
        assert len(parts) == (1 if refused == "gideon" else 2)

    async def test_a_second_reply_that_fails_leaves_the_first_and_costs_nothing(self, fan: Fan, duo: DuetModel) -> None:
        duo.says = lambda slug, n: ModelFailed("connection") if slug == "tamsin" else line(slug, n)
        async with fan.talk() as talk:
            conversation = await begun(talk)
            done = await talk.say(conversation, "Gideon, who leaks?")
        assert (done["status"], done["receipt"]["charged"]) == ("failed", NOTHING)
        _, reply = await listed(fan, conversation)
        assert parted(reply) == [("gideon", line("gideon", 1))]
        assert (await fan.get("/v1/wallet"))["available"] == 60

    async def test_too_few_credits_for_a_scene_are_said_before_anybody_speaks(
        self, stage: House, duo: DuetModel
    ) -> None:
        poor = await stage.rich_fan("poor", credits=PRICE - 1, show=SHOW)
        async with poor.talk() as talk:
            conversation = await begun(talk)
            await talk.post(conversation, "Who leaks?")
            await talk.until_error(code="insufficient_credits", needed=PRICE, available=PRICE - 1)
        assert duo.asked == []

    async def test_nobody_reads_a_scene_aloud_and_nobody_pays_for_it(self, fan: Fan) -> None:
        async with fan.talk() as talk:
            conversation = await begun(talk)
            await talk.post(conversation, "Who leaks?", voice=True)
            accepted = await talk.until("message.accepted")
            degraded = await talk.until("voice.degraded")
            done = await talk.until("reply.done")
        assert (accepted["hold"], degraded["code"], done["receipt"]["charged"]) == (
            CHARGED,
            "voice_unavailable",
            CHARGED,
        )
