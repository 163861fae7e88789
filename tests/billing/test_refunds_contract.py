"""Giving credits of a turn back, and what shares and receipts say then: the same for any `Books`."""

from __future__ import annotations

import pytest

from billing.errors import IdempotencyConflict, NotRefundable, UnknownHold
from billing.ports import Books
from billing.types import Burn, Charge, Money, Receipt, Wallet
from tests.billing.builders import (
    ACTED,
    FAN,
    MEI_SHARE,
    NOW_MS,
    SCOPE,
    SPEECH,
    SPOKEN,
    STRANGER,
    TEXT,
    TTL_MS,
    WORDS,
    Transaction,
    grant,
    stock,
)

LATER_MS = NOW_MS + TTL_MS


async def give_back(
    books: Books, credits: int | None = None, key: str = "k1", *, turn: str = "t1", now_ms: int = NOW_MS + 7
) -> Receipt:
    return await books.refund(turn, credits=credits, reason="broke the canon", actor="eve", idem_key=key, now_ms=now_ms)


async def captured(books: Books) -> Receipt:
    """A spoken turn of 8 credits: 2 promotional, then 6 of 100 that were bought for 1.99 dollars."""
    await stock(books)
    await books.card.add_share(MEI_SHARE)
    await grant(books, 2, "gift")
    await grant(books, 100, "bought", lot_class="purchased", paid_minor=199)
    await books.hold("t1", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS)
    return await books.capture("t1", SPEECH, now_ms=NOW_MS + 5)


class TestReceipt:
    async def test_it_says_what_was_paid_for_the_credits_and_what_was_delivered(self, transaction: Transaction) -> None:
        async with transaction() as books:
            receipt = await captured(books)
            gift, bought = receipt.burned
            assert gift == Burn(gift.lot, "promotional", 2)
            assert bought == Burn(bought.lot, "purchased", 6, "usd", 11_940_000)
            assert (receipt.usage, receipt.scope, receipt.refunded) == (SPEECH, SCOPE, 0)
            assert await books.receipt_of("t1") == receipt
            assert await books.verify() == ()


