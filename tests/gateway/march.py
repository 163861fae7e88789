"""One small month of business, told in `docs/money.md`: two fans, a pack, gifts, five turns, a refund and a lapse."""

from __future__ import annotations

import asyncio
from pathlib import Path

from billing.types import PriceScope, ShareTerms, TurnCost, Usage
from gateway.bootstrap import open_store
from gateway.moments import first_ms
from gateway.ports import Unit
from tests.gateway.builders import settings_of
from tests.gateway.story import SHOW

TAMSIN = PriceScope(SHOW, "tamsin", "chat", "en", "us")
MARA, BEN = "demo/mara", "demo/ben"
SHARE = ShareTerms("march", SHOW, "tamsin", "Ada Reyes", 1_500, first_ms("2026-03-01"), "ana", "ben")


async def _taken(unit: Unit, turn: str, written: str, *, voice: bool) -> None:
    """A delivered turn and what it cost us: 0.04 cents of a model, 0.9 cents of a voice."""
    at_ms, books = first_ms(written), unit.books
    quote = await books.quote(TAMSIN, voice=voice, now_ms=at_ms)
    await books.hold(turn, MARA, quote, now_ms=at_ms, ttl_ms=60_000)
    await books.capture(turn, Usage(text=True, voice=voice), now_ms=at_ms + 4_000)
    await books.note_cost(turn, TurnCost("text", "openai", "small", 2_100, 80, "usd", 40_000), now_ms=at_ms + 4_000)
    if voice:
        spoken = TurnCost("voice", "elevenlabs", "flash", 180, 11_000, "usd", 900_000)
        await books.note_cost(turn, spoken, now_ms=at_ms + 4_000)


async def _given(unit: Unit, fan: str, key: str) -> None:
    await unit.books.grant(
        fan,
        10,
        lot_class="promotional",
        reason="Welcome",
        actor="encore",
        idem_key=key,
        now_ms=first_ms("2026-03-02T09:00"),
        expires_at_ms=first_ms("2026-03-22T09:00"),
    )


async def play_in(unit: Unit) -> None:
    """Book the month in one transaction."""
    books = unit.books
    await books.card.add_share(SHARE)
    await _given(unit, MARA, "welcome-mara")
    await _given(unit, BEN, "welcome-ben")
    await books.grant(
        MARA,
        100,
        lot_class="purchased",
        reason="Pack of 100",
        actor="encore",
        idem_key="order-1",
        now_ms=first_ms("2026-03-02T09:05"),
        paid_minor=499,
        currency="usd",
    )
    await _taken(unit, "turn-1", "2026-03-03T20:00", voice=False)
    await _taken(unit, "turn-2", "2026-03-03T20:01", voice=True)
    for number, minute in ((3, "10"), (4, "11"), (5, "12")):
        await _taken(unit, f"turn-{number}", f"2026-03-04T21:{minute}", voice=True)
    await books.refund(
        "turn-5",
        credits=None,
        reason="Out of character",
        actor="eve",
        idem_key="report-1",
        now_ms=first_ms("2026-03-05T08:00"),
    )
    await books.lapse(now_ms=first_ms("2026-03-22T09:30"), limit=100)


def play_march(data_dir: Path, **changes: str) -> None:
    """Book the month."""

    async def work() -> None:
        async with open_store(settings_of(data_dir, **changes)) as store, store.units.begin() as unit:
            await play_in(unit)

    asyncio.run(work())
