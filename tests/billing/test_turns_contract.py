"""What any `Books` does with the holds of a turn, the double and the real one alike."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.errors import (
    HoldNotOverdue,
    IdempotencyConflict,
    InsufficientCredits,
    NoPrice,
    UnknownHold,
)
from billing.types import Charge, Quote, Usage, Wallet
from tests.billing.builders import (
    FAN,
    NOTHING,
    NOW_MS,
    PRICE,
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


class TestHold:
    async def test_text_and_voice_are_held_together(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            assert await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS) == Charge(3, 5)
            assert await books.wallet(FAN) == Wallet(FAN, 2, 8, {"promotional": 10})
            assert await books.receipt_of("t1") is None
            assert await books.verify() == ()

    async def test_what_the_wallet_does_not_cover_is_refused_whole(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 7)
            with pytest.raises(InsufficientCredits) as caught:
                await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (caught.value.needed, caught.value.available) == (8, 7)
            assert await books.wallet(FAN) == Wallet(FAN, 7, 0, {"promotional": 7})

    async def test_a_fan_without_a_wallet_has_no_credits(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            with pytest.raises(InsufficientCredits) as caught:
                await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert caught.value.available == 0

    async def test_the_last_credits_can_be_held(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 8)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.wallet(FAN)).available == 0

    async def test_the_same_turn_again_holds_nothing_more_and_keeps_its_price(self, transaction: Transaction) -> None:
        dearer = replace(PRICE, id="p2", amounts=Charge(9, 9), effective_from_ms=NOW_MS)
        async with transaction() as books:
            await stock(books, 8)
            await books.add_price(dearer)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            again = await books.hold("t1", FAN, Quote("p2", Charge(9)), now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert again == Charge(3, 5)
            assert (await books.wallet(FAN)).held == 8
            await books.capture("t1", WORDS, now_ms=NOW_MS)
            assert await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS) == Charge(3, 5)
            assert (await books.wallet(FAN)).held == 0

    async def test_a_turn_is_of_one_fan(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 8)
            await grant(books, 8, "theirs", fan=STRANGER)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            with pytest.raises(IdempotencyConflict):
                await books.hold("t1", STRANGER, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.wallet(STRANGER)).held == 0

    @pytest.mark.parametrize(
        "invented",
        [Quote("p9", Charge(3)), Quote("p1", Charge(2)), Quote("p1", Charge(3, 4)), Quote("free", Charge(), SCOPE)],
    )
    async def test_a_quote_that_the_rate_card_did_not_give_is_refused(
        self, transaction: Transaction, invented: Quote
    ) -> None:
        async with transaction() as books:
            await stock(books, 8)
            with pytest.raises(NoPrice):
                await books.hold("t1", FAN, invented, now_ms=NOW_MS, ttl_ms=TTL_MS)

    async def test_a_turn_that_costs_nothing_needs_no_credits(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            assert await books.hold("t1", FAN, NOTHING, now_ms=NOW_MS, ttl_ms=TTL_MS) == Charge()
            receipt = await books.capture("t1", Usage(), now_ms=NOW_MS + 5)
            assert (receipt.charged, receipt.burned, receipt.reason) == (Charge(), (), "delivered")
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)
            assert await books.verify() == ()


class TestCapture:
    async def test_a_receipt_says_why_a_turn_was_charged(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 20, "bought", lot_class="purchased")
            await grant(books, 4, "gift", lot_class="reward")
            await grant(books, 2, "soon", expires_at_ms=LATER_MS)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
        async with transaction() as books:
            receipt = await books.capture("t1", SPEECH, now_ms=NOW_MS + 9)
            assert [(burn.lot_class, burn.credits) for burn in receipt.burned] == [
                ("promotional", 2),
                ("reward", 4),
                ("purchased", 2),
            ]
            assert (receipt.turn, receipt.fan, receipt.charged) == ("t1", FAN, Charge(3, 5))
            assert (receipt.price_version, receipt.author, receipt.approver) == ("p1", "ana", "ben")
            assert (receipt.reason, receipt.refunded) == ("delivered", 0)
            assert (receipt.opened_at_ms, receipt.settled_at_ms) == (NOW_MS, NOW_MS + 9)
            assert await books.wallet(FAN) == Wallet(FAN, 18, 0, {"purchased": 18})
            assert await books.receipt_of("t1") == receipt
            assert await books.verify() == ()

    async def test_what_was_not_delivered_is_released(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.capture("t1", WORDS, now_ms=NOW_MS)).charged == Charge(text=3)
            assert await books.wallet(FAN) == Wallet(FAN, 7, 0, {"promotional": 7})

    async def test_a_settled_turn_keeps_its_receipt(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.capture("t1", SPEECH, now_ms=NOW_MS)
        async with transaction() as books:
            assert await books.capture("t1", WORDS, now_ms=LATER_MS) == receipt
            assert await books.void("t1", "failed", now_ms=LATER_MS) == receipt
            assert await books.expire("t1", now_ms=LATER_MS) == receipt
            assert await books.receipt_of("t1") == receipt
            assert await books.receipt(receipt.id, fan=FAN) == receipt
            assert (await books.wallet(FAN)).available == 2

    async def test_a_voice_that_was_not_held_for_is_not_charged(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.capture("t1", SPEECH, now_ms=NOW_MS)
            assert (receipt.charged, receipt.usage) == (Charge(3), SPEECH)
            assert await books.verify() == ()

    async def test_a_turn_without_a_hold_cannot_be_settled(self, transaction: Transaction) -> None:
        async with transaction() as books:
            with pytest.raises(UnknownHold):
                await books.capture("t1", Usage(), now_ms=NOW_MS)
            with pytest.raises(UnknownHold):
                await books.void("t1", "failed", now_ms=NOW_MS)
            with pytest.raises(UnknownHold):
                await books.expire("t1", now_ms=NOW_MS)
            assert await books.receipt_of("t1") is None

    async def test_an_overdue_hold_that_nobody_swept_is_captured_as_ever(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 3)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert (await books.capture("t1", WORDS, now_ms=LATER_MS * 2)).charged == Charge(3)


class TestVoid:
    async def test_a_voided_turn_costs_nothing_and_says_why(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.void("t1", "refused", now_ms=NOW_MS + 2)
            assert (receipt.charged, receipt.burned, receipt.reason) == (Charge(), (), "refused")
            assert await books.void("t1", "failed", now_ms=LATER_MS) == receipt
            assert await books.capture("t1", WORDS, now_ms=LATER_MS) == receipt
            assert await books.expire("t1", now_ms=LATER_MS) == receipt
            assert await books.wallet(FAN) == Wallet(FAN, 10, 0, {"promotional": 10})
            assert await books.verify() == ()


class TestExpiry:
    async def test_overdue_turns_come_oldest_first_and_once_each(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 100)
            for turn, ttl_ms in (("late", 30), ("b", 20), ("a", 20), ("first", 10), ("open", 31)):
                await books.hold(turn, FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=ttl_ms)
            await books.void("first", "failed", now_ms=NOW_MS)
            assert await books.overdue(now_ms=NOW_MS + 30, limit=9) == ("a", "b", "late")
            assert await books.overdue(now_ms=NOW_MS + 30, limit=2) == ("a", "b")
            assert await books.overdue(now_ms=NOW_MS + 19, limit=9) == ()

    async def test_expiry_releases_what_was_held(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.expire("t1", now_ms=LATER_MS)
            assert (receipt.charged, receipt.reason, receipt.settled_at_ms) == (Charge(), "expired", LATER_MS)
            assert await books.expire("t1", now_ms=LATER_MS + 1) == receipt
            assert await books.void("t1", "failed", now_ms=LATER_MS + 1) == receipt
            assert await books.wallet(FAN) == Wallet(FAN, 10, 0, {"promotional": 10})
            assert await books.verify(now_ms=LATER_MS) == ()

    async def test_a_hold_that_a_heartbeat_kept_alive_does_not_expire(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 20)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.hold("t2", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.void("t2", "failed", now_ms=NOW_MS)
            await books.extend(["t1", "t2", "never-seen"], expires_at_ms=LATER_MS + 1)
            await books.extend(["t1"], expires_at_ms=LATER_MS)  # a late heartbeat does not shorten
            await books.extend([], expires_at_ms=LATER_MS)
            with pytest.raises(HoldNotOverdue) as caught:
                await books.expire("t1", now_ms=LATER_MS)
            assert (caught.value.turn, caught.value.expires_at_ms) == ("t1", LATER_MS + 1)
            assert await books.overdue(now_ms=LATER_MS, limit=9) == ()
            assert await books.receipt_of("t2") == receipt
            assert (await books.expire("t1", now_ms=LATER_MS + 1)).reason == "expired"

    async def test_a_delivered_turn_is_charged_after_its_hold_expired(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            expired = await books.expire("t1", now_ms=LATER_MS)
            receipt = await books.capture("t1", SPEECH, now_ms=LATER_MS + 1)
            assert (receipt.id, receipt.charged, receipt.reason) == (expired.id, Charge(3, 5), "delivered")
            assert await books.wallet(FAN) == Wallet(FAN, 2, 0, {"promotional": 2})
            assert await books.verify() == ()

    async def test_what_cannot_be_collected_any_more_is_not_charged_later_either(
        self, transaction: Transaction
    ) -> None:
        async with transaction() as books:
            await stock(books, 10)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.expire("t1", now_ms=LATER_MS)
            await books.hold("t2", FAN, TEXT, now_ms=LATER_MS, ttl_ms=TTL_MS)
            receipt = await books.capture("t1", SPEECH, now_ms=LATER_MS)
            assert (receipt.charged, receipt.burned, receipt.reason) == (Charge(), (), "uncollected")
            assert await books.wallet(FAN) == Wallet(FAN, 7, 3, {"promotional": 10})
            await grant(books, 10, "more")
            assert await books.capture("t1", SPEECH, now_ms=LATER_MS) == receipt
            assert (await books.wallet(FAN)).available == 17
            assert await books.verify() == ()

    async def test_a_late_capture_takes_all_or_nothing_of_exactly_what_is_left(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 8)
            await books.hold("t1", FAN, SPOKEN, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.expire("t1", now_ms=LATER_MS)
            assert (await books.capture("t1", SPEECH, now_ms=LATER_MS)).charged == Charge(3, 5)
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)


class TestLapse:
    async def test_expired_credits_lapse_and_are_not_held_any_more(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 5, "soon", expires_at_ms=LATER_MS)
            await grant(books, 4, "never")
            assert await books.lapse(now_ms=LATER_MS - 1, limit=9) == ()
            assert await books.lapse(now_ms=LATER_MS, limit=9) == (FAN,)
            assert await books.lapse(now_ms=LATER_MS, limit=9) == ()
            assert await books.wallet(FAN) == Wallet(FAN, 4, 0, {"promotional": 4})
            assert await books.verify() == ()

    async def test_a_hold_does_not_reach_credits_that_expired_unnoticed(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 5, "soon", expires_at_ms=LATER_MS)
            await grant(books, 2, "never")
            with pytest.raises(InsufficientCredits) as caught:
                await books.hold("t1", FAN, TEXT, now_ms=LATER_MS, ttl_ms=TTL_MS)
            assert caught.value.available == 2

    async def test_a_hold_keeps_the_credits_it_was_promised_past_their_expiry(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 5, "soon", expires_at_ms=LATER_MS)
            await grant(books, 3, "never")
            await books.hold("t1", FAN, TEXT, now_ms=LATER_MS - 1, ttl_ms=TTL_MS)
            assert await books.lapse(now_ms=LATER_MS, limit=9) == (FAN,)
            assert await books.wallet(FAN) == Wallet(FAN, 3, 3, {"promotional": 6})
            await books.hold("t2", FAN, TEXT, now_ms=LATER_MS, ttl_ms=TTL_MS)
            assert (await books.capture("t2", WORDS, now_ms=LATER_MS)).charged == Charge(3)
            assert (await books.capture("t1", WORDS, now_ms=LATER_MS)).charged == Charge(3)
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)
            assert await books.verify() == ()

    async def test_what_a_voided_hold_kept_lapses_afterwards(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 3, "soon", expires_at_ms=LATER_MS)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert await books.lapse(now_ms=LATER_MS, limit=9) == ()
            await books.void("t1", "failed", now_ms=LATER_MS)
            assert await books.lapse(now_ms=LATER_MS, limit=9) == (FAN,)
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)

    async def test_a_late_capture_does_not_reach_credits_that_expired(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books)
            await grant(books, 3, "soon", expires_at_ms=LATER_MS)
            await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
            await books.expire("t1", now_ms=LATER_MS)
            assert (await books.capture("t1", WORDS, now_ms=LATER_MS)).reason == "uncollected"
            assert await books.wallet(FAN) == Wallet(FAN, 0, 0)
            assert await books.verify() == ()

    async def test_lapsing_goes_by_the_longest_past_expiry_and_stops_at_the_limit(
        self, transaction: Transaction
    ) -> None:
        async with transaction() as books:
            await grant(books, 1, "a", fan="a", expires_at_ms=LATER_MS + 2)
            await grant(books, 1, "b", fan="b", expires_at_ms=LATER_MS + 1)
            await grant(books, 1, "c", fan="c", expires_at_ms=LATER_MS + 1)
            assert await books.lapse(now_ms=LATER_MS * 2, limit=2) == ("b", "c")
            assert await books.lapse(now_ms=LATER_MS * 2, limit=2) == ("a",)
