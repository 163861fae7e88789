"""What the database refuses by itself, and that its schema and triggers say the same on both dialects."""

from __future__ import annotations

import pytest
from sqlalchemy import create_mock_engine, text
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.base import Executable

from billing.adapters import sql_seals
from billing.adapters.shop_tables import SHOP_POSTGRES_TRIGGERS, SHOP_SQLITE_TRIGGERS
from billing.adapters.sql_books import SqlBooks
from billing.adapters.tables import APPEND_ONLY_TABLES, POSTGRES_TRIGGERS, SQLITE_TRIGGERS, metadata
from billing.types import TurnCost
from gateway.adapters.database import Database
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOW_MS, SPEECH, TTL_MS, Transaction, grant, stock

TWICE = "UNIQUE constraint failed|violates unique constraint"
FIRST_COLUMN = {
    "journal_entries": "reason",
    "postings": "account",
    "price_versions": "author",
    "seals": "hash",
    "sealed_entries": "seal",
    "share_terms": "share_bps",
    "share_postings": "micros",
    "budget_changes": "credits",
    "turn_costs": "micros",
}


async def filled(database: Database) -> None:
    async with database.writer.begin() as connection:
        books = SqlBooks(connection)
        await stock(books)
        await books.card.add_share(MEI_SHARE)
        await grant(books, 20, lot_class="purchased", paid_minor=199)
        await books.set_budget(FAN, show="", set_by="fan", credits=100, now_ms=NOW_MS)
        await books.hold("t1", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS)
        await books.capture("t1", SPEECH, now_ms=NOW_MS)
        await books.note_cost("t1", TurnCost("text", "a", "b", 1, 2, "usd", 3), now_ms=NOW_MS)
        await books.hold("t2", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert await sql_seals.seal(connection, NOW_MS) == 2


async def refuses(database: Database, statement: str, because: str) -> None:
    async def run() -> None:
        async with database.writer.begin() as connection:
            await connection.execute(text(statement))

    with pytest.raises(DBAPIError, match=because):
        await run()


@pytest.mark.parametrize("table", APPEND_ONLY_TABLES)
async def test_what_was_written_is_neither_changed_nor_forgotten(database: Database, table: str) -> None:
    await filled(database)
    column = FIRST_COLUMN[table]
    await refuses(database, f"UPDATE {table} SET {column} = {column}", f"{table} is append-only")
    await refuses(database, f"DELETE FROM {table}", f"{table} is append-only")


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE wallets SET held = -1",
        "UPDATE wallets SET posted = held - 1",
        "UPDATE lots SET remaining = -1",
        "UPDATE lots SET remaining = granted + 1",
        "UPDATE holds SET captured_credits = max_credits + 1",
        "UPDATE holds SET status = 'voided' WHERE turn = 't2'",
        "UPDATE holds SET settled_at_ms = 1 WHERE turn = 't2'",
        "UPDATE holds SET status = 'lost'",
        "UPDATE holds SET tokens = -1",
        "UPDATE holds SET chars = -1",
        "INSERT INTO budget_changes SELECT 9, fan, show, 'someone', 1, 1, 1 FROM budget_changes",
        "INSERT INTO share_postings VALUES (1, 9, 'p', 'l', 'usd', 0)",
        "INSERT INTO postings VALUES (1, 9, 'earned', 0, NULL)",
    ],
)
async def test_impossible_numbers_are_refused_by_the_database_too(database: Database, statement: str) -> None:
    await filled(database)
    await refuses(database, statement, "CHECK constraint failed|violates check constraint")


async def test_one_turn_has_one_hold_of_a_kind_and_one_key_books_once(database: Database) -> None:
    await filled(database)
    await refuses(database, "INSERT INTO holds SELECT * FROM holds WHERE turn = 't1'", TWICE)
    again = "INSERT INTO journal_entries SELECT 99, kind, idem_key, fan, turn, 1, reason, actor, NULL, NULL, NULL"
    await refuses(database, f"{again} FROM journal_entries", TWICE)


async def test_creating_the_schema_again_changes_nothing(database: Database, sql: Transaction) -> None:
    await filled(database)
    async with database.writer.begin() as connection:
        await connection.run_sync(metadata.create_all)
    async with sql() as books:
        assert await books.verify() == ()


@pytest.mark.parametrize(
    ("url", "triggers", "others"),
    [
        ("sqlite://", (*SQLITE_TRIGGERS, *SHOP_SQLITE_TRIGGERS), POSTGRES_TRIGGERS),
        ("postgresql+asyncpg://", (*POSTGRES_TRIGGERS, *SHOP_POSTGRES_TRIGGERS), SQLITE_TRIGGERS),
    ],
)
def test_each_dialect_gets_its_own_triggers_after_its_tables(
    url: str, triggers: tuple[str, ...], others: tuple[str, ...]
) -> None:
    run: list[str] = []

    def collect(statement: Executable, *_: object, **__: object) -> None:
        run.append(str(statement.compile(dialect=engine.dialect)).strip())  # type: ignore[attr-defined]

    engine = create_mock_engine(url, collect)
    metadata.create_all(engine, checkfirst=False)
    assert tuple(run[-len(triggers) :]) == triggers
    assert not set(run) & set(others)


def test_no_trigger_has_a_percent_sign_that_would_be_expanded() -> None:
    assert not [statement for statement in (*SQLITE_TRIGGERS, *POSTGRES_TRIGGERS) if "%" in statement]
