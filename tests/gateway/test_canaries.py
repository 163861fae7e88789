"""The promise of no spoiler, proved by canaries: a word of its own in every scene, fact and dated part of a sheet.

Whatever a fan of an episode asks, and whatever the model says, none of a later one is in a prompt, a reply, a source,
a greeting, an introduction or an error.
"""

from __future__ import annotations

import asyncio
import re
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER, find_cast, import_sample
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
from persona.types import Performed, Prompt
from tests.gateway.builders import claims_of, make_stage, settings_of
from tests.gateway.test_promises import LAST_EPISODE, Probe, probes

CANARY = re.compile(r"canary([a-z]+)(\d{3})")
_HEADING = re.compile(r"^(?:INT|EXT|I/E|INT/EXT)[. /].*$", re.MULTILINE)


def canary(kind: str, episode: int) -> str:
    """A word that the show has only there."""
    return f"canary{kind}{episode:03}"


def told(episode: int) -> str:
    """The line that stands in every scene of an episode."""
    words = " ".join(canary(kind, episode) for kind in ("scene", "stage", "prop", "light"))
    return f"{words[:1].upper()}{words[1:]}."


def later(text: str, horizon: int) -> list[str]:
    """The canaries of a text that lie beyond a horizon."""
    return [found.group() for found in CANARY.finditer(text.casefold()) if int(found.group(2)) > horizon]


def plant(show: Path) -> None:
    """A canary in every scene and fact, and in a fact, a greeting and an example of every sheet for every episode."""
    for file in sorted((show / "episodes").iterdir()):
        episode = int(file.stem.removeprefix("ep"))
        text = _HEADING.sub(rf"\g<0>\n\n{told(episode)}", file.read_text("utf-8"))
        file.write_text(text, encoding="utf-8")
    facts = yaml.safe_load((show / "canon.yaml").read_text("utf-8"))
    for fact in facts:
        fact["text"] += f" The file says {canary('fact', fact['episode_aired'])}."
    (show / "canon.yaml").write_text(yaml.safe_dump(facts, allow_unicode=True), encoding="utf-8")
    for file in sorted((show / "characters").iterdir()):
        sheet: dict[str, Any] = yaml.safe_load(file.read_text("utf-8"))
        for episode in range(1, LAST_EPISODE + 1):
            word = canary("sheet", episode)
            sheet.setdefault("facts", []).append({"from_episode": episode, "text": f"You keep {word} in mind."})
            sheet["greetings"].append({"from_episode": episode, "text": f"Good day, and {word} to you."})
            example = {"from_episode": episode, "fan": f"What of {word}?", "reply": f"Ah, {word}."}
            sheet.setdefault("examples", []).append(example)
        file.write_text(yaml.safe_dump(sheet, allow_unicode=True), encoding="utf-8")


def betraying(prompt: Prompt) -> str:
    """What a model would say that has seen the whole show."""
    return told(prompt.stage.brief.horizon + 1)


@pytest.fixture(scope="module")
def aviary_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample show, full of canaries."""
    shows, folder = tmp_path_factory.mktemp("shows"), tmp_path_factory.mktemp("aviary")
    shutil.copytree(SHOWS_FOLDER / SAMPLE_SLUG, shows / SAMPLE_SLUG)
    plant(shows / SAMPLE_SLUG)

    async def fill() -> None:
        async with open_store(settings_of(folder)) as store:
            await import_sample(store.catalogue, now_ms=now_ms(), shows_folder=shows)
            await make_stage(store).memory.index(await store.catalogue.published(SAMPLE_SLUG))

    asyncio.run(fill())
    return folder


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
        else:
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


async def test_no_canary_is_in_a_greeting_or_an_introduction_at_any_horizon(store: Store) -> None:
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, voice=False)
    opened = 0
    for horizon in range(LAST_EPISODE + 1):
        claims = claims_of("aviary", horizon, show=SAMPLE_SLUG)
        for cast in await store.casting.met(SAMPLE_SLUG, horizon):
            asking = ConversationOpen(type="conversation.open", show=SAMPLE_SLUG, character=cast.sheet.slug)
            conversation = await service.open(claims, asking)
            introduction = cast.sheet.at(horizon).model_dump_json()
            opened += 1
            assert later(conversation.greeting + introduction, horizon) == [], (horizon, cast.sheet.slug)
    assert opened > LAST_EPISODE * 4


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
