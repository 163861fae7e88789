"""Packs and promotions on the Desk: proposed by one, approved by another, and sold at the till as approved."""

from __future__ import annotations

import time
from typing import Any

import httpx
import pytest

from billing.units import HOUR_MS
from billing.wording import moment
from gateway.bootstrap import now_ms
from tests.fakes.stripe_server.running import KEY
from tests.gateway.builders import House
from tests.gateway.test_shop import Street, available, from_region
from tests.gateway.test_shop import street as street
from tests.staff.browsing import signed_in
from tests.staff.test_staff_pages import held

PACK: dict[str, Any] = {
    "id": "autumn",
    "title": "120 credits for the autumn",
    "kind": "one_time",
    "credits": "120",
    "bonus": "5",
    "price_usd": "2.99",
    "price_eur": "2,79",
    "price_jpy": "450",
}
CODE: dict[str, Any] = {
    "name": "LANTERN",
    "title": "Opening night",
    "kind": "code",
    "starts": "2026-01-01",
    "credits": "7",
    "lot_days": "30",
    "per_hour_max": "50",
}


async def at_the_till(street: Street, url: str) -> tuple[int, str, str]:
    """What the till was asked to charge: amount, currency, and what the page calls it."""
    session = url.rsplit("/", 1)[-1]
    async with httpx.AsyncClient(
        base_url=street.till.url, headers={"authorization": f"Bearer {KEY}"}, trust_env=False
    ) as http:
        found = (await http.get(f"/v1/checkout/sessions/{session}", params={"expand[]": "line_items"})).json()
    (item,) = found["line_items"]["data"]
    return found["amount_total"], found["currency"], item["description"]


async def offered(street: Street, region: str = "US") -> set[str]:
    found = (await from_region(street.house, region).call("GET", "/v1/packs")).json()["packs"]
    return {pack["pack"] for pack in found}


async def test_a_pack_of_two_people_is_sold_at_the_till_at_its_price_in_each_currency(street: Street) -> None:
    house = street.house
    async with (
        signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana,
        signed_in(house.base, house.store, "ben", ("billing_approver", "")) as ben,
    ):
        held(await ana.get("/desk/packs/new?like=pack-100-1"))
        assert 'value="0.99"' in (await ana.get("/desk/packs/new?like=pack-100-1")).text
        sent = await ana.post("/desk/packs", PACK)
        assert (sent.status_code, sent.headers["location"]) == (303, "/desk/packs/autumn")
        page = await ana.get("/desk/packs/autumn")
        held(page)
        assert "somebody else has to approve it" in page.text
        assert "EUR 2.79, JPY 450, USD 2.99" in page.text
        assert "autumn" not in await offered(street)
        waiting = await ben.get("/desk/packs")
        held(waiting)
        assert 'href="/desk/packs/autumn"' in waiting.text
        await ben.get("/desk/packs/autumn")
        assert (await ben.post("/desk/packs/autumn/approve")).status_code == 303
        assert ">approved<" in (await ben.get("/desk/packs/autumn")).text
        assert "autumn" in await offered(street)
        for region, told in (("US", (299, "usd")), ("DE", (279, "eur")), ("JP", (450, "jpy")), ("GB", (299, "usd"))):
            fan = from_region(house, region)
            opened = await fan.call("POST", "/v1/checkout", json={"pack": "autumn"})
            assert await at_the_till(street, opened.json()["url"]) == (*told, PACK["title"]), region
        fan = house.fan("mara")
        await street.buy(fan, "autumn")
        assert await available(fan) == 125
        await ana.get("/desk/packs")
        assert (await ana.post("/desk/packs/autumn/retire")).status_code == 303
        refused = await fan.call("POST", "/v1/checkout", json={"pack": "autumn"})
        assert (refused.status_code, refused.json()["error"]["code"]) == (404, "unknown_pack")
        assert "autumn" not in await offered(street)
        compared = await ana.post("/desk/reconciliation", {})
        assert "1 payments agree, 0 differ." in compared.text


async def test_a_scheduled_pack_is_sold_in_its_time_alone(street: Street, monkeypatch: pytest.MonkeyPatch) -> None:
    house, real, ahead = street.house, time.time_ns, [0]
    monkeypatch.setattr(time, "time_ns", lambda: real() + ahead[0] * 1_000_000)
    starts, ends = (moment(now_ms() + hours * HOUR_MS).removesuffix(" UTC") for hours in (1, 2))
    async with (
        signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana,
        signed_in(house.base, house.store, "ben", ("billing_approver", "")) as ben,
    ):
        await ana.get("/desk/packs/new")
        assert (await ana.post("/desk/packs", {**PACK, "starts": starts, "ends": ends})).status_code == 303
        await ben.get("/desk/packs/autumn")
        assert (await ben.post("/desk/packs/autumn/approve")).status_code == 303
        for hours, phase, sold in ((0, "scheduled", False), (1.5, "offered", True), (2.5, "past", False)):
            ahead[0] = int(hours * HOUR_MS)
            assert ("autumn" in await offered(street)) is sold, hours
            opened = await house.fan("mara").call("POST", "/v1/checkout", json={"pack": "autumn"})
            assert opened.status_code == (201 if sold else 404), hours
            row = (await ana.get("/desk/packs")).text.split(">autumn<", 1)[1].split("</tr>", 1)[0]
            assert f">{phase}<" in row, hours


