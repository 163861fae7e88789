"""What the alerts are read from: statements over the till's messages, orders and margins, and the metric they fill."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from billing.adapters.sql_shop import SqlShop
from billing.adapters.sql_watch import BUYERS_SHOWN, readings
from billing.alerts import AlertBounds, Readings, counted
from billing.orders import Order
from billing.types import PriceScope, TurnCost, Usage
from billing.units import DAY_MS, HOUR_MS, MINUTE_MS
from gateway.adapters.database import Database
from gateway.bootstrap import Store, now_ms
from gateway.bootstrap.desk import open_watch
from gateway.measures import NoMeasures
from persona.doubles import ScriptedModel
from tests.billing.builders import NOW_MS
from tests.billing.shop_builders import SMALL, order
from tests.gateway.builders import House
from tests.gateway.test_measures import samples, scraped, watched
from tests.staff.browsing import signed_in

BOUNDS = AlertBounds()


@pytest.fixture(params=["sqlite", "postgresql"])
def base(request: pytest.FixtureRequest) -> Database:
    database: Database = request.getfixturevalue(request.param)
    return database


async def read(base: Database, now_ms: int = NOW_MS) -> Readings:
    async with base.snapshot() as connection:
        return await readings(connection, now_ms=now_ms, bounds=BOUNDS)


async def kept(base: Database, *orders: Order) -> None:
    async with base.writer.begin() as connection:
        await SqlShop(connection).add_pack(SMALL, now_ms=NOW_MS)
        for each in orders:
            assert await SqlShop(connection).add(each)


def paid(number: int, fan: str, at_ms: int, **fields: Any) -> Order:
    return order(f"o{number}", fan=fan, state="paid", paid_at_ms=at_ms, next_look_ms=None, **fields)


async def test_refused_webhooks_are_those_of_the_day(base: Database) -> None:
    midnight = NOW_MS - NOW_MS % DAY_MS
    async with base.writer.begin() as connection:
        shop = SqlShop(connection)
        for at_ms, reason, times in (
            (midnight - 1, "signature", 30),
            (midnight, "signature", 12),
            (midnight + HOUR_MS, "too_old", 8),
            (midnight + DAY_MS, "signature", 5),
        ):
            for _ in range(times):
                await shop.refuse(reason, now_ms=at_ms)
    assert (await read(base, midnight + 2 * HOUR_MS)).refused_webhooks == 20
    assert (await read(base, midnight - 1)).refused_webhooks == 30
    assert (await read(base, midnight + 9 * DAY_MS)).refused_webhooks == 0


async def test_looks_at_the_till_are_overdue_after_half_an_hour(base: Database) -> None:
    await kept(
        base,
        order("late", next_look_ms=NOW_MS - 30 * MINUTE_MS),
        order("soon", next_look_ms=NOW_MS - 30 * MINUTE_MS + 1),
        order("done", next_look_ms=None),
    )
    assert (await read(base)).overdue_looks == 1


async def test_who_buys_hastily_is_told_and_nobody_else(base: Database) -> None:
    minutes = [NOW_MS - number * MINUTE_MS for number in range(5)]
    await kept(
        base,
        *(paid(number, "demo/hasty", at_ms) for number, at_ms in enumerate(minutes)),
        *(paid(10 + number, "demo/calm", at_ms) for number, at_ms in enumerate(minutes[:4])),
        paid(19, "demo/calm", NOW_MS - HOUR_MS),
        *(paid(20 + number, "demo/pass", at_ms, kind="subscription") for number, at_ms in enumerate(minutes)),
        *(order(f"open{number}", fan="demo/looks", next_look_ms=None) for number in range(6)),
        *(paid(30 + number, "demo/more", at_ms) for number, at_ms in enumerate((*minutes, NOW_MS - 9))),
    )
    assert (await read(base)).hasty_buyers == (("demo/more", 6), ("demo/hasty", 5))
    assert (await read(base, NOW_MS + HOUR_MS)).hasty_buyers == ()


async def test_of_a_crowd_of_hasty_buyers_the_first_are_told(base: Database) -> None:
    fans = [f"demo/{number:02}" for number in range(BUYERS_SHOWN + 3)]
    await kept(base, *(paid(n * 10 + m, fan, NOW_MS) for n, fan in enumerate(fans) for m in range(BOUNDS.orders_hour)))
    assert [fan for fan, _ in (await read(base)).hasty_buyers] == fans[:BUYERS_SHOWN]


async def test_disputes_of_a_day_are_counted_while_they_are_not_won(base: Database) -> None:
    disputed = replace(paid(1, "demo/a", NOW_MS - 9 * DAY_MS), dispute="needs_response", looked_at_ms=NOW_MS - HOUR_MS)
    await kept(
        base,
        disputed,
        replace(disputed, id="lost", dispute="lost"),
        replace(disputed, id="won", dispute="won"),
        replace(disputed, id="none", dispute=""),
        replace(disputed, id="old", looked_at_ms=NOW_MS - DAY_MS),
    )
    assert (await read(base)).disputes == 2


async def sold_dearly(store: Store, character: str, cost_micros: int, at_ms: int) -> None:
    """A fan buys 10 credits for a dollar and spends 2 with a character, whose reply costs us so much."""
    fan = f"demo/{character}"
    async with store.units.begin() as unit:
        await unit.books.grant(
            fan,
            10,
            lot_class="purchased",
            reason="a pack",
            actor="tests",
            idem_key=f"pack-{character}",
            now_ms=at_ms,
            paid_minor=100,
            currency="usd",
        )
        scope = PriceScope("lanterns", character, "canon", "en", "us")
        quote = await unit.books.quote(scope, voice=False, now_ms=at_ms)
        await unit.books.hold(f"t-{character}", fan, quote, now_ms=at_ms, ttl_ms=60_000)
        await unit.books.capture(f"t-{character}", Usage(True, False, 60), now_ms=at_ms)
        await unit.books.note_cost(f"t-{character}", TurnCost("text", "p", "m", 9, 9, "usd", cost_micros), now_ms=at_ms)


async def test_a_margin_is_thin_when_the_books_say_so(house: House) -> None:
    at_ms = now_ms() - HOUR_MS
    for character, cost, before_ms in (
        ("tamsin", 17_000_000, 0),  # of 20 cents 3 are left
        ("gideon", 16_000_000, 0),  # a fifth is left
        ("ottilie", 19_000_000, 8 * DAY_MS),  # longer ago than a week
    ):
        await sold_dearly(house.store, character, cost, at_ms - before_ms)
    watch = open_watch(house.store, NoMeasures())
    await watch.verify()
    (alert,) = await watch.alerts()
    assert (alert.kind, alert.gravity, alert.where) == ("margin", "warn", "tamsin")
    assert alert.sentence == "Of what tamsin earned in USD, 15 % are left after its costs."


async def test_what_stands_on_the_page_is_told_to_whoever_measures(data_dir: Path) -> None:
    async with watched(data_dir, ScriptedModel([])) as house:
        assert not any(name.startswith("encore_desk_alerts") for name in samples((await scraped(house)).text))
        await sold_dearly(house.store, "tamsin", 19_000_000, now_ms() - HOUR_MS)
        async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
            await vera.get("/desk/alerts")
            found = samples((await scraped(house)).text)
            assert found['encore_desk_alerts{gravity="warn",kind="verify"}'] == 1
            assert found['encore_desk_alerts{gravity="warn",kind="margin"}'] == 1
            await vera.post("/desk/alerts/verify")
            await vera.get("/desk/alerts")
        found = samples((await scraped(house)).text)
    told = {name: value for name, value in found.items() if name.startswith("encore_desk_alerts")}
    assert len(told) == len(counted(())) == 10
    assert [name for name, value in told.items() if value] == ['encore_desk_alerts{gravity="warn",kind="margin"}']
