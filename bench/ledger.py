"""What the ledger costs beside the least it could: `python -m bench.ledger [--rounds N] [--on DATABASE …]`.

Slices alternate on one server in one process: (a) a raw guarded UPDATE of a wallet in a transaction of its own, and
(b) messages, each a hold and a capture in two transactions. The figure is the median of the paired ratios of b's
transactions to a's. It never asserts a time; at the end the books are verified, so that what was fast was also right.
DATABASE is `postgresql` (as durable as it comes), `postgresql-volatile` (no fsync, in memory) or `sqlite`; with
`sqlite-groups` (a) is instead the same messages with a commit that waits for the disk by itself, for each of them.
"""

from __future__ import annotations

import argparse
import asyncio
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

from sqlalchemy import Connection, bindparam, delete, event, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_books import SqlBooks
from billing.adapters.tables import wallets
from billing.types import Charge, LotClass, PriceScope, PriceVersion, Quote, Usage
from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate
from tests.postgres import serving

ROUNDS, SLICE_S, CLIENTS = 6, 1.5, (1, 16)
WARM_UP_S = 0.5
FANS_PER_CLIENT = 4
NOW_MS = 1_800_000_000_000
TTL_MS = 60_000
DAY_MS = 86_400_000
RAW = "raw:"
CREDITS = 1_000_000
DATABASES = ("postgresql", "postgresql-volatile", "sqlite", "sqlite-groups")

PRICE = PriceVersion("p1", PriceScope(), Charge(3, 5), NOW_MS - 1, "ana", "ben")
QUOTE = Quote("p1", Charge(3, 5), PriceScope("lantern-contract", "tamsin", "chat", "en", "eu"))
SPOKEN = Usage(text=True, voice=True, tokens=60, chars=200)
LOTS: tuple[tuple[LotClass, int | None, int], ...] = (
    ("promotional", NOW_MS + 30 * DAY_MS, 0),
    ("reward", NOW_MS + 90 * DAY_MS, 0),
    ("purchased", None, 999),
    ("purchased", None, 4_999),
)
"""What each fan has: class, expiry, minor units paid."""

GUARDED = (
    update(wallets)
    .where(wallets.c.fan == bindparam("of"), wallets.c.posted - wallets.c.held >= bindparam("credits"))
    .values(held=wallets.c.held + bindparam("credits"))
)

Begin = Callable[[], AbstractAsyncContextManager[AsyncConnection]]
Op = Callable[[int, int], Awaitable[None]]
"""One operation of a client: (client, number)."""


@dataclass(slots=True)
class Slice:
    """What was done in one slice, by all clients together."""

    seconds: float
    latencies_ms: list[float] = field(default_factory=list)

    @property
    def rate(self) -> float:
        """Operations per second."""
        return len(self.latencies_ms) / self.seconds


@dataclass(slots=True)
class Counted:
    """How often the writers committed, and how often somebody waited for the disk on behalf of several."""

    commits: int = 0
    flushes: int = 0

    def less(self, before: Counted) -> Counted:
        """What was counted since."""
        return Counted(self.commits - before.commits, self.flushes - before.flushes)

    def plus(self, more: Counted) -> Counted:
        """The sum."""
        return Counted(self.commits + more.commits, self.flushes + more.flushes)


class Counter:
    """Counts from when it is made."""

    def __init__(self, database: Database) -> None:
        self._database, self._commits = database, 0

        def note(_connection: Connection) -> None:
            self._commits += 1

        event.listen(database.writer.sync_engine, "commit", note)

    def now(self) -> Counted:
        """So far."""
        flusher = self._database.flusher
        return Counted(self._commits, flusher.flushes if flusher else 0)


async def sliced(op: Op, clients: int, seconds: float) -> Slice:
    """Let every client do it over and over until the time is up."""
    began = time.perf_counter()
    done = Slice(0.0)

    async def client(number: int) -> None:
        count = 0
        while (start := time.perf_counter()) - began < seconds:
            await op(number, count)
            done.latencies_ms.append((time.perf_counter() - start) * 1e3)
            count += 1

    await asyncio.gather(*(client(number) for number in range(clients)))
    done.seconds = time.perf_counter() - began
    return done


