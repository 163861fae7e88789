"""The widget, one thing at a time: what a fan can ask of it, what it keeps, and how it holds out."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Browser, expect

from tests.browser.widget import READY, WAIT_MS, choose, credits, ended, flaws, new_fan, say, shut, watch
from tests.fakes.openai_server import OpenAIServer

pytestmark = pytest.mark.browser
FILL = """
async (many) => {
  const { EncoreClient } = await import("/widget/now/encore-client.js");
  const body = JSON.stringify({ fan: localStorage.getItem("encore-demo-visitor") });
  const visit = await fetch("/demo/visit", { method: "POST", headers: { "content-type": "application/json" }, body });
  const { token, show } = await visit.json();
  const client = new EncoreClient({ token: async () => token });
  await client.connect();
  const { conversation } = await client.open(show, "gideon");
  for (let n = 0; n < many; n++) {
    const { turn } = await client.say(conversation, `Message ${n}`);
    await new Promise((resolve) => {
      const look = ({ detail }) => {
        if (detail.type !== "reply.done" || detail.turn !== turn) return;
        client.removeEventListener("event", look);
        resolve();
      };
      client.addEventListener("event", look);
    });
  }
  client.close();
}
"""


async def test_two_devices_show_the_same_words_once_and_the_other_ones_too(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    phone = await new_fan(browser, led_page)
    laptop = await phone.context.new_page()
    await laptop.goto(led_page)
    await expect(laptop.locator(READY)).to_be_visible(timeout=WAIT_MS)
    await say(phone, "Said on the phone.")
    model.text = "So you said."
    await expect(ended(laptop)).to_have_count(1, timeout=WAIT_MS)
    await expect(laptop.locator(".turn .fan")).to_have_text(["Said on the phone."])
    await say(laptop, "Said on the laptop.")
    for page in (phone, laptop):
        await expect(page.locator(".turn .fan")).to_have_text(["Said on the phone.", "Said on the laptop."])
        await expect(page.locator(".turn .words")).to_have_text(["Mind the step. It is crooked.", "So you said."])
        await expect(page.locator("#balance")).to_have_text("56 credits left")


async def test_a_fan_goes_back_to_an_earlier_episode_and_forward_again(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await page.click("#horizon-chip")
    slider = page.get_by_role("slider", name="Episode")
    await expect(slider).to_have_attribute("max", "12")
    await slider.fill("5")
    assert await flaws(page) == []
    await page.get_by_role("button", name="Talk as of this episode").click()
    await expect(page.locator("#horizon-chip")).to_contain_text("Ep. 5")
    await page.reload()
    await expect(page.locator("#horizon-chip")).to_contain_text("Ep. 5", timeout=WAIT_MS)
    await page.click("#horizon-chip")
    await page.get_by_role("button", name="Forward to episode 12").click()
    await expect(page.locator("#horizon-chip")).to_contain_text("Ep. 12")


async def test_what_is_only_imagined_is_a_talk_of_its_own_and_says_so(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "In the story.")
    await choose(page, "#go-mode")
    await expect(page.locator(".what-if")).to_have_text("What if … Nothing here is canon.")
    await expect(page.locator(".turn")).to_have_count(0)
    await say(page, "What if it had not rained?")
    assert await flaws(page) == []
    await choose(page, "#go-mode")
    await expect(page.locator(".what-if")).to_be_hidden()
    await expect(page.locator(".turn .fan")).to_have_text(["In the story."])


async def test_a_fan_sets_a_daily_limit_that_holds_and_a_raise_waits_a_day(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await choose(page, "#go-budget")
    await expect(page.locator(".sheet")).to_contain_text("There is no limit.")
    await page.get_by_label("Credits a day").fill("2")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".sheet")).to_contain_text("The limit is 2 credits a day.")
    await page.get_by_label("Credits a day").fill("50")
    await page.get_by_role("button", name="Save").click()
    await expect(page.locator(".sheet")).to_contain_text(re.compile(r"From .* it is 50\."))
    await expect(page.locator(".sheet")).to_contain_text("The limit is 2 credits a day.")
    assert await flaws(page) == []
    await shut(page)
    await say(page, "One message is allowed.")
    await page.fill("#words", "A second one is not.")
    await page.click("#send")
    await expect(page.locator("#trouble")).to_have_text("Your limit for today is reached. You were not charged.")
    await expect(page.locator("#words")).to_have_value("A second one is not.")
    assert await credits(page) == 58


async def test_a_reply_is_reported(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "Is the step still crooked?")
    await page.locator(".about-more").click()
    await page.click("#go-report")
    await page.get_by_role("radio", name="Something else").check()
    await page.get_by_label("Anything you want to add").fill("It is straight.")
    assert await flaws(page) == []
    await page.get_by_role("button", name="Send the report").click()
    await expect(page.locator(".status")).to_have_text("Thank you. We will look at it.")


async def test_a_scene_is_opened_in_the_hosts_own_player(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    await say(page, "Is the step still crooked?")
    told = await watch(page, "hostEvents")
    await page.locator(".about-sources").click()
    first = page.locator(".source").first
    named = re.search(r"Episode (\d+), scene (\d+)", await first.inner_text())
    assert named
    await first.get_by_role("button").click()
    assert "encore:open-episode" in await told()
    await expect(page.locator("#episode")).to_have_text(f"Episode {named.group(1)}, scene {named.group(2)}")
    await expect(page.locator("#horizon-chip")).to_contain_text("Ep. 12")


async def test_everything_can_be_done_by_the_keyboard_and_the_focus_comes_back(browser: Browser, led_page: str) -> None:
    page = await new_fan(browser, led_page)
    order: list[str] = []
    await page.locator(".who").focus()
    for _ in range(6):
        order.append(await page.evaluate("(({ id, className }) => id || className)(watch.focused())"))
        await page.keyboard.press("Tab")
    assert order == ["who", "horizon-chip", "menu", "leave", "log", "aloud"]
    await page.locator("#menu").press("Enter")
    await expect(page.locator("#sheet-title")).to_be_focused()
    for _ in range(12):
        await page.keyboard.press("Tab")
        if await page.evaluate("watch.focused() !== null"):
            assert await page.evaluate("watch.focused().closest('[role=dialog]') !== null")
    await page.locator("#go-budget").focus()
    await page.keyboard.press("Escape")
    await expect(page.locator("#menu")).to_be_focused()


async def test_a_thousand_messages_are_there_and_few_of_them_on_the_page(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    model.text = "Noted."
    page = await new_fan(browser, led_page)
    await page.click("#balance")
    await page.locator(".packs button").filter(has_text="1,150 credits").click()
    await page.get_by_role("button", name=re.compile("^Pay")).first.click(timeout=WAIT_MS)
    await expect(page.locator("#balance")).to_have_text("1,210 credits left", timeout=WAIT_MS)
    await page.evaluate(FILL, 500)
    await page.reload()
    await expect(page.locator(".turn .fan").last).to_have_text("Message 499", timeout=WAIT_MS)
    for _ in range(200):
        await page.locator("#log").evaluate("(log) => log.scrollTo({ top: 0 })")
        if await page.locator(".turn .fan").first.inner_text() == "Message 0":
            break
    await expect(page.locator(".turn .fan").first).to_have_text("Message 0")
    assert await page.locator(".turn").count() <= 80
    await page.get_by_role("button", name="Newest messages").click()
    await expect(page.locator(".turn .fan").last).to_have_text("Message 499")
    assert await page.locator(".turn").count() <= 80


async def test_what_is_read_above_stays_where_it_is_while_a_reply_comes(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    model.text = "Mind the step. " * 12
    page = await new_fan(browser, led_page)
    for words in ("One.", "Two.", "Three."):
        await say(page, words)
    await page.locator("#log").evaluate("(log) => log.scrollTo({ top: 40 })")
    before = await page.locator(".turn").first.bounding_box()
    await say(page, "Four.")
    await page.locator("#log").evaluate("(log) => log.scrollTo({ top: 40 })")
    assert await page.locator(".turn").first.bounding_box() == before


async def test_nothing_moves_for_a_fan_who_wants_less_motion(
    browser: Browser, led_page: str, model: OpenAIServer
) -> None:
    model.text, model.pause_s = "Mind the step. It is crooked.", 0.2
    page = await new_fan(browser, led_page, reduced_motion="reduce")
    await page.fill("#words", "Is the step still crooked?")
    await page.click("#send")
    await expect(page.locator(".dots")).to_be_visible()
    assert await page.evaluate("watch.moving()") == 0
    await page.click("#menu")
    assert await page.evaluate("watch.moving()") == 0


@pytest.mark.parametrize("width", [320, 390])
async def test_with_text_twice_as_large_nothing_is_cut_off_or_out_of_reach(
    browser: Browser, led_page: str, width: int
) -> None:
    page = await new_fan(browser, led_page, size={"width": width, "height": 844})
    await page.evaluate("document.documentElement.style.fontSize = '200%'")
    await say(page, "Donaudampfschifffahrtsgesellschaftskapitän")
    assert await page.evaluate("watch.tooWide()") == []
    await expect(page.locator("#send")).to_be_in_viewport(ratio=1)
    await choose(page, "#go-budget")
    assert await page.evaluate("watch.tooWide()") == []
