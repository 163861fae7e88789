"""A team brings a show from nothing to a character that a fan talks to, each in a browser of their own."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.async_api import Browser, Page, expect

from characters.importing import SAMPLE_SLUG, SHOWS_FOLDER
from tests.browser.house import Installation, installation
from tests.gateway.builders import APP, claims_of, token_of
from tests.gateway.client import Fan

pytestmark = pytest.mark.browser
EPISODES = sorted((SHOWS_FOLDER / SAMPLE_SLUG / "episodes").glob("*.fountain"))
SHOW, PASSWORD = "lantern", "a few words that we like"
LONG_MS = 90_000
PLANTED = "You know that Matthias Sorrel is dead."


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    with installation(tmp_path_factory.mktemp("studio")) as served:
        yield served


async def browser_of(browser: Browser, base: str) -> Page:
    context = await browser.new_context(base_url=base, viewport={"width": 1280, "height": 900})
    page = await context.new_page()
    page.on("dialog", lambda dialog: dialog.accept())
    page.on("pageerror", lambda error: pytest.fail(f"a script of the page failed: {error}"))
    return page


async def join(page: Page, link: str, name: str) -> None:
    """Choose a password by an invitation, and sign in."""
    await page.goto(link)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_label("Once more").fill(PASSWORD)
    await page.get_by_role("button", name="Choose it").click()
    await page.get_by_label("Name").fill(name)
    await page.get_by_label("Password").fill(PASSWORD)
    await page.get_by_role("button", name="Sign in").click()
    await expect(page.get_by_role("link", name=name)).to_be_visible()


async def invited(admin: Page, browser: Browser, base: str, name: str, role: str) -> Page:
    """Somebody new of the team, in a browser of their own."""
    await admin.goto("/staff/team")
    form = admin.locator("form.row")
    await form.get_by_label("Name").fill(name)
    await form.get_by_label("Role").select_option(role)
    await form.get_by_label("Show").fill(SHOW)
    await form.get_by_role("button", name="Add").click()
    page = await browser_of(browser, base)
    await join(page, await admin.locator("#invitation").inner_text(), name)
    return page


async def saved(page: Page) -> None:
    await expect(page.locator("#saved")).to_have_attribute("data-state", "saved", timeout=LONG_MS)


async def write(page: Page, place: str, words: str) -> None:
    """Write into a field of the sheet, and wait until it is saved."""
    await page.locator(f'[name="{place}"]').fill(words)
    await saved(page)


async def hand_in(page: Page) -> str:
    """Hand a draft in; the address of its version."""
    await page.get_by_role("button", name="Hand in for review").click()
    await expect(page.locator("h1")).to_contain_text("version")
    return page.url


async def approve(page: Page, address: str) -> None:
    await page.goto(address)
    await page.get_by_role("button", name="Approve").click()
    await expect(page.get_by_text("approved", exact=True).first).to_be_visible()


async def publish(page: Page, address: str, version: int) -> None:
    await page.goto(f"{address}?of={version}")
    await page.get_by_role("button", name=f"Publish version {version}").click()
    await expect(page.locator(".badge.good", has_text="live")).to_have_count(1)


def fan_of(house: Installation, fan: str) -> Fan:
    """A fan with credits, who has watched twelve episodes."""
    house.encore("grant", "--fan", fan, "--app", APP, "--credits", "20", "--reason", "to try it")
    return Fan(house.base, token_of(claims_of(fan, 12, show=SHOW)), None)


async def test_a_team_brings_a_show_to_its_fans_through_the_pages(browser: Browser, house: Installation) -> None:
    base = house.base
    link = house.encore("staff", "add", "root", "--role", "admin", "--json")["link"]
    admin = await browser_of(browser, base)
    await join(admin, link, "root")

    await admin.goto("/studio")
    await admin.get_by_label("Title").fill("The Lantern Contract")
    await admin.get_by_label("Address").fill(SHOW)
    await admin.get_by_role("button", name="Begin a show").click()
    await expect(admin.get_by_role("heading", name="Files and import")).to_be_visible()
    ana = await invited(admin, browser, base, "ana", "author")
    ben = await invited(admin, browser, base, "ben", "reviewer")
    cy = await invited(admin, browser, base, "cy", "publisher")

    await bring_in(ana)
    await expect(ana.locator(".stats")).to_contain_text("40")

    await ana.goto(f"/studio/{SHOW}/characters")
    await ana.get_by_role("button", name="Draft everybody from the script").click()
    await expect(ana.get_by_role("row", name=re.compile("Gideon"))).to_be_visible(timeout=LONG_MS)
    await ana.goto(f"/studio/{SHOW}/characters/gideon")
    essence = await ana.locator('[name="essence"]').input_value()
    await write(ana, "essence", f"{essence} {PLANTED}")
    told = ana.locator("#found li", has_text="tells too early").first
    await expect(told).to_contain_text("it says “Matthias Sorrel” from episode 1; the show does so in 7")
    await expect(told.locator("blockquote")).to_contain_text("PIKE: Matthias Sorrel, the partner.")

    await asks(ana)
    await ana.goto(f"/studio/{SHOW}/characters/gideon")
    versions = await hand_in(ana)
    await expect(ana.locator("#obstacles li[data-kind=giveaway] blockquote").first).to_contain_text("Matthias Sorrel")
    await expect(ana.get_by_role("button", name="Approve")).to_have_count(0)

    await ben.goto(versions)
    await ben.get_by_label("What you think of it").fill("He cannot know that before episode 7.")
    await ben.get_by_role("button", name="Return it").click()
    await expect(ben.get_by_text("He cannot know that before episode 7.").first).to_be_visible()

    await ana.goto(f"/studio/{SHOW}/characters/gideon")
    await write(ana, "essence", essence)
    await expect(ana.locator("#found li", has_text="tells too early")).to_have_count(0)
    await hand_in(ana)
    await cy.goto(versions)
    await expect(cy.get_by_role("button", name="Publish version 2")).to_be_disabled()
    await approve(ben, versions)

    await records_the_right(cy)
    await cy.goto(f"/studio/{SHOW}")
    await cy.get_by_role("button", name="Publish").click()
    await expect(cy.get_by_text("Fans get release 1.")).to_be_visible()
    await publish(cy, versions, 2)

    await talks_through_a_roll_back(house, ana, ben, cy, versions)
    await admin.goto(f"/studio/{SHOW}/log")
    for act in ("show.created", "sheet.returned", "sheet.approved", "character.published", "character.rolled-back"):
        await expect(admin.get_by_text(act, exact=True).first).to_be_visible()


async def bring_in(page: Page) -> None:
    """Drop the episodes in, see what an import changes, import."""
    await page.goto(f"/studio/{SHOW}/files")
    await page.locator("#chosen").set_input_files([str(path) for path in EPISODES])
    await expect(page.get_by_role("heading", name="40 files")).to_be_visible(timeout=LONG_MS)
    await expect(page.locator("#changes")).to_contain_text("40 episodes", timeout=LONG_MS)
    await page.get_by_role("button", name="Import as the next release").click()
    await page.get_by_role("link", name="Have a look").click(timeout=LONG_MS)


async def asks(page: Page) -> None:
    """Ask the draft as a fan of episode 12, and see every block of the prompt and what was withheld."""
    await page.get_by_role("link", name="Ask as a fan").first.click()
    await page.get_by_label("A fan who has watched").fill("12")
    await page.get_by_label("asks").fill("Why did you buy all those lanterns?")
    await page.get_by_role("button", name="Ask").click()
    await expect(page.locator("#asked .reply-text")).not_to_be_empty(timeout=LONG_MS)
    assert await page.locator("#asked .block").count() >= 5
    await expect(page.locator("#asked")).to_contain_text("passages, beyond the horizon")
    for block in await page.locator("#asked .block pre").all_text_contents():
        assert "Fenn forged" not in block


async def records_the_right(page: Page) -> None:
    await page.goto(f"/studio/{SHOW}/rights")
    await expect(page.get_by_text("None, so that nobody may speak.")).to_be_visible()
    form = page.locator("#record-right")
    await form.get_by_label("Given by").fill("the studio")
    await form.get_by_label("Source").fill("contract 7")
    await form.get_by_role("button", name="Record it").click()
    await expect(page.locator(".badge.good", has_text="holds")).to_be_visible()


async def talks_through_a_roll_back(house: Installation, ana: Page, ben: Page, cy: Page, versions: str) -> None:
    """Three fans begin at three moments; each keeps the version that was in front when they began."""
    mara, noor, olu = (fan_of(house, name) for name in ("mara", "noor", "olu"))
    async with mara.talk() as first, noor.talk() as second, olu.talk() as third:
        opened = await first.open(SHOW, "gideon")
        assert (
            opened["character"] == {"name": "Gideon", "version": 2, "avatar": None}
            or opened["character"]["version"] == 2
        )
        done = await first.say(str(opened["conversation"]), "Why did you buy all those lanterns?")
        assert done["status"] == "completed"

        await ana.goto(f"/studio/{SHOW}/characters/gideon")
        await write(ana, "tagline", "Black coat, black gloves, few words.")
        await hand_in(ana)
        await approve(ben, f"{versions}?of=3")
        await publish(cy, versions, 3)
        newer = await second.open(SHOW, "gideon")
        assert newer["character"]["version"] == 3

        await cy.goto(f"{versions}?of=2")
        await cy.get_by_role("button", name="Go back to version 2").click()
        await expect(cy.get_by_role("heading", name="version 2")).to_be_visible()
        assert (await third.open(SHOW, "gideon"))["character"]["version"] == 2
        for talk, opening, version in ((second, newer, 3), (first, opened, 2)):
            done = await talk.say(str(opening["conversation"]), "And the blue one?")
            assert done["status"] == "completed"
            assert (await talk.open(SHOW, "gideon"))["character"]["version"] == version


@pytest.fixture(scope="module")
def shipped(house: Installation) -> Installation:
    """The same installation with the shipped show in it."""
    house.encore("sample")
    return house


async def editor_of(browser: Browser, house: Installation, name: str) -> Page:
    """An author of the shipped show, in front of Gideon's sheet."""
    link = house.encore("staff", "add", name, "--role", "author", "--show", SAMPLE_SLUG, "--json")["link"]
    page = await browser_of(browser, house.base)
    await join(page, link, name)
    await page.goto(f"/studio/{SAMPLE_SLUG}/characters/gideon")
    return page


