"""The main job as a newcomer does it: open the link, say something, read the reply, the charge and its sources."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.local_model]
REPLY_MS = 60_000


async def _opened(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context(viewport={"width": 1100, "height": 800})).new_page()
    await page.goto(address)
    await expect(page.locator("#send")).to_be_enabled(timeout=REPLY_MS)
    return page


async def _credits(page: Page) -> int:
    text = await page.locator("#balance").inner_text()
    found = re.fullmatch(r"(\d+) credits left", text)
    assert found, text
    return int(found.group(1))


async def _say(page: Page, words: str) -> None:
    """Send a message and wait until its reply has ended."""
    ended = await page.locator("#log .character[data-state]").count()
    await page.fill("#words", words)
    await page.click("#send")
    last = page.locator("#log .character[data-state]").nth(ended)
    await expect(last).to_have_attribute("data-state", re.compile("completed|refused"), timeout=REPLY_MS)


async def test_a_newcomer_is_answered_charged_and_shown_the_sources(browser: Browser, demo_page: str) -> None:
    page = await _opened(browser, demo_page)
    await expect(page.locator("#disclosure")).to_contain_text("AI")
    await expect(page.locator("#model")).to_contain_text("gemma-3-270m")
    await expect(page.locator("#price")).to_have_text("2 credits a message")
    before = await _credits(page)
    await page.click("#cast button[data-slug=gideon]")
    await expect(page.locator("#who")).to_have_text(re.compile("Gideon"))

    await _say(page, "Why did you buy all those lanterns?")

    reply = page.locator("#log .character").last
    assert len((await reply.locator("span").inner_text()).split()) >= 3
    await expect(reply.locator("small")).to_have_text("2 credits · price version opening")
    assert await _credits(page) == before - 2
    await reply.locator("summary").click()
    episodes = [int(n) for n in re.findall(r"Episode (\d+), scene \d+", await reply.locator("details").inner_text())]
    assert episodes
    assert all(1 <= episode <= 12 for episode in episodes)


async def test_what_was_said_is_there_again_after_a_reload(browser: Browser, demo_page: str) -> None:
    page = await _opened(browser, demo_page)
    await page.click("#cast button[data-slug=tamsin]")
    await expect(page.locator("#who")).to_have_text(re.compile("Tamsin"))
    await _say(page, "Is the step still crooked?")
    said = await page.locator("#log .character").last.locator("span").inner_text()
    balance = await _credits(page)

    await page.reload()
    await expect(page.locator("#send")).to_be_enabled(timeout=REPLY_MS)
    await page.click("#cast button[data-slug=tamsin]")

    await expect(page.locator("#log .fan")).to_have_text(["Is the step still crooked?"])
    await expect(page.locator("#log .character").last.locator("span")).to_have_text(said)
    assert await _credits(page) == balance


async def test_nobody_is_met_before_their_episode(browser: Browser, demo_page: str) -> None:
    page = await _opened(browser, demo_page)
    await expect(page.locator("#cast button[data-slug=li-ming]")).to_have_count(0)
    await page.select_option("#watched", "1")
    await expect(page.locator("#cast button")).to_have_count(3)
    await page.select_option("#watched", "40")
    await expect(page.locator("#cast button[data-slug=li-ming]")).to_have_count(1)
