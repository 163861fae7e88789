"""A fan's whole way through the widget, on a phone and at a desk, against the real gateway.

First visit, talk, credits that run out, the till, the way back, a voice, a receipt, a memory that is deleted, a line
that breaks in mid-reply, a cry for help, a goodbye. On every state axe looks at the page in both themes.
"""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.async_api import Browser, expect

from tests.browser.widget import DESK, PHONE, WAIT_MS, choose, clean, credits, ended, new_fan, say, shut, watch
from tests.browser.wire import Wire
from tests.fakes.openai_server import OpenAIServer

pytestmark = pytest.mark.browser
SIZES = pytest.mark.parametrize("size", [PHONE, DESK], ids=["phone", "desk"])
LONG = "Mind the step. It is crooked. The notice is not. I checked it twice. Sit by the lamp. Take the green chair."


@SIZES
async def test_a_first_visit_shows_whom_one_talks_to_what_it_costs_and_that_it_is_an_ai(
    browser: Browser, led_page: str, size: Any
) -> None:
    page = await new_fan(browser, led_page, size=size)
    await expect(page.locator("#disclosure")).to_contain_text("You are talking with an AI")
    await expect(page.locator("#price")).to_have_text("2 credits a message")
    await expect(page.locator("#balance")).to_have_text("60 credits left")
    await expect(page.locator("#horizon-chip")).to_have_accessible_name("Ep. 12 · Up to episode 12")
    await expect(page.get_by_role("textbox", name="Your message")).to_be_visible()
    await expect(page.get_by_role("button", name=re.compile("An AI performs this character"))).to_be_visible()
    await clean(page)