async def test_two_who_write_at_once_lose_nothing(browser: Browser, shipped: Installation) -> None:
    dora, emil = await editor_of(browser, shipped, "dora"), await editor_of(browser, shipped, "emil")
    tagline, essence = '[name="tagline"]', '[name="essence"]'
    await write(dora, "tagline", "Hers.")
    await write(emil, "essence", "You are somebody else.")  # on top of what Dora has written meanwhile
    await expect(emil.locator("#toast")).to_have_text("Put together with what dora wrote")
    await expect(emil.locator(tagline)).to_have_value("Hers.")

    await dora.locator(tagline).fill("Hers again.")
    await expect(dora.locator(essence)).to_have_value("You are somebody else.")
    await saved(dora)
    await emil.locator(tagline).fill("His.")
    dialog = emil.locator("#conflict")
    await expect(dialog).to_contain_text("dora and you changed the same parts")
    await expect(dialog.locator("pre")).to_have_text(["His.", "Hers again."])
    await dialog.get_by_text("dora", exact=True).click()
    await dialog.get_by_role("button", name="Save what is chosen").click()
    await saved(emil)
    await expect(emil.locator(tagline)).to_have_value("Hers again.")
    await emil.reload()
    await expect(emil.locator(essence)).to_have_value("You are somebody else.")
    await expect(emil.get_by_text("Kept aside")).to_be_visible()


