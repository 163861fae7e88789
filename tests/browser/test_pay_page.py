"""The stand-in's pay page in a real Chromium, by what a person sees and can press."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest
import pytest_asyncio
import stripe
from playwright.async_api import Browser, Page, expect

from tests.fakes.stripe_server.running import stripe_server
from tests.fakes.stripe_server.wire import HttpServer, Request, Response
from tests.stripe_server.till import SDK_WARNS, pack, plan, sdk

pytestmark = [pytest.mark.browser, SDK_WARNS]


@pytest_asyncio.fixture
async def client() -> AsyncIterator[stripe.StripeClient]:
    """The SDK at a stand-in."""
    async with stripe_server() as server, sdk(server.url) as one:
        yield one


@pytest_asyncio.fixture
async def app() -> AsyncIterator[str]:
    """The address of the app that sends a fan to the pay page and takes them back."""

    async def drama(request: Request) -> Response:
        return Response(200, b"<!doctype html><title>The drama</title>", "text/html")

    server = HttpServer(drama)
    await server.start()
    yield server.url
    await server.aclose()


def _ways(app: str) -> dict[str, Any]:
    return {"success_url": f"{app}/back?session={{CHECKOUT_SESSION_ID}}", "cancel_url": f"{app}/no"}


async def _at_the_page(browser: Browser, session: stripe.checkout.Session) -> Page:
    page = await (await browser.new_context(viewport={"width": 390, "height": 780})).new_page()
    assert session.url is not None
    await page.goto(session.url)
    return page


async def test_a_fan_sees_what_it_costs_and_that_nothing_is_real_and_pays(
    browser: Browser, client: stripe.StripeClient, app: str
) -> None:
    session = await client.v1.checkout.sessions.create_async(pack(**_ways(app)))
    page = await _at_the_page(browser, session)
    await expect(page.get_by_text("stand-in for Stripe. No money moves")).to_be_visible()
    await expect(page.get_by_role("table", name="What you buy")).to_contain_text("500 credits × 1")
    await expect(page.get_by_role("row", name="Total 4.99 USD")).to_be_visible()
    assert await page.locator("input, script").count() == 0
    await page.keyboard.press("Tab")
    await expect(page.get_by_role("button", name="Pay 4.99 USD")).to_be_focused()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"{app}/back?session={session.id}")
    paid = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (paid.status, paid.payment_status) == ("complete", "paid")
    await page.goto(str(session.url))
    await page.get_by_role("link", name="Go on").click()
    await page.wait_for_url(f"{app}/back?session={session.id}")


async def test_a_declined_fan_is_told_so_and_may_pay_later(
    browser: Browser, client: stripe.StripeClient, app: str
) -> None:
    session = await client.v1.checkout.sessions.create_async(pack(currency="jpy", **_ways(app)))
    page = await _at_the_page(browser, session)
    await page.get_by_role("button", name="declined").click()
    await expect(page.get_by_role("alert")).to_have_text("Your card was declined.")
    await expect(page.get_by_role("button", name="Pay 499 JPY")).to_be_visible()
    await page.get_by_role("button", name="bank debit").click()
    await page.wait_for_url(f"{app}/back?session={session.id}")
    waiting = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (waiting.status, waiting.payment_status) == ("complete", "unpaid")


async def test_a_fan_who_goes_back_has_paid_nothing(browser: Browser, client: stripe.StripeClient, app: str) -> None:
    session = await client.v1.checkout.sessions.create_async(plan(**_ways(app)))
    page = await _at_the_page(browser, session)
    await expect(page.get_by_role("table")).to_contain_text("Pass × 1, a month")
    await page.get_by_role("button", name="Go back without paying").click()
    await page.wait_for_url(f"{app}/no")
    left = await client.v1.checkout.sessions.retrieve_async(session.id)
    assert (left.status, left.payment_status) == ("open", "unpaid")
    await client.v1.checkout.sessions.expire_async(session.id)
    await page.goto(str(session.url))
    await expect(page.get_by_role("heading", name="Expired")).to_be_visible()
    await page.get_by_role("link", name="Go back").click()
    await page.wait_for_url(f"{app}/no")