class TestRefund:
    async def test_credits_go_back_to_the_lots_they_came_from_the_last_burned_first(
        self, transaction: Transaction
    ) -> None:
        async with transaction() as books:
            receipt = await captured(books)
            refunded = await give_back(books, 7)
            assert refunded.refunded == 7
            assert (refunded.burned, refunded.charged) == (receipt.burned, receipt.charged)
            assert await books.wallet(FAN) == Wallet(FAN, 101, 0, {"promotional": 1, "purchased": 100})
            assert await books.verify() == ()

    async def test_all_of_it_is_what_is_left(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await captured(books)
            await give_back(books, 1, "a")
            await give_back(books, 4, "b")
            assert (await give_back(books, None, "c")).refunded == 8
            assert await books.wallet(FAN) == Wallet(FAN, 102, 0, {"promotional": 2, "purchased": 100})
            assert await books.verify() == ()

    @pytest.mark.parametrize("credits", [0, -1, 9])
    async def test_no_more_than_was_charged_is_given_back(self, transaction: Transaction, credits: int) -> None:
        async with transaction() as books:
            await captured(books)
            with pytest.raises(NotRefundable) as caught:
                await give_back(books, credits)
            assert (caught.value.turn, caught.value.credits, caught.value.left) == ("t1", credits, 8)
            assert (await books.wallet(FAN)).available == 94

    async def test_what_was_refunded_before_counts(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await captured(books)
            await give_back(books, 3, "a")
            with pytest.raises(NotRefundable) as caught:
                await give_back(books, 6, "b")
            assert caught.value.left == 5
            await give_back(books, 5, "b")
            with pytest.raises(NotRefundable):
                await give_back(books, None, "c")
            assert (await books.wallet(FAN)).available == 102

    async def test_what_was_given_back_is_told_of_many_turns_at_once(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await captured(books)
            await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.capture("t2", WORDS, now_ms=NOW_MS)
            assert await books.refunded(["t1", "t2", "t3"]) == {}
            await give_back(books, 3, "a")
            await give_back(books, 2, "b")
            assert await books.refunded(["t1", "t2", "t3"]) == {"t1": 5}
            assert await books.refunded(["t2"]) == {}

    async def test_the_same_key_again_changes_nothing(self, transaction: Transaction) -> None:
        async with transaction() as books:
            receipt = await captured(books)
        for credits in (None, None, 8):
            async with transaction() as books:
                refunded = await give_back(books, credits)
                assert (refunded.id, refunded.refunded) == (receipt.id, 8)
                assert (await books.wallet(FAN)).available == 102
                assert await books.verify() == ()

    async def test_a_key_used_for_something_else_is_refused(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await captured(books)
            await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.capture("t2", WORDS, now_ms=NOW_MS)
            await give_back(books, 2)
            for turn, credits in (("t2", 2), ("t1", 3)):
                with pytest.raises(IdempotencyConflict):
                    await give_back(books, credits, turn=turn)

    async def test_a_turn_that_was_not_charged_has_nothing_to_give(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 20)
            with pytest.raises(UnknownHold):
                await give_back(books)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            with pytest.raises(NotRefundable):
                await give_back(books)
            await books.void("t1", "failed", now_ms=NOW_MS)
            with pytest.raises(NotRefundable) as caught:
                await give_back(books)
            assert caught.value.left == 0

    async def test_credits_of_an_expired_lot_go_back_to_it_and_lapse_there(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 5, "soon", expires_at_ms=LATER_MS)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.capture("t1", WORDS, now_ms=NOW_MS)
            assert await books.lapse(now_ms=LATER_MS, limit=9) == (FAN,)
            assert (await give_back(books, None, now_ms=LATER_MS)).refunded == 3
            assert (await books.wallet(FAN)).available == 3
            assert await books.verify() == ()
            assert await books.lapse(now_ms=LATER_MS, limit=9) == (FAN,)
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)
            assert await books.verify() == ()

    async def test_refunded_turns_are_counted_once_each_for_their_fan_since_a_moment(
        self, transaction: Transaction
    ) -> None:
        async with transaction() as books:
            await captured(books)
            await give_back(books, 1, "a", now_ms=NOW_MS + 7)
            await give_back(books, 1, "b", now_ms=NOW_MS + 8)
            assert await books.refunds_of(FAN, since_ms=NOW_MS + 8) == 1
            assert await books.refunds_of(FAN, since_ms=NOW_MS + 9) == 0
            assert await books.refunds_of(STRANGER, since_ms=NOW_MS) == 0


class TestValue:
    async def test_it_goes_by_the_lots_that_would_burn_now(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 2, "gift")
            await grant(books, 100, "bought", lot_class="purchased", paid_minor=199)
            await grant(books, 1, "gone", expires_at_ms=LATER_MS)
            assert await books.value(FAN, 2, now_ms=LATER_MS) == ()
            assert await books.value(FAN, 3, now_ms=NOW_MS) == ()
            assert await books.value(FAN, 3, now_ms=LATER_MS) == (Money("usd", 1_990_000),)
            assert await books.value(FAN, 1_000, now_ms=LATER_MS) == (Money("usd", 199_000_000),)
            assert await books.value(STRANGER, 3, now_ms=NOW_MS) == ()

    async def test_what_open_turns_hold_is_not_burned_twice(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 4)
            await grant(books, 100, "bought", lot_class="purchased", paid_minor=199)
            assert await books.value(FAN, 4, now_ms=NOW_MS) == ()
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert await books.value(FAN, 4, now_ms=NOW_MS) == (Money("usd", 5_970_000),)

    async def test_currencies_are_kept_apart(self, transaction: Transaction) -> None:
        async with transaction() as books:
            for key, currency in (("a", "usd"), ("b", "jpy")):
                await books.grant(
                    FAN,
                    3,
                    lot_class="purchased",
                    reason="a test",
                    actor="tester",
                    idem_key=key,
                    now_ms=NOW_MS,
                    paid_minor=100,
                    currency=currency,
                )
            assert await books.value(FAN, 4, now_ms=NOW_MS) == (Money("jpy", 33_333_333), Money("usd", 100_000_000))


async def test_a_refund_pays_for_the_next_turn(transaction: Transaction) -> None:
    async with transaction() as books:
        await stock(books, 3)
        await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        await books.capture("t1", WORDS, now_ms=NOW_MS)
        await give_back(books)
        await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
        assert (await books.capture("t2", WORDS, now_ms=NOW_MS)).charged == Charge(3)
        assert await books.verify() == ()
