"""What any `Books` does, the double and the real one alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.errors import (
    IdempotencyConflict,
    InvalidAmount,
    NoPrice,
    OverlappingPrice,
    SameApprover,
    UnknownReceipt,
)
from billing.ledger import GRANT_CREDITS_MAX
from billing.types import Charge, LotClass, PriceScope, Quote, Wallet
from tests.billing.builders import (
    FAN,
    FREE,
    NOTHING,
    NOW_MS,
    PRICE,
    SCOPE,
    STRANGER,
    TEXT,
    TTL_MS,
    WORDS,
    Transaction,
    grant,
    stock,
)

LATER_MS = NOW_MS + TTL_MS


class TestWallet:
    async def test_a_fan_never_seen_has_nothing_and_gets_no_wallet_by_asking(self, transaction: Transaction) -> None:
        async with transaction() as books:
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)
            assert await books.verify() == ()

    async def test_opening_a_wallet_twice_leaves_what_is_in_it(self, transaction: Transaction) -> None:
        async with transaction() as books:
            assert await books.open_wallet(FAN, now_ms=NOW_MS) == Wallet(FAN, 0, 0)
            await grant(books, 7)
            assert await books.open_wallet(FAN, now_ms=NOW_MS) == Wallet(FAN, 7, 0, {"promotional": 7})

    async def test_a_transaction_that_fails_leaves_nothing(self, transaction: Transaction) -> None:
        async def fail() -> None:
            async with transaction() as books:
                await grant(books, 7)
                await grant(books, 0, "another")

        with pytest.raises(InvalidAmount):
            await fail()
        async with transaction() as books:
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)


class TestGrant:
    async def test_credits_are_kept_apart_by_class(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await grant(books, 5, "a", lot_class="purchased")
            await grant(books, 2, "b", lot_class="reward")
            await grant(books, 1, "c", lot_class="purchased")
            assert await books.wallet(FAN) == Wallet(FAN, 8, 0, {"purchased": 6, "reward": 2})
            assert await books.verify() == ()

    async def test_the_same_key_again_changes_nothing(self, transaction: Transaction) -> None:
        for _ in range(3):
            async with transaction() as books:
                await grant(books, 5, "order-1", expires_at_ms=LATER_MS)
        async with transaction() as books:
            assert (await books.wallet(FAN)).available == 5

    @pytest.mark.parametrize(
        ("fan", "credits", "lot_class"), [(STRANGER, 5, "reward"), (FAN, 6, "reward"), (FAN, 5, "goodwill")]
    )
    async def test_the_same_key_for_another_grant_is_refused(
        self, transaction: Transaction, fan: str, credits: int, lot_class: LotClass
    ) -> None:
        async with transaction() as books:
            await grant(books, 5, "order-1", lot_class="reward")
            with pytest.raises(IdempotencyConflict) as caught:
                await grant(books, credits, "order-1", fan=fan, lot_class=lot_class)
            assert caught.value.idem_key == "order-1"

    @pytest.mark.parametrize("credits", [-1, 0, GRANT_CREDITS_MAX + 1])
    async def test_an_amount_out_of_bounds_is_refused(self, transaction: Transaction, credits: int) -> None:
        async with transaction() as books:
            with pytest.raises(InvalidAmount) as caught:
                await grant(books, credits)
            assert (caught.value.credits, caught.value.lowest, caught.value.highest) == (credits, 1, GRANT_CREDITS_MAX)

    @pytest.mark.parametrize("credits", [1, GRANT_CREDITS_MAX])
    async def test_the_bounds_themselves_are_granted(self, transaction: Transaction, credits: int) -> None:
        async with transaction() as books:
            await grant(books, credits)
            assert (await books.wallet(FAN)).available == credits

    async def test_a_grant_key_does_not_meet_the_keys_of_turns(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await grant(books, 1, "capture:t1")
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.capture("t1", WORDS, now_ms=NOW_MS)).charged == Charge(3)


class TestPrices:
    async def test_the_card_lists_versions_oldest_first(self, transaction: Transaction) -> None:
        newer = replace(PRICE, id="p0", effective_from_ms=PRICE.effective_from_ms + 1)
        async with transaction() as books:
            for version in (newer, PRICE, FREE, PRICE):
                await books.add_price(version)
            assert await books.prices() == (FREE, PRICE, newer)

    async def test_a_quote_is_of_the_version_in_force(self, transaction: Transaction) -> None:
        mei = replace(PRICE, id="mei", scope=PriceScope(character="mei"), amounts=Charge(4, 9))
        soon = replace(mei, id="soon", effective_from_ms=NOW_MS + 1)
        async with transaction() as books:
            for version in (mei, PRICE, FREE, soon):
                await books.add_price(version)
            assert await books.quote(SCOPE, voice=True, now_ms=NOW_MS) == Quote("mei", Charge(4, 9), SCOPE)
            assert await books.quote(SCOPE, voice=False, now_ms=NOW_MS + 1) == Quote("soon", Charge(4), SCOPE)
            assert await books.quote(PriceScope(mode="greeting"), voice=True, now_ms=NOW_MS) == NOTHING
            assert await books.quote(PriceScope(), voice=False, now_ms=NOW_MS) == TEXT

    async def test_without_a_price_nothing_is_quoted(self, transaction: Transaction) -> None:
        async with transaction() as books:
            with pytest.raises(NoPrice):
                await books.quote(SCOPE, voice=False, now_ms=NOW_MS)
            await books.add_price(FREE)
            with pytest.raises(NoPrice):
                await books.quote(SCOPE, voice=False, now_ms=NOW_MS)

    async def test_versions_that_break_a_rule_are_refused(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.add_price(PRICE)
            with pytest.raises(SameApprover):
                await books.add_price(replace(PRICE, id="p2", approver="Ana ", effective_from_ms=NOW_MS))
            with pytest.raises(InvalidAmount):
                await books.add_price(replace(PRICE, id="p2", amounts=Charge(-1), effective_from_ms=NOW_MS))
            with pytest.raises(OverlappingPrice) as caught:
                await books.add_price(replace(PRICE, id="p2", amounts=Charge(9)))
            assert caught.value.other == "p1"
            with pytest.raises(IdempotencyConflict):
                await books.add_price(replace(PRICE, effective_from_ms=NOW_MS))
            assert await books.prices() == (PRICE,)


class TestReceipt:
    async def test_a_strangers_receipt_looks_like_one_that_does_not_exist(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.capture("t1", WORDS, now_ms=NOW_MS)
            with pytest.raises(UnknownReceipt) as theirs:
                await books.receipt(receipt.id, fan=STRANGER)
            with pytest.raises(UnknownReceipt) as nobodys:
                await books.receipt("nothing", fan=FAN)
            assert str(theirs.value) == str(nobodys.value)
