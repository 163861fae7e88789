"""What fans are given over HTTP: codes, the welcome, the daily line, and rewards for watched ads."""

from __future__ import annotations

import json
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import httpx
import pytest
import pytest_asyncio

from billing.promotions import Promotion
from gateway.gifts import source_of
from tests.billing.admob_stand_in import KEY_ID, UNIT, KeyPage, Signer, content, escaped, query
from tests.gateway.builders import House, books_add_up, claims_of, served, settings_of, token_of
from tests.gateway.client import Fan
from tests.gateway.lead import LedModel
from tests.gateway.test_http import error_of

CODE = Promotion("lantern", "code", "For lantern lighters", 0, "ana", "ben", credits=10)
WELCOME = Promotion("hello", "welcome", "Welcome", 0, "ana", "ben", credits=20)
DAILY = Promotion("line", "daily", "A line a day", 0, "ana", "ben", credits=2)


async def offer(house: House, *promotions: Promotion) -> None:
    async with house.store.units.begin() as unit:
        for promotion in promotions:
            await unit.promotions.offer(promotion)


async def available(fan: Fan) -> int:
    credits: int = (await fan.call("GET", "/v1/wallet")).json()["available"]
    return credits


class TestCodes:
    async def test_a_code_gives_its_credits_once(self, house: House) -> None:
        await offer(house, CODE)
        fan = house.fan()
        first = await fan.call("POST", "/v1/promotions/redeem", json={"code": " Lantern "})
        again = await fan.call("POST", "/v1/promotions/redeem", json={"code": "lantern"})
        assert [answer.json() for answer in (first, again)] == [
            {"credits": 10, "available": 10},
            {"credits": 0, "available": 10},
        ]
        assert await available(fan) == 10

    @pytest.mark.parametrize(
        ("promotion", "code", "status", "told"),
        [
            (CODE, "candle", 404, "unknown_promotion"),
            (WELCOME, "hello", 404, "unknown_promotion"),
            (replace(CODE, ends_at_ms=1), "lantern", 409, "promotion_refused"),
        ],
    )
    async def test_what_cannot_be_redeemed_is_told_and_gives_nothing(
        self, house: House, promotion: Promotion, code: str, status: int, told: str
    ) -> None:
        await offer(house, promotion)
        fan = house.fan()
        answer = await fan.call("POST", "/v1/promotions/redeem", json={"code": code})
        assert (answer.status_code, error_of(answer)["code"]) == (status, told)
        assert await available(fan) == 0

    @pytest.mark.parametrize("body", [{}, {"code": ""}, {"code": "x" * 64}, {"code": 5}, {"code": "a", "more": 1}])
    async def test_a_wrong_body_is_refused(self, house: House, body: dict[str, object]) -> None:
        answer = await house.fan().call("POST", "/v1/promotions/redeem", json=body)
        assert answer.status_code == 422


class TestComingIn:
    async def test_a_verified_fan_is_welcomed_once_and_has_a_line_a_day(self, house: House) -> None:
        await offer(house, WELCOME, DAILY)
        verified = Fan(house.base, token_of(replace(claims_of("mara"), verified=True)), None)
        stranger = house.fan("noa")
        for fan in (verified, stranger, verified):
            assert (await fan.call("POST", "/v1/realtime/tickets")).status_code == 201
        assert (await available(verified), await available(stranger)) == (22, 2)
        lines = (await verified.call("GET", "/v1/wallet/statement")).json()["lines"]
        assert [line["reason"] for line in lines] == ["daily: line", "welcome: hello"]
        assert await books_add_up(house.store.units)

    async def test_without_offers_nobody_is_given_anything(self, house: House) -> None:
        fan = house.fan()
        await fan.call("POST", "/v1/realtime/tickets")
        assert await available(fan) == 0

    def test_an_address_is_kept_as_a_keyed_digest_only(self) -> None:
        assert source_of("203.0.113.9", "a") == source_of("203.0.113.9", "a") != source_of("203.0.113.9", "b")
        assert len(source_of("203.0.113.9", "a")) == len(source_of("::1", "a")) == 64


