"""A database made by an older program, with rows in it, is brought up to date and its books still add up."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from alembic import command
from sqlalchemy import Connection, bindparam, text
from sqlalchemy.dialects.postgresql import JSON
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_books import SqlBooks
from billing.ledger import Entry, LotTerms, Recorded, capture_entry, grant_entry
from billing.seals import next_seal
from billing.types import Burn, Charge, Usage
from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import alembic_config, migrate
from gateway.adapters.sql_conversations import SqlConversations
from memory.adapters.sql_notes import SqlNotebook
from memory.notes import Owner
from tests.conftest import sqlite_url_of
from tests.postgres import Postgres

FAN, T = "app:fan-1", 1_800_000_000_000
TERMS = LotTerms("lot-1", "purchased", None, 199, "usd", "order-1")
GRANT = grant_entry(FAN, 20, TERMS, reason="bought", actor="till", idem_key="order-1", at_ms=T)
BURNED = capture_entry("t1", FAN, [Burn("lot-1", "purchased", 8)], price_version="p1", at_ms=T + 2)
SPOKEN = Usage(text=True, voice=True)


@pytest.fixture
async def empty_sqlite(tmp_path: Path) -> AsyncIterator[Database]:
    opened = open_database(sqlite_url_of(tmp_path / "old.db"))
    yield opened
    await opened.aclose()


@pytest.fixture
async def empty_postgresql(postgres: Postgres) -> AsyncIterator[Database]:
    async with postgres.fresh(template="template1") as url:
        opened = open_database(url)
        yield opened
        await opened.aclose()


@pytest.fixture(params=["empty_sqlite", "empty_postgresql"])
def empty(request: pytest.FixtureRequest) -> Database:
    """A database without any table."""
    chosen: Database = request.getfixturevalue(request.param)
    return chosen


def to_first_revision(connection: Connection) -> None:
    config = alembic_config()
    config.attributes["connection"] = connection
    command.upgrade(config, "0001")


async def write(connection: AsyncConnection, entry: Entry, seq: int) -> None:
    terms = None
    if entry.terms is not None:
        terms = {name: getattr(entry.terms, name) for name in entry.terms.__slots__}
    insert = text(
        "INSERT INTO journal_entries (kind, idem_key, fan, turn, at_ms, reason, actor, price_version, terms)"
        " VALUES (:kind, :key, :fan, :turn, :at, :reason, :actor, :price, :terms)"
    ).bindparams(bindparam("terms", type_=JSON(none_as_null=True)))
    values = {
        "kind": entry.kind,
        "key": entry.idem_key,
        "fan": entry.fan,
        "turn": entry.turn,
        "at": entry.at_ms,
        "reason": entry.reason,
        "actor": entry.actor,
        "price": entry.price_version,
        "terms": terms,
    }
    await connection.execute(insert, values)
    for at, posting in enumerate(entry.postings):
        row = {"seq": seq, "at": at, "account": posting.account, "credits": posting.credits, "lot": posting.lot}
        await connection.execute(text("INSERT INTO postings VALUES (:seq, :at, :account, :credits, :lot)"), row)


OLD_ROWS = (
    f"INSERT INTO wallets VALUES ('{FAN}', 12, 8, {T})",
    "INSERT INTO price_versions VALUES ('p1', '', '', '', '', '', 3, 5, 1, 'ana', 'ben')",
)
OLD_TURNS = (
    "INSERT INTO lots"
    " (id, fan, entry_seq, lot_class, granted, remaining, granted_at_ms, paid_minor, currency, order_id)"
    f" VALUES ('lot-1', '{FAN}', 1, 'purchased', 20, 12, {T}, 199, 'usd', 'order-1')",
    *(
        f"INSERT INTO holds VALUES ('{turn}', '{kind}', 'r-{turn}', '{FAN}', '{status}', {most}, {charged}, 'p1',"
        f" '{reason}', {T + 1}, {T + 90}, {settled})"
        for turn, status, reason, settled, share in (
            ("t1", "captured", "delivered", str(T + 2), 1),
            ("t2", "open", "", "NULL", 0),
            ("t3", "voided", "failed", str(T + 2), 0),
        )
        for kind, most, charged in (("text", 3, 3 * share), ("voice", 5, 5 * share))
    ),
)


async def test_old_turns_keep_their_receipts_and_old_holds_are_captured(empty: Database) -> None:
    seal = next_seal(None, [Recorded(1, GRANT), Recorded(2, BURNED)], T)
    async with empty.writer.begin() as connection:
        await connection.run_sync(to_first_revision)
        for statement in OLD_ROWS:
            await connection.execute(text(statement))
        await write(connection, GRANT, 1)
        await write(connection, BURNED, 2)
        for statement in OLD_TURNS:
            await connection.execute(text(statement))
        values = {"previous": seal.previous_hash, "hash": seal.hash, "at": T}
        await connection.execute(text("INSERT INTO seals VALUES (1, :previous, :hash, :at)"), values)
        await connection.execute(text("INSERT INTO sealed_entries VALUES (1, 1), (2, 1)"))
    await migrate(empty)
    async with empty.writer.begin() as connection:
        books = SqlBooks(connection)
        assert await books.verify() == ()
        old = await books.receipt_of("t1")
        assert old is not None
        assert (old.charged, old.usage, old.reason) == (Charge(3, 5), SPOKEN, "delivered")
        assert [(burn.currency, burn.paid_micros) for burn in old.burned] == [("usd", 79_600_000)]
        assert (await books.prices())[0].rates.tokens_max == 0
        held = await books.capture("t2", SPOKEN, now_ms=T + 3)
        assert (held.charged, held.scope.show) == (Charge(3, 5), "")
        back = await books.refund("t1", credits=None, reason="a test", actor="eve", idem_key="k", now_ms=T + 4)
        assert back.refunded == 8
        assert (await books.wallet(FAN)).available == 12
        assert await books.verify() == ()


OLD_TALK = (
    "INSERT INTO conversations (id, fan, show, character, mode, locale, release_version, sheet_version, epoch,"
    f" head_seq, created_at_ms) VALUES ('c1', '{FAN}', 'the-roof', 'tamsin', 'canon', 'en', 1, 1, 'e', 0, {T})",
    f"INSERT INTO exchanges VALUES ('t1', 'c1', 'I live in Lima.', 'Far away.', 'completed', 2, {T})",
    "INSERT INTO told_turns (turn, fan, show, character, at_ms, state)"
    f" VALUES ('t1', '{FAN}', 'the-roof', 'tamsin', {T}, 'waiting')",
)


async def test_old_talks_stay_one_characters_and_a_turn_may_be_told_to_another(empty: Database) -> None:
    def to_the_one_before(connection: Connection) -> None:
        config = alembic_config()
        config.attributes["connection"] = connection
        command.upgrade(config, "0012")

    async with empty.writer.begin() as connection:
        await connection.run_sync(to_the_one_before)
        for statement in OLD_TALK:
            await connection.execute(text(statement))
    await migrate(empty)
    async with empty.writer.begin() as connection:
        talk = await SqlConversations(connection).find(FAN, "the-roof", "tamsin", "canon")
        assert talk is not None
        assert (talk.characters, talk.partner) == (("tamsin",), "")
        notebook, gideon = SqlNotebook(connection), Owner(FAN, "the-roof", "gideon")
        await notebook.tell(gideon, "t1", now_ms=T)
        told = await notebook.waiting(limit=9)
        assert {one.owner.character for one in told} == {"tamsin", "gideon"}
        (kept,) = await notebook.talk(Owner(FAN, "the-roof", "tamsin"), horizon=2, limit=9)
        assert (kept.fan_text, kept.reply_text, kept.parts) == ("I live in Lima.", "Far away.", ())