class Ledger:
    """The operations on one database."""

    def __init__(self, database: Database) -> None:
        self._database = database
        self._turns = 0

    async def raw(self, client: int, number: int) -> None:
        """The least that a reservation could be: one guarded UPDATE, committed."""
        async with self._database.unit() as connection:
            of = fan_of(client, number, RAW)
            changed = await connection.execute(GUARDED, {"of": of, "credits": 1})
            assert changed.rowcount == 1

    async def message(self, client: int, number: int) -> None:
        """A hold and a capture, each committed; text and voice, four lots to choose from."""
        await self._message(self._database.unit, client, number)

    async def message_by_itself(self, client: int, number: int) -> None:
        """The same, when every commit waits for the disk by itself."""
        await self._message(self._database.writer.begin, client, number)

    async def _message(self, begin: Begin, client: int, number: int) -> None:
        self._turns += 1
        turn = f"turn-{self._turns}"
        async with begin() as connection:
            await SqlBooks(connection).hold(turn, fan_of(client, number), QUOTE, now_ms=NOW_MS, ttl_ms=TTL_MS)
        async with begin() as connection:
            receipt = await SqlBooks(connection).capture(turn, SPOKEN, now_ms=NOW_MS + 1)
            assert receipt.charged == Charge(3, 5)

    async def stock(self, clients: int) -> None:
        """A rate card, and for each client's fans a wallet with lots; for the raw UPDATE wallets without."""
        async with self._database.writer.begin() as connection:
            books = SqlBooks(connection)
            await books.add_price(PRICE)
            for fan in (fan_of(client, number) for client in range(clients) for number in range(FANS_PER_CLIENT)):
                for at, (lot_class, expires_at_ms, paid_minor) in enumerate(LOTS):
                    await books.grant(
                        fan,
                        CREDITS,
                        lot_class=lot_class,
                        reason="bench",
                        actor="bench",
                        idem_key=f"{fan}:{at}",
                        now_ms=NOW_MS - DAY_MS,
                        expires_at_ms=expires_at_ms,
                        paid_minor=paid_minor,
                        currency="usd" if paid_minor else "",
                    )
                raw = {"fan": f"{RAW}{fan}", "posted": 10**12, "held": 0, "created_at_ms": NOW_MS}
                await connection.execute(insert(wallets), raw)

    async def verify(self) -> None:
        """What was measured has to add up; the raw wallets, which never could, are gone first."""
        async with self._database.writer.begin() as connection:
            await connection.execute(delete(wallets).where(wallets.c.fan.startswith(RAW)))
            assert await SqlBooks(connection).verify(now_ms=NOW_MS) == ()


def fan_of(client: int, number: int, kind: str = "") -> str:
    """A fan that only this client speaks for."""
    return f"{kind}bench:{client}:{number % FANS_PER_CLIENT}"


def p99(slices: list[Slice]) -> float:
    """Over all slices, in ms."""
    return statistics.quantiles([ms for each in slices for ms in each.latencies_ms], n=100)[98]


@dataclass(frozen=True, slots=True)
class Pair:
    """What is compared: (b), messages, to (a), `transactions` of which would be even with one message."""

    base: Op
    message: Op
    transactions: int


async def compare(pair: Pair, counter: Counter, clients: int, rounds: int, slice_s: float) -> str:
    """Alternate the slices, whose order alternates too; returns one line of the table."""
    bases: list[Slice] = []
    messages: list[Slice] = []
    for op in (pair.base, pair.message):
        await sliced(op, clients, WARM_UP_S)
    counted = Counted()
    for number in range(rounds):
        order = ((pair.base, bases), (pair.message, messages))
        for op, into in order if number % 2 == 0 else reversed(order):
            before = counter.now()
            into.append(await sliced(op, clients, slice_s))
            counted = counted.plus(counter.now().less(before)) if into is messages else counted
    pairs = zip(bases, messages, strict=True)
    ratio = statistics.median(message.rate / base.rate for base, message in pairs)
    base_rate, rate = (statistics.median(each.rate for each in slices) for slices in (bases, messages))
    done = sum(len(each.latencies_ms) for each in messages)
    return (
        f"{clients:>7}{base_rate:>10.0f}{rate:>11.0f}{pair.transactions * ratio:>9.3f}{ratio:>12.3f}"
        f"{counted.commits / done:>17.2f}{counted.flushes / done:>17.2f}{p99(bases):>10.1f}{p99(messages):>16.1f}"
    )


HEADER = (
    f"{'clients':>7}{'(a) /s':>10}{'message /s':>11}{'ratio':>9}{'message/(a)':>12}"
    f"{'commits/message':>17}{'flushes/message':>17}{'(a) p99':>10}{'message p99 ms':>16}"
)
"""`ratio` is of transactions, two of a message; `message/(a)` of messages to (a)."""


@asynccontextmanager
async def opened(name: str) -> AsyncIterator[Database]:
    """A migrated database of the kind, on a disk unless its name says that it is volatile."""
    if name.startswith("sqlite"):
        folder = Path(tempfile.mkdtemp(prefix="encore-bench-"))
        database = open_database(f"sqlite+aiosqlite:///{folder / 'bench.db'}")
        try:
            await migrate(database)
            yield database
        finally:
            await database.aclose()
            shutil.rmtree(folder)
        return
    with serving(durable=name == "postgresql") as server:
        await server.make_template()
        async with server.fresh() as url:
            database = open_database(url)
            yield database
            await database.aclose()


async def measure(name: str, rounds: int, slice_s: float, clients: Sequence[int]) -> None:
    """Print the table of one database."""
    print(f"\n{name}: {rounds} rounds of {slice_s} s\n{HEADER}")
    async with opened(name) as database:
        counter, ledger = Counter(database), Ledger(database)
        pair = Pair(ledger.raw, ledger.message, 2)
        if name == "sqlite-groups":
            pair = Pair(ledger.message_by_itself, ledger.message, 1)
        await ledger.stock(max(clients))
        for many in clients:
            print(await compare(pair, counter, many, rounds, slice_s), flush=True)
        await ledger.verify()


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description="The ledger beside a raw guarded UPDATE.")
    parser.add_argument("--on", nargs="+", choices=DATABASES, default=DATABASES)
    parser.add_argument("--rounds", type=int, default=ROUNDS)
    parser.add_argument("--slice-s", type=float, default=SLICE_S)
    parser.add_argument("--clients", type=int, nargs="+", default=CLIENTS)
    chosen = parser.parse_args()
    for name in chosen.on:
        asyncio.run(measure(name, chosen.rounds, chosen.slice_s, chosen.clients))


if __name__ == "__main__":
    main()
