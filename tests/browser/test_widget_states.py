"""States of the widget that a fan is seldom in, looked at with axe: sheets, a lost line, a chat that ended."""

from __future__ import annotations

import json
import re

import pytest
from playwright.async_api import Browser, Route, expect

from tests.browser.led_model import LedModel
from tests.browser.widget import READY, WAIT_MS, clean, ended, new_fan, say, shut
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser
TICKETS = "**/v1/realtime/tickets"
FORBIDDEN = {"error": {"class": "forbidden", "code": "wrong_origin", "message": "Not here."}}


async def test_where_a_reply_comes_from(browser: Browser, led_page: str, model: LedModel) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "Is the step still crooked?")
    await page.locator(".about-sources").click()
    await expect(page.locator(".source").first).to_be_visible()
    await clean(page)
    await shut(page)
    await page.locator(".about-more").click()
    await expect(page.locator("#go-report")).to_be_visible()
    await clean(page)


async def test_whom_one_can_talk_to(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await page.locator(".who").click()
    await expect(page.locator(".person[aria-current]")).to_have_count(1)
    await clean(page)
    await page.click("#cast-scene")
    await expect(page.get_by_role("dialog", name=re.compile("^Who joins"))).to_be_visible()
    await expect(page.locator(".person[aria-current]")).to_have_count(0)
    await clean(page)
    await shut(page)
    await page.click("#menu")
    await expect(page.locator("#go-scene")).to_be_visible()
    await clean(page)


async def test_a_fan_who_is_offline(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await page.context.set_offline(True)
    await expect(page.locator(".status")).to_have_text("You are offline. What you write stays here.")
    await page.fill("#words", "It stays.")
    await clean(page)
    await page.context.set_offline(False)
    await expect(page.locator(".stage")).to_have_attribute("data-connection", "open", timeout=WAIT_MS)
    await expect(page.locator(".status")).to_have_text("")
    await page.click("#send")
    await expect(ended(page)).to_have_count(1, timeout=WAIT_MS)


async def test_a_line_that_does_not_come_back(browser: Browser, led_wire: tuple[Wire, str]) -> None:
    wire, address = led_wire
    page = await new_fan(browser, address)
    await page.route(TICKETS, lambda route: route.abort())
    wire.cut_now()
    await expect(page.locator(".status")).to_have_text("Reconnecting … Nothing is lost.", timeout=WAIT_MS)
    await clean(page)
    await page.unroute(TICKETS)
    await expect(page.locator(".status")).to_have_text("", timeout=WAIT_MS)
    await page.context.close()


async def test_a_chat_that_has_ended_and_is_opened_again(browser: Browser, led_wire: tuple[Wire, str]) -> None:
    async def refuse(route: Route) -> None:
        await route.fulfill(status=403, content_type="application/json", body=json.dumps(FORBIDDEN))

    wire, address = led_wire
    page = await new_fan(browser, address)
    await page.route(TICKETS, refuse)
    wire.cut_now()
    await expect(page.locator(".status")).to_contain_text("This chat has ended here.", timeout=WAIT_MS)
    await clean(page)
    await page.unroute(TICKETS)
    await page.get_by_role("button", name="Open it again").click()
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    await page.context.close()


async def test_a_goodbye(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "Good night, I have to go to sleep.")
    await expect(ended(page).locator(".about-receipt")).to_contain_text("Free of charge")
    await clean(page)


async def test_a_reply_that_broke_off(browser: Browser, led_page: str, model: LedModel) -> None:
    page = await new_fan(browser, led_page)
    model.mode = "cut"
    await say(page, "Is the step still crooked?")
    await expect(page.locator(".ending")).to_have_text("This reply broke off.")
    await clean(page)
