"""Every page of the Studio as axe sees it, in light and in dark and with something on it: WCAG 2.2 AA and more."""

from __future__ import annotations

import json
from typing import Literal

import pytest
from playwright.async_api import Browser, Page, expect

from billing.units import DAY_MS
from characters.experiment import Experiment
from gateway.bootstrap import now_ms
from gateway.curiosity import FANS_MIN
from gateway.staff.roles import SHOW_ROLES
from tests.browser.widget import WATCHES, flaws
from tests.gateway.builders import House
from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
from tests.gateway.conftest import house as house
from tests.gateway.conftest import model as model
from tests.gateway.conftest import settings as settings
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW
from tests.gateway.test_questions import written
from tests.staff.browsing import PASSWORD, hire
from tests.studio.team import AT, hand_in, team_of
from tests.studio.test_studio_doors import IDS, NEEDS

pytestmark = pytest.mark.browser
PARTS = ("/changes", "/progress", "/doubts", "/draft", "/jobs/{kind}", "/export/{format_}")
"""What is put into a page and is none, or is a file."""
PAGES = [path.format(**IDS) for method, path in NEEDS if method == "GET" and not path.endswith(PARTS)]


async def furnish(house: House) -> None:
    """A show at work: a version in review, an experiment with people in it, labelled lines, what fans asked."""
    now = now_ms()
    await written(house.store, fans=FANS_MIN, text="Is Gideon at Zephyr House?", at_ms=now - DAY_MS)
    async with team_of(house) as team:
        await hand_in(team, essence="You count every screw aloud.")
        await team.ana.post(f"{AT}/airings", {"episode": "1", "date": "2020-01-01"})
        await team.ana.post(f"{AT}/airings", {"episode": "2", "date": "2999-01-01"})
        told = {"id": "p", "character": "TAMSIN", "question": "Who?", "watched_episode": 2, "must_not_contain": ["x"]}
        probe = json.dumps(told).encode()
        await team.ana.get(f"{AT}/files")
        await team.ana.post(f"{AT}/files", files=[("file", ("probes.jsonl", probe))])
    plan = ("tamsin", 1, 2, 50, 100, 28, "ana")
    async with house.store.units.begin() as unit:
        for number, at_ms in enumerate((now - 3 * DAY_MS, now - DAY_MS, now)):
            await unit.experiments.propose(Experiment(f"x-{number}", SHOW, *plan, at_ms))
        await unit.experiments.begin("x-0", by="cy", now_ms=now - 3 * DAY_MS)
        await unit.experiments.end("x-0", by="housekeeping", as_="harmful", now_ms=now - 2 * DAY_MS)
        await unit.experiments.begin("x-1", by="cy", now_ms=now - DAY_MS)


async def window_of(browser: Browser, base: str, name: str, scheme: Literal["light", "dark"]) -> Page:
    """Somebody signed in, in a theme."""
    context = await browser.new_context(
        base_url=base, color_scheme=scheme, reduced_motion="reduce", viewport={"width": 1280, "height": 900}
    )
    page = await context.new_page()
    await page.add_init_script(WATCHES)
    await page.goto("/studio")
    await page.fill('[name="name"]', name)
    await page.fill('[name="password"]', PASSWORD)
    await page.keyboard.press("Enter")
    await expect(page.get_by_role("link", name=name)).to_be_visible()
    return page


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_page(
    house: House, browser: Browser, model: LedModel, scheme: Literal["light", "dark"]
) -> None:
    model.text = "Mind the step."
    await furnish(house)
    await hire(house.store, "dot", *((role, SHOW) for role in SHOW_ROLES), ("author", ""))
    page = await window_of(browser, house.base, "dot", scheme)
    found: dict[str, list[str]] = {}
    for path in PAGES:
        await page.goto(path)
        await expect(page.locator("h1")).to_be_visible()
        if wrong := await flaws(page):
            found[path] = wrong
        for opener in await page.locator("[data-opens]").all():
            await opener.click()
            dialog = page.locator("dialog[open]")
            await expect(dialog).to_be_visible()
            if wrong := await flaws(page):
                found[f"{path} {await dialog.get_attribute('id')}"] = wrong
            await page.keyboard.press("Escape")
    await page.goto(f"{AT}/ask?who=tamsin&episode=2")
    await page.fill('[name="question"]', "Who came about the roof?")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.get_by_text("Mind the step.").first).to_be_visible()
    if wrong := await flaws(page):
        found["an answer"] = wrong
    assert not found, "\n".join(f"{where}: {one}" for where, wrong in found.items() for one in wrong)


async def test_axe_is_one_that_finds_something(browser: Browser) -> None:
    page = await browser.new_page()
    await page.add_init_script(WATCHES)
    await page.goto("data:text/html,<html lang=en><title>t</title><main><h1>t</h1><input></main>")
    assert any(one.startswith("label:") for one in await flaws(page))
