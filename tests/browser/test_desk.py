"""The Desk in a real browser: a price proposed, tried, approved by another, and paid by a fan from its moment on."""

from __future__ import annotations

import re
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from itertools import count
from typing import Literal

import pytest
import pytest_asyncio
from playwright.async_api import Browser, Page, expect

from billing.types import PriceScope, TurnCost, Usage
from billing.units import DAY_MS, HOUR_MS
from gateway.bootstrap import Store, now_ms
from gateway.staff.roles import Role
from tests.gateway.builders import PRICE, House
from tests.gateway.client import Talk
from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
from tests.gateway.conftest import house as house
from tests.gateway.conftest import model as model
from tests.gateway.conftest import settings as settings
from tests.gateway.story import SHOW
from tests.staff.browsing import PASSWORD, hire

pytestmark = pytest.mark.browser
TURNS, FANS, TURNS_AT_ONCE = 20_000, 400, 500
LOAD_MS = 60_000


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


class Ahead:
    """A clock that can be put forward: a price begins an hour from now, and nobody waits for it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.by_ms, real = 0, time.time_ns
        monkeypatch.setattr(time, "time_ns", lambda: real() + self.by_ms * 1_000_000)


@pytest.fixture
def ahead(monkeypatch: pytest.MonkeyPatch) -> Ahead:
    return Ahead(monkeypatch)


async def charged_for(talk: Talk, conversation: str) -> int:
    """What the next message of a conversation costs."""
    done = await talk.say(conversation, "Is the roof all right?")
    return int(done["receipt"]["charged"]["text"])


async def test_a_price_is_proposed_tried_approved_and_paid_from_its_moment(
    desk: House, browser: Browser, ahead: Ahead
) -> None:
    charged = await generated(desk.store)
    ana, complaints = await signed_in(browser, desk.base, "ana")
    ben, of_ben = await signed_in(browser, desk.base, "ben")
    begins = datetime.fromtimestamp((now_ms() + HOUR_MS) / 1_000, UTC)

    await ana.get_by_role("link", name="Propose a price").click()
    await ana.fill('[name="id"]', "autumn")
    await ana.fill('[name="effective_from"]', f"{begins:%Y-%m-%dT%H:%M:%S}")
    await ana.fill('[name="protects_until"]', "2090-01-01")
    await ana.fill('[name="show"]', SHOW)
    await ana.fill('[name="text"]', "4")
    await ana.fill('[name="voice"]', "3")
    await ana.get_by_role("button", name="Propose", exact=True).click()
    await expect(ana.locator("#phase")).to_have_text("proposed")
    await expect(ana.get_by_role("button", name="Approve")).to_have_count(0)

    await ana.get_by_role("button", name="Try it").click()
    await expect(ana.locator("#turns")).to_have_text(str(TURNS), timeout=LOAD_MS)
    await expect(ana.locator("#charged")).to_have_text(str(charged))
    await expect(ana.locator("#would-be")).to_have_text(str(charged + 2 * TURNS))
    await expect(ana.locator("#more")).to_have_text(str(FANS))
    await expect(ana.locator("svg[role=img]")).to_have_count(3)
    assert await ana.locator("svg rect").count() > 2

    old, new = await desk.rich_fan("mara"), await desk.rich_fan("ben")
    async with old.talk() as running, new.talk() as beginning:
        opened = await running.open(SHOW, "tamsin")
        assert opened["price"]["text"] == PRICE
        assert await charged_for(running, opened["conversation"]) == PRICE

        await ben.reload()
        await ben.get_by_role("link", name="autumn").click()
        await ben.get_by_role("button", name="Approve").click()
        await expect(ben.locator("#phase")).to_have_text("scheduled")
        assert (await beginning.open(SHOW, "gideon"))["price"]["text"] == PRICE

        ahead.by_ms = HOUR_MS + 60_000
        await ben.reload()
        await expect(ben.locator("#phase")).to_have_text("in force")
        begun = await beginning.open(SHOW, "tamsin")
        assert begun["price"]["text"] == 4
        assert await charged_for(beginning, begun["conversation"]) == 4
        assert await charged_for(running, opened["conversation"]) == PRICE
    assert (complaints, of_ben) == ([], [])


async def test_credits_are_given_back_to_their_lot_by_whoever_may(desk: House, browser: Browser) -> None:
    fan = await desk.rich_fan("mara")
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        await charged_for(talk, opened["conversation"])
    ana, complaints = await signed_in(browser, desk.base, "ana")
    await ana.get_by_role("link", name="Fans", exact=True).click()
    await ana.fill('[name="q"]', "mara")
    await ana.get_by_role("button", name="Find").click()
    await expect(ana.locator("#available")).to_have_text(str(20 - PRICE))
    await expect(ana.locator("td.left").first).to_have_text(str(20 - PRICE))
    await ana.get_by_role("link", name=re.compile("^t-")).first.click()
    await expect(ana.locator("#refunded")).to_have_text("0")
    await ana.fill('[name="reason"]', "Out of character")
    await ana.get_by_role("button", name="Give back").click()
    await expect(ana.locator("#refunded")).to_have_text(str(PRICE))
    await expect(ana.locator("td.left").first).to_have_text("20")
    await expect(ana.get_by_role("button", name="Give back")).to_have_count(0)
    await ana.go_back()
    assert complaints == []


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [1280, 390])
async def test_pages_keep_within_the_window_in_light_and_dark(
    desk: House, browser: Browser, scheme: Literal["light", "dark"], width: int
) -> None:
    await generated_few(desk.store)
    page, complaints = await signed_in(browser, desk.base, "ana")
    await page.set_viewport_size({"width": width, "height": 900})
    await page.emulate_media(color_scheme=scheme)
    for path in ("prices", "prices/opening/trial", "packs", "fans", "revenue", "figures", "liability", "alerts"):
        await page.goto(f"{desk.base}/desk/{path}")
        await expect(page.locator("h1")).to_be_visible()
        wide: bool = await page.evaluate("document.documentElement.scrollWidth > innerWidth + 1")
        assert not wide, path
        faint: list[str] = await page.evaluate(FAINT)
        assert faint == [], path
    assert complaints == []


async def generated_few(store: Store) -> None:
    """A little traffic, so that tables and charts have something in them."""
    async with store.units.begin() as unit:
        at_ms = now_ms() - DAY_MS
        await unit.books.grant(
            "demo/few", 90, lot_class="goodwill", reason="r", actor="a", idem_key="few", now_ms=at_ms
        )
        for number in range(6):
            scope = PriceScope(SHOW, "tamsin", "canon", "en", "us")
            quote = await unit.books.quote(scope, voice=False, now_ms=at_ms)
            await unit.books.hold(f"few-{number}", "demo/few", quote, now_ms=at_ms, ttl_ms=60_000)
            await unit.books.capture(f"few-{number}", Usage(True, False, 60), now_ms=at_ms + 900)


FAINT = """() => {
  const channel = (value) => value <= 0.04045 ? value / 12.92 : ((value + 0.055) / 1.055) ** 2.4
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true })
  const seen = (colour, below) => {
    canvas.fillStyle = below; canvas.fillRect(0, 0, 1, 1); canvas.fillStyle = colour; canvas.fillRect(0, 0, 1, 1)
    return canvas.getImageData(0, 0, 1, 1).data
  }
  const light = ([r, g, b]) => 0.2126 * channel(r / 255) + 0.7152 * channel(g / 255) + 0.0722 * channel(b / 255)
  const behind = (node) => {
    const layers = []
    for (let at = node; at; at = at.parentElement) layers.unshift(getComputedStyle(at).backgroundColor)
    return layers.reduce((below, layer) => `rgb(${[...seen(layer, below)].slice(0, 3)})`, "white")
  }
  return [...document.querySelectorAll("main *")].filter((node) => [...node.childNodes].some(
    (child) => child.nodeType === 3 && child.textContent.trim()) && node.checkVisibility() && !node.disabled
  ).flatMap((node) => {
    const style = getComputedStyle(node), ground = behind(node)
    const ink = light(seen(node.closest("svg") ? style.fill : style.color, ground))
    const paper = light(seen(ground, "white"))
    const ratio = (Math.max(ink, paper) + 0.05) / (Math.min(ink, paper) + 0.05)
    return ratio < 4.5 ? [`${node.tagName} ${node.textContent.trim().slice(0, 30)} ${ratio.toFixed(2)}`] : []
  })
}"""
"""Texts whose contrast is below 4.5 to 1 (WCAG 2.2, 1.4.3)."""
