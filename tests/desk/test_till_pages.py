"""Reconciliation, alerts and figures on the Desk, with the stand-in for Stripe."""

from __future__ import annotations

import sqlite3
from asyncio import to_thread
from dataclasses import replace
from pathlib import Path

import pytest

from billing.alerts import Alert, AlertBounds, Readings, alerts
from billing.revenue import EarnedMoney, Group, RevenueLine
from gateway.bootstrap import now_ms
from tests.desk.traffic import weeks_of_business
from tests.gateway.builders import House
from tests.gateway.test_shop import Street
from tests.gateway.test_shop import street as street
from tests.staff.browsing import signed_in
from tests.staff.test_staff_pages import held


def changed(data_dir: Path, statement: str, *values: object) -> None:
    """Change the database behind the books, as nobody should."""
    with sqlite3.connect(data_dir / "encore.db", timeout=20) as database:
        database.execute(statement, values)
    database.close()


class TestReconciliation:
    async def test_planted_differences_are_found_and_looked_at_again(self, street: Street, data_dir: Path) -> None:
        house = street.house
        orders = [await street.buy(house.fan(name)) for name in ("mara", "ben", "kim")]
        await street.till.settled()
        await to_thread(changed, data_dir, "update orders set amount_minor = amount_minor + 1 where id = ?", orders[0])
        await to_thread(changed, data_dir, "update orders set payment = 'pi_none' where id = ?", orders[1])
        async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
            held(await ana.get("/desk/reconciliation"))
            page = await ana.post("/desk/reconciliation", {})
            held(page)
            assert "1 payments agree, 3 differ." in page.text
            for word in ("missing here", "missing there", "amount differs", "pi_none", orders[0], orders[1], orders[2]):
                assert word in page.text, word
            assert (await ana.post("/desk/reconciliation", {"from_": "x"})).status_code == 422

    async def test_where_nothing_is_sold_there_is_no_till_to_ask(self, house: House) -> None:
        async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
            assert "Nothing is for sale here" in (await ana.get("/desk/reconciliation")).text
            assert (await ana.post("/desk/reconciliation", {})).status_code == 409
            refused = await ana.post("/desk/orders/o-1/refund", {"reason": "r", "once": "0" * 32})
            assert refused.status_code == 409


class TestAlerts:
    async def test_books_that_do_not_add_up_are_the_first_alert(self, house: House, data_dir: Path) -> None:
        await weeks_of_business(house.store, steps=30)
        async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
            page = await vera.get("/desk")
            held(page)
            assert "have not been verified" in page.text
            assert (await vera.post("/desk/alerts/verify")).status_code == 303
            assert 'data-kind="verify"' not in (await vera.get("/desk/alerts")).text
            await to_thread(changed, data_dir, "update wallets set posted = posted + 5 where fan = 'demo/f01'")
            await vera.post("/desk/alerts/verify")
            found = await vera.get("/desk/alerts")
            held(found)
            assert "The books do not add up: I2" in found.text

    async def test_holds_that_hang_and_orders_that_wait_are_told(self, house: House, data_dir: Path) -> None:
        await weeks_of_business(house.store, steps=20)
        async with house.store.units.begin() as unit:
            quote = await unit.books.quote((await unit.books.prices())[0].scope, voice=False, now_ms=now_ms())
            await unit.books.grant(
                "demo/x", 9, lot_class="goodwill", reason="r", actor="a", idem_key="x", now_ms=now_ms()
            )
            await unit.books.hold("hangs", "demo/x", quote, now_ms=now_ms() - 3_600_000, ttl_ms=1)
        async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
            assert "1 holds are long past their end" in (await vera.get("/desk/alerts")).text


NOW = 1_800_000_000_000
FINE = {"violations": (), "verified_at_ms": NOW, "now_ms": NOW, "bounds": AlertBounds()}
THIN = RevenueLine(Group(show="s", character="c"), money=(EarnedMoney("usd", revenue=100, model_cost=90),))


@pytest.mark.parametrize(
    ("readings", "lines", "changes", "found"),
    [
        (Readings(), [], {}, []),
        (Readings(stuck_holds=1), [], {}, [("holds", "bad")]),
        (Readings(overdue_looks=2), [], {}, [("webhooks", "bad")]),
        (Readings(refused_webhooks=19), [], {}, []),
        (Readings(refused_webhooks=20), [], {}, [("webhooks", "warn")]),
        (Readings(hasty_buyers=(("a", 5), ("b", 6))), [], {}, [("fraud", "warn"), ("fraud", "warn")]),
        (Readings(disputes=2), [], {}, []),
        (Readings(disputes=3), [THIN], {}, [("fraud", "bad"), ("margin", "warn")]),
        (Readings(), [replace(THIN, money=(EarnedMoney("usd", revenue=100, model_cost=80),))], {}, []),
        (Readings(), [replace(THIN, money=(EarnedMoney("usd", model_cost=80),))], {}, []),
        (Readings(), [], {"violations": ("I1 at x: y",)}, [("verify", "bad")]),
        (Readings(), [], {"violations": None}, [("verify", "warn")]),
        (Readings(), [], {"verified_at_ms": None}, [("verify", "warn")]),
        (Readings(), [], {"verified_at_ms": NOW - 25 * 3_600_000}, [("verify", "warn")]),
    ],
)
def test_what_is_beyond_its_bounds_is_an_alert(
    readings: Readings, lines: list[RevenueLine], changes: dict[str, object], found: list[tuple[str, str]]
) -> None:
    told: tuple[Alert, ...] = alerts(readings, lines, **{**FINE, **changes})  # type: ignore[arg-type]
    assert [(alert.kind, alert.gravity) for alert in told] == found
    assert all(alert.sentence.endswith((".", "?")) for alert in told)


async def test_figures_are_told_with_what_they_mean_and_filled_anew(house: House) -> None:
    await weeks_of_business(house.store, steps=80)
    while await house.store.seal():
        pass
    async with signed_in(house.base, house.store, "vera", ("billing_viewer", "")) as vera:
        await vera.get("/desk/figures?from_=2026-05-01&to_=2026-12-31")
        assert (await vera.post("/desk/figures/rebuild")).status_code == 303
        page = await vera.get("/desk/figures?from_=2026-05-01&to_=2026-12-31")
        held(page)
        async with house.store.snapshot() as reports:
            (line,) = [
                each
                for each in await reports.revenue(from_ms=0, until_ms=NOW * 2, by="show")
                if each.group.show == "lanterns"
            ]
        assert f'id="credits">{line.captured}<' in page.text
        assert 'id="joined">12<' in page.text
        assert "What these mean" in page.text
        assert (await vera.post("/desk/figures/rebuild")).status_code == 303
        again = await vera.get("/desk/figures?from_=2026-05-01&to_=2026-12-31")
        assert f'id="credits">{line.captured}<' in again.text


async def test_whose_account_is_frozen_is_sold_nothing(street: Street) -> None:
    house, fan = street.house, street.house.fan("mara")
    await street.buy(fan)
    async with signed_in(house.base, house.store, "ana", ("billing_admin", "")) as ana:
        await ana.get("/desk/fans?q=mara")
        fields = {"fan": "demo/mara", "frozen": "yes", "reason": "Cards that are not theirs"}
        assert (await ana.post("/desk/fans/freeze", fields)).status_code == 303
    refused = await fan.call("POST", "/v1/checkout", json={"pack": "pack-100-1"})
    assert (refused.status_code, refused.json()["error"]["code"]) == (403, "account_frozen")
