"""Books that can be written and read, in memory and in a database, and the same random traffic for any of them."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, replace

from billing.adapters.sql_reports import SqlReports
from billing.doubles import MemoryBooks
from billing.errors import InsufficientCredits, NotRefundable
from billing.ports import Books, Reports
from billing.types import Charge, ChargeKind, LotClass, Quote, ShareTerms, TurnCost, Usage
from billing.units import DAY_MS
from gateway.adapters.database import Database
from tests.billing.builders import FAN, MEI_SHARE, NOW_MS, SCOPE, STRANGER, stock
from tests.billing.conftest import transactions

DAY_1 = NOW_MS - NOW_MS % DAY_MS
LIN = replace(SCOPE, character="lin")
LIN_SHARE = ShareTerms("s2", SCOPE.show, "lin", "lin's actor", 2_500, NOW_MS - 1_000, "ana", "ben")


@dataclass(frozen=True)
class Ledger:
    """Books to write and reports to read of the same thing."""

    write: Callable[[], AbstractAsyncContextManager[Books]]
    read: Callable[[], AbstractAsyncContextManager[Reports]]


def in_database(database: Database) -> Ledger:
    @asynccontextmanager
    async def read() -> AsyncIterator[Reports]:
        async with database.snapshot() as connection:
            yield SqlReports(connection)

    return Ledger(transactions(database), read)


def in_memory() -> Ledger:
    books = MemoryBooks()

    @asynccontextmanager
    async def read() -> AsyncIterator[Reports]:
        yield books.reports

    return Ledger(books.transaction, read)


async def random_traffic(ledger: Ledger, seed: int) -> None:
    """The same movements for every ledger: packs of several prices, turns, refunds, lapses and costs over five days."""
    chance = random.Random(seed)
    async with ledger.write() as books:
        await stock(books)
        for terms in (MEI_SHARE, LIN_SHARE):
            await books.card.add_share(terms)
    taken: list[str] = []
    now_ms = DAY_1
    for step in range(120):
        now_ms += chance.randrange(DAY_MS // 20)
        fan, dice = chance.choice([FAN, STRANGER]), chance.random()
        async with ledger.write() as books:
            if dice < 0.25:
                lot_class: LotClass = chance.choice(["promotional", "reward", "goodwill", "subscription", "purchased"])
                paid = chance.choice([0, 7, 199, 499]) if lot_class in ("subscription", "purchased") else 0
                await books.grant(
                    fan,
                    chance.randrange(1, 30),
                    lot_class=lot_class,
                    reason="r",
                    actor="a",
                    idem_key=f"g{step}",
                    now_ms=now_ms,
                    expires_at_ms=None if lot_class == "purchased" else now_ms + chance.randrange(1, DAY_MS),
                    paid_minor=paid,
                    currency=chance.choice(["usd", "jpy"]) if paid else "",
                )
            elif dice < 0.7:
                scope, share = chance.choice([(SCOPE, "s1"), (LIN, "s2"), (replace(SCOPE, show="other"), None)])
                late = chance.random() < 0.2
                try:
                    quote = Quote("p1", Charge(3, 5), scope, share=share)
                    await books.hold(f"t{step}", fan, quote, now_ms=now_ms, ttl_ms=5)
                except InsufficientCredits:
                    continue
                if late:
                    await books.expire(f"t{step}", now_ms=now_ms + 5)
                await books.capture(f"t{step}", Usage(True, chance.random() < 0.5), now_ms=now_ms + 6)
                kind: ChargeKind = chance.choice(["text", "voice"])
                cost = TurnCost(kind, "x", "m", 1, 1, "usd", chance.randrange(10**6))
                await books.note_cost(f"t{step}", cost, now_ms=now_ms + 6)
                taken.append(f"t{step}")
            elif dice < 0.9 and taken:
                turn, credits = chance.choice(taken), chance.choice([1, 2, None])
                try:
                    await books.refund(turn, credits=credits, reason="r", actor="e", idem_key=f"r{step}", now_ms=now_ms)
                except NotRefundable:
                    continue
            else:
                await books.lapse(now_ms=now_ms, limit=10)
