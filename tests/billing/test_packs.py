"""Packs, currencies and offers: what may be sold, in which currency, and what covers a shortfall exactly."""

from __future__ import annotations

from importlib.resources import files
from typing import Any, ClassVar

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from billing.currencies import CURRENCY_OF, MINIMUM_MINOR, ZERO_DECIMAL, currency_of, maximum_minor
from billing.errors import IdempotencyConflict, InvalidPack, SameApprover
from billing.ledger import GRANT_CREDITS_MAX
from billing.packs import Pack, PackPrice, admit, packs_of
from billing.shop import offer, offered, offers
from tests.billing.shop_builders import EXACT, PASS, SMALL, pack

SHIPPED = packs_of(yaml.safe_load(files("billing").joinpath("packs.yaml").read_text("utf-8")))
PROMISED = {"usd", "eur", "gbp", "jpy", "krw", "cny", "mxn", "brl", "inr", "thb", "idr", "vnd"}


class TestShippedPacks:
    def test_every_shipped_pack_may_be_sold_in_every_promised_currency(self) -> None:
        for at, each in enumerate(SHIPPED):
            assert admit(each, SHIPPED[:at])
            assert {price.currency for price in each.prices} == PROMISED
        assert {each.kind for each in SHIPPED} == {"one_time", "subscription", "top_up"}

    @pytest.mark.parametrize(
        ("currency", "least", "most"), [("jpy", 100, 200), ("krw", 1000, 2000), ("vnd", 20_000, 30_000)]
    )
    def test_a_currency_without_a_minor_unit_is_not_a_hundred_times_too_dear(
        self, currency: str, least: int, most: int
    ) -> None:
        price = {each.id: each for each in SHIPPED}["pack-100-1"].price_in(currency)
        assert currency in ZERO_DECIMAL
        assert price is not None
        assert least <= price.amount_minor <= most

    @given(st.sampled_from(sorted(PROMISED)), st.integers(1, 50_000))
    def test_an_exact_top_up_covers_any_shortfall_with_less_than_a_block_too_many_or_the_minimum(
        self, currency: str, shortfall: int
    ) -> None:
        exact = offers(SHIPPED, currency, shortfall)[0]
        block = next(each for each in SHIPPED if each.kind == "top_up")
        price = block.price_in(currency)
        assert price is not None
        assert (exact.pack, exact.covers, exact.currency) == (block.id, True, currency)
        assert exact.amount_minor >= MINIMUM_MINOR[currency]
        one_less = exact.credits - block.credits
        assert one_less < shortfall or exact.amount_minor - price.amount_minor < MINIMUM_MINOR[currency]


class TestCurrencies:
    @pytest.mark.parametrize(
        ("region", "currency"),
        [
            ("US", "usd"), ("gb", "gbp"), ("DE", "eur"), ("JP", "jpy"), ("KR", "krw"), ("CN", "cny"), ("MX", "mxn"),
            ("BR", "brl"), ("IN", "inr"), ("TH", "thb"), ("ID", "idr"), ("VN", "vnd"), ("AQ", "usd"), ("", "usd"),
            (None, "usd"), ("SE", "usd"),
        ],
    )  # fmt: skip
    def test_a_region_pays_in_its_own_currency_if_there_are_prices_in_it(
        self, region: str | None, currency: str
    ) -> None:
        assert currency_of(region, PROMISED) == currency

    def test_codes_are_of_the_shape_that_the_standards_give_them(self) -> None:
        assert all(len(region) == 2 and region.isupper() for region in CURRENCY_OF)
        assert all(len(currency) == 3 and currency.islower() for currency in {*CURRENCY_OF.values(), *MINIMUM_MINOR})


