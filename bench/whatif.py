"""What it takes to try a price on a million turns: `python -m bench.whatif [--turns N] [--fans N] [--singly N]`.

The turns are written straight into the tables, as the books would have left them, into an SQLite of their own; then a
draft is tried on all of them in batches, and on the first `--singly` of them also one by one, whose sums have to be the
same to the credit. Printed are seconds (and those of the processor, which a busy machine does not stretch), turns per
second of both, their ratio, and the most memory there was.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sqlite3
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from billing.adapters.sql_reports import SqlReports
from billing.impact import BatchTrial, Impact
from billing.types import Charge, PriceScope, PriceVersion, Rates
from billing.whatif import Trial, with_draft
from billing.wording import price_of
from gateway.adapters.database import Database, open_database
from gateway.adapters.migrating import migrate

DAY_MS = 86_400_000
FROM_MS = 1_790_000_000_000
DAYS = 30
CHARACTERS = ("tamsin", "gideon", "ottilie", "wren", "marlow", "ida")
REGIONS, LOCALES = ("us", "br", "de", "jp"), ("en", "pt", "de", "ja")
PRICE = PriceVersion("p1", PriceScope(), Charge(2, 3), 1, "ana", "ben")
DRAFT = PriceVersion(
    "draft",
    PriceScope(show="lantern-contract"),
    Charge(3, 2),
    FROM_MS + 365 * DAY_MS,
    "ana",
    "ben",
    Rates(voice_per_100_chars=1, chars_max=400),
    (("warm", 5),),
    FROM_MS + 375 * DAY_MS,
)
_Row = tuple[object, ...]
INSERTS = {
    "wallets": "INSERT INTO wallets (fan, posted, held, created_at_ms) VALUES (?, 0, 0, ?)",
    "lots": "INSERT INTO lots VALUES (?, ?, ?, ?, 1000000, 0, ?, NULL, ?, ?, '')",
    "entries": (
        "INSERT INTO journal_entries (seq, kind, idem_key, fan, turn, at_ms, reason, actor, price_version)"
        " VALUES (?, ?, ?, ?, ?, ?, 'a reason', 'encore', ?)"
    ),
    "postings": "INSERT INTO postings VALUES (?, ?, ?, ?, ?)",
    "holds": (
        "INSERT INTO holds (turn, kind, receipt, fan, status, max_credits, captured_credits, price_version, reason,"
        " opened_at_ms, expires_at_ms, settled_at_ms, show, character, mode, locale, region, voice,"
        " conversation_opened_at_ms, waived, text_delivered, voice_delivered, tokens, chars)"
        " VALUES (?, ?, ?, ?, 'captured', ?, ?, 'p1', 'delivered', ?, ?, ?, 'lantern-contract', ?, 'chat', ?, ?, ?,"
        " ?, '', 1, ?, ?, ?)"
    ),
    "costs": "INSERT INTO turn_costs VALUES (?, ?, 'p', 'm', ?, ?, 'usd', ?, ?)",
}


def fan_rows(fans: int, chance: random.Random) -> Iterator[tuple[str, _Row]]:
    """Wallets, each with one lot; a third of them were given theirs."""
    for number in range(fans):
        fan, joined = f"bench:fan-{number:07}", FROM_MS - chance.randrange(200) * DAY_MS
        paid = number % 3 > 0
        lot_class = "purchased" if paid else "promotional"
        yield "wallets", (fan, joined)
        yield "entries", (number + 1, "grant", f"grant:{number}", fan, None, joined, None)
        yield "postings", (number + 1, 0, "fan_lots", 1_000_000, f"lot-{number}")
        yield "postings", (number + 1, 1, "stripe_clearing" if paid else "promo_expense", -1_000_000, None)
        yield "lots", (f"lot-{number}", fan, number + 1, lot_class, joined, 499 * paid, "usd" if paid else "")


def turn_rows(turns: int, fans: int, chance: random.Random) -> Iterator[tuple[str, _Row]]:
    """Turns as the books leave them: one hold or two, a capture, and what it cost; a third of them is spoken."""
    for number in range(turns):
        owner = int(fans * chance.random() ** 2)
        fan, turn, seq = f"bench:fan-{owner:07}", f"{chance.getrandbits(128):032x}", fans + number + 1
        at_ms = FROM_MS + chance.randrange(DAYS * DAY_MS)
        where, voiced = chance.randrange(len(REGIONS)), number % 3 == 0
        opened = at_ms - chance.randrange(60 * DAY_MS)
        asked = (chance.choice(CHARACTERS), LOCALES[where], REGIONS[where], "warm" if voiced and where else "")
        used = (opened, voiced, chance.randrange(20, 200), chance.randrange(40, 400) if voiced else 0)
        for kind, credits in (("text", 2), ("voice", 3))[: 1 + voiced]:
            times = (at_ms, at_ms + 60_000, at_ms + 2_000)
            yield "holds", (turn, kind, f"{chance.getrandbits(128):032x}", fan, credits, credits, *times, *asked, *used)
            yield "costs", (turn, kind, 900, 60, chance.randrange(10_000, 90_000), at_ms)
        credits = 5 if voiced else 2
        yield "entries", (seq, "capture", f"capture:{turn}", fan, turn, at_ms, "p1")
        yield "postings", (seq, 0, "fan_lots", -credits, f"lot-{owner}")
        yield "postings", (seq, 1, "earned", credits, None)


def seed(path: Path, turns: int, fans: int) -> None:
    """Write it all in one transaction; the same rows for the same numbers."""
    chance = random.Random(7)
    with sqlite3.connect(path) as connection:
        connection.execute(
            "INSERT INTO price_versions (id, show, character, mode, locale, region, text_credits, voice_credits,"
            " effective_from_ms, author, approver) VALUES ('p1', '', '', '', '', '', 2, 3, 1, 'ana', 'ben')"
        )
        waiting: dict[str, list[_Row]] = {name: [] for name in INSERTS}
        for source in (fan_rows(fans, chance), turn_rows(turns, fans, chance)):
            for table, row in source:
                waiting[table].append(row)
                if len(waiting["postings"]) >= 20_000:
                    _flush(connection, waiting)
            _flush(connection, waiting)
    connection.close()


def _flush(connection: sqlite3.Connection, waiting: dict[str, list[_Row]]) -> None:
    for table, rows in waiting.items():
        connection.executemany(INSERTS[table], rows)
        rows.clear()


async def in_batches(database: Database, until_ms: int) -> tuple[Impact, float]:
    """Try the draft on everything before a moment; how long it took."""
    began = time.perf_counter()
    trial = BatchTrial(with_draft([PRICE], DRAFT, FROM_MS), 300)
    async with database.snapshot() as connection:
        async for batch in SqlReports(connection).turn_columns(from_ms=FROM_MS, until_ms=until_ms):
            trial.take(batch)
    return trial.end(), time.perf_counter() - began


async def singly(database: Database, until_ms: int) -> tuple[object, int, float]:
    """The same, turn by turn."""
    began = time.perf_counter()
    trial = Trial(with_draft([PRICE], DRAFT, FROM_MS))
    async with database.snapshot() as connection:
        async for turn in SqlReports(connection).turns(from_ms=FROM_MS, until_ms=until_ms):
            trial.take(turn)
    found = trial.end()
    return found, found.total.turns, time.perf_counter() - began


def most_memory_mib() -> int:
    """The most memory that this process ever had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