class TestStatement:
    async def test_it_is_paged_newest_first_and_is_the_fans_own(self, house: House) -> None:
        fan = await house.rich_fan(credits=1)
        for _ in range(50):
            await house.rich_fan(credits=1)
        first = (await fan.call("GET", "/v1/wallet/statement")).json()
        rest = (await fan.call("GET", f"/v1/wallet/statement?before={first['before']}")).json()
        balances = [line["balance"] for line in first["lines"] + rest["lines"]]
        assert (balances, rest["before"]) == (list(range(51, 0, -1)), None)
        assert (await house.fan("noa").call("GET", "/v1/wallet/statement")).json() == {"lines": [], "before": None}

    @pytest.mark.parametrize("before", ["0", "-1", "x", "99999999999999999999"])
    async def test_a_wrong_place_is_refused(self, house: House, before: str) -> None:
        answer = await house.fan().call("GET", f"/v1/wallet/statement?before={before}")
        assert answer.status_code == 422


class TestAds:
    @pytest.fixture
    def keys(self) -> Iterator[KeyPage]:
        page = KeyPage()
        with page.serving():
            yield page

    @pytest_asyncio.fixture
    async def house(self, data_dir: Path, keys: KeyPage, model: LedModel) -> AsyncIterator[House]:
        rewards = {"units": {UNIT: 3}, "daily_cap": 2, "secrets": ["n" * 32], "keys": keys.address}
        async with served(settings_of(data_dir, REWARDS=json.dumps(rewards)), model) as house:
            yield house

    async def nonce(self, fan: Fan) -> str:
        answer = await fan.call("POST", "/v1/rewards/nonce")
        assert answer.status_code == 201
        nonce: str = answer.json()["nonce"]
        return nonce

    async def watched(self, house: House, signer: Signer, nonce: str, transaction: str) -> int:
        """The status that AdMob gets for a callback."""
        told = content(custom_data=nonce, transaction_id=transaction, timestamp=str(int(time.time() * 1000)))
        signed = query(escaped(told), signer.sign(told.encode()))
        async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
            return (await http.get(f"/v1/webhooks/admob?{signed}")).status_code

    async def test_a_watched_ad_is_rewarded_once_up_to_the_cap(self, house: House, keys: KeyPage) -> None:
        signer = Signer()
        keys.publish(signer.published(KEY_ID))
        fan = house.fan()
        first = await self.nonce(fan)
        for nonce, transaction in [(first, "a"), (first, "a"), (first, "b")]:
            assert await self.watched(house, signer, nonce, transaction) == 200
        assert await available(fan) == 3
        for transaction in ("c", "d"):
            assert await self.watched(house, signer, await self.nonce(fan), transaction) == 200
        assert await available(fan) == 6
        assert await books_add_up(house.store.units)

    async def test_a_forged_callback_is_answered_alike_and_gives_nothing(self, house: House, keys: KeyPage) -> None:
        keys.publish(Signer().published(KEY_ID))
        fan = house.fan()
        assert await self.watched(house, Signer(), await self.nonce(fan), "a") == 200
        async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
            assert (await http.get("/v1/webhooks/admob?nothing")).status_code == 200
        assert await available(fan) == 0

    async def test_without_keys_admob_is_asked_to_come_again(self, house: House, keys: KeyPage) -> None:
        keys.status = 500
        fan = house.fan()
        assert await self.watched(house, Signer(), await self.nonce(fan), "a") == 503
        assert await available(fan) == 0


async def test_an_installation_without_rewards_says_so(house: House) -> None:
    answer = await house.fan().call("POST", "/v1/rewards/nonce")
    assert (answer.status_code, error_of(answer)["code"]) == (404, "rewards_off")
    async with httpx.AsyncClient(base_url=house.base, trust_env=False) as http:
        assert (await http.get("/v1/webhooks/admob?x")).status_code == 404
