"""The widget in a host app's own page: another origin, a strict policy, the app's colours, events both ways."""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator
from typing import Any

import pytest
from playwright.async_api import Browser, ConsoleMessage, Page, expect

from tests.browser.host_app import HostApp, host_app
from tests.browser.widget import PHONE, READY, WAIT_MS, WATCHES, ended, flaws, say

pytestmark = pytest.mark.browser
Host = tuple[str, HostApp]


@pytest.fixture
async def host(led_page: str) -> AsyncIterator[Host]:
    """A host app beside the gateway."""
    async with host_app(led_page.removesuffix("/demo")) as both:
        yield both


async def _opened(browser: Browser, address: str, **context: Any) -> tuple[Page, list[str]]:
    """The app's page with the widget ready in it, and what the browser complains of."""
    page = await (await browser.new_context(viewport=PHONE, **context)).new_page()
    complaints: list[str] = []

    def complain(message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in message.text:
            complaints.append(message.text)

    page.on("console", complain)
    page.on("pageerror", lambda error: complaints.append(str(error)))
    await page.add_init_script(WATCHES)
    await page.goto(address)
    await expect(page.locator(READY)).to_be_visible(timeout=WAIT_MS)
    return page, complaints


async def _told(page: Page, name: str) -> list[Any]:
    """What the app was told under this name."""
    return [detail for told, detail in await page.evaluate("told") if told == name]


async def test_a_script_tag_and_an_element_are_enough_under_a_strict_policy(browser: Browser, host: Host) -> None:
    address, app = host
    page, complaints = await _opened(browser, f"{address}/app")
    await expect(page.locator("#who")).to_have_text("Tamsin")
    await say(page, "Is the step still crooked?")
    await page.click("#aloud")
    await say(page, "And the lamp?")
    assert await flaws(page) == []
    assert app.asked_for_tokens == 1
    assert complaints == []


async def test_the_app_hears_of_the_balance_and_of_the_way_out_and_never_of_what_was_said(
    browser: Browser, host: Host
) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await say(page, "A secret of mine.")
    assert (await _told(page, "balance"))[-1] == {"available": 58, "held": 0}
    assert await _told(page, "opened") == [{"character": "tamsin", "mode": "canon", "horizon": 12}]
    await page.click("#leave")
    assert await _told(page, "close") == [{}]
    everything = json.dumps(await page.evaluate("told"))
    assert "secret" not in everything
    assert await ended(page).locator(".words").inner_text() not in everything


async def test_the_app_gives_it_its_colours_and_nothing_else_of_its_page_leaks_in(browser: Browser, host: Host) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await page.fill("#words", "Hello")
    accent = await page.locator("#send").evaluate("(send) => getComputedStyle(send).backgroundColor")
    assert accent == "rgb(120, 20, 90)"
    header = page.locator("encore-chat .header")
    assert await header.evaluate("(one) => getComputedStyle(one).backgroundColor") == "rgb(250, 240, 230)"


async def test_an_episode_is_a_link_that_the_app_may_take_into_its_own_hands(browser: Browser, host: Host) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await say(page, "Is the step still crooked?")
    await page.locator(".about-sources").click()
    link = page.locator(".source a").first
    episode = re.search(r"\d+", await link.inner_text())
    assert episode
    await expect(link).to_have_attribute("href", f"/watch/{episode.group()}")
    await page.evaluate("document.addEventListener('encore:open-episode', (event) => event.preventDefault())")
    await link.click()
    await expect(page).to_have_url(f"{host[0]}/app")
    (told,) = await _told(page, "open-episode")
    assert (told["show"], told["episode"]) == ("lantern-contract", int(episode.group()))


async def test_an_app_may_open_the_till_its_own_way_and_tell_the_order_afterwards(browser: Browser, host: Host) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await page.evaluate("window.own = true")
    await page.click("#balance")
    await page.locator(".packs button").filter(has_text="100 credits").click()
    await expect(page.locator(".sheet")).to_be_hidden()
    (checkout,) = await _told(page, "checkout")
    till = await page.context.new_page()
    await till.goto(checkout["url"])
    await till.get_by_role("button", name=re.compile("^Pay")).first.click()
    await till.wait_for_url(re.compile("encore_order="))
    await till.close()
    await page.locator("encore-chat").evaluate("(chat, order) => chat.sync(order)", checkout["order"])
    await expect(page.locator("#balance")).to_have_text("160 credits left")
    assert await _told(page, "purchase") == [{"order": checkout["order"], "state": "paid"}]


async def test_a_framed_page_talks_with_one_origin_alone(browser: Browser, led_page: str, host: Host) -> None:
    inside, inner = host
    async with host_app(led_page.removesuffix("/demo")) as (outside, outer):
        outer.inside, inner.outside = inside, outside
        page = await (await browser.new_context(viewport=PHONE)).new_page()
        await page.goto(f"{outside}/outer")
        frame = page.frame_locator("#frame")
        await expect(frame.locator(READY)).to_be_visible(timeout=WAIT_MS)
        heard = await page.evaluate("heard")
        assert {origin for origin, _ in heard} == {inside}
        assert {"encore:balance", "encore:opened"} <= {data["type"] for _, data in heard}
        tell = "(message) => document.querySelector('#frame').contentWindow.postMessage(message, '*')"
        await page.evaluate(tell, {"type": "encore:suggest", "detail": {"text": "Who bought the lanterns?"}})
        await expect(frame.locator("#words")).to_have_value("Who bought the lanterns?")
        await frame.locator("#words").evaluate(
            "() => window.postMessage({ type: 'encore:suggest', detail: { text: 'forged' } }, '*')"
        )
        await page.evaluate(tell, {"type": "encore:constructor", "detail": {}})
        await page.evaluate(tell, {"type": "encore:suggest", "detail": {"text": "The last word"}})
        await expect(frame.locator("#words")).to_have_value("The last word")


async def test_the_language_of_the_page_is_spoken_and_numbers_and_money_with_it(browser: Browser, host: Host) -> None:
    page, complaints = await _opened(browser, f"{host[0]}/app")
    for tag, price, left in (
        ("es-MX", "2 créditos por mensaje", "Quedan 60 créditos"),
        ("zh-TW", "每則2點", "剩餘60點"),
        ("zh-CN", "每条2积分", "剩余60积分"),
        ("ja", "1通2クレジット", "残り60クレジット"),
        ("th", "ข้อความละ 2 เครดิต", "เหลือ 60 เครดิต"),
        ("nn", "2 credits a message", "60 credits left"),
    ):
        await page.evaluate("(tag) => document.querySelector('encore-chat').setAttribute('locale', tag)", tag)
        await expect(page.locator("#price")).to_have_text(price, timeout=WAIT_MS)
        await expect(page.locator("#balance")).to_have_text(left)
    await page.click("#balance")
    assert complaints == []


async def test_a_fan_meets_everybody_by_the_names_of_their_own_language(browser: Browser, host: Host) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await expect(page.locator("#who")).to_have_text("Tamsin")
    await page.evaluate("document.querySelector('encore-chat').setAttribute('locale', 'zh-CN')")
    await expect(page.locator("#who")).to_have_text("塔姆辛", timeout=WAIT_MS)
    await expect(page.locator(".greeting .words")).to_have_text(re.compile(r"^[^A-Za-z]+$"))
    await page.locator(".who").click()
    await expect(page.locator(".person[aria-current] strong")).to_have_text("塔姆辛")
    await expect(page.locator('.person[data-slug="gideon"] strong')).to_have_text("吉迪恩")
    await page.click("#cast-scene")
    await page.locator('.person[data-slug="gideon"]').click()
    await expect(page.locator("#who")).to_have_text("塔姆辛和吉迪恩", timeout=WAIT_MS)
    await say(page, "你好")
    await expect(page.locator('.turn .line-of[data-speaker="gideon"] .speaker')).to_have_text("吉迪恩")
    assert (await _told(page, "opened"))[-1] == {
        "character": "tamsin",
        "with": "gideon",
        "mode": "scene",
        "horizon": 12,
    }


async def test_from_right_to_left_everything_is_mirrored_and_nothing_stands_out(browser: Browser, host: Host) -> None:
    page, _ = await _opened(browser, f"{host[0]}/app")
    await page.evaluate("document.querySelector('encore-chat').setAttribute('locale', 'ar-XB')")
    await expect(page.locator(".stage[dir=rtl][data-ready=true]")).to_be_visible(timeout=WAIT_MS)
    await say(page, "مرحبا 😀 Is the step still crooked?")
    assert await _left(page, "#send") < await _left(page, "#words")
    assert await _left(page, "#menu") < await _left(page, ".portrait")
    assert await page.evaluate("watch.tooWide()") == []
    assert await flaws(page) == []


async def _left(page: Page, selector: str) -> float:
    box = await page.locator(selector).bounding_box()
    assert box is not None
    return box["x"]
