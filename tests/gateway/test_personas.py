"""Which models play the characters: published by two people, kept with every turn, and never changed by a setting."""

from __future__ import annotations

import asyncio
import uuid
from pathlib import Path

import pytest

from characters.errors import SameApprover
from gateway.assembly import assembled
from gateway.bootstrap import Store, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.errors import ModelsNotPublished
from gateway.personas import SETTINGS, played_by, publish, take_up
from gateway.protocol import ConversationOpen, MessageSend
from gateway.records import PersonaVersion
from gateway.running import opened_beside
from persona.doubles import ScriptedModel
from tests.gateway.builders import claims_of, grant, make_stage, mute, settings_of
from tests.gateway.commands import Encore
from tests.gateway.story import SHOW

ONE, TWO = ("openai:one", "local"), ("openai:two",)


def version(number: int, models: tuple[str, ...]) -> PersonaVersion:
    return PersonaVersion(number, models, "ana", "ben", number)


@pytest.mark.parametrize(
    ("models", "number"),
    [(ONE, 3), (TWO, 2), (ONE[::-1], None), (ONE[:1], None), ((), None)],
)
def test_the_newest_version_of_exactly_these_models_in_this_order_is_played(
    models: tuple[str, ...], number: int | None
) -> None:
    versions = (version(1, ONE), version(3, ONE), version(2, TWO))
    found = played_by(versions, models)
    assert (found and found.number) == number


class TestTakingUp:
    async def test_the_first_start_publishes_what_it_plays(self, empty_store: Store) -> None:
        first = await take_up(empty_store.units, ONE, strictly=True, now_ms=5)
        assert first == PersonaVersion(1, ONE, SETTINGS, SETTINGS, 5)
        assert await take_up(empty_store.units, ONE, strictly=True, now_ms=6) == first

    async def test_other_models_are_refused_until_somebody_publishes_them(self, empty_store: Store) -> None:
        await take_up(empty_store.units, ONE, strictly=True, now_ms=5)
        with pytest.raises(ModelsNotPublished) as refused:
            await take_up(empty_store.units, TWO, strictly=True, now_ms=6)
        assert (refused.value.models, refused.value.number, refused.value.published) == (TWO, 1, ONE)
        published = await publish(empty_store.units, TWO, author="ana", approver="ben", now_ms=7)
        assert published == PersonaVersion(2, TWO, "ana", "ben", 7)
        assert await take_up(empty_store.units, TWO, strictly=True, now_ms=8) == published

    async def test_by_default_other_models_make_a_version_and_the_log_tells_it(
        self, empty_store: Store, caplog: pytest.LogCaptureFixture
    ) -> None:
        await take_up(empty_store.units, ONE, strictly=False, now_ms=5)
        second = await take_up(empty_store.units, TWO, strictly=False, now_ms=6)
        assert second == PersonaVersion(2, TWO, SETTINGS, SETTINGS, 6)
        assert "persona version 2: the characters are played by openai:two now" in caplog.text

    async def test_an_earlier_version_may_be_played_again(self, empty_store: Store) -> None:
        first = await take_up(empty_store.units, ONE, strictly=True, now_ms=5)
        await publish(empty_store.units, TWO, author="ana", approver="ben", now_ms=7)
        assert await take_up(empty_store.units, ONE, strictly=True, now_ms=8) == first

    async def test_processes_that_start_at_once_agree(self, empty_store: Store) -> None:
        async with empty_store.units.begin() as unit:
            assert await unit.personas.versions() == ()
            other = asyncio.create_task(take_up(empty_store.units, ONE, strictly=True, now_ms=6))
            await asyncio.wait({other}, timeout=0.3)  # time enough for it to find nothing, were it let
            first = PersonaVersion(1, ONE, SETTINGS, SETTINGS, 5)
            await unit.personas.add(first)
        assert await other == first


class TestPublishing:
    async def test_nobody_approves_their_own(self, empty_store: Store) -> None:
        with pytest.raises(SameApprover):
            await publish(empty_store.units, ONE, author="ana", approver="ana", now_ms=1)
        async with empty_store.units.begin() as unit:
            assert await unit.personas.versions() == ()

    async def test_the_same_models_again_are_the_same_version_and_back_again_a_new_one(
        self, empty_store: Store
    ) -> None:
        numbers = [
            (await publish(empty_store.units, models, author="ana", approver="ben", now_ms=1)).number
            for models in (ONE, ONE, TWO, ONE)
        ]
        assert numbers == [1, 1, 2, 3]


def test_a_server_with_other_models_does_not_start_and_says_what_to_do(encore: Encore, data_dir: Path) -> None:
    model = {"MODEL": "openai:one", "MODEL_BASE_URL": "http://127.0.0.1:9/v1", "MODEL_CHANGES": "publish"}

    async def start(**changes: str) -> None:
        async with opened_beside(settings_of(data_dir, **changes)):
            pass

    asyncio.run(start())
    with pytest.raises(ModelsNotPublished, match=r"openai:one would play .* version 1 is played by scripted.*publish"):
        asyncio.run(start(**model))
    report = {row["check"]: row["level"] for row in encore("doctor", "--json", env=model).json}
    assert report["model"] == "fail"
    assert encore("models", "publish", "--author", "ana", "--approver", "ana", env=model).status == 1
    done = encore("models", "publish", "--author", "ana", "--approver", "ben", env=model)
    assert (done.status, done.out.strip()) == (0, "Persona version 2 is played by openai:one.")
    asyncio.run(start(**model))
    listed = encore("models", "list", "--json", env=model).json
    assert [(row["number"], row["models"], row["configured"]) for row in listed] == [
        (1, ["scripted"], False),
        (2, ["openai:one"], True),
    ]
    assert "openai:one" in encore("models", "list", env=model).out


async def test_a_turn_keeps_the_version_it_was_played_by(data_dir: Path) -> None:
    async with open_store(settings_of(data_dir)) as store:
        await grant(store.units, claims_of(), 20)
        service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
        opening = ConversationOpen(type="conversation.open", show=SHOW, character="tamsin")
        talk = (await service.open(claims_of(), opening)).conversation
        message = MessageSend(
            type="message.send", client_msg_id=str(uuid.uuid4()), conversation=talk.id, text="Is the roof all right?"
        )
        async with assembled(store, make_stage(store), ScriptedModel(), 7) as gateway:
            taken = await gateway.turns.take(claims_of(), message)
            await gateway.turns.drained(within_s=10)
        async with store.units.read() as unit:
            kept = await unit.turns.get(taken.turn.id, fan=claims_of().fan)
    assert (kept.state, kept.persona_version) == ("completed", 7)
