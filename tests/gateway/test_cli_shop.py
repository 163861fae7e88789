"""The commands of the shop: packs, orders, evidence and the reconciliation with the till."""

from __future__ import annotations

import asyncio
import json
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest

from billing.cashier import Cashier
from billing.types import PriceScope, Usage
from gateway.bootstrap import now_ms, open_cashier, open_store
from gateway.settings import Settings
from tests.fakes.stripe_server.running import KEY, SECRET
from tests.gateway.builders import claims_of, settings_of
from tests.gateway.commands import Encore, one_sentence
from tests.gateway.processes import stand_in_till

PACKS = """
author: ana
approver: ben
packs:
  - {id: tiny, kind: one_time, title: Ten credits, credits: 10, prices: {usd: 60, jpy: 90}}
"""


@pytest.fixture
def till() -> Iterator[str]:
    """The address of a stand-in in a process of its own."""
    with stand_in_till() as address:
        yield address


def account(till: str) -> dict[str, str]:
    return {"STRIPE_KEY": KEY, "STRIPE_WEBHOOK_SECRETS": SECRET, "STRIPE_API_BASE": till}


async def bought(settings: Settings, *, spend: int) -> str:
    """An order that is paid for, and `spend` turns that burned of it; returns the order."""
    fan = claims_of().fan
    assert settings.stripe is not None
    async with open_store(settings) as store, open_cashier(store, settings.stripe) as cashier:
        opened = await _paid(cashier, fan)
        for number in range(spend):
            async with store.units.begin() as unit:
                quote = await unit.books.quote(PriceScope(), voice=False, now_ms=now_ms())
                await unit.books.hold(f"t{number}", fan, quote, now_ms=now_ms(), ttl_ms=60_000)
                await unit.books.capture(f"t{number}", Usage(text=True), now_ms=now_ms())
    return opened


async def _paid(cashier: Cashier, fan: str) -> str:
    page = await cashier.checkout(fan, "pack-100-1", success_url="https://s", cancel_url="https://c")
    async with httpx.AsyncClient(trust_env=False) as http:
        order = {"action": "press", "session": page.url.rsplit("/", 1)[-1]}
        (await http.post(page.url.split("/pay", 1)[0] + "/_control", json=order)).raise_for_status()
    await cashier.fulfil(page.order)
    return page.order


def next_look(data_dir: Path) -> int | None:
    """When the till is looked at again for the one order, in milliseconds."""
    with sqlite3.connect(data_dir / "encore.db") as database:
        ((found,),) = database.execute("select next_look_ms from orders")
    database.close()
    return None if found is None else int(found)


class TestPacks:
    def test_packs_are_put_up_listed_and_retired(self, encore: Encore, tmp_path: Path) -> None:
        file = tmp_path / "packs.yaml"
        file.write_text(PACKS, encoding="utf-8")
        for _ in range(2):
            assert encore("packs", "put", file).out == "1 packs are for sale.\n"
        (listed,) = encore("packs", "list", "--json").json
        assert (listed["id"], listed["credits"], listed["prices"][0]) == (
            "tiny",
            10,
            {"currency": "jpy", "amount_minor": 90},
        )
        assert "USD 0.60" in encore("packs", "list").out
        assert encore("packs", "retire", "tiny", "--actor", "ana").status == 0
        assert encore("packs", "list", "--json").json == []
        one_sentence(encore("packs", "retire", "gold", "--actor", "ana"))

    @pytest.mark.parametrize(
        ("text", "status"),
        [
            ("packs: [", 2),
            ("packs: []", 2),
            (PACKS.replace("ben", "Ana"), 1),
            (PACKS.replace("60", "6"), 1),
            (PACKS.replace("usd: 60, ", ""), 1),
        ],
    )
    def test_a_wrong_file_puts_nothing_up(self, encore: Encore, tmp_path: Path, text: str, status: int) -> None:
        file = tmp_path / "packs.yaml"
        file.write_text(text, encoding="utf-8")
        done = encore("packs", "put", file)
        assert (done.status, done.out) == (status, "")
        assert encore("packs", "list", "--json").json == []


