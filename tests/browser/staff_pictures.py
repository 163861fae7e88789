"""Pictures of the Studio and the Desk, for their guides and for looking at: `python -m tests.browser.staff_pictures`.

The sample show, four people, and a gateway that speaks in set words. With a folder as its argument they go there.
"""

from __future__ import annotations

import asyncio
import sys
import tempfile
from pathlib import Path

from playwright.async_api import Page, async_playwright, expect

from characters.importing import SAMPLE_SLUG, import_sample
from gateway.bootstrap import now_ms, open_store
from gateway.staff.roles import SHOW_ROLES
from tests.browser.conftest import FLAGS, chromium
from tests.gateway.builders import House, make_stage, served, settings_of
from tests.gateway.lead import LedModel
from tests.staff.browsing import PASSWORD, hire

DOCS = Path(__file__).resolve().parents[2] / "docs" / "staff"
AT = f"/studio/{SAMPLE_SLUG}"
STUDIO = {
    "01-shows": "/studio",
    "02-episodes": AT,
    "03-who-knows-what-when": f"{AT}/canon",
    "04-a-sheet": f"{AT}/characters/tamsin",
    "05-review": f"{AT}/characters/tamsin/versions",
}
DESK = {"07-prices": "/desk/prices", "08-a-price": "/desk/prices/opening", "09-figures": "/desk/figures"}


async def signed_in(page: Page, base: str, at: str) -> None:
    """Whoever may do everything, in a window."""
    await page.goto(f"{base}{at}")
    await page.fill('[name="name"]', "ana")
    await page.fill('[name="password"]', PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.locator("h1")).to_be_visible()


async def take_pictures(page: Page, house: House, folder: Path) -> None:
    """All of them, into this folder."""
    await signed_in(page, house.base, "/studio")
    for name, path in (STUDIO | DESK).items():
        answer = await page.goto(f"{house.base}{path}")
        assert answer is not None
        assert answer.ok, path
        await page.screenshot(path=folder / f"{name}.png", animations="disabled")
    await page.goto(f"{house.base}{AT}/ask?who=tamsin&episode=12")
    await page.fill('[name="question"]', "Why did he buy all the lanterns?")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.get_by_text("He paid in coin").first).to_be_visible()
    await page.screenshot(path=folder / "06-ask-as-a-fan.png", animations="disabled")


async def main() -> None:
    """A gateway, a browser, the pictures."""
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else DOCS
    folder.mkdir(parents=True, exist_ok=True)
    model = LedModel()
    model.text = "Once. He paid in coin and left before the kettle boiled."
    with tempfile.TemporaryDirectory() as data:
        settings = settings_of(Path(data))
        async with open_store(settings) as store:
            imported = await import_sample(store.catalogue, now_ms=now_ms())
            await make_stage(store).memory.index(imported.release_id)
        async with served(settings, model) as house, async_playwright() as playwright:
            roles = (*((role, SAMPLE_SLUG) for role in SHOW_ROLES), ("author", ""), ("billing_admin", ""))
            await hire(house.store, "ana", *roles)
            browser = await playwright.chromium.launch(executable_path=chromium(), args=FLAGS)
            page = await browser.new_page(viewport={"width": 1280, "height": 860}, reduced_motion="reduce")
            await take_pictures(page, house, folder)
            await browser.close()


if __name__ == "__main__":
    asyncio.run(main())
