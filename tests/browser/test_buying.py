"""Buying in the demo, as a newcomer does it: get more, pay at the stand-in's page, come back with the credits."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

pytestmark = [pytest.mark.browser, pytest.mark.local_model]
LOAD_MS = 60_000


async def test_credits_are_bought_and_there_after_the_way_back(browser: Browser, demo_page: str) -> None:
    page = await (await browser.new_context(viewport={"width": 1100, "height": 800})).new_page()
    await page.goto(demo_page)
    await expect(page.locator(".stage[data-ready=true]")).to_be_visible(timeout=LOAD_MS)
    await expect(page.locator("#balance")).to_have_text("60 credits left")

    await page.click("#balance")
    await expect(page.locator(".packs button").first).to_contain_text("100 credits")
    await page.locator(".packs button").first.click()
    await page.get_by_role("button", name=re.compile("^Pay")).first.click(timeout=LOAD_MS)

    await expect(page.locator("#balance")).to_have_text("160 credits left", timeout=LOAD_MS)
    await expect(page).to_have_url(demo_page)  # the order is not left in the address
    await page.reload()
    await expect(page.locator("#balance")).to_have_text("160 credits left", timeout=LOAD_MS)
