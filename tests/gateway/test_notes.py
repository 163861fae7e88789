"""What a character remembers of a fan, through the gateway: read after the reply, told next time, gone when deleted."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Any

import httpx
import pytest

from characters.canon import Term
from gateway.bootstrap import Store, make_remembrance, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.protocol import ConversationOpen
from gateway.records import Conversation
from gateway.remembering import READ_AT_ONCE, Remembrance
from gateway.settings import Settings
from gateway.settling import Ending, Settler
from memory.errors import EmbedderUnavailable
from memory.extracting import RuleExtractor
from memory.notes import Note, Owner, Saying
from persona.types import Block
from tests.gateway.builders import OTHER_APP, House, assembled_house, claims_of, grant, make_stage, mute
from tests.gateway.client import Fan
from tests.gateway.lead import WAIT_S, LedModel
from tests.gateway.story import SHOW, WITHHELD
from tests.gateway.test_http import error_of
from tests.gateway.test_store_contract import turn as turn_record

CANARY = "Quetzaltenango"
OWNER = Owner(claims_of().fan, SHOW, "tamsin")


async def said(house: House, fan: Fan, *messages: str, character: str = "tamsin", mode: str = "canon") -> list[str]:
    """A fan says this; every turn is read for notes. Returns the turns."""
    turns = []
    async with fan.talk() as talk:
        conversation = (await talk.open(SHOW, character, mode=mode))["conversation"]
        for message in messages:
            turns.append((await talk.say(conversation, message))["turn"])
    await read_all(house.store)
    return turns


def remembrance_of(store: Store) -> Remembrance:
    return make_remembrance(store, make_stage(store))


async def read_all(store: Store) -> None:
    remembrance = remembrance_of(store)
    while await remembrance.catch_up():
        pass


async def notes_of(fan: Fan) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = (await fan.get("/v1/notes"))["notes"]
    return found


def notes_in(model: LedModel) -> list[Block]:
    """The blocks of the newest prompt that are about the fan."""
    return [block for block in model.prompts[-1].manifest.blocks if block.name == "notes"]


def prompt_text(model: LedModel) -> str:
    return "\n".join(message.content for message in model.prompts[-1].messages)


class TestRemembering:
    async def test_what_a_fan_says_is_a_note_that_the_next_prompt_quotes(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        await said(house, fan, f"I live in {CANARY}.")
        (note,) = await notes_of(fan)
        assert (note["kind"], note["text"], note["current"], note["character"]) == (
            "fact",
            f"I live in {CANARY}.",
            True,
            "tamsin",
        )
        await said(house, fan, "Where do I live?")
        told = [block for block in notes_in(model) if block.source == f"note {note['id']}"]
        assert [block.included for block in told] == [True]
        assert f"\n> I live in {CANARY}." in prompt_text(model)

    async def test_a_contradiction_supersedes_and_keeps_the_old_as_history(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        await said(house, fan, "I live in Lima.", "I moved to Cusco.", "Where do I live?")
        old, new = await notes_of(fan)
        assert (old["current"], old["superseded_by"], new["current"]) == (False, new["id"], True)
        await said(house, fan, "Where do I live?")
        text_sent = prompt_text(model)
        assert text_sent.rindex("I moved to Cusco.") < text_sent.rindex("I live in Lima.")
        assert "Note (past fact" in text_sent

    async def test_what_was_never_told_is_said_to_be_unknown(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        await said(house, fan, "I live in Lima.", "What is my dog called?")
        assert "never told" in [block.source for block in notes_in(model)]
        await said(house, fan, "Where do I live?")
        assert "never told" not in [block.source for block in notes_in(model)]

    async def test_the_name_that_the_host_app_gives_is_not_unknown(self, house: House, model: LedModel) -> None:
        await said(house, await house.rich_fan(), "What is my name?")
        assert notes_in(model) == []
        remembered = await remembrance_of(house.store).recall(OWNER, "What is my name?", horizon=2)
        assert remembered.untold

    async def test_another_character_does_not_know_it(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        await said(house, fan, f"I live in {CANARY}.")
        await said(house, fan, "Where do I live?", character="gideon")
        assert CANARY not in prompt_text(model)

    async def test_a_what_if_leaves_no_note_and_reads_none(self, house: House, model: LedModel) -> None:
        fan = await house.rich_fan()
        await said(house, fan, "I live in Lima.")
        await said(house, fan, f"I live in {CANARY}.", "Where do I live?", mode="what_if")
        assert [note["text"] for note in await notes_of(fan)] == ["I live in Lima."]
        assert notes_in(model) == []

    async def test_a_note_about_the_show_waits_for_the_horizon_it_was_said_at(
        self, house: House, model: LedModel
    ) -> None:
        ahead = await house.rich_fan(watched=3)
        await said(house, ahead, f"I live in Lima. I love {WITHHELD}. My dog is called {WITHHELD}.")
        behind = house.fan(watched=2)
        await said(house, behind, "Where do I live? Do I love the house? What is my dog called?")
        sent = prompt_text(model)
        assert "I live in Lima" in sent
        assert WITHHELD not in sent
        assert all(WITHHELD not in block.text for block in model.prompts[-1].manifest.blocks)
        await said(house, ahead, "What do I love?")
        assert WITHHELD in prompt_text(model)


class TestCrashes:
    async def test_a_turn_that_nobody_read_is_read_at_the_next_start(self, settings: Settings, model: LedModel) -> None:
        async with open_store(settings) as store:
            await grant(store.units, claims_of(), 5)
            await settled_turn(store, "I live in Lima.")
            async with store.units.read() as unit:
                assert [told.turn for told in await unit.notes.waiting(limit=9)] == ["t-1"]
                assert await unit.notes.of_owner(OWNER) == ()
        async with open_store(settings) as store:
            await read_all(store)
            async with store.units.read() as unit:
                assert [note.text for note in await unit.notes.of_owner(OWNER)] == ["I live in Lima."]
                assert await unit.notes.waiting(limit=9) == ()

    async def test_two_readers_of_one_turn_leave_one_note(self, store: Store) -> None:
        await grant(store.units, claims_of(), 5)
        await settled_turn(store, "I live in Lima.")
        first, second = remembrance_of(store), remembrance_of(store)
        assert sorted(await asyncio.gather(first.catch_up(), second.catch_up())) == [0, 1]
        async with store.units.read() as unit:
            assert len(await unit.notes.of_owner(OWNER)) == 1

    async def test_turns_that_cannot_be_read_keep_no_other_waiting(self, store: Store) -> None:
        class Stumbling(RuleExtractor):
            async def read(self, text: str) -> Sequence[Saying]:
                if "stone" in text:
                    raise EmbedderUnavailable("stumbling", "a test")
                return await super().read(text)

        async with store.units.begin() as unit:
            for n in range(READ_AT_ONCE + 1):
                words = "I live on a stone." if n < READ_AT_ONCE else "I live in Lima."
                await unit.transcripts.begin("c-1", f"t-{n}", fan_text=words, horizon=1, now_ms=n)
                await unit.notes.tell(OWNER, f"t-{n}", now_ms=n)
        remembrance = Remembrance(
            store.units, store.transcripts, make_stage(store).embedder, Stumbling(), no_terms, clock=now_ms
        )
        assert [await remembrance.catch_up() for _ in range(3)] == [0, 1, 0]
        async with store.units.read() as unit:
            assert [note.text for note in await unit.notes.of_owner(OWNER)] == ["I live in Lima."]
            assert len(await unit.notes.waiting(limit=99)) == READ_AT_ONCE

    async def test_a_turn_that_failed_is_not_remembered(self, store: Store) -> None:
        await grant(store.units, claims_of(), 5)
        await settled_turn(store, "I live in Lima.", Ending("failed", "model_failed"))
        async with store.units.read() as unit:
            assert await unit.notes.waiting(limit=9) == ()


async def no_terms(_show: str) -> tuple[Term, ...]:
    """Of a show that names nothing."""
    return ()


async def settled_turn(store: Store, words: str, ending: Ending | None = None) -> None:
    """A turn with these words that has ended, as the process that performed it leaves it."""
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    opened = await service.open(
        claims_of(), ConversationOpen(id="o-1", type="conversation.open", show=SHOW, character="tamsin")
    )
    conversation: Conversation = opened.conversation
    turn = turn_record(of=conversation.id)
    async with store.units.begin() as unit:
        await unit.books.hold(turn.id, turn.fan, opened.price, now_ms=now_ms(), ttl_ms=60_000)
        await unit.turns.add(turn)
        await unit.transcripts.begin(conversation.id, turn.id, fan_text=words, horizon=2, now_ms=turn.created_at_ms)
    await Settler(store.units, clock=now_ms).settle(turn, ending or Ending("completed"))


class TestRoutes:
    async def test_a_fan_puts_a_note_right_and_the_old_words_are_told_no_more(
        self, house: House, model: LedModel
    ) -> None:
        fan = await house.rich_fan()
        await said(house, fan, "I live in Lima.")
        (note,) = await notes_of(fan)
        answer = await fan.call("PATCH", f"/v1/notes/{note['id']}", json={"text": "I live in Cusco"})
        assert (answer.status_code, answer.json()["text"], answer.json()["turns"]) == (200, "I live in Cusco", [])
        assert (await fan.get(f"/v1/notes/{note['id']}"))["text"] == "I live in Cusco"
        await said(house, fan, "I moved to Quito.")
        assert [(n["text"], n["current"]) for n in await notes_of(fan)] == [
            ("I live in Cusco", False),
            ("I moved to Quito.", True),
        ]

    async def test_a_deleted_note_is_gone_and_its_turn_comes_to_mind_no_more(self, house: House) -> None:
        fan = await house.rich_fan()
        await said(house, fan, f"I live in {CANARY}.")
        (note,) = await notes_of(fan)
        assert (await fan.call("DELETE", f"/v1/notes/{note['id']}")).status_code == 204
        assert await notes_of(fan) == []
        assert (await fan.call("DELETE", f"/v1/notes/{note['id']}")).status_code == 404
        remembered = await remembrance_of(house.store).recall(OWNER, "Where do I live?", horizon=2)
        assert (remembered.notes, remembered.turns, remembered.untold) == ((), (), True)
        await read_all(house.store)
        assert await notes_of(fan) == []

    async def test_forgetting_a_turn_forgets_what_came_from_it(self, house: House) -> None:
        fan = await house.rich_fan()
        _, second = await said(house, fan, "I live in Lima.", "I moved to Cusco and I work as a nurse.")
        assert (await fan.call("DELETE", "/v1/notes", params={"turn": second})).status_code == 204
        assert [(note["text"], note["current"]) for note in await notes_of(fan)] == [("I live in Lima.", True)]

    async def test_everything_can_be_forgotten_at_once(self, house: House) -> None:
        fan = await house.rich_fan()
        await said(house, fan, "I live in Lima.", "I love sushi.")
        await said(house, fan, "I live in Lima.", character="gideon")
        assert (await fan.call("DELETE", "/v1/notes", params={"character": "tamsin"})).status_code == 204
        assert [note["character"] for note in await notes_of(fan)] == ["gideon"]
        assert (await fan.call("DELETE", "/v1/notes")).status_code == 204
        assert await notes_of(fan) == []

    async def test_a_note_of_another_fan_does_not_exist(self, house: House) -> None:
        fan = await house.rich_fan()
        (turn,) = await said(house, fan, f"I live in {CANARY}.")
        (note,) = await notes_of(fan)
        for stranger in (house.fan("somebody-else"), house.fan("mara", app=OTHER_APP)):
            assert await notes_of(stranger) == []
            path = f"/v1/notes/{note['id']}"
            for method, more in (("GET", {}), ("PATCH", {"json": {"text": "mine"}}), ("DELETE", {})):
                answer = await stranger.call(method, path, **more)
                assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_note")
            answer = await stranger.call("DELETE", "/v1/notes", params={"turn": turn})
            assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_turn")
            assert (await stranger.call("DELETE", "/v1/notes")).status_code == 204
        assert await notes_of(fan) == [note]

    async def test_nobody_reads_notes_without_a_token(self, house: House) -> None:
        async with httpx.AsyncClient(base_url=house.base, trust_env=False, verify=False) as http:
            for method, path in (("GET", "/v1/notes"), ("DELETE", "/v1/notes"), ("PATCH", "/v1/notes/n-1")):
                assert (await http.request(method, path)).status_code == 401

    @pytest.mark.parametrize("body", [{}, {"text": ""}, {"text": "   "}, {"text": "x" * 281}, {"text": "x", "y": 1}])
    async def test_a_note_is_changed_to_words_or_not_at_all(self, house: House, body: dict[str, object]) -> None:
        answer = await house.fan().call("PATCH", "/v1/notes/n-1", json=body)
        assert (answer.status_code, error_of(answer)["code"]) == (422, "invalid_request")


async def test_a_gateway_reads_what_waits_by_itself(settings: Settings, model: LedModel) -> None:
    async with open_store(settings) as store:
        await grant(store.units, claims_of(), 5)
        await settled_turn(store, "I live in Lima.")
    async with asyncio.timeout(6 * WAIT_S), assembled_house(settings, model) as (store, _):
        found: tuple[Note, ...] = ()
        while not found:
            await asyncio.sleep(0.05)
            async with store.units.read() as unit:
                found = await unit.notes.of_owner(OWNER)
    assert [note.text for note in found] == ["I live in Lima."]
