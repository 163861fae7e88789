"""A fan's account on the Desk: found, told, refunded to the same lots, given goodwill within caps, and frozen."""

from __future__ import annotations

import re

import pytest

from billing.errors import AccountFrozen
from billing.types import PriceScope
from gateway.bootstrap import now_ms
from gateway.desk.fan_pages import CAPS
from tests.desk.test_price_pages import played
from tests.gateway.builders import House
from tests.staff.browsing import Browser, signed_in
from tests.staff.test_staff_pages import held

ACCOUNT = "/desk/fans/account?fan=demo%2Fmara"


def once_of(text: str) -> str:
    """The key of the forms of a page."""
    found = re.search(r'name="once" value="([0-9a-f]{32})"', text)
    assert found is not None
    return found.group(1)


async def receipt_page(browser: Browser, turn: str) -> tuple[str, str]:
    """The address of a turn's receipt, and the key of its form."""
    page = await browser.get(f"/desk/receipts/{turn}")
    held(page)
    found = re.search(r'action="(/desk/receipts/[\w-]+)/refund"', page.text)
    assert found is not None
    return found.group(1), once_of(page.text)


@pytest.mark.parametrize("name", ["mara", "demo/mara", "t1"])
async def test_a_fan_is_found_by_whatever_somebody_has_of_them(house: House, name: str) -> None:
    await played(house.store)
    async with signed_in(house.base, house.store, "ana", ("support", "")) as ana:
        page = await ana.get(f"/desk/fans?q={name}")
        held(page)
        assert (page.url.path, "demo/mara" in page.text) == ("/desk/fans/account", True)
        assert "Nobody is known" in (await ana.get("/desk/fans?q=nobody")).text
        assert (await ana.get("/desk/fans/account?fan=nobody")).status_code == 404
        assert (await ana.get("/desk/receipts/nothing")).status_code == 404


async def test_a_refund_goes_back_to_the_lots_it_came_from_and_only_once(house: House) -> None:
    await played(house.store)
    async with signed_in(house.base, house.store, "ana", ("support", "")) as ana:
        address, once = await receipt_page(ana, "t0")
        fields = {"credits": "2", "reason": "Out of character", "once": once}
        for _ in range(2):
            sent = await ana.post(f"{address}/refund", fields)
            assert (sent.status_code, sent.headers["location"]) == (303, address)
        changed = await ana.post(f"{address}/refund", {**fields, "credits": "1"})
        assert changed.status_code == 409
        address, once = await receipt_page(ana, "t0")
        assert (await ana.post(f"{address}/refund", {"reason": "r", "once": once})).status_code == 303
        again = {"reason": "r", "once": "0" * 32}
        assert (await ana.post(f"{address}/refund", again)).status_code == 409
        for wrong in ({"reason": "", "once": once}, {"reason": "r", "once": ""}, {"credits": "0", "reason": "r"}):
            assert (await ana.post(f"{address}/refund", wrong)).status_code == 422
    async with house.store.units.read() as unit:
        (lot,) = await unit.accounts.lots("demo/mara")
        (line, *_) = await unit.reports.statement("demo/mara", before=None, limit=1)
    assert (lot.granted, lot.remaining) == (100, 100 - 6)
    assert (line.kind, line.actor, line.credits) == ("turn_refund", "ana", 3)


async def test_support_may_look_and_refund_but_gives_nothing(house: House) -> None:
    await played(house.store)
    async with signed_in(house.base, house.store, "ana", ("support", "")) as ana:
        page = await ana.get(ACCOUNT)
        assert "/desk/fans/goodwill" not in page.text
        fields = {"fan": "demo/mara", "credits": "5", "reason": "r", "once": "0" * 32, "frozen": "yes"}
        for path in ("/desk/fans/goodwill", "/desk/fans/freeze"):
            assert (await ana.post(path, fields)).status_code == 403
    async with house.store.units.read() as unit:
        assert (await unit.books.wallet("demo/mara")).available == 89


async def test_goodwill_has_a_reason_a_cap_and_a_name_in_the_books(house: House) -> None:
    await played(house.store)
    async with signed_in(house.base, house.store, "ana", ("billing_admin", ""), ("admin", "")) as ana:
        page = await ana.get(ACCOUNT)
        held(page)
        # The hundred credits of before were given by somebody else, and count for the fan.
        fields = {"fan": "demo/mara", "credits": str(CAPS.at_once), "reason": "A bad evening"}
        fields["once"] = once_of(page.text)
        for _ in range(2):
            assert (await ana.post("/desk/fans/goodwill", fields)).status_code == 303
        assert (await ana.post("/desk/fans/goodwill", {**fields, "once": "1" * 32})).status_code == 303
        capped = await ana.post("/desk/fans/goodwill", {**fields, "credits": "1", "once": "2" * 32})
        assert (capped.status_code, "at most 0" in capped.text) == (422, True)
        many = await ana.post("/desk/fans/goodwill", {**fields, "credits": str(CAPS.at_once + 1), "once": "3" * 32})
        assert many.status_code == 422
        nobody = await ana.post("/desk/fans/goodwill", {**fields, "fan": "demo/nobody", "once": "4" * 32})
        assert nobody.status_code == 404
        told = (await ana.get("/staff/log")).text
        assert "fan.given" in told
        assert "fan.seen" in told
    async with house.store.units.read() as unit:
        assert (await unit.books.wallet("demo/mara")).available == 89 + 2 * CAPS.at_once
        assert (await unit.accounts.account("demo/nobody")) is None


async def test_a_frozen_account_spends_nothing_until_it_is_let_again(house: House) -> None:
    await played(house.store)
    scope = PriceScope("lanterns", "tamsin", "chat", "en", "us")

    async def spend(turn: str) -> None:
        async with house.store.units.begin() as unit:
            quote = await unit.books.quote(scope, voice=False, now_ms=now_ms())
            await unit.books.hold(turn, "demo/mara", quote, now_ms=now_ms(), ttl_ms=60_000)

    async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
        await ana.get(ACCOUNT)
        fields = {"fan": "demo/mara", "frozen": "yes", "reason": "Cards that are not theirs"}
        assert (await ana.post("/desk/fans/freeze", {**fields, "reason": ""})).status_code == 422
        for _ in range(2):
            assert (await ana.post("/desk/fans/freeze", fields)).status_code == 303
        assert 'id="frozen"' in (await ana.get(ACCOUNT)).text
        with pytest.raises(AccountFrozen):
            await spend("x1")
        await ana.post("/desk/fans/freeze", {**fields, "frozen": "no"})
        await spend("x2")
