"""What is kept, put together: the database with everything that reads and writes it, and the clock of the process."""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass

from billing.adapters.sql_accounts import SqlAccounts
from billing.adapters.sql_books import SqlBooks
from billing.adapters.sql_figures import SqlFigures
from billing.adapters.sql_offers import SqlOffers
from billing.adapters.sql_promotions import SqlPromotions
from billing.adapters.sql_reports import SqlReports
from billing.adapters.sql_rewards import SqlRewards
from billing.adapters.sql_seals import seal
from billing.adapters.sql_shop import SqlShop
from billing.ports import Reports
from billing.types import Charge, PriceScope, PriceVersion, Violation
from billing.units import DAY_MS
from characters.adapters.sql_catalogue import SqlCatalogue
from characters.ports import Catalogue
from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate, up_to_date
from gateway.adapters.sql_epochs import SALT_CHARS, renew_epochs
from gateway.adapters.sql_questions import SqlQuestions
from gateway.adapters.sql_units import Binders, SqlUnits
from gateway.casting import Casting
from gateway.erasing import Erasure
from gateway.figuring import Figuring
from gateway.folder import make_folder
from gateway.ports import Questions, Units
from gateway.settings import Settings
from memory.adapters.sql_notes import SqlNotebook
from memory.adapters.sql_summaries import SqlSummaries
from memory.adapters.sql_transcripts import SqlTranscripts, SqlTranscriptWriter
from memory.adapters.sql_vectors import SqlVectors
from memory.ports import Transcripts, VectorStore

OPENING_PRICE = PriceVersion(
    id="opening",
    scope=PriceScope(),
    amounts=Charge(text=2, voice=3),
    effective_from_ms=0,
    author="encore",
    approver="installation",
)
"""What a message costs before anybody sets a price."""
OPENING_SCENE_PRICE = PriceVersion(
    id="opening-scene",
    scope=PriceScope(mode="scene"),
    amounts=Charge(text=3),
    effective_from_ms=0,
    author="encore",
    approver="installation",
)
"""The same for a message that two characters answer. An installation that has prices already sets its own."""

BINDERS = Binders(
    books=SqlBooks,
    accounts=SqlAccounts,
    figures=SqlFigures,
    promotions=SqlPromotions,
    rewards=SqlRewards,
    reports=SqlReports,
    shop=SqlShop,
    offers=SqlOffers,
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
    questions: Questions

    def erasure(self) -> Erasure:
        """What erases fans; one for a process, so that files are not rewritten more often than they need be."""
        return Erasure(self.units, self.database.rewrite, clock=now_ms)

    def figuring(self) -> Figuring:
        """What fills the dashboards' figures."""
        return Figuring(self.units, now_ms)

    async def seal(self) -> int:
        """Seal the journal's newest entries into the chain; returns how many."""
        async with self.database.writer.begin() as connection:
            return await seal(connection, now_ms())

    async def renew_epochs(self) -> int:
        """After a restore: let nobody take an old place in a log for one in it; returns how many logs there are."""
        async with self.database.writer.begin() as connection:
            return await renew_epochs(connection, secrets.token_hex(SALT_CHARS // 2))

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


@asynccontextmanager
async def open_store(settings: Settings) -> AsyncIterator[Store]:
    """Open the database, bring its schema up to date and see that there is a price.

    Raises DataFolderUnusable, DatabaseUnusable, DataNewerThanProgram, InvalidSetting.
    """
    make_folder(settings.data_dir)
    database = open_database(settings.database_url)
    try:
        await migrate(database)
        catalogue = SqlCatalogue(database.writer, database.long_reader)
        units = SqlUnits(database, BINDERS)
        await _open_the_books(units)
        yield Store(
            settings=settings,
            database=database,
            catalogue=catalogue,
            units=units,
            transcripts=SqlTranscripts(database.reader),
            vectors=SqlVectors(database.writer, database.long_reader),
            casting=Casting(catalogue),
            questions=SqlQuestions(database.long_reader, SqlTranscripts(database.long_reader)),
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
            for price in (OPENING_PRICE, OPENING_SCENE_PRICE):
                await unit.books.add_price(price)
