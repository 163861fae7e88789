"""Prices on the Desk: proposed by one, tried on past turns, approved by another, and never in any other way."""

from __future__ import annotations

from typing import Any

from billing.types import PriceScope, Usage
from billing.units import DAY_MS
from billing.wording import day
from gateway.bootstrap import Store, now_ms
from tests.gateway.builders import House
from tests.staff.browsing import signed_in
from tests.staff.test_staff_pages import held

FIELDS: dict[str, Any] = {
    "id": "dearer",
    "text": "3",
    "voice": "4",
    "effective_from": "2090-01-01",
    "show": "lanterns",
    "voices": "warm=6",
}


async def played(store: Store, turns: int = 4) -> None:
    """Turns of one fan with gifts, today."""
    at_ms = now_ms() - 60_000
    async with store.units.begin() as unit:
        await unit.books.grant(
            "demo/mara", 100, lot_class="goodwill", reason="r", actor="a", idem_key="g", now_ms=at_ms
        )
        for number in range(turns):
            scope = PriceScope("lanterns", "tamsin", "chat", "en", "us")
            quote = await unit.books.quote(scope, voice=number == 0, now_ms=at_ms)
            await unit.books.hold(f"t{number}", "demo/mara", quote, now_ms=at_ms, ttl_ms=60_000)
            await unit.books.capture(f"t{number}", Usage(text=True, voice=number == 0), now_ms=at_ms + 10)


async def test_a_price_is_proposed_tried_and_approved_by_somebody_else(house: House) -> None:
    await played(house.store)
    async with (
        signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana,
        signed_in(house.base, house.store, "ben", ("billing_approver", "")) as ben,
    ):
        held(await ana.get("/desk/prices/new?like=opening"))
        sent = await ana.post("/desk/prices", FIELDS)
        assert (sent.status_code, sent.headers["location"]) == (303, "/desk/prices/dearer")
        page = await ana.get("/desk/prices/dearer")
        held(page)
        assert "somebody else has to approve it" in page.text
        tried = await ana.get(f"/desk/prices/dearer/trial?from_={day(now_ms() - DAY_MS)}&to_={day(now_ms())}")
        held(tried)
        for what, figure in (
            ("turns", "4"),
            ("charged", "11"),
            ("would-be", "16"),
            ("difference", "+5"),
            ("more", "1"),
        ):
            assert f'id="{what}">{figure}<' in tried.text
        assert "<svg" in tried.text
        held(await ben.get("/desk/prices/dearer"))
        assert (await ben.post("/desk/prices/dearer/approve")).status_code == 303
        assert ">scheduled<" in (await ben.get("/desk/prices/dearer")).text
        assert (await ben.post("/desk/prices/dearer/approve")).status_code == 303
    async with house.store.units.read() as unit:
        version = (await unit.books.prices())[-1]
    assert (version.id, version.author, version.approver, version.voices) == ("dearer", "ana", "ben", (("warm", 6),))


async def test_nobody_approves_their_own_price(house: House) -> None:
    roles = (("billing_admin", ""), ("billing_approver", ""))
    async with signed_in(house.base, house.store, "ana", *roles) as ana:  # type: ignore[arg-type]
        await ana.get("/desk/prices/new")
        await ana.post("/desk/prices", FIELDS)
        refused = await ana.post("/desk/prices/dearer/approve")
        assert refused.status_code == 409
        held(refused)
        assert (await ana.post("/desk/prices/dearer/withdraw")).status_code == 303
        assert ">withdrawn<" in (await ana.get("/desk/prices?phase=withdrawn")).text
        assert (await ana.post("/desk/prices/dearer/approve")).status_code == 409


async def test_a_form_of_before_is_told_what_came_between(house: House) -> None:
    async with (
        signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana,
        signed_in(house.base, house.store, "ben", ("billing_approver", "")) as ben,
    ):
        await ana.get("/desk/prices/new")
        await ana.post("/desk/prices", FIELDS)
        await ben.get("/desk/prices/dearer")
        await ana.post("/desk/prices/dearer/withdraw")
        late = await ben.post("/desk/prices/dearer/approve")
        assert (late.status_code, "withdrawn" in late.text) == (409, True)
        again = await ana.post("/desk/prices", {**FIELDS, "text": "9"})
        assert again.status_code == 409
        replayed = await ana.post("/desk/prices", FIELDS)
        assert replayed.status_code == 303
        assert ">withdrawn<" in (await ana.get("/desk/prices/dearer")).text


async def test_what_is_typed_wrongly_is_told_and_nothing_is_written(house: House) -> None:
    async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
        await ana.get("/desk/prices/new")
        for changes, word in (
            ({"id": ""}, "id"),
            ({"text": "x"}, "text"),
            ({"text": "-1"}, "text"),
            ({"effective_from": "soon"}, "2027-01-15"),
            ({"voices": "warm"}, "voices"),
            ({"show": "s" * 201}, "show"),
            ({"protects_until": "2080-01-01"}, "protects_until"),
            ({"text": "10001"}, "10001 credits"),
            ({"text_per_1000_tokens": "1"}, "tokens_max"),
        ):
            answer = await ana.post("/desk/prices", {**FIELDS, **changes})
            assert (answer.status_code, word in answer.text) == (422, True), changes
        assert "dearer" not in (await ana.get("/desk/prices")).text
        for address, status in (
            ("/desk/prices/nothing", 404),
            ("/desk/prices/opening/trial?from_=x&to_=y", 422),
            ("/desk/prices/opening/trial?from_=2026-01-02&to_=2026-01-01", 422),
            ("/desk/prices/opening/trial?store_bps=10001", 422),
            ("/desk/prices/opening/trial?store_bps=²", 422),
        ):
            assert (await ana.get(address)).status_code == status, address
        empty = await ana.get("/desk/prices/opening/trial?from_=2026-01-01&to_=2026-01-01")
        assert "No turn was charged" in empty.text
