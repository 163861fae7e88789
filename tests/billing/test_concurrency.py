"""Many sends at once, and what a turn costs the database."""

from __future__ import annotations

import asyncio

from sqlalchemy import Connection, event

from billing.errors import InsufficientCredits
from billing.types import Charge, Receipt, Wallet
from gateway.adapters.database import Database
from tests.billing.builders import (
    ACTED,
    FAN,
    MEI_SHARE,
    NOW_MS,
    SPEECH,
    SPOKEN,
    TEXT,
    TTL_MS,
    Transaction,
    grant,
    stock,
)

SENDS = 200
COVERED = 37


async def test_parallel_sends_with_credits_for_37_admit_exactly_37(sql: Transaction) -> None:
    async with sql() as books:
        await stock(books, COVERED * SPOKEN.amounts.total + 1)

    async def send(turn: str) -> bool:
        try:
            async with sql() as books:
                await books.hold(turn, FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
        except InsufficientCredits:
            return False
        return True

    admitted = await asyncio.gather(*(send(f"t{number}") for number in range(SENDS)))
    assert admitted.count(True) == COVERED
    async with sql() as books:
        assert await books.wallet(FAN) == Wallet(FAN, 1, 296, {"promotional": 297})
        assert await books.verify() == ()


async def test_one_turn_sent_and_settled_many_times_at_once_is_charged_once(sql: Transaction) -> None:
    async with sql() as books:
        await stock(books, 100)

    async def hold() -> Charge:
        async with sql() as books:
            return await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)

    async def settle(number: int) -> Receipt:
        async with sql() as books:
            if number % 2:
                return await books.capture("t1", SPEECH, now_ms=NOW_MS + number)
            return await books.void("t1", "failed", now_ms=NOW_MS + number)

    assert set(await asyncio.gather(*(hold() for _ in range(SENDS)))) == {Charge(3, 5)}
    receipts = await asyncio.gather(*(settle(number) for number in range(SENDS)))
    assert all(receipt == receipts[0] for receipt in receipts)
    async with sql() as books:
        wallet = await books.wallet(FAN)
        assert (wallet.available, wallet.held) == (100 - receipts[0].charged.total, 0)
        assert await books.verify() == ()


async def test_a_hold_and_a_capture_take_as_few_statements_as_they_say(database: Database, sql: Transaction) -> None:
    statements: list[str] = []
    hold, capture = (2, 3) if database.writer.dialect.name == "postgresql" else (3, 7)

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async with sql() as books:
        await stock(books, 100)
        event.listen(database.writer.sync_engine, "before_cursor_execute", note)
        await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert len(statements) == hold, statements
        statements.clear()
        await books.capture("t1", SPEECH, now_ms=NOW_MS)
        assert len(statements) == capture, statements
        await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        statements.clear()
        await books.void("t2", "failed", now_ms=NOW_MS)
        assert len(statements) == 3, statements


async def test_shares_and_caps_cost_statements_only_where_there_are_some(database: Database, sql: Transaction) -> None:
    statements: list[str] = []
    hold, capture, capped = (2, 3, 7) if database.writer.dialect.name == "postgresql" else (3, 8, 7)

    def note(_connection: Connection, _cursor: object, statement: str, *_: object) -> None:
        statements.append(statement)

    async with sql() as books:
        await stock(books)
        await books.card.add_share(MEI_SHARE)
        await grant(books, 100, lot_class="purchased", paid_minor=199)
        event.listen(database.writer.sync_engine, "before_cursor_execute", note)
        await books.hold("t1", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert len(statements) == hold, statements
        statements.clear()
        await books.capture("t1", SPEECH, now_ms=NOW_MS)
        assert len(statements) == capture, statements
        await books.set_budget(FAN, show="", set_by="fan", credits=50, now_ms=NOW_MS)
        statements.clear()
        await books.hold("t2", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert len(statements) == capped, statements