class TestOffers:
    def test_the_exact_shortfall_comes_first_and_subscriptions_last(self) -> None:
        big = pack("big", credits=5000, bonus=0)
        found = offers([PASS, big, SMALL, EXACT], "usd", 551)
        assert [(each.pack, each.covers) for each in found] == [
            ("exact", True), ("small", False), ("big", True), ("pass", True)
        ]  # fmt: skip
        assert (found[0].credits, found[0].amount_minor, found[0].title) == (555, 666, "555 credits")

    @pytest.mark.parametrize(
        ("shortfall", "credits", "amount"),
        [(1, 45, 54), (45, 45, 54), (46, 50, 60), (50, 50, 60), (51, 55, 66)],  # 0.50 dollars are 9 blocks of 6 cents
    )
    def test_a_top_up_is_raised_to_what_the_till_charges_at_least(
        self, shortfall: int, credits: int, amount: int
    ) -> None:
        found = offered(EXACT, "usd", shortfall)
        assert (found.credits, found.amount_minor) == (credits, amount)

    def test_without_a_shortfall_nothing_is_topped_up(self) -> None:
        assert [each.pack for each in offers([EXACT, SMALL], "usd", 0)] == ["small"]
        with pytest.raises(InvalidPack):
            offered(EXACT, "usd", 0)

    def test_a_shortfall_beyond_all_bounds_is_not_topped_up(self) -> None:
        assert offer(EXACT, "usd", GRANT_CREDITS_MAX) is not None
        assert offer(EXACT, "usd", GRANT_CREDITS_MAX + 1) is None
        dear = pack("dear", kind="top_up", bonus=0, prices=(PackPrice("usd", maximum_minor("usd")),))
        assert offer(dear, "usd", 501) is None

    def test_a_pack_without_a_price_in_the_currency_is_offered_in_dollars(self) -> None:
        found = offer(SMALL, "eur", 0)
        assert found is not None
        assert found.currency == "usd"
        assert offer(pack(prices=()), "eur", 0) is None


class TestAdmit:
    @pytest.mark.parametrize(
        "fields",
        [
            {"id": ""},
            {"title": ""},
            {"title": "x" * 251},
            {"credits": 0},
            {"credits": GRANT_CREDITS_MAX + 1},
            {"bonus": -1},
            {"kind": "top_up"},
            {"interval": "month"},
            {"kind": "subscription"},
            {"prices": ()},
            {"prices": (PackPrice("eur", 499),)},
            {"prices": (PackPrice("usd", 499), PackPrice("usd", 500))},
            {"prices": (PackPrice("usd", 499), PackPrice("eur", 499))},
            {"prices": (PackPrice("usd", 499), PackPrice("xyz", 499))},
            {"prices": (PackPrice("usd", 49),)},
            {"prices": (PackPrice("usd", maximum_minor("usd") + 1),)},
        ],
    )
    def test_a_pack_that_cannot_be_sold_is_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(InvalidPack) as caught:
            admit(pack(**fields), [])
        assert caught.value.rule in str(caught.value)

    def test_nobody_approves_their_own_pack_and_no_pack_changes(self) -> None:
        with pytest.raises(SameApprover):
            admit(pack(approver="Ana "), [])
        assert admit(SMALL, [PASS])
        assert not admit(SMALL, [PASS, SMALL])
        with pytest.raises(IdempotencyConflict):
            admit(pack(credits=501), [SMALL])

    def test_a_block_of_a_top_up_may_cost_less_than_the_till_charges(self) -> None:
        assert admit(EXACT, [])
        with pytest.raises(InvalidPack):
            admit(pack("free", kind="top_up", bonus=0, prices=(PackPrice("usd", 0),)), [])


class TestDocument:
    GOOD: ClassVar[dict[str, Any]] = {
        "id": "a",
        "kind": "one_time",
        "title": "A",
        "credits": 5,
        "prices": {"usd": 99, "eur": 99},
    }

    def test_a_document_becomes_packs(self) -> None:
        found = packs_of({"author": "ana", "approver": "ben", "packs": [self.GOOD]})
        prices = (PackPrice("eur", 99), PackPrice("usd", 99))
        assert found == (Pack("a", "one_time", "A", 5, 0, None, prices, "ana", "ben"),)
        assert packs_of({}) == ()

    @pytest.mark.parametrize(
        "fields", [{"credits": "5"}, {"kind": "gift"}, {"prices": {"usd": "0.99"}}, {"title": None}, {"id": 7}]
    )
    def test_what_cannot_be_read_is_refused(self, fields: dict[str, Any]) -> None:
        with pytest.raises(InvalidPack):
            packs_of({"packs": [{**self.GOOD, **fields}]})
