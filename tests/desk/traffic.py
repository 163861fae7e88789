"""Weeks of business with the log of turns beside the books, the same for the same seed: what dashboards tell of."""

from __future__ import annotations

import random
from dataclasses import dataclass, field

from billing.errors import InsufficientCredits
from billing.types import LotClass, PriceScope, TurnCost, Usage
from billing.units import DAY_MS
from gateway.bootstrap import Store
from gateway.ports import Unit
from gateway.records import Conversation, Turn

DAY_1 = 1_780_012_800_000
"""The first moment of a UTC day."""
SHOW, CHARACTERS = "lanterns", ("tamsin", "gideon")


@dataclass
class Told:
    """What was done, noted beside the books: turns with the episode they were taken at."""

    episodes: dict[str, int] = field(default_factory=dict)
    scopes: dict[str, PriceScope] = field(default_factory=dict)
    refused: list[str] = field(default_factory=list)


async def weeks_of_business(store: Store, *, seed: int = 3, fans: int = 12, steps: int = 260) -> Told:
    """Fans who join, watch, write, hear, buy, watch ads and are refunded, over five weeks."""
    chance, told, now_ms = random.Random(seed), Told(), DAY_1
    for step in range(steps):
        now_ms += chance.randrange(6 * 3_600_000)
        number = chance.randrange(fans)
        async with store.units.begin() as unit:
            fan = f"demo/f{number:02}"
            await unit.books.open_wallet(fan, now_ms=now_ms)
            dice = chance.random()
            if dice < 0.2 and number % 4:
                await _paid(unit, fan, step, chance, now_ms)
            elif dice < 0.35:
                await _given(unit, fan, step, chance, now_ms)
            elif dice < 0.9:
                await _turn(unit, fan, step, chance, now_ms, told)
            elif told.episodes:
                await _refunded(unit, step, chance, now_ms, told)
    return told


async def _paid(unit: Unit, fan: str, step: int, chance: random.Random, now_ms: int) -> None:
    credits, paid, currency = chance.choice([(20, 99, "usd"), (60, 299, "usd"), (25, 110, "eur")])
    lot_class: LotClass = "purchased"
    await unit.books.grant(
        fan,
        credits,
        lot_class=lot_class,
        reason="a pack",
        actor="encore",
        idem_key=f"p{step}",
        now_ms=now_ms,
        paid_minor=paid,
        currency=currency,
    )


async def _given(unit: Unit, fan: str, step: int, chance: random.Random, now_ms: int) -> None:
    lot_class: LotClass = chance.choice(["reward", "promotional", "goodwill"])
    ends = now_ms + 20 * DAY_MS
    await unit.books.grant(
        fan, 6, lot_class=lot_class, reason="r", actor="a", idem_key=f"g{step}", now_ms=now_ms, expires_at_ms=ends
    )


async def _turn(unit: Unit, fan: str, step: int, chance: random.Random, now_ms: int, told: Told) -> None:
    character, turn = chance.choice(CHARACTERS), f"t{step:04}"
    scope, spoken = PriceScope(SHOW, character, "chat", "en", "us"), chance.random() < 0.4
    episode = chance.randrange(1, 9)
    quote = await unit.books.quote(scope, voice=spoken, now_ms=now_ms)
    try:
        await unit.books.hold(turn, fan, quote, now_ms=now_ms, ttl_ms=60_000)
    except InsufficientCredits:
        return
    await _logged(unit, fan, turn, character, episode, now_ms)
    told.scopes[turn] = scope
    if chance.random() < 0.15:
        await unit.books.void(turn, chance.choice(["refused", "failed"]), now_ms=now_ms + 900)
        told.refused.append(turn)
        return
    await unit.books.capture(turn, Usage(True, spoken, 60, 80 if spoken else 0), now_ms=now_ms + 900)
    cost = TurnCost("text", "p", "m", 900, 60, "usd", chance.randrange(10_000, 90_000))
    await unit.books.note_cost(turn, cost, now_ms=now_ms + 900)
    told.episodes[turn] = episode


async def _logged(unit: Unit, fan: str, turn: str, character: str, episode: int, now_ms: int) -> None:
    name = f"c-{fan}-{character}"
    if name not in {each.id for each in await unit.conversations.of_fan(fan)}:
        await unit.conversations.add(
            Conversation(
                id=name,
                fan=fan,
                show=SHOW,
                character=character,
                mode="canon",
                locale="en",
                release_version=1,
                sheet_version=1,
                epoch="e",
                head_seq=0,
                horizon_cap=None,
                created_at_ms=now_ms,
            )
        )
    begun = Turn(
        id=turn,
        conversation=name,
        fan=fan,
        client_msg_id=turn,
        body_hash="h",
        state="completed",
        first_seq=1,
        owner="o",
        horizon=episode,
        created_at_ms=now_ms,
    )
    await unit.turns.add(begun)


async def _refunded(unit: Unit, step: int, chance: random.Random, now_ms: int, told: Told) -> None:
    turn = chance.choice(sorted(told.episodes))
    receipt = await unit.books.receipt_of(turn)
    assert receipt is not None
    left = receipt.charged.total - receipt.refunded
    if left:
        await unit.books.refund(
            turn, credits=chance.randrange(1, left + 1), reason="r", actor="e", idem_key=f"r{step}", now_ms=now_ms
        )
