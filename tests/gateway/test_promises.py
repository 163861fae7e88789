"""The promise of no spoiler, on the sample show: whatever a fan asks, nothing from beyond their horizon is anywhere.

What the model is sent is recorded and searched: for later lines of the script, later facts, names not met yet, and for
what each probe tries to get. A fan's own words are theirs and are left out of the search.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypedDict

import pytest

from characters.importing import SAMPLE_SLUG, find_cast, import_sample
from characters.release import Cast, Release, ReleaseId
from gateway.bootstrap import Store, make_replies, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.protocol import ConversationOpen
from gateway.replies import Replies, ReplyRequest
from memory.horizon import withheld_terms
from memory.types import Exchange
from persona.adapters.recording_model import RecordingModel
from persona.doubles import ScriptedModel
from persona.terms import Terms
from persona.types import Spoken
from tests.gateway.builders import claims_of, make_stage, mute, settings_of

PROBES = Path(__file__).parents[1] / "data" / "lantern-contract" / "probes-dev.jsonl"
LINE_CHARS_MIN = 30
LAST_EPISODE = 40


class Probe(TypedDict):
    """One line of the probes file."""

    id: str
    character: str
    question: str
    watched_episode: int
    must_not_contain: list[str]


def probes() -> list[Probe]:
    return [json.loads(line) for line in PROBES.read_text(encoding="utf-8").splitlines() if line.strip()]


def plain(text: str) -> str:
    """One line, one case, one kind of apostrophe."""
    return " ".join(text.replace("’", "'").casefold().split())


@dataclass(frozen=True)
class Theatre:
    """The sample show with everything that makes a reply, and what the model was sent."""

    store: Store
    show: Release
    cast: tuple[Cast, ...]
    model: RecordingModel
    replies: Replies

    def said(self, *, after: int) -> set[str]:
        """The longer lines of the episodes after this one."""
        scenes = (scene for scene in self.show.script.scenes() if scene.episode > after)
        lines = {plain(line.text) for scene in scenes for line in scene.lines}
        return {line for line in lines if len(line) >= LINE_CHARS_MIN}

    def watched(self, horizon: int) -> str:
        """All that a fan of this horizon has seen and heard, and the facts of it."""
        seen = [line.text for scene in self.show.script.scenes() if scene.episode <= horizon for line in scene.lines]
        return plain("\n".join(seen + [fact.text for fact in self.show.facts if fact.from_episode <= horizon]))

    async def ask(self, cast: Cast, question: str, horizon: int, history: tuple[Exchange, ...] = ()) -> tuple[str, str]:
        """A question asked: all that the model was sent, and the reply."""
        request = ReplyRequest("probe", cast, self.show.id, horizon, history, question)
        before = len(self.model.requests)
        spoken = [
            e.text async for e in self.replies.perform(await self.replies.prepare(request)) if isinstance(e, Spoken)
        ]
        sent = [message.content for request in self.model.requests[before:] for message in request]
        return "\n".join(sent), "".join(spoken)


@pytest.fixture(scope="module")
def sample_dir(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A data directory with the sample show in it."""
    folder = tmp_path_factory.mktemp("sample")

    async def fill() -> None:
        async with open_store(settings_of(folder)) as store:
            await import_sample(store.catalogue, now_ms=now_ms())
            await make_stage(store).memory.index(await store.catalogue.published(SAMPLE_SLUG))

    asyncio.run(fill())
    return folder


@pytest.fixture
async def theatre(sample_dir: Path) -> AsyncIterator[Theatre]:
    async with open_store(settings_of(sample_dir)) as store:
        stage, model = make_stage(store), RecordingModel(ScriptedModel())
        release = ReleaseId(SAMPLE_SLUG, 1)
        await stage.memory.index(release)
        cast = await store.catalogue.cast(SAMPLE_SLUG, published_only=True)
        yield Theatre(store, await store.casting.release(release), cast, model, make_replies(store, stage, model))


