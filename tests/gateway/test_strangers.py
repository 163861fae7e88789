"""The promise of no stranger, proved by canaries: fifty fans with four characters each, all talking at once.

Every talk has a word of its own in its notes, its messages and its summary; a recording model shows what was sent.
"""

from __future__ import annotations

import asyncio
import re
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from characters.importing import SAMPLE_SLUG, import_sample
from gateway.assembly import Gateway
from gateway.auth import Claims
from gateway.bootstrap import Store, make_remembrance, make_summarising, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.protocol import ConversationOpen, MessageSend
from gateway.settings import Settings
from memory.notes import Owner
from persona.adapters.recording_model import RecordingModel
from persona.doubles import ScriptedModel
from tests.gateway.builders import assembled_house, claims_of, grant, make_stage, mute, settings_of
from tests.gateway.lead import WAIT_S
from tests.gateway.test_promises import LAST_EPISODE

FANS, CHARACTERS = 50, 4
KINDS = ("note", "summary", "message", "asked")
CANARY = re.compile(rf"canary(\d{{4}})({'|'.join(KINDS)})")
LONG = "and so on " * 250
"""So many words leave the window at once."""


@dataclass(frozen=True)
class Talk:
    """One fan with one character, and the number that is in all of its canaries."""

    number: int
    claims: Claims
    character: str
    conversation: str

    def canary(self, kind: str) -> str:
        return f"canary{self.number:04}{kind}"


@pytest.fixture(scope="module")
def crowded_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample show."""
    folder = tmp_path_factory.mktemp("crowd")

    async def fill() -> None:
        async with open_store(settings_of(folder)) as store:
            await import_sample(store.catalogue, now_ms=now_ms())
            await make_stage(store).memory.index(await store.catalogue.published(SAMPLE_SLUG))

    asyncio.run(fill())
    return folder


@pytest.fixture
def model() -> RecordingModel:
    return RecordingModel(ScriptedModel(["I could not say."]))


@pytest.fixture
async def crowded(crowded_dir: Path, model: RecordingModel) -> AsyncIterator[tuple[Store, Gateway]]:
    settings: Settings = settings_of(crowded_dir, PROMPT_TOKENS="4000")
    async with assembled_house(settings, model) as house:
        yield house


async def seeded(store: Store) -> list[Talk]:
    """Every fan has talked with every character, and all of it is read and told."""
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    cast = [one.sheet.slug for one in await store.casting.met(SAMPLE_SLUG, LAST_EPISODE)][:CHARACTERS]
    assert len(cast) == CHARACTERS
    talks: list[Talk] = []
    for fan in range(FANS):
        claims = claims_of(f"fan{fan}", LAST_EPISODE, show=SAMPLE_SLUG)
        await grant(store.units, claims, 100)
        for character in cast:
            opening = ConversationOpen(type="conversation.open", show=SAMPLE_SLUG, character=character)
            conversation = (await service.open(claims, opening)).conversation.id
            talks.append(Talk(len(talks), claims, character, conversation))
    async with store.units.begin() as unit:
        for talk in talks:
            owner = Owner(talk.claims.fan, SAMPLE_SLUG, talk.character)
            for place, words in enumerate(
                (
                    f"I live in {talk.canary('note')}.",
                    f"The lamp of {talk.canary('summary')} burns brightly tonight. {LONG}",
                    LONG,
                    f"And {talk.canary('message')}?",
                )
            ):
                turn = f"t-{talk.number}-{place}"
                at_ms = 10 * talk.number + place
                await unit.transcripts.begin(
                    talk.conversation, turn, fan_text=words, horizon=LAST_EPISODE, now_ms=at_ms
                )
                await unit.transcripts.finish(turn, reply_text="Perhaps.", status="completed")
                if words != LONG:
                    await unit.notes.tell(owner, turn, now_ms=at_ms)
                await unit.summaries.tell(talk.conversation, fan=talk.claims.fan, now_ms=at_ms)
    stage = make_stage(store)
    remembrance, summarising = make_remembrance(store, stage), make_summarising(store, stage)
    while await remembrance.catch_up() or await summarising.catch_up():
        pass
    return talks


async def ask_all(gateway: Gateway, talks: list[Talk]) -> None:
    """All of them ask at once; returns when every reply has ended."""

    async def ask(talk: Talk) -> None:
        message = MessageSend(
            type="message.send",
            id="m",
            client_msg_id=str(uuid.uuid4()),
            conversation=talk.conversation,
            text=f"Where do I live? {talk.canary('asked')}",
        )
        await gateway.turns.take(talk.claims, message)

    await asyncio.gather(*(ask(talk) for talk in talks))
    await gateway.turns.drained(within_s=6 * WAIT_S)


async def test_of_fifty_fans_and_four_characters_nobody_gets_anothers_words(
    crowded: tuple[Store, Gateway], model: RecordingModel
) -> None:
    store, gateway = crowded
    talks = await seeded(store)
    await ask_all(gateway, talks)
    prompts = ["\n".join(message.content for message in request) for request in model.requests]
    found = [sorted(set(CANARY.findall(prompt))) for prompt in prompts]
    assert sorted(found) == [sorted((f"{talk.number:04}", kind) for kind in KINDS) for talk in talks]
