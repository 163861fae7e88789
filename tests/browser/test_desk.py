"""The Desk in a real browser: a price proposed, tried, approved by another, and paid by a fan from its moment on."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from billing.types import PriceScope, TurnCost, Usage
from billing.units import DAY_MS
from gateway.bootstrap import Store, now_ms
from gateway.staff.roles import Role
from tests.gateway.builders import House
from tests.gateway.client import Fan
from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
from tests.gateway.conftest import house as house
from tests.gateway.conftest import model as model
from tests.gateway.conftest import settings as settings
from tests.gateway.story import SHOW
from tests.staff.browsing import PASSWORD, hire

pytestmark = pytest.mark.browser
TURNS, FANS, TURNS_AT_ONCE = 20_000, 400, 500


@pytest_asyncio.fixture
async def desk(house: House, browser: Browser) -> AsyncIterator[House]:
    """A gateway whose staff are Ana, who proposes, and Ben, who approves."""
    roles: tuple[tuple[str, Role], ...] = (("ana", "billing_admin"), ("ben", "billing_approver"))
    for name, role in roles:
        await hire(house.store, name, (role, ""))
    yield house


async def signed_in(browser: Browser, base: str, name: str) -> tuple[Page, list[str]]:
    """Somebody's window, and whatever its policy or its console complained of."""
    page = await (await browser.new_context(viewport={"width": 1280, "height": 900})).new_page()
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.goto(f"{base}/desk/prices")
    await page.fill('[name="name"]', name)
    await page.fill('[name="password"]', PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("heading", name="Prices")).to_be_visible()
    return page, complaints


async def generated(store: Store) -> int:
    """Turns of a month as the books take them; what they were charged."""
    numbers, charged, begin_ms = count(), 0, now_ms() - 20 * DAY_MS
    async with store.units.begin() as unit:
        for fan in range(FANS):
            await unit.books.grant(
                f"demo/gen{fan:04}",
                400,
                lot_class="purchased",
                reason="a pack",
                actor="tests",
                idem_key=f"gen{fan}",
                now_ms=begin_ms,
                paid_minor=999,
                currency="usd",
            )
    for _ in range(TURNS // TURNS_AT_ONCE):
        async with store.units.begin() as unit:
            for _ in range(TURNS_AT_ONCE):
                number = next(numbers)
                at_ms, turn, spoken = begin_ms + number * 1_000, f"gen-{number}", number % 5 == 0
                scope = PriceScope(SHOW, "tamsin" if number % 3 else "gideon", "canon", "en", "us")
                quote = await unit.books.quote(scope, voice=spoken, now_ms=at_ms)
                await unit.books.hold(turn, f"demo/gen{number % FANS:04}", quote, now_ms=at_ms, ttl_ms=60_000)
                receipt = await unit.books.capture(turn, Usage(True, spoken, 60, 90), now_ms=at_ms + 900)
                cost = TurnCost("text", "p", "m", 900, 60, "usd", 50_000)
                await unit.books.note_cost(turn, cost, now_ms=at_ms + 900)
                charged += receipt.charged.total
    return charged


async def price_shown(fan: Fan) -> int:
    """What a message to the first character costs a fan who asks now."""
    answer = await fan.call("GET", f"/v1/shows/{SHOW}/characters")
    return int(answer.json()["characters"][0]["price"]["text"])


async def test_a_price_is_proposed_tried_approved_and_paid_from_its_moment(desk: House, browser: Browser) -> None:
    charged = await generated(desk.store)
    ana, complaints = await signed_in(browser, desk.base, "ana")
    ben, _ = await signed_in(browser, desk.base, "ben")
    effective = now_ms() // 1_000 * 1_000 + 45_000
    written = datetime.fromtimestamp(effective / 1_000, UTC)

    await ana.get_by_role("link", name="Propose a price").click()
    await ana.fill('[name="id"]', "autumn")
    await ana.fill('[name="effective_from"]', f"{written:%Y-%m-%dT%H:%M:%S}")
    await ana.fill('[name="protects_until"]', "2090-01-01")
    await ana.fill('[name="show"]', SHOW)
    await ana.fill('[name="text"]', "4")
    await ana.fill('[name="voice"]', "3")
    await ana.get_by_role("button", name="Propose", exact=True).click()
    await expect(ana.locator("#phase")).to_have_text("proposed")
    await expect(ana.get_by_role("button", name="Approve")).to_have_count(0)

    await ana.get_by_role("button", name="Try it").click()
    await expect(ana.locator("#turns")).to_have_text(str(TURNS))
    await expect(ana.locator("#charged")).to_have_text(str(charged))
    await expect(ana.locator("#would-be")).to_have_text(str(charged + 2 * TURNS))
    await expect(ana.locator("#more")).to_have_text(str(FANS))
    await expect(ana.locator("svg[role=img]")).to_have_count(3)
    assert await ana.locator("svg rect").count() >= 2

    # A conversation that runs before the moment keeps its price; one that begins after it pays the new one.
    running = desk.fan("mara")
    assert await price_shown(running) == 2
    await ben.reload()
    await ben.get_by_role("link", name="autumn").click()
    await ben.get_by_role("button", name="Approve").click()
    await expect(ben.locator("#phase")).to_have_text("scheduled")
    assert complaints == []
