"""What the shells cannot reach today: lots that left under an open hold, and calls that break the rules."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import settlement
from billing.ledger import WalletRow
from billing.types import Charge, Quote, Usage
from tests.billing.builders import FAN, NOW_MS, PRICE, SPEECH, SPOKEN, WORDS, lot

HOLDS = settlement.open_holds("t1", FAN, SPOKEN, receipt="r1", now_ms=NOW_MS, ttl_ms=10)
WALLET = WalletRow(FAN, posted=8, held=8)


def test_a_hold_whose_lots_are_gone_is_booked_as_uncollected() -> None:
    settled = settlement.capture(HOLDS, PRICE, SPEECH, WALLET, [lot("taken", 7)], now_ms=NOW_MS)
    assert (settled.spent, settled.released) == (0, 8)
    assert settled.entry is not None
    assert settled.entry.kind == "uncollected"
    assert {hold.reason for hold in settled.holds} == {"uncollected"}


def test_an_open_hold_burns_what_was_alive_when_it_was_opened() -> None:
    lots = [lot("then", 8, expires_at_ms=NOW_MS + 1)]
    assert settlement.capture(HOLDS, PRICE, SPEECH, WALLET, lots, now_ms=NOW_MS + 2).spent == 8


def test_an_expired_hold_does_not_take_what_others_hold() -> None:
    expired = settlement.expire(HOLDS, now_ms=NOW_MS + 10).holds
    settled = settlement.capture(expired, PRICE, WORDS, WALLET, [lot("held", 8)], now_ms=NOW_MS + 11)
    assert (settled.spent, settled.released) == (0, 0)


def test_an_expired_hold_is_served_like_a_new_one_from_what_is_alive_now() -> None:
    expired = settlement.expire(HOLDS, now_ms=NOW_MS + 10).holds
    lots = [lot("promised-to-another", 3, expires_at_ms=NOW_MS + 11), lot("alive", 3)]
    settled = settlement.capture(expired, PRICE, WORDS, WalletRow(FAN, 6, 3), lots, now_ms=NOW_MS + 11)
    assert [(burn.lot, burn.credits) for burn in settled.burns] == [("alive", 3)]


def test_captured_credits_are_of_their_kind() -> None:
    settled = settlement.capture(HOLDS, PRICE, Usage(voice=True), WALLET, [lot("a", 8)], now_ms=NOW_MS)
    assert {hold.kind: hold.captured_credits for hold in settled.holds} == {"text": 0, "voice": 5}
    receipt = settlement.receipt_for(settled.holds, PRICE, settled.burns)
    assert receipt.charged == Charge(0, 5)


def test_a_settled_turn_is_not_settled_again() -> None:
    voided = settlement.void(HOLDS, "failed", now_ms=NOW_MS).holds
    with pytest.raises(AssertionError):
        settlement.void(voided, "failed", now_ms=NOW_MS)
    with pytest.raises(AssertionError):
        settlement.expire(voided, now_ms=NOW_MS + 10)
    with pytest.raises(AssertionError):
        settlement.capture(voided, PRICE, Usage(), WALLET, [], now_ms=NOW_MS)


def test_holds_of_one_turn_that_moved_apart_are_noticed() -> None:
    with pytest.raises(AssertionError):
        settlement.status_of((HOLDS[0], replace(HOLDS[1], status="voided")))


def test_an_open_turn_has_no_receipt() -> None:
    with pytest.raises(AssertionError):
        settlement.receipt_for(HOLDS, PRICE, ())


@pytest.mark.parametrize("ttl_ms", [0, settlement.HOLD_TTL_MS_MAX + 1])
def test_a_hold_has_an_end(ttl_ms: int) -> None:
    with pytest.raises(AssertionError):
        settlement.open_holds("t1", FAN, Quote("p1", Charge()), receipt="r", now_ms=NOW_MS, ttl_ms=ttl_ms)