async def test_a_promotion_of_two_people_is_given_and_taken_off(house: House) -> None:
    fan = house.fan("mara")
    async with (
        signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana,
        signed_in(house.base, house.store, "ben", ("billing_approver", "")) as ben,
    ):
        held(await ana.get("/desk/promotions/new"))
        sent = await ana.post("/desk/promotions", CODE)
        assert (sent.status_code, sent.headers["location"]) == (303, "/desk/promotions/lantern")
        held(await ana.get("/desk/promotions/lantern"))
        assert (await fan.call("POST", "/v1/promotions/redeem", json={"code": "Lantern"})).status_code == 404
        await ben.get("/desk/promotions/lantern")
        assert (await ben.post("/desk/promotions/lantern/approve")).status_code == 303
        assert (await fan.call("POST", "/v1/promotions/redeem", json={"code": "Lantern"})).status_code == 200
        assert await available(fan) == 7
        await ana.get("/desk/packs")
        assert (await ana.post("/desk/promotions/lantern/retire")).status_code == 303
        late = await house.fan("noa").call("POST", "/v1/promotions/redeem", json={"code": "lantern"})
        assert late.status_code == 404
        assert (await ana.post("/desk/promotions/none/retire")).status_code == 404


async def test_nobody_approves_their_own_and_what_was_withdrawn_stays_so(house: House) -> None:
    roles = (("billing_admin", ""), ("billing_approver", ""))
    async with signed_in(house.base, house.store, "ana", *roles) as ana:  # type: ignore[arg-type]
        await ana.get("/desk/packs/new")
        for address, fields, name in (("packs", PACK, "autumn"), ("promotions", CODE, "lantern")):
            await ana.post(f"/desk/{address}", fields)
            refused = await ana.post(f"/desk/{address}/{name}/approve")
            assert refused.status_code == 409
            held(refused)
            assert (await ana.post(f"/desk/{address}/{name}/withdraw")).status_code == 303
            assert (await ana.post(f"/desk/{address}/{name}/approve")).status_code == 409
            assert (await ana.get(f"/desk/{address}/none")).status_code == 404
        assert (await ana.post("/desk/packs", {**PACK, "credits": "9"})).status_code == 409
        assert 'id="waiting"' not in (await ana.get("/desk/packs")).text
    async with house.store.units.read() as unit:
        assert [one.status for one in await unit.offers.proposals()] == ["withdrawn", "withdrawn"]
        assert await unit.shop.packs() == ()


async def test_what_is_typed_wrongly_is_told_and_nothing_is_written(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
        await ana.get("/desk/packs/new")
        for address, fields, changes, word in (
            ("packs", PACK, {"id": ""}, "id"),
            ("packs", PACK, {"id": "a/b"}, "letters"),
            ("packs", PACK, {"id": "New"}, "letters"),
            ("packs", PACK, {"kind": "gift"}, "one_time"),
            ("packs", PACK, {"credits": "0"}, "credits"),
            ("packs", PACK, {"price_usd": "2.999"}, "at most 2 decimals"),
            ("packs", PACK, {"price_jpy": "450.5"}, "no decimals"),
            ("packs", PACK, {"price_eur": "-1"}, "EUR"),
            ("packs", PACK, {"price_usd": ""}, "US dollars"),
            ("packs", PACK, {"price_usd": "0.49"}, "less or more than the till charges"),
            ("packs", PACK, {"kind": "subscription"}, "interval"),
            ("packs", PACK, {"starts": "2027-02-01", "ends": "2027-01-01"}, "ends before"),
            ("packs", PACK, {"ends": "soon"}, "2027-01-15"),
            ("promotions", CODE, {"name": "a:b"}, "letters"),
            ("promotions", CODE, {"kind": "gift"}, "first_purchase"),
            ("promotions", CODE, {"starts": ""}, "2027-01-15"),
            ("promotions", CODE, {"credits": ""}, "gives nothing"),
            ("promotions", CODE, {"bonus_bps": "5"}, "first purchase"),
            ("promotions", CODE, {"lot_days": "0"}, "lot_days"),
            ("promotions", CODE, {"per_hour_max": "x"}, "per_hour_max"),
        ):
            answer = await ana.post(f"/desk/{address}", {**fields, **changes})
            assert (answer.status_code, word in answer.text) == (422, True), (changes, answer.text[-600:])
    async with house.store.units.read() as unit:
        assert await unit.offers.proposals() == ()
