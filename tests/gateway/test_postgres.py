"""The same schema and the same turn on PostgreSQL, also when two processes or two sockets come at the same moment."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, MetaData, event, func, select, text
from sqlalchemy.exc import DBAPIError

import billing.adapters.tables
import characters.adapters.tables
import gateway.adapters.tables
import memory.adapters.tables
from gateway.accepting import Taken
from gateway.adapters.database import open_database
from gateway.adapters.migrating import MIGRATION_LOCK, alembic_config, migrate
from gateway.assembly import Gateway
from gateway.bootstrap import Store, now_ms, open_store
from gateway.conversations import ConversationService
from gateway.errors import DatabaseUnusable, TurnInProgress
from gateway.messages import list_messages
from gateway.protocol import ConversationOpen, MessageSend
from gateway.records import Conversation
from gateway.settings import Settings
from tests.gateway.builders import (
    PRICE,
    assembled_house,
    claims_of,
    grant,
    import_small_show,
    mute,
    settings_of,
)
from tests.gateway.lead import TEXT, WAIT_S, LedModel
from tests.gateway.story import SHOW
from tests.postgres import Postgres, until_waiting

HEAD = ScriptDirectory.from_config(alembic_config()).get_current_head()
PARTS = (billing.adapters.tables, characters.adapters.tables, gateway.adapters.tables, memory.adapters.tables)
MARA = claims_of()
CREDITS = 10


@pytest.fixture
async def empty_url(postgres: Postgres) -> AsyncIterator[str]:
    """The address of a database without any table."""
    async with postgres.fresh(template="template1") as url:
        yield url


@pytest.fixture
def settings(postgres_url: str, tmp_path: Path) -> Settings:
    return settings_of(tmp_path / "data", DATABASE_URL=postgres_url)


@pytest.fixture
async def house(settings: Settings, model: LedModel, tmp_path: Path) -> AsyncIterator[tuple[Store, Gateway]]:
    """A gateway on a server with the small show in it, put together and not served; Mara has credits."""
    async with open_store(settings) as store:
        await import_small_show(store, tmp_path / "show")
        await grant(store.units, MARA, CREDITS)
    async with assembled_house(settings, model) as assembled:
        yield assembled


async def opened(store: Store) -> Conversation:
    conversations = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=mute(store))
    asked = ConversationOpen(type="conversation.open", show=SHOW, character="tamsin")
    return (await conversations.open(MARA, asked)).conversation


def message(conversation: Conversation, number: int = 1) -> MessageSend:
    return MessageSend(
        type="message.send",
        client_msg_id=f"00000000-0000-4000-8000-{number:012}",
        conversation=conversation.id,
        text="Is the roof all right?",
    )


class TestMigrating:
    async def test_the_migrations_make_the_tables_that_the_code_describes(self, empty_url: str) -> None:
        database, described = open_database(empty_url), MetaData()
        for part in PARTS:
            for table in part.metadata.sorted_tables:
                table.to_metadata(described)

        def differences(connection: Connection) -> object:
            return compare_metadata(MigrationContext.configure(connection), described)

        await migrate(database)
        async with database.reader.connect() as connection:
            assert await connection.run_sync(differences) == []
        await database.aclose()

    async def test_migrating_what_is_migrated_writes_nothing(self, postgres_url: str) -> None:
        database, written = open_database(postgres_url), list[str]()

        def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
            written.append(statement)

        event.listen(database.writer.sync_engine, "before_cursor_execute", note)
        await migrate(database)
        assert written == []
        await database.aclose()

    async def test_two_processes_that_start_at_once_migrate_one_after_the_other(self, empty_url: str) -> None:
        """Both have seen that there is nothing when the first begins."""
        first, second = open_database(empty_url), open_database(empty_url)
        async with first.writer.begin() as connection:
            await connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
            migrating = [asyncio.ensure_future(migrate(each)) for each in (first, second)]
            await until_waiting(first, 2)
        await asyncio.gather(*migrating)
        async with first.reader.connect() as connection:
            assert (await connection.execute(text("SELECT version_num FROM alembic_version"))).scalar_one() == HEAD
        await first.aclose()
        await second.aclose()

    @pytest.mark.parametrize("name", ["no_such_database", "postgres&user=nobody_we_know"])
    async def test_a_database_that_is_not_there_is_one_sentence(self, postgres: Postgres, name: str) -> None:
        database = open_database(postgres.url("postgres").replace("/postgres?", f"/{name}?"))
        with pytest.raises(DatabaseUnusable):
            await migrate(database)
        await database.aclose()


class TestTurns:
    async def test_a_whole_turn_is_told_and_charged_and_its_books_add_up(self, house: tuple[Store, Gateway]) -> None:
        store, gateway = house
        conversation = await opened(store)
        turn = (await gateway.turns.take(MARA, message(conversation))).turn
        await gateway.turns.drained(within_s=WAIT_S)
        assert (await gateway.turns.take(MARA, message(conversation))).turn.id == turn.id
        page = await list_messages(store.units, store.transcripts, conversation.id, fan=MARA.fan)
        assert [(one.text, one.status) for one in page.messages] == [
            ("Is the roof all right?", "completed"),
            (TEXT, "completed"),
        ]
        assert await wallet_of(store) == (CREDITS - PRICE, 0)
        assert await store.seal() == 2
        assert await store.verify() == ()

    async def test_a_conversation_opened_twice_at_once_is_one(self, house: tuple[Store, Gateway]) -> None:
        store, _ = house
        async with store.units.begin() as unit:
            await unit.conversations.find(MARA.fan, SHOW, "tamsin", "canon")
            opening = [asyncio.ensure_future(opened(store)) for _ in range(2)]
            await until_waiting(store.database, 2)
        first, second = await asyncio.gather(*opening)
        assert first == second

    async def test_a_message_sent_twice_at_once_is_one_turn(self, house: tuple[Store, Gateway]) -> None:
        store, gateway = house
        conversation = await opened(store)
        first, second = await at_once(store, gateway, message(conversation), message(conversation))
        assert isinstance(first, Taken)
        assert isinstance(second, Taken)
        assert first.turn.id == second.turn.id
        await gateway.turns.drained(within_s=WAIT_S)
        assert await wallet_of(store) == (CREDITS - PRICE, 0)
        assert await store.verify() == ()

    async def test_of_two_messages_at_once_one_is_told_that_the_other_is_being_answered(
        self, house: tuple[Store, Gateway], model: LedModel
    ) -> None:
        store, gateway = house
        model.text = None
        conversation = await opened(store)
        answers = await at_once(store, gateway, message(conversation, 1), message(conversation, 2))
        (taken,) = (answer for answer in answers if isinstance(answer, Taken))
        (refused,) = (answer for answer in answers if isinstance(answer, TurnInProgress))
        assert refused.turn == taken.turn.id
        assert await wallet_of(store) == (CREDITS - PRICE, PRICE)
        await gateway.turns.drained(within_s=0)
        assert await wallet_of(store) == (CREDITS, 0)
        assert await store.verify() == ()


async def wallet_of(store: Store) -> tuple[int, int]:
    """Mara's available and held credits."""
    async with store.units.read() as unit:
        wallet = await unit.books.wallet(MARA.fan)
    return wallet.available, wallet.held


async def at_once(store: Store, gateway: Gateway, *messages: MessageSend) -> list[Taken | BaseException]:
    """What messages of Mara get that all came while something else of hers was being written."""
    async with store.units.begin() as unit:
        await unit.turns.by_message(MARA.fan, "another")
        taking = [asyncio.ensure_future(gateway.turns.take(MARA, one)) for one in messages]
        await until_waiting(store.database, len(messages))
    return await asyncio.gather(*taking, return_exceptions=True)


async def test_the_journal_refuses_every_change(settings: Settings) -> None:
    async with open_store(settings) as store:
        await grant(store.units, MARA, 5)
        for statement in ("UPDATE journal_entries SET reason = 'x'", "DELETE FROM postings", "TRUNCATE seals CASCADE"):
            with pytest.raises(DBAPIError, match="append-only"):
                async with store.database.writer.begin() as connection:
                    await connection.execute(text(statement))
        assert await store.verify() == ()
