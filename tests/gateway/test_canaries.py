"""The promise of no spoiler, proved by canaries: a word of its own in every scene, fact and dated part of a sheet.

Whatever a fan of an episode asks, and whatever the model says, none of a later one is in a prompt, a reply, a source,
a greeting, an introduction or an error.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from characters.importing import SAMPLE_SLUG, find_cast
from characters.release import Cast
from gateway.bootstrap import Store, make_replies, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.logs import where
from gateway.performance import sources_of
from gateway.protocol import ConversationOpen
from gateway.replies import Replies, ReplyRequest
from memory.errors import MemoryFault
from memory.exact_index import ExactIndex
from persona.adapters.recording_model import RecordingModel
from persona.doubles import ScriptedModel
from persona.errors import PersonaError
from persona.types import Performed, Prompt, Spoken
from tests.gateway.aviary import CANARY, canary, later, told
from tests.gateway.builders import claims_of, make_stage, mute, settings_of
from tests.gateway.test_promises import LAST_EPISODE, Probe, probes


def betraying(prompt: Prompt) -> str:
    """What a model would say that has seen the whole show."""
    return told(prompt.stage.brief.horizon + 1)


@pytest.fixture
async def store(aviary_dir: Path) -> AsyncIterator[Store]:
    async with open_store(settings_of(aviary_dir)) as opened:
        yield opened


async def asked(store: Store, replies: Replies, cast: Cast, probe: Probe, horizon: int) -> tuple[str, str, Performed]:
    """A probe asked: its sources, the reply and how it ended."""
    release = await store.catalogue.published(SAMPLE_SLUG)
    prepared = await replies.prepare(ReplyRequest("probe", cast, release, horizon, (), probe["question"]))
    reply, end = "", Performed(False)
    async for event in replies.perform(prepared):
        if isinstance(event, Performed):
            end = event
        elif isinstance(event, Spoken):
            reply += event.text
    return repr(sources_of(prepared.recall)), reply, end


async def test_no_canary_of_a_later_episode_is_in_any_prompt_reply_or_source(store: Store) -> None:
    stage, model = make_stage(store), RecordingModel(ScriptedModel(betraying))
    await stage.memory.index(await store.catalogue.published(SAMPLE_SLUG))
    replies = make_replies(store, stage, model)
    cast = await store.catalogue.cast(SAMPLE_SLUG, published_only=True)
    refused = seen = 0
    for probe in probes():
        performer, horizon = find_cast(cast, probe["character"]), probe["watched_episode"]
        if performer is None:
            continue
        before = len(model.requests)
        sources, reply, end = await asked(store, replies, performer, probe, horizon)
        sent = "\n".join(message.content for request in model.requests[before:] for message in request)
        assert later(sent + sources + reply, horizon) == [], probe["id"]
        assert end.refused == (horizon < LAST_EPISODE), probe["id"]
        refused += end.refused
        seen += bool(CANARY.search(sent))
    assert refused >= 75
    assert seen >= 75  # the search would find them: what has been watched does reach the prompt


async def test_no_canary_is_in_a_greeting_or_an_introduction_at_every_third_horizon(store: Store) -> None:
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    opened = 0
    for horizon in (*range(0, LAST_EPISODE, 3), LAST_EPISODE):
        claims = claims_of("aviary", horizon, show=SAMPLE_SLUG)
        for cast in await store.casting.met(SAMPLE_SLUG, horizon):
            asking = ConversationOpen(type="conversation.open", show=SAMPLE_SLUG, character=cast.sheet.slug)
            conversation = await service.open(claims, asking)
            sheet = cast.sheet.at(horizon)
            introduction = sheet.model_dump_json(exclude={"lore": {"entries": {"__all__": {"comment"}}}})
            opened += 1
            assert later(conversation.greeting + introduction, horizon) == [], (horizon, cast.sheet.slug)
    assert opened > LAST_EPISODE


async def test_no_canary_is_in_an_error(store: Store) -> None:
    class Leaking(ExactIndex):
        async def nearest(self, *asked: Any, **more: Any) -> list[tuple[str, float]]:
            return [("e40s01p01", 1.0)]

    stage = make_stage(store, Leaking())
    release = await store.catalogue.published(SAMPLE_SLUG)
    await stage.memory.index(release)
    cast = find_cast(await store.catalogue.cast(SAMPLE_SLUG, published_only=True), "tamsin")
    assert cast is not None
    request = ReplyRequest("probe", cast, release, 3, (), probes()[0]["question"])
    with pytest.raises(MemoryFault) as breached:
        await make_replies(store, stage, ScriptedModel()).prepare(request)
    fresh = make_stage(store)
    await fresh.memory.index(release)
    replies = make_replies(store, fresh, ScriptedModel(lambda prompt: ""))
    prepared = await replies.prepare(request)
    with pytest.raises(PersonaError) as failed:
        _ = [event async for event in replies.perform(prepared)]
    for error in (breached.value, failed.value):
        assert later(f"{error} {error!r} {where(error)}", 3) == []


def test_the_canaries_can_be_found() -> None:
    text = f"{canary('scene', 4)} {canary('fact', 12)} {canary('sheet', 40)}"
    assert later(text, 4) == ["canaryfact012", "canarysheet040"]
    assert later(text, 40) == []
