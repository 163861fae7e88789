"""Every page of the Desk in a real browser: axe finds nothing on any, and what is compared or taken away adds up.

The till is the stand-in. Ana proposes and Ben approves, so that each sees pages as the other does not.
"""

from __future__ import annotations

import csv
import io
from asyncio import to_thread
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Literal

import duckdb
import pytest
import pytest_asyncio
from playwright.async_api import Browser, expect

from billing.offering import propose
from billing.packs import Pack, PackPrice
from billing.promotions import Promotion
from billing.types import Charge, PriceScope, PriceVersion
from gateway.bootstrap import now_ms
from gateway.staff.roles import Role
from tests.browser.test_desk import signed_in
from tests.browser.widget import WATCHES, flaws
from tests.desk.test_till_pages import changed
from tests.gateway.conftest import data_dir as data_dir
from tests.gateway.conftest import furnished as furnished
from tests.gateway.conftest import model as model
from tests.gateway.story import SHOW
from tests.gateway.test_shop import Street, available
from tests.gateway.test_shop import street as street
from tests.staff.browsing import hire

pytestmark = pytest.mark.browser
PROPOSED = Pack("autumn", "one_time", "Autumn", 120, 5, None, (PackPrice("usd", 299),), "ana", "")
FAR_MS = 3_800_000_000_000


@pytest_asyncio.fixture
async def desk(street: Street) -> AsyncIterator[Street]:
    """A gateway with a till, its staff, and a fan who bought and wrote."""
    roles: tuple[tuple[str, Role], ...] = (("ana", "billing_admin"), ("ben", "billing_approver"))
    for name, role in roles:
        await hire(street.house.store, name, (role, ""))
    fan = street.house.fan("mara")
    await street.buy(fan)
    async with fan.talk() as talk:
        opened = await talk.open(SHOW, "tamsin")
        await talk.say(opened["conversation"], "Is the roof all right?")
    yield street


async def pages_of(desk: Street) -> list[str]:
    """The address of every page there is, with something on it."""
    house, fan = desk.house, desk.house.fan("mara")
    draft = PriceVersion("dearer", PriceScope(SHOW), Charge(4, 4), FAR_MS, "ana", "")
    async with house.store.units.begin() as unit:
        await unit.books.card.propose(draft, now_ms=now_ms())
        await propose(unit, PROPOSED, now_ms=now_ms())
        await propose(unit, Promotion("lantern", "code", "Opening", 0, "ana", "", credits=5), now_ms=now_ms())
        turn = (await unit.accounts.holds("demo/mara", limit=1))[0].receipt
    while await house.store.seal():
        pass
    await house.store.figuring().catch_up()
    (order,) = (await fan.call("GET", "/v1/orders")).json()
    return [
        *("prices", "prices/new", "prices/new?like=opening", "prices/opening", "prices/dearer", "prices/opening/trial"),
        *("packs", "packs/new", "packs/new?like=pass-month-1", "packs/autumn"),
        *("promotions/new", "promotions/lantern"),
        *("fans", "fans?q=mara", "fans?q=nobody", "fans/account?fan=demo/mara"),
        *(f"receipts/{turn}", f"orders/{order['order']}"),
        *("figures", "revenue", "revenue?by=character", "liability", "payouts", "reconciliation", "alerts"),
        *("packs/none", "revenue?from_=x"),
    ]