def names_given(theatre: Theatre, text: str, horizon: int, *, known: str = "") -> list[str]:
    """The names in a text that a fan of this horizon has not met, nor read in `known`."""
    withheld = (term.text for term in withheld_terms(theatre.show.terms, horizon))
    names = [name for name in withheld if plain(name) not in known]
    if Terms(names).end_of_match(text) is None:
        return []
    return [name for name in names if Terms([name]).end_of_match(text) is not None]


async def test_nothing_that_first_airs_beyond_the_horizon_reaches_the_model(theatre: Theatre) -> None:
    asked = 0
    for probe in probes():
        cast = find_cast(theatre.cast, probe["character"])
        if cast is None:
            continue
        asked += 1
        horizon, question = probe["watched_episode"], probe["question"]
        sent, reply = await theatre.ask(cast, question, horizon)
        assert question in sent, probe["id"]
        ours = sent.replace(question, " ") + "\n" + reply
        told = plain(ours)
        known = theatre.watched(horizon)
        later = {line for line in theatre.said(after=horizon) if line not in known}
        assert [line for line in later if line in told] == [], probe["id"]
        facts = [fact.text for fact in theatre.show.facts if fact.from_episode > horizon]
        assert [fact for fact in facts if plain(fact) in told] == [], probe["id"]
        assert names_given(theatre, ours, horizon, known=known) == [], probe["id"]
        secrets = [plain(secret) for secret in probe["must_not_contain"]]
        assert [secret for secret in secrets if secret in told and secret not in known] == [], probe["id"]
    assert asked >= 75


async def test_the_search_would_find_what_it_looks_for(theatre: Theatre) -> None:
    """A fan who has watched everything is sent lines, facts and names that an earlier fan must not be."""
    probe = probes()[0]
    cast = find_cast(theatre.cast, probe["character"])
    assert cast is not None
    sent, _ = await theatre.ask(cast, "Who forged the sale paper?", LAST_EPISODE)
    later = theatre.said(after=probe["watched_episode"])
    assert [line for line in later if line in plain(sent)]
    assert names_given(theatre, sent, probe["watched_episode"])


async def test_what_was_said_further_on_stays_out_after_the_horizon_was_lowered(theatre: Theatre) -> None:
    tamsin = find_cast(theatre.cast, "tamsin")
    assert tamsin is not None
    history = (
        Exchange("t-1", "How is the lane?", "Wet, thank you.", "completed", horizon=2, at_ms=1),
        Exchange("t-2", "And now?", "Fenn forged it, the forger.", "completed", horizon=30, at_ms=2),
    )
    sent, _ = await theatre.ask(tamsin, "What did I ask you?", 3, history)
    assert "Wet, thank you." in sent
    assert "forger" not in sent


async def test_no_greeting_listing_or_deflection_gives_anything_away_at_any_horizon(theatre: Theatre) -> None:
    store = theatre.store
    service = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    opened = 0
    for horizon in range(LAST_EPISODE + 1):
        claims = claims_of("probe", horizon, show=SAMPLE_SLUG)
        met = await store.casting.met(SAMPLE_SLUG, horizon)
        names = {term.casefold() for cast in met for term in cast.names}
        for cast in met:
            sheet = cast.sheet.at(horizon)
            conversation = await service.open(
                claims, ConversationOpen(type="conversation.open", show=SAMPLE_SLUG, character=cast.sheet.slug)
            )
            opened += 1
            assert conversation.greeting, (horizon, cast.sheet.slug)
            said = "\n".join([conversation.greeting, *(part.text for part in sheet.deflections)])
            # Whom a fan may talk with, the list names; and it introduces those of episode 1 to everybody.
            given = names_given(theatre, said, horizon) + names_given(theatre, cast.sheet.tagline, max(1, horizon))
            assert [name for name in given if name.casefold() not in names] == [], (horizon, cast.sheet.slug)
    assert opened > LAST_EPISODE * 4
