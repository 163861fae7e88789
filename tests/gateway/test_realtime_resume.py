"""Coming back: to the middle of a reply, from the beginning, on another device, to a server that restarts or drains."""

from __future__ import annotations

import uuid
from pathlib import Path

import pytest

from gateway import conversations, sending
from gateway.conversations import STRETCH_MAX, snapshot
from gateway.ports import Units
from gateway.settings import Settings
from tests.gateway.breaking import InterruptedUnits
from tests.gateway.builders import PRICE, House, claims_of, served, settings_of
from tests.gateway.client import Event, Talk, sha256_of, text_of
from tests.gateway.lead import TEXT, LedModel, Part
from tests.gateway.story import SHOW


def recovered(welcome: Event) -> list[tuple[bool, int | None, int | None]]:
    """What the welcome says of each mark."""
    return [(answer["recovered"], answer.get("from"), answer.get("to")) for answer in welcome["resumed"]]


async def test_a_fan_who_loses_the_connection_in_mid_reply_gets_the_rest_once(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say("One whole sentence. ")
        await talk.until("reply.delta", turn=turn)
        mark = talk.mark(conversation)
        await talk.drop()
    part.say("Said to nobody. ")
    async with fan.talk(resume=[mark]) as back:
        assert recovered(back.welcome)[0][:2] == (True, mark["seq"] + 1)
        missed = await back.until("reply.delta", turn=turn)
        part.say("And the end.")
        part.end()
        done = await back.until("reply.done", turn=turn)
    whole = "One whole sentence. Said to nobody. And the end."
    assert missed["offset"] == len("One whole sentence.")
    assert text_of(talk.of_turn(turn) + back.of_turn(turn)) == whole
    assert (done["text_sha256"], done["wallet"]) == (sha256_of(whole), {"available": 10 - PRICE, "held": 0})


async def test_a_turn_goes_on_and_ends_while_nobody_listens(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan(credits=10)
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        mark = talk.mark(conversation)
        part = await model.asked()
        await talk.drop()
    part.say(TEXT)
    part.end()
    async with fan.talk(resume=[mark]) as back:
        done = await back.until("reply.done", turn=turn)
    assert (done["status"], text_of(back.of_turn(turn))) == ("completed", TEXT)


async def test_from_nought_the_whole_log_comes_again_byte_for_byte(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        conversation = opened["conversation"]
        for text in ("One?", "Two?"):
            await talk.say(conversation, text)
        log = [event for event in talk.events if "seq" in event and event["type"] != "conversation.opened"]
    mark = {"conversation": conversation, "epoch": opened["epoch"], "seq": 0}
    async with fan.talk(resume=[mark]) as back:
        assert recovered(back.welcome) == [(True, 1, len(log))]
        assert [await back.next() for _ in log] == log
    at_head = mark | {"seq": len(log)}
    async with fan.talk(resume=[at_head]) as back:
        assert recovered(back.welcome) == [(True, len(log) + 1, len(log))]
        await back.send("ping", t=1)
        assert (await back.next())["type"] == "pong"
        assert (await back.say(conversation, "Three?"))["seq"] > len(log)


async def test_what_cannot_be_resumed_is_said_so_and_nothing_of_it_comes(house: House) -> None:
    fan, stranger = await house.rich_fan(), house.fan("somebody-else")
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await talk.say(conversation, "Hello.")
        mark = talk.mark(conversation)
    wrong = [
        mark | {"epoch": "another-epoch"},
        mark | {"seq": mark["seq"] + 1},
        mark | {"conversation": "c-nothing"},
    ]
    async with fan.talk() as owner:
        for marks, who in ((wrong, fan), ([mark, mark | {"seq": 0}], stranger)):
            async with who.talk(resume=marks) as back:
                assert recovered(back.welcome) == [(False, None, None)] * len(marks)
                await owner.say(conversation, "Hello again.")
                await back.send("ping", t=1)
                assert (await back.next())["type"] == "pong"


async def test_some_marks_may_be_lost_and_others_go_on(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        first = (await talk.open(SHOW, "tamsin"))["conversation"]
        second = (await talk.open(SHOW, "gideon"))["conversation"]
        await talk.say(first, "Hello.")
        await talk.say(second, "Hello.")
        marks = [talk.mark(first) | {"seq": 0}, talk.mark(second) | {"epoch": "stale"}]
    async with fan.talk(resume=marks) as back:
        assert [answer[0] for answer in recovered(back.welcome)] == [True, False]
        assert (await back.until("reply.done"))["conversation"] == first
        assert (await back.say(second, "Hello again."))["status"] == "completed"


async def test_a_second_device_is_shown_the_reply_under_way_and_then_follows_it(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk, fan.talk() as second:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say("One whole sentence. ")
        delta = await talk.until("reply.delta", turn=turn)
        opened = await second.open(SHOW, "tamsin")
        shown = await second.next()
        assert (opened["conversation"], opened["seq"]) == (conversation, delta["seq"])
        assert (shown["type"], shown["turn"], shown["text"]) == ("reply.snapshot", turn, "One whole sentence.")
        assert (shown["through_seq"], shown["state"]) == (delta["seq"], "speaking")
        part.say("And more.")
        part.end()
        for socket in (talk, second):
            assert (await socket.until("reply.done", turn=turn))["status"] == "completed"
        (rest,) = (event for event in second.of_turn(turn) if event["type"] == "reply.delta")
        assert (rest["offset"], rest["text"]) == (len(shown["text"]), " And more.")
        model.text = TEXT
        following = await talk.say(conversation, "And you?")
        assert await second.until("reply.done", turn=following["turn"]) == following


async def test_a_reply_that_ends_while_it_is_opened_comes_whole(settings: Settings, model: LedModel) -> None:
    model.text = None
    interrupted: list[InterruptedUnits] = []

    def wrap(units: Units) -> Units:
        interrupted.append(InterruptedUnits(units))
        return interrupted[0]

    async with served(settings, model, wrap=wrap) as house:
        fan = await house.rich_fan()
        async with fan.talk() as talk, fan.talk() as second:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            turn = await talk.begin(conversation, "Hello.")
            part = await model.asked()
            part.say("One whole sentence. ")
            await talk.until("reply.delta", turn=turn)

            async def end() -> None:
                part.say("And more.")
                part.end()
                await talk.until("reply.done", turn=turn)

            interrupted[0].happens = end
            await second.open(SHOW, "tamsin")
            done = await second.until("reply.done", turn=turn)
    (shown,) = (event for event in second.events if event["type"] == "reply.snapshot")
    rest = "".join(event["text"] for event in second.of_turn(turn) if event["type"] == "reply.delta")
    assert shown["text"] == "One whole sentence."
    assert sha256_of(shown["text"] + rest) == done["text_sha256"]


async def test_opening_again_where_it_is_followed_shows_the_reply_under_way(house: House, model: LedModel) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        part.say("One whole sentence. ")
        delta = await talk.until("reply.delta", turn=turn)
        opened = await talk.open(SHOW, "tamsin")
        shown = await talk.next()
        assert (opened["seq"], shown["type"]) == (delta["seq"], "reply.snapshot")
        assert (shown["turn"], shown["text"], shown["through_seq"]) == (turn, "One whole sentence.", delta["seq"])
        part.end()
        await talk.until("reply.done", turn=turn)
        await talk.open(SHOW, "tamsin")
        await talk.send("ping", t=1)
        assert (await talk.next())["type"] == "pong"


async def test_a_snapshot_of_a_place_is_the_same_whatever_came_after_it(house: House, model: LedModel) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        for words in ("One?", "Two?"):
            await talk.say(conversation, words)
        log = [event for event in talk.events if "seq" in event and event["type"] != "conversation.opened"]
    async with house.store.units.read() as unit:
        kept = await unit.conversations.get(conversation, fan=claims_of().fan)
        assert await snapshot(unit, kept, 0) is None
        for event in log:
            shown = await snapshot(unit, kept, event["seq"])
            if event["type"] == "reply.done":
                assert shown is None
                continue
            assert shown is not None
            so_far = [one for one in log if one["seq"] <= event["seq"] and one["turn"] == event["turn"]]
            assert (shown.turn, shown.text, shown.through_seq) == (event["turn"], text_of(so_far), event["seq"])


async def grown(talk: Talk, part: Part, turn: str, sentences: range) -> str:
    """Sentences that are logged one by one; returns them all."""
    said = [f"Sentence number {number}. " for number in sentences]
    for sentence in said:
        part.say(sentence)
        await talk.until("reply.delta", turn=turn)
    return "".join(said)


@pytest.mark.parametrize("missed", [STRETCH_MAX, STRETCH_MAX + 1])
async def test_who_missed_much_of_a_reply_under_way_is_shown_it_as_it_stands(
    house: House, model: LedModel, missed: int
) -> None:
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk, fan.talk() as left:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        await left.open(SHOW, "tamsin")
        turn = await talk.begin(conversation, "Hello.")
        part = await model.asked()
        text = await grown(talk, part, turn, range(3))
        await left.until("reply.delta", offset=talk.events[-1]["offset"])
        mark = left.mark(conversation)
        await left.drop()
        text += await grown(talk, part, turn, range(3, 3 + missed))
        async with fan.talk(resume=[mark]) as back:
            assert recovered(back.welcome) == [(True, mark["seq"] + 1, mark["seq"] + missed)]
            first = await back.next()
            assert first["type"] == ("reply.delta" if missed <= STRETCH_MAX else "reply.snapshot")
            if missed > STRETCH_MAX:
                assert (first["text"], first["through_seq"]) == (text.rstrip(), mark["seq"] + missed)
            part.say("And the end.")
            part.end()
            done = await back.until("reply.done", turn=turn)
        assert await talk.until("reply.done", turn=turn) == done
        rest = "".join(event["text"] for event in back.of_turn(turn) if event["type"] == "reply.delta")
        shown = first["text"] if first["type"] == "reply.snapshot" else text_of(left.of_turn(turn))
        assert sha256_of(shown + rest) == done["text_sha256"]


async def test_who_missed_the_beginning_too_learns_of_the_message_and_then_is_shown_its_reply(
    house: House, model: LedModel
) -> None:
    """The turn before it, which has ended, comes word for word."""
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        done = await talk.say(conversation, "Hello.")
        mark = talk.mark(conversation) | {"seq": 0}
        before = talk.of_turn(done["turn"])
        model.text = None
        turn = await talk.begin(conversation, "And you?")
        part = await model.asked()
        text = await grown(talk, part, turn, range(STRETCH_MAX + 1))
        async with fan.talk(resume=[mark]) as back:
            assert [await back.next() for _ in before] == before
            assert (await back.next())["type"] == "message.accepted"
            shown = await back.next()
            assert (shown["type"], shown["text"]) == ("reply.snapshot", text.rstrip())
            part.end()
            assert (await back.until("reply.done", turn=turn))["text_sha256"] == sha256_of(text.rstrip())
        async with fan.talk(resume=[mark]) as later:
            await later.until("reply.done", turn=turn)
            assert text_of(later.of_turn(turn)) == text.rstrip(), "what has ended comes word for word"


async def test_a_stretch_that_is_longer_than_a_page_is_shown_at_once(
    house: House, model: LedModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sending, "LOG_PAGE", 8)
    monkeypatch.setattr(conversations, "STRETCH_MAX", 4)
    model.text = None
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        turn = await talk.begin(conversation, "Hello.")
        mark = talk.mark(conversation)
        part = await model.asked()
        text = await grown(talk, part, turn, range(30))
        async with fan.talk(resume=[mark]) as back:
            shown = await back.next()
            assert (shown["type"], shown["text"]) == ("reply.snapshot", text.rstrip())
            part.say("And the end.")
            part.end()
            done = await back.until("reply.done", turn=turn)
            assert sha256_of(text + "And the end.") == done["text_sha256"]
            assert [event["type"] for event in back.of_turn(turn)] == ["reply.delta", "reply.done"]


async def test_everybody_who_follows_gets_the_same_log(house: House) -> None:
    fan = await house.rich_fan()
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        async with fan.talk() as second, fan.talk() as third:
            for other in (second, third):
                await other.open(SHOW, "tamsin")
            for number in range(3):
                done = await talk.say(conversation, f"Message {number}.")
                for other in (second, third):
                    assert await other.until("reply.done", turn=done["turn"]) == done
                    assert other.of_turn(done["turn"]) == talk.of_turn(done["turn"])


async def test_a_second_signal_ends_the_drain_at_once(data_dir: Path, model: LedModel) -> None:
    model.text = None
    async with served(settings_of(data_dir, DRAIN_S="600"), model) as house:
        fan = await house.rich_fan(credits=10)
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            turn = await talk.begin(conversation, "Hello.")
            await model.asked()
            house.stop()
            await talk.until("goodbye")
            house.stop()
            assert await talk.closed() in (1006, 1012)
    async with served(settings_of(data_dir), model) as house, house.fan().talk() as back:
        assert back.welcome["wallet"] == {"available": 10, "held": 0}
        listed = await house.fan().get(f"/v1/conversations/{conversation}/messages")
        assert [(one["turn"], one["status"]) for one in listed["messages"]] == [(turn, "failed")] * 2


async def test_a_restart_changes_neither_epochs_nor_logs(settings: Settings, model: LedModel) -> None:
    async with served(settings, model) as house:
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            done = await talk.say(conversation, "Hello.")
            events, mark = talk.of_turn(done["turn"]), talk.mark(conversation)
    async with served(settings, model) as house, house.fan().talk(resume=[mark | {"seq": 0}]) as back:
        assert recovered(back.welcome) == [(True, 1, mark["seq"])]
        assert [await back.next() for _ in events] == events


# While the server takes leave


async def test_a_draining_server_takes_no_message_lets_replies_end_and_then_closes(
    data_dir: Path, model: LedModel
) -> None:
    model.text = None
    message = str(uuid.uuid4())
    async with served(settings_of(data_dir, DRAIN_S="30"), model) as house:
        fan = await house.rich_fan()
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            other = (await talk.open(SHOW, "gideon"))["conversation"]
            turn = await talk.begin(conversation, "Hello.")
            part = await model.asked()
            part.say("One whole sentence. ")
            await talk.until("reply.delta", turn=turn)
            house.stop()
            assert (await talk.until("goodbye"))["reconnect_in_ms"] > 0
            await talk.post(other, "Hello.", message)
            error = await talk.until_error(code="draining")
            assert (error["class"], error["retryable"]) == ("overloaded", True)
            part.say("And the end.")
            part.end()
            done = await talk.until("reply.done", turn=turn)
            assert done["status"] == "completed"
            assert await talk.closed() == 4000
    model.text = TEXT
    async with served(settings_of(data_dir), model) as house, house.fan().talk(resume=[talk.mark(other)]) as back:
        assert (await back.say(other, "Hello.", message))["status"] == "completed"


async def test_a_reply_that_outlives_the_drain_is_ended_as_interrupted_and_free(
    settings: Settings, model: LedModel
) -> None:
    model.text = None
    async with served(settings, model) as house:
        fan = await house.rich_fan(credits=10)
        async with fan.talk() as talk:
            conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
            turn = await talk.begin(conversation, "Hello.")
            part = await model.asked()
            part.say("One whole sentence. And half")
            await talk.until("reply.delta", turn=turn)
            house.stop()
            done = await talk.until("reply.done", turn=turn)
            assert (done["status"], done["code"]) == ("failed", "interrupted")
            assert done["text_sha256"] == sha256_of("One whole sentence.")
            assert done["wallet"] == {"available": 10, "held": 0}
            assert await talk.closed() == 4000
