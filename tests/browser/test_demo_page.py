"""The main job as a newcomer does it: open the link, say something, read the reply, the charge and its sources."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, Page, expect

pytestmark = [pytest.mark.browser, pytest.mark.local_model]
REPLY_MS = 60_000
READY = ".stage[data-ready=true]"


async def _opened(browser: Browser, address: str) -> Page:
    page = await (await browser.new_context(viewport={"width": 1100, "height": 800})).new_page()
    await page.goto(address)
    await expect(page.locator(READY)).to_be_visible(timeout=REPLY_MS)
    return page


async def _talk_to(page: Page, slug: str) -> None:
    await page.click(".who")
    await page.click(f"#cast button[data-slug={slug}]")
    await expect(page.locator(READY)).to_be_visible()


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
    await expect(page.locator("#price")).to_have_text("2 credits a message")
    before = await _credits(page)
    await _talk_to(page, "gideon")
    await expect(page.locator("#who")).to_have_text(re.compile("Gideon"))

    await _say(page, "Why did you buy all those lanterns?")

    reply = page.locator("#log .character").last
    assert len((await reply.locator(".words").inner_text()).split()) >= 3
    await expect(reply.locator(".about-receipt")).to_have_text("2 credits")
    assert await _credits(page) == before - 2
    await reply.locator(".about-sources").click()
    told = await page.locator(".sources").inner_text()
    episodes = [int(n) for n in re.findall(r"Episode (\d+), scene \d+", told)]
    assert episodes
    assert all(1 <= episode <= 12 for episode in episodes)


async def test_what_was_said_is_there_again_after_a_reload(browser: Browser, demo_page: str) -> None:
    page = await _opened(browser, demo_page)
    await _talk_to(page, "tamsin")
    await expect(page.locator("#who")).to_have_text(re.compile("Tamsin"))
    await _say(page, "Is the step still crooked?")
    said = await page.locator("#log .character").last.locator(".words").inner_text()
    balance = await _credits(page)

    await page.reload()
    await expect(page.locator(READY)).to_be_visible(timeout=REPLY_MS)
    await _talk_to(page, "tamsin")

    await expect(page.locator("#log .fan")).to_have_text(["Is the step still crooked?"])
    await expect(page.locator("#log .character").last.locator(".words")).to_have_text(said)
    assert await _credits(page) == balance


async def test_nobody_is_met_before_their_episode(browser: Browser, demo_page: str) -> None:
    page = await _opened(browser, demo_page)
    for episode, people, is_met in (("12", None, 0), ("1", 3, 0), ("40", None, 1)):
        await page.select_option("#watched", episode)
        await expect(page.locator("#horizon-chip")).to_contain_text(f"Ep. {episode} ", timeout=REPLY_MS)
        await page.click(".who")
        await expect(page.locator("#cast button[data-slug=li-ming]")).to_have_count(is_met)
        if people is not None:
            await expect(page.locator("#cast button")).to_have_count(people)
