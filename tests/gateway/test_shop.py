"""Buying over HTTP with Stripe's own library at the stand-in: offers, checkout, webhooks, and who may ask what."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from billing.promotions import Promotion
from gateway.bootstrap import now_ms, open_cashier
from gateway.housekeeping import reconciled
from gateway.settings import StripeAccount
from tests.fakes.stripe_server.running import KEY, SECRET, StripeServer, stripe_server
from tests.gateway.builders import House, books_add_up, claims_of, served, settings_of, token_of
from tests.gateway.client import Event, Fan, Refused
from tests.gateway.lead import LedModel
from tests.gateway.story import SHOW
from tests.gateway.test_http import error_of


@dataclass(frozen=True, slots=True)
class Street:
    """A gateway with a shop, and the till it sells through."""

    house: House
    till: StripeServer

    @property
    def account(self) -> StripeAccount:
        """The account that the gateway sells through."""
        assert self.house.store.settings.stripe is not None
        return self.house.store.settings.stripe

    async def buy(self, fan: Fan, pack: str = "pack-100-1", **more: object) -> str:
        """Check out and pay; returns the order. What the webhook does is done when this returns."""
        opened = await fan.call("POST", "/v1/checkout", json={"pack": pack, **more})
        assert opened.status_code == 201, opened.text
        session = str(opened.json()["url"]).rsplit("/", 1)[-1]
        await self.till.control("press", session=session)
        await self.till.settled()
        order: str = opened.json()["order"]
        return order


@pytest_asyncio.fixture
async def street(data_dir: Path, model: LedModel) -> AsyncIterator[Street]:
    async with stripe_server(retry_delays_s=(0.0, 0.0)) as till:
        account = {"STRIPE_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": f"{SECRET}, whsec_old", "STRIPE_API_BASE": till.url}
        async with served(settings_of(data_dir, **account), model) as house:
            till.courier.url = f"{house.base}/v1/webhooks/stripe"
            yield Street(house, till)
            assert await books_add_up(house.store.units)


async def available(fan: Fan) -> int:
    credits: int = (await fan.call("GET", "/v1/wallet")).json()["available"]
    return credits


def from_region(house: House, region: str) -> Fan:
    return Fan(house.base, token_of(replace(claims_of(), region=region)), None)


class TestOffers:
    async def test_packs_come_in_the_currency_of_the_region(self, street: Street) -> None:
        for region, currency in (("US", "usd"), ("DE", "eur"), ("JP", "jpy"), ("", "usd"), ("ZZ", "usd")):
            packs = (await from_region(street.house, region).call("GET", "/v1/packs")).json()["packs"]
            assert {pack["currency"] for pack in packs} == {currency}
            assert all(pack["covers"] for pack in packs)

    async def test_who_is_short_is_offered_exactly_that_first(self, street: Street) -> None:
        packs = (await street.house.fan().call("GET", "/v1/packs?shortfall=300")).json()["packs"]
        assert (packs[0]["pack"], packs[0]["credits"], packs[0]["covers"]) == ("exact-1", 300, True)
        assert [pack["covers"] for pack in packs if pack["credits"] < 300] == [False]

    async def test_a_refused_message_says_what_would_do(self, street: Street) -> None:
        async with street.house.fan().talk() as talk:
            opened = await talk.open(SHOW, "tamsin")
            with pytest.raises(Refused) as refused:
                await talk.say(opened["conversation"], "Is the roof all right?")
        event = refused.value.event
        assert (event["code"], event["needed"], event["available"]) == ("insufficient_credits", 2, 0)
        assert event["packs"][0]["pack"] == "exact-1"
        assert event["packs"][0]["credits"] >= 2


class TestBuying:
    async def test_the_webhook_grants_what_was_paid_and_a_turn_burns_it(self, street: Street) -> None:
        fan = street.house.fan()
        order = await street.buy(fan)
        assert await available(fan) == 100
        async with fan.talk() as talk:
            opened = await talk.open(SHOW, "tamsin")
            done: Event = await talk.say(opened["conversation"], "Is the roof all right?")
        receipt = (await fan.call("GET", f"/v1/receipts/{done['receipt']['id']}")).json()
        (burn,) = receipt["burned"]
        assert (burn["lot_class"], burn["credits"], burn["currency"]) == ("purchased", 2, "usd")
        assert burn["paid_micros"] == 99 * 2 * 1_000_000 // 100
        assert opened["price"]["currency_hint"] == "USD 0.01"  # 1.98 cents, never rounded up
        wallet = (await fan.call("GET", "/v1/wallet")).json()
        assert (wallet["available"], wallet["currency_hint"]) == (98, "USD 0.97")
        (listed,) = (await fan.call("GET", "/v1/orders")).json()
        assert (listed["order"], listed["state"], listed["amount_minor"]) == (order, "paid", 99)

    async def test_without_any_webhook_the_return_page_grants(self, street: Street) -> None:
        street.till.courier.url = None
        fan = street.house.fan()
        order = await street.buy(fan)
        assert await available(fan) == 0
        for _ in range(2):
            synced = (await fan.call("POST", f"/v1/checkout/{order}/sync")).json()
            assert (synced["state"], await available(fan)) == ("paid", 100)

    async def test_a_first_purchase_has_its_bonus_and_the_second_has_none(self, street: Street) -> None:
        first = Promotion("first", "first_purchase", "Half as much again", 0, "ana", "ben", bonus_bps=5_000)
        async with street.house.store.units.begin() as unit:
            await unit.promotions.offer(first)
        fan = street.house.fan()
        await street.buy(fan)
        assert await available(fan) == 150
        await street.buy(fan)
        assert await available(fan) == 250

    async def test_a_customer_of_the_till_has_a_portal_and_a_stranger_has_none(self, street: Street) -> None:
        fan = street.house.fan()
        await street.buy(fan, "pass-month-1")
        opened = await fan.call("POST", "/v1/portal", json={})
        assert opened.status_code == 201
        assert opened.json()["url"].startswith(street.till.url)
        refused = await street.house.fan("noa").call("POST", "/v1/portal", json={})
        assert (refused.status_code, error_of(refused)["code"]) == (409, "no_customer")


class TestWhoMayAsk:
    async def test_another_fans_order_looks_like_none(self, street: Street) -> None:
        order = await street.buy(street.house.fan())
        for asked in (order, "o-nothing"):
            answer = await street.house.fan("noa").call("POST", f"/v1/checkout/{asked}/sync")
            assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_order")

    @pytest.mark.parametrize(
        "url", ["https://evil.example/", "javascript:alert(1)", "//app.example", "https://app.example.evil/", "x", "["]
    )
    async def test_a_fan_is_sent_back_to_pages_of_the_app_only(self, street: Street, url: str) -> None:
        body = {"pack": "pack-100-1", "return_url": url}
        answer = await street.house.fan().call("POST", "/v1/checkout", json=body)
        assert (answer.status_code, error_of(answer)["code"]) == (422, "wrong_return")

    async def test_a_page_of_the_app_is_come_back_to_with_the_order(self, street: Street) -> None:
        fan = street.house.fan()
        order = await street.buy(fan, return_url="https://app.example/chat?order={ORDER}")
        sessions = [one for one in street.till.world.objects.values() if one["object"] == "checkout.session"]
        assert [one["success_url"] for one in sessions] == [f"https://app.example/chat?order={order}"]

    @pytest.mark.parametrize("body", [{}, {"pack": ""}, {"pack": "x" * 64}, {"pack": "p", "shortfall": -1}])
    async def test_a_wrong_order_is_refused(self, street: Street, body: dict[str, object]) -> None:
        assert (await street.house.fan().call("POST", "/v1/checkout", json=body)).status_code == 422

    async def test_what_is_not_for_sale_is_told(self, street: Street) -> None:
        for body in ({"pack": "gold"}, {"pack": "exact-1"}):
            answer = await street.house.fan().call("POST", "/v1/checkout", json=body)
            assert (answer.status_code, error_of(answer)["code"]) == (404, "unknown_pack")


class TestWebhooks:
    async def post(self, street: Street, payload: bytes, signature: str) -> httpx.Response:
        async with httpx.AsyncClient(base_url=street.house.base, trust_env=False) as http:
            return await http.post("/v1/webhooks/stripe", content=payload, headers={"stripe-signature": signature})

    def signed(self, event: dict[str, object], *, secret: str = SECRET, ahead_s: int = 0) -> tuple[bytes, str]:
        from stripe import WebhookSignature

        payload = json.dumps(event)
        header = WebhookSignature.generate_signature_header(payload, secret, timestamp=int(time.time()) + ahead_s)
        return payload.encode(), header

    def event(self, street: Street, **changes: object) -> dict[str, object]:
        kept = next(one for one in street.till.world.kinds["event"] if one["type"] == "checkout.session.completed")
        return {**kept, "id": "evt_forged", **changes}

    async def test_what_is_forged_replayed_or_of_another_time_or_mode_changes_nothing_and_is_counted(
        self, street: Street
    ) -> None:
        fan = street.house.fan()
        await street.buy(fan)
        event = self.event(street)
        refused = [
            self.signed(event, secret="whsec_wrong"),
            self.signed(event, ahead_s=86_400),
            self.signed(event, ahead_s=-86_400),
            self.signed({**event, "livemode": True}),
            (json.dumps(event).encode(), ""),
            (b"{" * 50, "t=1,v1=00"),
            (b"x" * 600_000, "t=1,v1=00"),
        ]
        for payload, signature in refused:
            answer = await self.post(street, payload, signature)
            assert (answer.status_code, error_of(answer)["code"]) == (400, "webhook_refused")
        async with street.house.store.units.read() as unit:
            counted = {reason: number for (_, reason), number in (await unit.shop.refused()).items()}
        assert sum(counted.values()) == len(refused)
        assert {"forged", "future", "stale", "wrong_mode", "unsigned"} <= set(counted)
        again = await self.post(street, *self.signed(self.event(street, id="evt_again")))
        assert (again.status_code, again.json()) == (200, {"outcome": "applied"})
        twice = await self.post(street, *self.signed(self.event(street, id="evt_again"), secret="whsec_old"))
        assert (twice.status_code, twice.json()) == (200, {"outcome": "duplicate"})
        assert await available(fan) == 100

    async def test_while_the_till_is_down_a_webhook_comes_again(self, street: Street) -> None:
        fan = street.house.fan()
        await street.buy(fan)
        payload, signature = self.signed(self.event(street, id="evt_late"))
        await street.till.aclose()
        answer = await self.post(street, payload, signature)
        assert (answer.status_code, error_of(answer)["retryable"]) == (503, True)


async def test_the_daily_comparison_finds_and_books_a_payment_that_nobody_told_of(street: Street) -> None:
    street.till.courier.url = None
    fan = street.house.fan()
    await street.buy(fan)
    assert await available(fan) == 0
    async with open_cashier(street.house.store, street.account) as cashier:
        assert await reconciled(cashier, now_ms() + 60_000) == 1
        assert await available(fan) == 100
        assert await reconciled(cashier, now_ms() + 60_000) == 0


async def test_where_nothing_is_for_sale_the_shop_is_not_there(house: House) -> None:
    fan = house.fan()
    for method, path in [("GET", "/v1/packs"), ("POST", "/v1/checkout"), ("POST", "/v1/webhooks/stripe")]:
        answer = await fan.call(method, path, json={} if method == "POST" else None)
        assert answer.status_code == 404