class TestOrders:
    def test_an_order_is_listed_refunded_and_its_delivery_shown(
        self, encore: Encore, data_dir: Path, till: str
    ) -> None:
        env = account(till)
        order = asyncio.run(bought(settings_of(data_dir, **env), spend=5))
        (listed,) = encore("orders", "list", "mara", "--json", env=env).json
        assert (listed["id"], listed["state"], listed["amount_minor"]) == (order, "paid", 99)
        pack: dict[str, str] = encore("orders", "evidence", order, "--json", env=env).json
        assert pack["access_activity_log"].count("2 of them from this order") == 5
        assert "100 credits" in pack["product_description"]
        refund = ("orders", "refund", order, "--reason", "they asked", "--actor", "ana", "--key", "k1")
        for _ in range(2):
            assert encore(*refund, env=env).out == "USD 0.89 of USD 0.99 have been given back.\n"
        newest = encore("ledger", "statement", "mara", "--json", env=env).json["lines"][0]
        assert (newest["kind"], newest["credits"], newest["balance"]) == ("purchase_refund", -89, 1)
        fine = encore("ledger", "verify", env=env)
        assert (fine.status, fine.out) == (0, "The books add up.\n")
        one_sentence(encore("orders", "evidence", "o-nothing", env=env))

    def test_a_refunded_turn_of_a_refunded_order_has_the_till_looked_at_again(
        self, encore: Encore, data_dir: Path, till: str
    ) -> None:
        env = account(till)
        order = asyncio.run(bought(settings_of(data_dir, **env), spend=1))
        turn = ("refund", "t0", "--reason", "sorry", "--actor", "ana")
        encore(*turn, "--credits", "1", env=env)
        assert next_look(data_dir) is None
        encore("orders", "refund", order, "--reason", "they asked", "--actor", "ana", env=env)
        assert next_look(data_dir) is None
        assert encore(*turn, env=env).status == 0
        assert next_look(data_dir) is not None

    def test_without_a_till_nothing_is_refunded(self, encore: Encore) -> None:
        done = encore("orders", "refund", "o-1", "--reason", "x", "--actor", "ana")
        one_sentence(done, "ENCORE_STRIPE_KEY", status=2)


class TestReconcile:
    def planted(self, till: str) -> None:
        """A payment that the till knows and we do not."""
        with httpx.Client(base_url=till, trust_env=False, headers={"authorization": f"Bearer {KEY}"}) as http:
            body: dict[str, Any] = {
                "amount": 500,
                "currency": "usd",
                "payment_method": "pm_card_visa",
                "confirm": "true",
                "automatic_payment_methods[enabled]": "true",
                "automatic_payment_methods[allow_redirects]": "never",
            }
            http.post("/v1/payment_intents", data=body).raise_for_status()

    def test_what_agrees_is_counted_and_what_differs_is_named(self, encore: Encore, data_dir: Path, till: str) -> None:
        env = account(till)
        asyncio.run(bought(settings_of(data_dir, **env), spend=0))
        since = ("reconcile", "--since", "2026-01-01")
        fine = encore(*since, env=env)
        assert (fine.status, fine.out) == (0, "1 payments agree, 0 differ.\n")
        self.planted(till)
        found = encore(*since, "--json", env=env)
        assert found.status == 1
        (finding,) = json.loads(found.out)["findings"]
        assert (finding["kind"], finding["order"], finding["found"]) == ("missing_here", None, "charge 500 usd")

    @pytest.mark.parametrize("since", ["soon", "2999-01-01"])
    def test_a_span_that_is_none_is_refused(self, encore: Encore, till: str, since: str) -> None:
        assert encore("reconcile", "--since", since, env=account(till)).status == 2