async def test_what_the_server_did_not_get_is_there_after_a_reload(browser: Browser, shipped: Installation) -> None:
    fay = await editor_of(browser, shipped, "fay")
    await fay.context.set_offline(True)
    await fay.locator('[name="tagline"]').fill("Written on a train.")
    await expect(fay.locator("#saved")).to_contain_text("Not saved")
    await fay.context.set_offline(False)
    await fay.reload()
    await expect(fay.locator('[name="tagline"]')).to_have_value("Written on a train.")
    await expect(fay.locator("#saved")).to_contain_text("Revision", timeout=LONG_MS)  # it may have got it at the last
    kept = await fay.request.get(f"/studio/{SAMPLE_SLUG}/characters/gideon/draft")
    assert (await kept.json())["content"]["tagline"] == "Written on a train."


async def test_every_page_is_one_that_its_policy_lets_work(browser: Browser, shipped: Installation) -> None:
    gil = await editor_of(browser, shipped, "gil")
    complaints: list[str] = []
    gil.on("console", lambda message: complaints.append(message.text) if message.type == "error" else None)
    pages = ("", "/script", "/script/7", "/canon", "/files", "/characters", "/characters/gideon/versions", "/rights")
    for path in (*pages, "/experiments", "/questions"):
        for width in (1280, 390):
            await gil.set_viewport_size({"width": width, "height": 800})
            await gil.goto(f"/studio/{SAMPLE_SLUG}{path}")
            await expect(gil.locator("h1")).to_be_visible()
            over = await gil.evaluate("document.documentElement.scrollWidth - innerWidth")
            assert over <= 1, (path, width, over)
    assert complaints == []