async def test_a_reply_streams_is_announced_once_and_tells_its_price_and_its_scenes(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    model.text, model.pause_s = LONG, 0.05
    page = await new_fan(browser, led_page)
    announced = await watch(page, "announcements")
    await page.fill("#words", "Is the step still crooked?")
    await page.keyboard.press("Enter")
    await expect(page.locator(".turn .character[data-state=speaking]")).to_be_visible(timeout=WAIT_MS)
    await expect(page.get_by_role("button", name="Stop the reply")).to_be_visible()
    await clean(page)
    await expect(ended(page)).to_have_count(1, timeout=WAIT_MS)
    await expect(ended(page).locator(".words")).to_have_text(LONG)
    assert await announced() == [f"{await page.locator('#who').inner_text()}: {LONG}"]
    await expect(ended(page).get_by_role("button", name="2 credits. Why was I charged?")).to_be_visible()
    await clean(page)
    seen = await page.locator("#log").aria_snapshot()
    assert re.search(r'- article "You said":\s+- paragraph: Is the step still crooked\?', seen), seen
    assert re.search(rf'- article "\w+ says":\s+- paragraph: {re.escape(LONG)}\s+- button "2 credits', seen), seen


async def test_a_reply_that_is_stopped_keeps_its_words_and_another_may_take_its_place(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    model.text, model.pause_s = LONG, 0.12
    page = await new_fan(browser, led_page)
    await page.fill("#words", "Is the step still crooked?")
    await page.click("#send")
    await expect(page.locator(".turn .character[data-state=speaking]")).to_be_visible(timeout=WAIT_MS)
    await page.click("#stop")
    await expect(page.locator(".turn .character[data-state=cancelled]")).to_be_visible(timeout=WAIT_MS)
    await expect(page.locator(".ending")).to_have_text("You stopped this reply.")
    assert LONG.startswith(await ended(page).locator(".words").inner_text())
    model.text, model.pause_s = "The step is crooked.", 0.0
    await page.locator(".about-more").click()
    await page.click("#go-again")
    await expect(page.locator(".turn .character[data-state=completed] .words")).to_have_text("The step is crooked.")
    await expect(page.locator(".turn .character")).to_have_count(1)
    await expect(page.locator(".turn .fan")).to_have_count(1)
    await page.reload()
    await expect(page.locator(".turn .character .words")).to_have_text(["The step is crooked."], timeout=WAIT_MS)
    await expect(page.locator(".turn .fan")).to_have_count(1)


@SIZES
async def test_a_fan_who_runs_out_buys_at_the_till_comes_back_and_goes_on_where_they_were(
    browser: Browser, led_page: str, model: OpenAIServer, size: Any
) -> None:
    page = await new_fan(browser, led_page, size=size)
    while await credits(page) > 2:
        await say(page, "And then?")
    await expect(page.locator(".low")).to_contain_text("Enough for one more message.")
    await say(page, "And then?")
    await expect(page.locator(".low")).to_contain_text("You have 0 credits; a message costs 2 credits.")
    await clean(page)
    before = await ended(page).count()
    await page.fill("#words", "Who bought the lanterns?")
    await page.click("#send")
    await expect(page.get_by_role("dialog", name="Credits")).to_contain_text("2 credits are missing for your message.")
    await clean(page)
    await page.locator(".packs button").filter(has_text="100 credits").click()
    await page.get_by_role("button", name=re.compile("^Pay")).first.click(timeout=WAIT_MS)
    await expect(page.locator("#balance")).to_have_text("100 credits left", timeout=WAIT_MS)
    await expect(page.locator(".status")).to_contain_text("You have 100 credits.")
    await expect(page).to_have_url(led_page)
    await expect(page.locator("#words")).to_have_value("Who bought the lanterns?")
    await expect(page.locator("#price")).to_have_text("2 credits a message, $0.01")
    await page.click("#send")
    await expect(ended(page)).to_have_count(before + 1, timeout=WAIT_MS)
    await expect(page.locator("#balance")).to_have_text("98 credits left")
    await ended(page).last.locator(".about-receipt").click()
    await expect(page.locator(".receipt")).to_contain_text("2 credits: bought credits (paid $0.0198)")


async def test_a_fan_who_goes_back_from_the_till_has_bought_nothing(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await page.click("#balance")
    await page.locator(".packs button").first.click()
    await page.get_by_role("button", name="Go back without paying").click(timeout=WAIT_MS)
    await expect(page.locator(".status")).to_have_text("Nothing was bought.", timeout=WAIT_MS)
    await expect(page.locator("#balance")).to_have_text("60 credits left")


async def test_a_reply_is_heard_with_its_words_shown_one_after_another_and_can_be_heard_again(
    browser: Browser, led_page: str
) -> None:
    page = await new_fan(browser, led_page)
    await page.get_by_role("button", name="Have replies read aloud").click()
    await expect(page.locator("#price")).to_have_text("5 credits with voice")
    heard = await watch(page, "captions")
    await page.fill("#words", "Is the step still crooked?")
    await page.click("#send")
    await expect(page.locator(".caption mark")).to_be_visible(timeout=WAIT_MS)
    await expect(page.locator(".doing")).to_have_text("Synthetic voice")
    await expect(page.locator(".caption")).to_be_hidden(timeout=WAIT_MS)
    assert await heard() == ["Mind", "the", "step.", "It", "is", "crooked."]
    await expect(ended(page).get_by_role("button", name="5 credits. Why was I charged?")).to_be_visible()
    await page.get_by_role("button", name="Listen", exact=True).click()
    await expect(page.locator(".caption")).to_contain_text("You are talking with an AI")
    await expect(page.locator(".caption mark")).to_be_visible(timeout=WAIT_MS)
    await clean(page)
    await page.get_by_role("button", name="Stop listening").click()
    await expect(page.locator(".caption")).to_be_hidden()
    assert await credits(page) == 55


@SIZES
async def test_a_receipt_says_why(browser: Browser, led_page: str, size: Any) -> None:
    page = await new_fan(browser, led_page, size=size)
    await say(page, "Is the step still crooked?")
    await page.locator(".about-receipt").click()
    sheet = page.get_by_role("dialog", name="Why was I charged?")
    await expect(sheet).to_contain_text("The reply")
    await expect(sheet).to_contain_text("2 credits: gift credits (given to you)")
    await expect(sheet).to_contain_text("Price “opening”, approved by")
    await clean(page)
    await shut(page)
    await expect(page.locator(".about-receipt")).to_be_focused()


async def test_a_memory_is_put_right_and_another_forgotten(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "My sister is called Ana. I live in Lisbon.")
    remembered = page.locator(".note")
    await expect(page.locator("#menu")).to_be_visible()
    async with page.expect_response(re.compile("/v1/notes")):
        await choose(page, "#go-notes")
    for _ in range(50):  # notes are read after the reply, off the fan's path
        if await remembered.count() == 2:
            break
        await shut(page)
        async with page.expect_response(re.compile("/v1/notes")):
            await choose(page, "#go-notes")
        await expect(page.locator(".sheet-content")).to_be_visible()
    await expect(remembered).to_have_count(2)
    await clean(page)
    await page.get_by_role("button", name=re.compile("^Forget: .*Lisbon")).click()
    await expect(remembered).to_have_count(1)
    await page.get_by_role("button", name=re.compile("^Edit: .*Ana")).click()
    await page.get_by_role("textbox", name=re.compile("^Edit")).fill("My sister is called Anna.")
    await page.get_by_role("button", name="Save").click()
    await expect(remembered).to_have_text("My sister is called Anna.")
    await shut(page)
    await choose(page, "#go-notes")
    await expect(remembered).to_have_text(["My sister is called Anna."])


@SIZES
async def test_a_line_that_breaks_in_mid_reply_costs_no_word_and_shows_none_twice(
    browser: Browser, led_wire: tuple[Wire, str], model: OpenAIServer, size: Any
) -> None:
    wire, address = led_wire
    model.text, model.pause_s = LONG, 0.1
    page = await new_fan(browser, address, size=size)
    lost = await watch(page, "losses")
    await page.fill("#words", "Is the step still crooked?")
    await page.click("#send")
    await expect(page.locator(".turn .character .words")).to_contain_text("Mind the step.", timeout=WAIT_MS)
    wire.cut_now()
    await expect(page.locator(".stage")).to_have_attribute("data-connection", "away")
    await page.fill("#words", "A draft that nobody takes away")
    await expect(page.locator(".turn .character .words")).to_have_text(LONG, timeout=WAIT_MS)
    await expect(ended(page)).to_have_attribute("data-state", "completed", timeout=WAIT_MS)
    assert await lost() == [], "words that were on the page were taken back"
    await expect(page.locator("#words")).to_have_value("A draft that nobody takes away")
    await expect(page.locator("#balance")).to_have_text("58 credits left")
    await page.reload()
    await expect(page.locator(".turn .character .words")).to_have_text([LONG], timeout=WAIT_MS)
    await expect(page.locator("#words")).to_have_value("A draft that nobody takes away")
    await page.context.close()


@SIZES
async def test_a_cry_for_help_stops_the_play_and_shows_where_help_is(
    browser: Browser, led_page: str, size: Any
) -> None:
    page = await new_fan(browser, led_page, size=size)
    told = await watch(page, "hostEvents")
    await say(page, "I want to kill myself.")
    card = page.get_by_role("region", name="The story has stopped")
    await expect(card).to_be_in_viewport()
    await expect(card.get_by_role("link", name="988")).to_have_attribute("href", "tel:988")
    await expect(card).to_contain_text("Nothing was charged.")
    assert await credits(page) == 60
    await clean(page)
    assert "safety" not in "".join(await told()), "a fan's danger is nobody's business"
    await page.reload()
    await expect(page.get_by_role("region", name="The story has stopped")).to_be_visible(timeout=WAIT_MS)
    await expect(page.locator(".turn .character")).to_have_count(0)


async def test_a_goodbye_is_free_and_the_way_out_is_one_press(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    told = await watch(page, "hostEvents")
    await say(page, "Good night, I have to go to sleep.")
    assert await credits(page) == 60
    await expect(ended(page).locator(".about-receipt")).to_contain_text("Free of charge")
    await page.get_by_role("button", name="Leave the chat").click()
    assert (await told())[-1] == "encore:close"
    await expect(page.locator("encore-chat")).to_be_hidden()
    await expect(page.get_by_role("dialog")).to_have_count(0)
    await expect(page.get_by_role("button", name="Talk to them")).to_be_focused()
    await clean(page)
