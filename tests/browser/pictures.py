"""Pictures of the widget in thirteen states, for docs/widget.md and for looking at: `python -m tests.browser.pictures`.

Each is the real page with the real gateway behind it. With a folder as its argument they go there.
"""

from __future__ import annotations

import asyncio
import re
import sys
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Page, async_playwright, expect

from tests.browser.conftest import FLAGS, chromium
from tests.browser.demo import LED, running_demo
from tests.browser.led_model import LedModel, led_model
from tests.browser.widget import DESK, PHONE, READY, WAIT_MS, choose, new_fan, say

DOCS = Path(__file__).resolve().parents[2] / "docs" / "widget"
LINES = "*looks at the lamp* I bought them so that she could mend them. Seventy-two. Sit. It is raining."
TO_HIM = "Once. *wipes the bench* He paid in coin and left before the kettle boiled."
TO_HER = "It was raining. The kettle was not mine to wait for."
WHOLE = ("01-first-visit", "10-what-if-at-a-desk")
"""Those that show the player too; the others show the widget alone."""
Shot = Callable[[str, Page], Awaitable[None]]


async def take_pictures(browser: Browser, address: str, model: LedModel, folder: Path) -> None:
    """All of them, into this folder."""

    async def shot(name: str, page: Page) -> None:
        await page.evaluate("watch.still()")
        whole = name in WHOLE
        seen = page if whole else page.locator("encore-chat")
        await seen.screenshot(path=folder / f"{name}.png", animations="disabled")

    model.text = LINES
    await _talking(browser, address, model, shot)
    await _paying(browser, address, shot)
    await _story(browser, address, shot)
    await _elsewhere(browser, address, shot)
    await _scene(browser, address, model, shot)


@asynccontextmanager
async def _fan(browser: Browser, address: str, **context: Any) -> AsyncIterator[Page]:
    page = await new_fan(browser, address, **{"color_scheme": "dark", "reduced_motion": "reduce"} | context)
    yield page
    await page.context.close()


async def _talking(browser: Browser, address: str, model: LedModel, shot: Shot) -> None:
    async with _fan(browser, address) as page:
        await shot("01-first-visit", page)
        model.pause_s = 0.3
        await page.fill("#words", "Why did you buy all those lanterns?")
        await page.click("#send")
        await expect(page.locator(".turn .character[data-state=speaking]")).to_be_visible(timeout=WAIT_MS)
        await shot("02-reply-under-way", page)
        model.pause_s = 0.0
    async with _fan(browser, address) as page:
        await page.click("#aloud")
        await say(page, "Why did you buy all those lanterns?")
        await expect(page.locator(".caption mark")).to_be_visible(timeout=WAIT_MS)
        await shot("03-voice-and-captions", page)
    async with _fan(browser, address, color_scheme="light") as page:
        await say(page, "I want to kill myself.")
        await shot("04-help", page)


async def _paying(browser: Browser, address: str, shot: Shot) -> None:
    async with _fan(browser, address, color_scheme="light") as page:
        await say(page, "Why did you buy all those lanterns?")
        await page.locator(".about-receipt").click()
        await expect(page.locator(".receipt")).to_be_visible()
        await shot("05-why-was-i-charged", page)
    async with _fan(browser, address) as page:
        while (await page.locator("#balance").inner_text()).removesuffix(" left") != "0 credits":
            await say(page, "And then?")
        await shot("06-out-of-credits", page)
        await page.fill("#words", "Who had the key?")
        await page.click("#send")
        await expect(page.locator(".packs")).to_be_visible()
        await shot("07-credits", page)


async def _story(browser: Browser, address: str, shot: Shot) -> None:
    async with _fan(browser, address, color_scheme="light") as page:
        await say(page, "My sister is called Ana. I live in Lisbon.")
        await page.locator(".about-sources").click()
        await expect(page.locator(".sources")).to_be_visible()
        await shot("08-where-it-comes-from", page)
        await page.keyboard.press("Escape")
        for _ in range(40):
            async with page.expect_response(re.compile("/v1/notes")):
                await choose(page, "#go-notes")
            await expect(page.locator(".sheet-content")).to_be_visible()
            if await page.locator(".note").count() == 2:
                break
            await page.keyboard.press("Escape")
        await shot("09-what-is-remembered", page)
    async with _fan(browser, address, size=DESK) as page:
        await choose(page, "#go-mode")
        await expect(page.locator(".what-if")).to_be_visible()
        await say(page, "What if you had never come to Tallow Lane?")
        await shot("10-what-if-at-a-desk", page)


async def _elsewhere(browser: Browser, address: str, shot: Shot) -> None:
    async with _fan(browser, address, color_scheme="light") as page:
        await _in_language(page, "ar-XB")
        await say(page, "Is the step still crooked? 👩‍👩‍👧 " + "Donaudampfschiff" * 4)
        await shot("11-right-to-left", page)
    async with _fan(browser, address, size=PHONE) as page:
        await _in_language(page, "es")
        await page.evaluate("document.documentElement.style.fontSize = '150%'")
        await say(page, "¿Sigue torcido el escalón?")
        await shot("12-large-text", page)


async def _scene(browser: Browser, address: str, model: LedModel, shot: Shot) -> None:
    model.says = {"Tamsin": TO_HIM, "Gideon": TO_HER}
    async with _fan(browser, address) as page:
        await choose(page, "#go-scene")
        await page.locator('.person[data-slug="tamsin"]').click()
        await expect(page.locator(f"{READY}[data-mode=scene]")).to_be_visible(timeout=WAIT_MS)
        await say(page, "Tamsin, did you ever ask him about the lanterns?")
        model.pause_s = 0.3
        await page.fill("#words", "Gideon, is that true?")
        await page.click("#send")
        begun = page.locator('.turn:last-child .line-of[data-speaker="tamsin"] .words')
        await expect(begun).to_be_visible(timeout=WAIT_MS)
        await shot("13-a-scene", page)
        model.pause_s = 0.0


async def _in_language(page: Page, tag: str) -> None:
    await page.evaluate("(tag) => document.querySelector('encore-chat').setAttribute('locale', tag)", tag)
    await expect(page.locator(f".stage[lang={tag}]{READY.removeprefix('.stage')}")).to_be_visible(timeout=WAIT_MS)


async def _main(folder: Path) -> None:
    with (
        tempfile.TemporaryDirectory() as kept,
        led_model() as model,
        running_demo(
            Path(kept) / "data", Path(kept) / "demo.log", LED | {"ENCORE_MODEL_BASE_URL": model.url}
        ) as address,
    ):
        async with async_playwright() as playwright:
            browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            await take_pictures(browser, address, model, folder)
            await browser.close()


if __name__ == "__main__":
    where = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    where.mkdir(parents=True, exist_ok=True)
    asyncio.run(_main(where))
