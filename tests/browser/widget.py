"""What the tests of the widget do again and again: come in as a new fan, say something, open a sheet, look with axe."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from playwright.async_api import Browser, Locator, Page, expect

WAIT_MS = 30_000
READY = ".stage[data-ready=true]"
PHONE = {"width": 390, "height": 844}
DESK = {"width": 1280, "height": 800}
AXE = (Path(__file__).parent / "axe" / "axe.min.js").read_text("utf-8")
RULES = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]
RUN_AXE = """
async (rules) => {
  const { violations } = await axe.run(document, { runOnly: rules });
  return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join("; ")}`);
}
"""


async def new_fan(browser: Browser, address: str, *, size: Any = PHONE, **context: Any) -> Page:
    """A page where somebody comes for the first time, ready to write."""
    page = await (await browser.new_context(viewport=size, **context)).new_page()
    await page.add_init_script(AXE)
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
    await page.evaluate(
        "Promise.all(document.querySelector('encore-chat').shadowRoot.getAnimations().filter((a) => Number.isFinite(a.effect.getComputedTiming().endTime)).map((a) => a.finished.catch(() => {})))"
    )
    return list(await page.evaluate(RUN_AXE, RULES))


async def frames(page: Page) -> list[dict[str, Any]]:
    """Every event that came from the server from now on; the list grows."""
    came: list[dict[str, Any]] = []

    def hear(data: str | bytes) -> None:
        came.append(json.loads(data) if isinstance(data, str) else {"type": "audio"})

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    return came