async def measured(folder: Path, turns: int, fans: int, some: int) -> None:
    """Seed, try, compare, print."""
    path = folder / "bench.db"
    database = open_database(f"sqlite+aiosqlite:///{path}")
    try:
        await migrate(database)
        began = time.perf_counter()
        await asyncio.to_thread(seed, path, turns, fans)
        print(f"{turns} turns of {fans} fans written in {time.perf_counter() - began:.1f} s")
        before = most_memory_mib()
        busy = time.process_time()
        impact, took = await in_batches(database, FROM_MS + DAYS * DAY_MS)
        busy = time.process_time() - busy
        total = impact.simulation.total
        print(f"in batches: {total.turns} turns in {took:.1f} s ({total.turns / took:,.0f} a second)")
        print(f"of the processor: {busy:.1f} s")
        print(f"memory: {before} MiB before, {most_memory_mib()} MiB at the most")
        print(f"credits: {total.charged} charged, {total.would_be} would be; {len(impact.cohorts)} cohorts")
        for margin in impact.whole.money:
            was, anew = price_of(margin.currency, margin.margin), price_of(margin.currency, margin.margin_would_be)
            print(f"margin: {was} as it was, {anew} would be")
        until_ms = FROM_MS + DAYS * DAY_MS * some // turns
        part, _ = await in_batches(database, until_ms)
        alone, count, alone_took = await singly(database, until_ms)
        assert part.simulation == alone, "batches and single turns disagree"
        print(f"one by one: {count} turns in {alone_took:.1f} s ({count / alone_took:,.0f} a second), the same sums")
        print(f"ratio: {(total.turns / took) / (count / alone_took):.1f} times as many in batches")
    finally:
        await database.aclose()


def main() -> None:
    """Run it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=1_000_000)
    parser.add_argument("--fans", type=int, default=40_000)
    parser.add_argument("--singly", type=int, default=100_000)
    chosen = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(measured(Path(folder), chosen.turns, chosen.fans, chosen.singly))


if __name__ == "__main__":
    main()