@pytest.mark.parametrize(("scheme", "width"), [("light", 1280), ("dark", 390), ("light", 390), ("dark", 1280)])
async def test_axe_finds_nothing_on_any_page(
    desk: Street, browser: Browser, data_dir: Path, scheme: Literal["light", "dark"], width: int
) -> None:
    base, pages, found = desk.house.base, await pages_of(desk), {}
    for name in ("ana", "ben"):
        page, _ = await signed_in(browser, base, name)
        await page.add_init_script(WATCHES)
        await page.set_viewport_size({"width": width, "height": 900})
        await page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        for path in pages if name == "ana" else ("prices/dearer", "packs", "packs/autumn", "fans"):
            await page.goto(f"{base}/desk/{path}")
            await expect(page.locator("h1")).to_be_visible()
            await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
            found[f"{name} {path}"] = await flaws(page)
        await to_thread(changed, data_dir, "update orders set amount_minor = amount_minor + 1")
        await page.goto(f"{base}/desk/reconciliation")
        await page.get_by_role("button", name="Compare").click()
        await expect(page.locator("#findings")).to_be_visible()
        found[f"{name} compared"] = await flaws(page)
        await to_thread(changed, data_dir, "update orders set amount_minor = amount_minor - 1")
    assert {path: told for path, told in found.items() if told} == {}


async def test_a_pack_is_proposed_approved_sold_and_taken_off(desk: Street, browser: Browser) -> None:
    ana, complaints = await signed_in(browser, desk.house.base, "ana")
    ben, of_ben = await signed_in(browser, desk.house.base, "ben")
    await ana.get_by_role("link", name="Packs and promotions").click()
    await ana.get_by_role("link", name="Propose a pack").click()
    for field, typed in {"id": "autumn", "title": "Autumn", "credits": "120", "price_usd": "2.99"}.items():
        await ana.fill(f'[name="{field}"]', typed)
    await ana.get_by_role("button", name="Propose", exact=True).click()
    await expect(ana.locator("#status")).to_have_text("proposed")
    await expect(ana.get_by_role("button", name="Approve")).to_have_count(0)
    await ben.get_by_role("link", name="Packs and promotions").click()
    await ben.get_by_role("link", name="autumn").click()
    await expect(ben.locator("#prices")).to_have_text("USD 2.99")
    await ben.get_by_role("button", name="Approve").click()
    await expect(ben.locator("#status")).to_have_text("approved")
    fan = desk.house.fan("noa")
    await desk.buy(fan, "autumn")
    assert await available(fan) == 120
    await ana.get_by_role("link", name="Packs and promotions").first.click()
    await ana.get_by_role("button", name="Take off autumn").click()
    await expect(ana.locator("#packs")).not_to_contain_text("autumn")
    assert (await fan.call("POST", "/v1/checkout", json={"pack": "autumn"})).status_code == 404
    assert (complaints, of_ben) == ([], [])


async def test_the_till_is_compared_mended_and_the_books_are_taken_away(
    desk: Street, browser: Browser, data_dir: Path, tmp_path: Path
) -> None:
    ana, complaints = await signed_in(browser, desk.house.base, "ana")
    await to_thread(changed, data_dir, "update orders set refunded_minor = 5")
    await ana.get_by_role("link", name="Reconciliation").click()
    await ana.get_by_role("button", name="Compare").click()
    await expect(ana.get_by_text("0 payments agree, 1 differ.")).to_be_visible()
    await ana.get_by_role("button", name="Look at them again").click()
    await expect(ana.get_by_text("0 payments agree, 1 differ.")).to_be_visible()
    await ana.get_by_role("button", name="Compare").click()
    await expect(ana.get_by_text("1 payments agree, 0 differ.")).to_be_visible()
    await ana.get_by_role("link", name="Liability").click()
    owed: dict[str, int] = {}
    for form in ("CSV", "Parquet"):
        async with ana.expect_download() as download:
            await ana.get_by_role("link", name=form).first.click()
        path = tmp_path / (await download.value).suggested_filename
        await (await download.value).save_as(path)
        owed[form] = await to_thread(credits_in, path)
    assert owed == dict.fromkeys(("CSV", "Parquet"), await available(desk.house.fan("mara")))
    assert complaints == []


def credits_in(path: Path) -> int:
    """The sum of a file's credits, as another program reads it."""
    if path.suffix == ".csv":
        return sum(int(row["credits"]) for row in csv.DictReader(io.StringIO(path.read_text("utf-8"))))
    with duckdb.connect() as connection:
        (found,) = connection.sql(f"select sum(credits) from read_parquet('{path}')").fetchall()
    return int(found[0])
