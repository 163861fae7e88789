"""The horizon over the wire: it can be lowered and never raised, and whom a fan has not met is unknown to them."""

from __future__ import annotations

import pytest

from tests.gateway.builders import House
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW, WITHHELD


def sent(model: LedModel) -> str:
    """All that the last prompt says."""
    return "\n".join(message.content for message in model.prompts[-1].messages)


async def test_a_fan_may_lower_their_horizon_and_the_prompt_follows(house: House, model: LedModel) -> None:
    async with (await house.rich_fan(watched=3)).talk() as talk:
        opened = await talk.open(SHOW, "tamsin", horizon=1)
        assert (opened["horizon"], opened["greeting"]) == (1, "Mind the step.")
        done = await talk.say(opened["conversation"], "Who came about the roof, and what burnt?")
    assert {source["episode"] for source in done["sources"]} <= {1}
    assert "I have come about the roof" not in sent(model)
    assert WITHHELD not in sent(model)


async def test_a_fan_cannot_raise_it(house: House, model: LedModel) -> None:
    async with (await house.rich_fan(watched=1)).talk() as talk:
        opened = await talk.open(SHOW, "tamsin", horizon=3)
        assert opened["horizon"] == 1
        done = await talk.say(opened["conversation"], "Who came about the roof, and what burnt?")
    assert {source["episode"] for source in done["sources"]} <= {1}
    assert WITHHELD not in sent(model)


async def test_a_lowered_horizon_stays_until_an_open_names_another(house: House) -> None:
    caps: tuple[dict[str, int], ...] = ({"horizon": 1}, {}, {"horizon": 2}, {}, {"horizon": 3}, {})
    async with house.fan(watched=3).talk() as talk:
        assert [(await talk.open(SHOW, "tamsin", **cap))["horizon"] for cap in caps] == [1, 1, 2, 2, 3, 3]


async def test_another_device_that_names_no_horizon_lifts_nothing(house: House, model: LedModel) -> None:
    fan = await house.rich_fan(watched=3)
    async with fan.talk() as first, fan.talk() as second:
        conversation = (await first.open(SHOW, "tamsin", horizon=1))["conversation"]
        opened = await second.open(SHOW, "tamsin")
        assert (opened["conversation"], opened["horizon"], opened["greeting"]) == (conversation, 1, "Mind the step.")
        for device in (first, second):
            await device.say(conversation, "Who came about the roof, and what burnt?")
            assert "I have come about the roof" not in sent(model)
            assert WITHHELD not in sent(model)


@pytest.mark.parametrize("named", [3, 4, 40])
async def test_a_horizon_that_lowers_nothing_lifts_the_cap_for_later_episodes_too(house: House, named: int) -> None:
    async with house.fan(watched=2).talk() as talk:
        assert (await talk.open(SHOW, "tamsin", horizon=1))["horizon"] == 1
        assert (await talk.open(SHOW, "tamsin", horizon=named - 1))["horizon"] == 2
    async with house.fan(watched=3).talk() as further:
        assert (await further.open(SHOW, "tamsin"))["horizon"] == 3


async def test_a_kept_cap_below_the_first_meeting_hides_the_character(house: House) -> None:
    async with house.fan(watched=3).talk() as talk:
        conversation = (await talk.open(SHOW, "gideon"))["conversation"]
        async with house.store.units.begin() as unit:
            await unit.conversations.set_horizon_cap(conversation, 1)
        await talk.send("conversation.open", show=SHOW, character="gideon")
        await talk.until_error(code="unknown_character")


async def test_what_was_said_under_a_higher_horizon_stays_out_of_a_lowered_one(house: House, model: LedModel) -> None:
    async with (await house.rich_fan(watched=3)).talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        model.text = f"He burnt {WITHHELD} out of the books."
        await talk.say(opened["conversation"], "What burnt?")
        model.text = "Nothing that I mended."
        await talk.open(SHOW, "tamsin", horizon=2)
        await talk.say(opened["conversation"], "What burnt?")
    assert WITHHELD not in sent(model)


async def test_progress_that_nobody_vouched_for_knows_nothing(house: House, model: LedModel) -> None:
    async with (await house.rich_fan(watched=-1)).talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        assert opened["horizon"] == 0
        done = await talk.say(opened["conversation"], "What is wrong with the third step of the roof?")
    assert done["sources"] == []
    assert "The third one is a liar" not in sent(model)
    assert "roof leaks over the till" not in sent(model)


async def test_a_new_ticket_is_a_new_horizon_and_an_old_socket_keeps_its_own(house: House) -> None:
    async with house.fan(watched=1).talk() as early, house.fan(watched=3).talk() as later:
        assert (await later.open(SHOW, "tamsin"))["horizon"] == 3
        assert (await early.open(SHOW, "tamsin"))["horizon"] == 1


async def test_whom_the_fan_has_not_met_is_as_unknown_as_whom_nobody_wrote(house: House) -> None:
    async with house.fan(watched=1).talk() as talk, house.fan("further", watched=2).talk() as further:
        told = []
        for name in ("gideon", "Gideon Hallam", "GIDEON", "nobody", "pike"):
            await talk.send("conversation.open", show=SHOW, character=name)
            error = await talk.until_error(code="unknown_character")
            told.append((error["class"], error["message"], error["retryable"]))
        assert len(set(told)) == 1
        await further.send("conversation.open", show=SHOW, character="gideon", horizon=1)
        await further.until_error(code="unknown_character")
        assert (await further.open(SHOW, "gideon"))["greeting"] == "Sit."


async def test_a_show_that_is_not_there_is_unknown(house: House) -> None:
    async with house.fan().talk() as talk:
        for show in ("no-such-show", "The Roof"):
            reference = await talk.send("conversation.open", show=show, character="tamsin")
            await talk.until_error(code="unknown_show", ref=reference)


async def test_a_conversation_of_another_fan_looks_like_none(house: House) -> None:
    async with (await house.rich_fan()).talk() as talk, (await house.rich_fan("somebody-else")).talk() as other:
        conversation = (await talk.open(SHOW, "tamsin"))["conversation"]
        told = []
        for name in (conversation, "c-nothing"):
            await other.post(name, "Hello.")
            error = await other.until_error(code="unknown_conversation")
            told.append({key: error[key] for key in ("class", "code", "message", "retryable")})
        assert told[0] == told[1]
        assert (await talk.open(SHOW, "tamsin"))["seq"] == 0
