"""A scene with two characters in the widget, against the real gateway: begun, heard, broken off, come back to."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, Page, expect

from tests.browser.led_model import LedModel
from tests.browser.widget import DESK, PHONE, READY, WAIT_MS, choose, clean, credits, ended, new_fan, say, watch
from tests.browser.wire import Wire

pytestmark = pytest.mark.browser
TAMSIN = "Mind the step. It is crooked. I checked it twice."
GIDEON = "I bought the lane. *He looks at the lamp.* The step I left alone."
BOTH = [["tamsin", TAMSIN], ["gideon", GIDEON.replace("*", "")]]
BOTH_AWRY = list(reversed(BOTH))
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LINES = """() => [...document.querySelector("encore-chat").shadowRoot.querySelectorAll(".turn .line-of")]
  .filter((line) => line.querySelector(".words"))
  .map((line) => [line.dataset.speaker, line.querySelector(".words").textContent])"""


async def scene(browser: Browser, address: str, model: LedModel, **context: Any) -> Page:
    """A fan who has brought Tamsin to Gideon, by the menu."""
    model.says = {"Tamsin": TAMSIN, "Gideon": GIDEON}
    page = await new_fan(browser, address, **context)
    await open_with(page, "gideon")
    await choose(page, "#go-scene")
    await page.locator('.person[data-slug="tamsin"]').click()
    await expect(page.locator(f"{READY}[data-mode=scene]")).to_be_visible(timeout=WAIT_MS)
    return page


async def open_with(page: Page, character: str, partner: str | None = None) -> None:
    """Talk to whom the host names."""
    names = {"character": character, "with": partner}
    await page.evaluate(
        "(names) => { for (const [name, value] of Object.entries(names)) {"
        " const chat = document.querySelector('encore-chat');"
        " if (value) chat.setAttribute(name, value); else chat.removeAttribute(name); } }",
        names,
    )
    await expect(page.locator("#who")).to_contain_text(character.capitalize(), timeout=WAIT_MS)


async def lines(page: Page) -> list[list[str]]:
    """Who said what, as it stands on the page."""
    found: list[list[str]] = await page.evaluate(LINES)
    return found


@SIZES
async def test_both_answer_under_their_own_names_for_one_price_that_was_shown_before(
    browser: Browser, led_page: str, model: LedModel, size: Any
) -> None:
    page = await scene(browser, led_page, model, size=size)
    await expect(page.locator("#who")).to_have_text("Gideon and Tamsin")
    await expect(page.locator(".who .portrait:visible")).to_have_count(2)
    await expect(page.locator("#price")).to_have_text("3 credits, and both answer")
    await expect(page.get_by_role("button", name="Have replies read aloud")).to_be_hidden()
    await clean(page)
    announced = await watch(page, "announcements")
    await say(page, "Tamsin, is the step still crooked?")
    assert await lines(page) == BOTH
    assert await announced() == [f"Tamsin: {TAMSIN} Gideon: {GIDEON}"]
    assert await credits(page) == 57
    seen = await page.locator("#log").aria_snapshot()
    assert re.search(
        rf'- article "Tamsin says":\s+- paragraph: {re.escape(TAMSIN)}\s+- article "Gideon says":', seen
    ), seen
    await clean(page)
    await page.locator(".about-receipt").click()
    await expect(page.locator(".receipt")).to_contain_text("3 credits")
    await clean(page)


async def test_a_reload_and_another_device_know_who_said_what(browser: Browser, led_page: str, model: LedModel) -> None:
    page = await scene(browser, led_page, model)
    await say(page, "Gideon, whose lane is it?")
    assert await lines(page) == BOTH_AWRY
    other = await page.context.new_page()
    await other.goto(led_page)
    await expect(other.locator(READY)).to_be_visible(timeout=WAIT_MS)
    await open_with(other, "gideon", "tamsin")
    await expect(other.locator(".turn .line-of")).to_have_count(2, timeout=WAIT_MS)
    assert await lines(other) == BOTH_AWRY
    await say(page, "Tamsin, and the step?")
    await expect(ended(other)).to_have_count(2, timeout=WAIT_MS)
    assert await lines(other) == [*BOTH_AWRY, *BOTH]
    await page.reload()
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    await open_with(page, "gideon", "tamsin")
    await expect(page.locator(".turn .line-of")).to_have_count(4, timeout=WAIT_MS)
    assert await lines(page) == [*BOTH_AWRY, *BOTH]


@pytest.mark.parametrize("moment", ["while the first speaks", "while the second speaks"])
async def test_a_line_that_breaks_in_a_scene_costs_no_word_and_mixes_no_speakers(
    browser: Browser, led_wire: tuple[Wire, str], model: LedModel, moment: str
) -> None:
    wire, address = led_wire
    page = await scene(browser, address, model)
    lost = await watch(page, "losses")
    model.pause_s = 0.1
    await page.fill("#words", "Tamsin, is the step still crooked?")
    await page.click("#send")
    speaker = "tamsin" if moment == "while the first speaks" else "gideon"
    await expect(page.locator(f'.turn .line-of[data-speaker="{speaker}"] .words')).to_be_visible(timeout=WAIT_MS)
    await clean(page)
    wire.cut_now()
    await expect(page.locator(".stage")).to_have_attribute("data-connection", "away")
    await expect(ended(page)).to_have_attribute("data-state", "completed", timeout=WAIT_MS)
    assert await lines(page) == BOTH
    assert await lost() == [], "words that were on the page were taken back"
    assert await credits(page) == 57
    await page.context.close()


async def test_a_scene_comes_by_the_hosts_attribute_and_goes_with_it(
    browser: Browser, led_page: str, model: LedModel
) -> None:
    page = await new_fan(browser, led_page)
    told = await watch(page, "hostEvents")
    await open_with(page, "tamsin", "gideon")
    await expect(page.locator("#who")).to_have_text("Tamsin and Gideon", timeout=WAIT_MS)
    await open_with(page, "tamsin")
    await expect(page.locator("#who")).to_have_text("Tamsin", timeout=WAIT_MS)
    await expect(page.locator(".who .portrait:visible")).to_have_count(1)
    await expect(page.locator("#price")).to_have_text("2 credits a message")
    assert (await told()).count("encore:opened") == 2


async def test_a_page_begins_with_a_scene_where_the_fan_has_met_both_and_else_with_one(
    browser: Browser, led_page: str, model: LedModel
) -> None:
    page = await new_fan(browser, led_page)
    await page.evaluate("document.querySelector('encore-chat').setAttribute('character', 'tamsin')")
    await page.evaluate("document.querySelector('encore-chat').setAttribute('with', 'coralie')")
    await expect(page.locator("#who")).to_have_text("Tamsin and Coralie", timeout=WAIT_MS)
    await page.select_option("#watched", "1")
    await expect(page.locator("#horizon-chip")).to_contain_text("Ep. 1", timeout=WAIT_MS)
    await expect(page.locator("#who")).to_have_text("Tamsin", timeout=WAIT_MS)
    await expect(page.locator("#trouble")).to_have_text("")
    await page.select_option("#watched", "12")
    await expect(page.locator("#who")).to_have_text("Tamsin and Coralie", timeout=WAIT_MS)


async def test_another_reply_in_a_scene_is_of_both_again(browser: Browser, led_page: str, model: LedModel) -> None:
    page = await scene(browser, led_page, model)
    await say(page, "Tamsin, is the step still crooked?")
    model.says = {"Tamsin": "It is.", "Gideon": "So it is."}
    await page.locator(".about-more").click()
    await expect(page.locator("#go-again")).to_have_text("Another reply (3 credits)")
    await page.click("#go-again")
    await expect(page.locator(".turn .line-of .words")).to_have_text(["It is.", "So it is."], timeout=WAIT_MS)
    await expect(page.locator(".turn .fan")).to_have_count(1)


async def test_a_scene_that_cannot_be_leaves_the_talk_that_was_there(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "Is the step still crooked?")
    await page.evaluate("document.querySelector('encore-chat').setAttribute('with', 'nobody')")
    await expect(page.locator("#trouble")).to_have_text("At this episode you have not met them yet.")
    await expect(page.locator(".turn .fan")).to_have_text(["Is the step still crooked?"])
    await say(page, "Then we go on alone.")
    assert await credits(page) == 56


async def test_one_of_the_two_goes_and_each_ones_memory_is_their_own(
    browser: Browser, led_page: str, model: LedModel
) -> None:
    page = await scene(browser, led_page, model)
    await page.click("#menu")
    for name in ("Gideon", "Tamsin"):
        await expect(page.get_by_role("button", name=f"What {name} remembers")).to_be_visible()
    await clean(page)
    await page.click("#go-notes-tamsin")
    await expect(page.get_by_role("dialog", name="What Tamsin remembers")).to_contain_text("Nothing yet.")
    await page.keyboard.press("Escape")
    await page.click("#horizon-chip")
    await expect(page.locator(".sheet")).to_contain_text("Both know the story only up to this episode.")
    await page.keyboard.press("Escape")
    await choose(page, "#go-scene")
    await expect(page.locator('.person[data-slug="tamsin"]')).to_have_attribute("aria-current", "true")
    await expect(page.locator('.person[data-slug="gideon"]')).to_have_count(0)
    await clean(page)
    await page.keyboard.press("Escape")
    await choose(page, "#go-alone-tamsin")
    await expect(page.locator("#who")).to_have_text("Tamsin", timeout=WAIT_MS)
    await expect(page.locator(".turn")).to_have_count(0)


async def test_a_cry_for_help_in_a_scene_is_answered_by_neither(
    browser: Browser, led_page: str, model: LedModel
) -> None:
    page = await scene(browser, led_page, model)
    await say(page, "I want to kill myself.")
    await expect(page.get_by_role("region", name="The story has stopped")).to_be_in_viewport()
    assert await lines(page) == []
    assert await credits(page) == 60
    await clean(page)
