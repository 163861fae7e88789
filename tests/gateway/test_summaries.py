"""Rolling summaries, from a turn's end to the next prompt: written off the fan's path, gated, forgotten, erased."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from gateway.bootstrap import Store, make_summarising, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.protocol import ConversationOpen, Mode
from gateway.settings import Settings
from gateway.settling import Ending
from gateway.summarising import HIGH_TURNS, LOW_TURNS, Summarising
from memory.summaries import Summary
from persona.doubles import ScriptedScribe
from persona.errors import ModelFailed
from persona.types import Block
from tests.gateway.builders import House, assembled_house, claims_of, grant, make_stage, mute, settings_of
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.story import SHOW, WITHHELD
from tests.gateway.test_erasing import files_with, tables_with
from tests.gateway.test_notes import CANARY, said, settled_turn

FAN = claims_of().fan
LONG = HIGH_TURNS + 1


async def opened_talk(store: Store, fan: str = "mara", character: str = "tamsin", mode: Mode = "canon") -> str:
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    opening = ConversationOpen(type="conversation.open", show=SHOW, character=character, mode=mode)
    return (await service.open(claims_of(fan), opening)).conversation.id


async def talked(
    store: Store,
    *messages: str,
    fan: str = "mara",
    character: str = "tamsin",
    mode: Mode = "canon",
    horizon: int = 2,
    at_ms: int = 1_000,
) -> str:
    """A talk with these messages in it, each answered; it waits to be summarised. Turns are named by their place."""
    conversation = await opened_talk(store, fan, character, mode)
    async with store.units.begin() as unit:
        for number, words in enumerate(messages):
            turn = f"{conversation[:12]}-{at_ms + number}"
            await unit.transcripts.begin(conversation, turn, fan_text=words, horizon=horizon, now_ms=at_ms + number)
            await unit.transcripts.finish(turn, reply_text="The roof leaks again tonight.", status="completed")
            await unit.summaries.tell(conversation, fan=claims_of(fan).fan, now_ms=at_ms + number)
    return conversation


def chat(first: str, turns: int = LONG) -> tuple[str, ...]:
    """A message, and then many that say little."""
    return (first, *(f"And how was the weather on day {number}?" for number in range(1, turns)))


def summarising_of(store: Store, scribe: ScriptedScribe | None = None) -> Summarising:
    return make_summarising(store, make_stage(store), scribe)


async def summaries_of(store: Store, conversation: str, *, horizon: int = 9, fan: str = FAN) -> list[Summary]:
    async with store.units.read() as unit:
        return list(await unit.summaries.of_talk(conversation, fan=fan, horizon=horizon))


def told_in(model: LedModel) -> list[Block]:
    return [block for block in model.prompts[-1].manifest.blocks if block.name == "summary"]


def prompt_text(model: LedModel) -> str:
    return "\n".join(message.content for message in model.prompts[-1].messages)


class TestTellingInShort:
    async def test_a_talk_within_the_window_has_no_summary(self, store: Store) -> None:
        conversation = await talked(store, *chat(f"I live in {CANARY}.", HIGH_TURNS))
        assert await summarising_of(store).catch_up() == 1
        assert await summaries_of(store, conversation) == []
        async with store.units.read() as unit:
            assert await unit.summaries.waiting(limit=9) == ()

    async def test_what_has_left_the_window_is_told_and_the_newest_turns_are_not(self, store: Store) -> None:
        conversation = await talked(store, *chat(f"I live in {CANARY}."))
        await summarising_of(store).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert f"Fan: I live in {CANARY}." in summary.text.splitlines()
        assert (summary.horizon, summary.turns, summary.written_by) == (2, LONG - LOW_TURNS, "rules")
        assert summary.through[0] == 1_000 + LONG - LOW_TURNS - 1

    async def test_a_long_message_leaves_the_window_sooner(self, settings: Settings, data_dir: Path) -> None:
        async with open_store(settings_of(data_dir, PROMPT_TOKENS="800")) as store:
            conversation = await talked(store, "I live in Lima. " + "word " * 150, "word " * 120, "What now?")
            await summarising_of(store).catch_up()
            assert [one.turns for one in await summaries_of(store, conversation)] == [2]

    async def test_it_rolls_on(self, store: Store) -> None:
        conversation = await talked(store, *chat(f"I live in {CANARY}."))
        await summarising_of(store).catch_up()
        await talked(store, *chat("I work as a nurse."), at_ms=2_000)
        await summarising_of(store).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert summary.turns == 2 * LONG - LOW_TURNS
        assert f"I live in {CANARY}." in summary.text
        assert "I work as a nurse." in summary.text

    async def test_each_horizon_has_its_own_and_a_lower_one_never_sees_a_higher(self, store: Store) -> None:
        conversation = await talked(store, *chat("I live in Lima.", LONG), horizon=1)
        await talked(store, *chat(f"I love {WITHHELD} more than my own home.", LONG), horizon=3, at_ms=2_000)
        await summarising_of(store).catch_up()
        low, high = await summaries_of(store, conversation)
        assert (low.horizon, WITHHELD in low.text, high.horizon, WITHHELD in high.text) == (1, False, 3, True)
        assert await summaries_of(store, conversation, horizon=2) == [low]

    async def test_a_sentence_with_a_name_that_lies_ahead_is_not_told(self, store: Store) -> None:
        conversation = await talked(store, *chat(f"I live in Lima. I love {WITHHELD} so much."), horizon=2)
        await summarising_of(store).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert "I live in Lima." in summary.text
        assert WITHHELD not in summary.text


class TestWithAModel:
    async def test_the_model_writes_from_the_old_summary_and_the_turns(self, store: Store) -> None:
        scribe = ScriptedScribe("Fan lives far away.", "Fan lives far away and is a nurse.", name="openai:x")
        conversation = await talked(store, *chat("I live in Lima.", LONG))
        await summarising_of(store, scribe).catch_up()
        await talked(store, *chat("I work as a nurse.", LOW_TURNS + 1), at_ms=2_000)
        await summarising_of(store, scribe).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert (summary.text, summary.written_by) == ("Fan lives far away and is a nurse.", "openai:x")
        assert "> I live in Lima." in scribe.written[0][1]
        assert scribe.written[-1][1].startswith("Remembered so far:\n> Fan lives far away.")

    @pytest.mark.parametrize(
        "reply",
        [
            ModelFailed("timeout"),
            ModelFailed("upstream_5xx"),
            "",
            "word " * 200,
            f"Fan and You spoke of {WITHHELD}.",
            "I am a real human being.",
        ],
        ids=["timeout", "5xx", "empty", "too long", "withheld", "claims to be human"],
    )
    async def test_rules_tell_it_when_the_models_text_cannot_be_used(
        self, store: Store, reply: str | ModelFailed
    ) -> None:
        conversation = await talked(store, *chat(f"I live in {CANARY}."))
        await summarising_of(store, ScriptedScribe(reply)).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert (summary.written_by, f"I live in {CANARY}." in summary.text) == ("rules", True)
        assert WITHHELD not in summary.text


class TestCrashes:
    async def test_a_talk_that_nobody_told_is_told_at_the_next_start(self, settings: Settings) -> None:
        async with open_store(settings) as store:
            conversation = await talked(store, *chat(f"I live in {CANARY}."))
        async with open_store(settings) as store:
            assert await summarising_of(store).catch_up() == 1
            assert len(await summaries_of(store, conversation)) == 1

    async def test_a_turns_end_leaves_its_talk_waiting_in_the_same_transaction(self, store: Store) -> None:
        await grant(store.units, claims_of(), 5)
        await settled_turn(store, "I live in Lima.")
        async with store.units.read() as unit:
            assert [talk.fan for talk in await unit.summaries.waiting(limit=9)] == [FAN]

    async def test_a_failed_turn_leaves_nothing(self, store: Store) -> None:
        await grant(store.units, claims_of(), 5)
        await settled_turn(store, "I live in Lima.", Ending("failed", "model_failed"))
        async with store.units.read() as unit:
            assert await unit.summaries.waiting(limit=9) == ()

    async def test_two_processes_tell_a_talk_once(self, store: Store) -> None:
        conversation = await talked(store, *chat("I live in Lima."))
        await asyncio.gather(summarising_of(store).catch_up(), summarising_of(store).catch_up())
        await summarising_of(store).catch_up()
        (summary,) = await summaries_of(store, conversation)
        assert summary.turns == LONG - LOW_TURNS

    async def test_a_turn_forgotten_while_the_model_writes_is_not_told(self, store: Store) -> None:
        conversation = await talked(store, *chat(f"I live in {CANARY}."))

        class Slow(ScriptedScribe):
            async def write(self, *asked: object, **more: object) -> str:
                async with store.units.begin() as unit:
                    await unit.summaries.forget([f"{conversation[:12]}-1000"], fan=FAN)
                return f"Fan lives in {CANARY}."

        assert await summarising_of(store, Slow()).catch_up() == 0
        assert await summaries_of(store, conversation) == []

    async def test_a_talk_that_cannot_be_told_keeps_no_other_waiting(self, store: Store) -> None:
        await talked(store, *chat("I live in Lima."))
        other = await talked(store, *chat("I live in Quito."), fan="other", at_ms=5_000)

        class Breaking(ScriptedScribe):
            async def write(self, instruction: str, data: str, **more: object) -> str:
                if "Lima" in data:
                    raise RuntimeError("a test")
                return "Fan lives in Quito."

        summarising = summarising_of(store, Breaking())
        assert await summarising.catch_up() == 1
        assert [one.text for one in await summaries_of(store, other, fan=claims_of("other").fan)] == [
            "Fan lives in Quito."
        ]


class TestForgetting:
    async def test_forgetting_a_turn_tells_the_rest_anew(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan(credits=100)
        turn, *_ = await said(house, fan, f"I love {CANARY} and nothing else.", *chat("I live in Lima.", LONG))
        conversation = await opened_talk(house.store)
        await summarising_of(house.store).catch_up()
        (before,) = await summaries_of(house.store, conversation)
        assert CANARY in before.text
        assert (await fan.call("DELETE", "/v1/notes", params={"turn": turn})).status_code == 204
        assert CANARY not in "".join(one.text for one in await summaries_of(house.store, conversation))
        await summarising_of(house.store).catch_up()
        (after,) = await summaries_of(house.store, conversation)
        assert (CANARY in after.text, "I live in Lima." in after.text) == (False, True)

    @pytest.mark.parametrize("how", ["DELETE", "PATCH"])
    async def test_a_note_that_is_deleted_or_put_right_leaves_the_summary(self, house: House, how: str) -> None:
        fan = await house.rich_fan(credits=100)
        await said(house, fan, *chat(f"I live in {CANARY}.", LONG))
        conversation = await opened_talk(house.store)
        await summarising_of(house.store).catch_up()
        assert CANARY in (await summaries_of(house.store, conversation))[0].text
        (note,) = (await fan.get("/v1/notes"))["notes"]
        await fan.call(
            how, f"/v1/notes/{note['id']}", **({"json": {"text": "I live in Cusco."}} if how == "PATCH" else {})
        )
        await summarising_of(house.store).catch_up()
        assert CANARY not in "".join(one.text for one in await summaries_of(house.store, conversation))

    async def test_everything_forgotten_is_never_told_again(self, house: House) -> None:
        fan = await house.rich_fan(credits=200)
        await said(house, fan, *chat(f"The lamp of {CANARY} burns brightly tonight.", LONG))
        await said(house, fan, *chat("I live in Lima.", LONG), character="gideon")
        tamsin, gideon = await opened_talk(house.store), await opened_talk(house.store, character="gideon")
        await summarising_of(house.store).catch_up()
        assert CANARY in (await summaries_of(house.store, tamsin))[0].text
        assert (await fan.call("DELETE", "/v1/notes", params={"character": "tamsin"})).status_code == 204
        await summarising_of(house.store).catch_up()
        assert await summaries_of(house.store, tamsin) == []
        assert len(await summaries_of(house.store, gideon)) == 1

    async def test_a_turn_of_a_what_if_can_be_forgotten_too(self, house: House) -> None:
        fan = await house.rich_fan(credits=100)
        turn, *_ = await said(house, fan, *chat(f"I live in {CANARY}.", LONG + 1), mode="what_if")
        conversation = await opened_talk(house.store, mode="what_if")
        await summarising_of(house.store).catch_up()
        assert CANARY in (await summaries_of(house.store, conversation))[0].text
        assert (await fan.call("DELETE", "/v1/notes", params={"turn": turn})).status_code == 204
        await summarising_of(house.store).catch_up()
        (after,) = await summaries_of(house.store, conversation)
        assert CANARY not in after.text
        assert await fan.get("/v1/notes") == {"notes": []}


class TestInPrompts:
    async def test_the_next_prompt_has_the_summary_and_not_its_turns(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan(credits=100)
        await said(house, fan, *chat(f"The lamp of {CANARY} burns brightly tonight.", LONG))
        await summarising_of(house.store).catch_up()
        await said(house, fan, "What now?")
        (block,) = told_in(model)
        assert (block.included, CANARY in block.text) == (True, True)
        history = [block for block in model.prompts[-1].manifest.blocks if block.name == "history" and block.included]
        assert len(history) == LOW_TURNS

    async def test_a_fan_who_lowers_the_horizon_sees_only_what_was_written_below(
        self, house: House, model: LedModel
    ) -> None:
        await talked(house.store, *chat("The lamp of Arequipa burns brightly tonight.", LONG), horizon=1)
        await talked(house.store, *chat(f"The lamp of {CANARY} burns brightly tonight.", LONG), horizon=2, at_ms=2_000)
        await summarising_of(house.store).catch_up()
        await said(house, await house.rich_fan(), "What now?")
        assert CANARY in prompt_text(model)
        await said(house, house.fan(watched=1), "What now?")
        assert CANARY not in prompt_text(model)
        assert CANARY not in repr(model.prompts[-1].manifest)
        assert "Arequipa" in prompt_text(model)

    async def test_a_what_if_keeps_its_summary_to_itself(self, house: House, model: LedModel) -> None:
        await talked(house.store, *chat(f"The lamp of {CANARY} burns brightly tonight.", LONG), mode="what_if")
        await summarising_of(house.store).catch_up()
        fan = await house.rich_fan()
        await said(house, fan, "What now?")
        assert CANARY not in prompt_text(model)
        await said(house, fan, "What now?", mode="what_if")
        assert CANARY in prompt_text(model)

    async def test_a_gateway_tells_what_waits_by_itself(self, settings: Settings, model: LedModel) -> None:
        async with open_store(settings) as store:
            conversation = await talked(store, *chat("I live in Lima."))
        found: Sequence[Summary] = ()
        async with asyncio.timeout(6 * WAIT_S), assembled_house(settings, model) as (store, _):
            while not found:
                await asyncio.sleep(0.05)
                found = await summaries_of(store, conversation)
        assert "I live in Lima." in found[0].text


async def test_an_erased_fans_summaries_are_in_no_file_and_in_no_table(store: Store, data_dir: Path) -> None:
    await talked(store, *chat(f"I live in {CANARY}."))
    await summarising_of(store).catch_up()
    assert "summaries" in await tables_with(store, CANARY)
    await store.erasure().erase(FAN)
    assert await tables_with(store, CANARY) == set()
    assert files_with(data_dir, CANARY) == []
    async with store.units.read() as unit:
        assert await unit.summaries.of_fan(FAN) == ()
