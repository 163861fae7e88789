"""What the tests of the widget do again and again: come in as a new fan, say something, open a sheet, look with axe."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any, Literal

from playwright.async_api import Browser, Locator, Page, ViewportSize, expect

WAIT_MS = 30_000
THEMES: tuple[Literal["light", "dark"], ...] = ("light", "dark")
READY = ".stage[data-ready=true]"
PHONE: ViewportSize = {"width": 390, "height": 844}
DESK: ViewportSize = {"width": 1280, "height": 800}
HERE = Path(__file__).parent
WATCHES = "\n".join((HERE / name).read_text("utf-8") for name in ("axe/axe.min.js", "watches.js"))
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]


async def new_fan(browser: Browser, address: str, *, size: ViewportSize = PHONE, **context: Any) -> Page:
    """A page where somebody comes for the first time, ready to write."""
    page = await (await browser.new_context(viewport=size, **context)).new_page()
    await page.add_init_script(WATCHES)
    await page.goto(address)
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    return page


def ended(page: Page) -> Locator:
    """The replies that have ended, of characters and of none."""
    states = ("completed", "cancelled", "failed", "refused")
    return page.locator(", ".join(f".turn > [data-state={state}]" for state in states))


async def say(page: Page, words: str) -> Locator:
    """Send a message, and wait for the end of its reply, which is answered."""
    before = await ended(page).count()
    await page.fill("#words", words)
    await page.click("#send")
    await expect(ended(page)).to_have_count(before + 1, timeout=WAIT_MS)
    return ended(page).last


async def credits(page: Page) -> int:
    """What is left, as the fan reads it."""
    found = re.search(r"\d[\d,]*", await page.locator("#balance").inner_text())
    assert found
    return int(found.group().replace(",", ""))


async def choose(page: Page, entry: str) -> None:
    """Open the menu and choose an entry."""
    await page.click("#menu")
    await page.click(entry)


async def shut(page: Page) -> None:
    """Close the sheet that is open, by the keyboard."""
    await page.keyboard.press("Escape")
    await expect(page.locator(".sheet")).to_be_hidden()


async def flaws(page: Page) -> list[str]:
    """What axe finds wrong with the page as it stands, once nothing on it moves any more."""
    await page.evaluate("watch.still()")
    return list(await page.evaluate("(rules) => watch.flaws(rules)", RULES))


async def clean(page: Page) -> None:
    """Nothing is wrong with this state, in either theme."""
    for scheme in THEMES:
        await page.emulate_media(color_scheme=scheme)
        assert await flaws(page) == [], scheme


async def watch(page: Page, what: str) -> Callable[[], Awaitable[list[str]]]:
    """Watch the page from now on, as watches.js can; what is returned tells what was seen."""
    await page.evaluate(f"watch.{what}()")

    async def seen() -> list[str]:
        return list(await page.evaluate(f"watch.kept('{what}')"))

    return seen
