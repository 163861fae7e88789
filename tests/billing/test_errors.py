"""Each error carries data and words it in one sentence."""

from __future__ import annotations

import pytest

from billing import errors


@pytest.mark.parametrize(
    ("error", "sentence"),
    [
        (errors.InsufficientCredits(5, 2), "This needs 5 credits and 2 are available."),
        (errors.InvalidAmount(9, 0, 3), "9 credits is not between 0 and 3."),
        (errors.IdempotencyConflict("k"), "The key “k” was used before for another booking."),
        (errors.AccountFrozen(), "The credits of this account cannot be used at the moment."),
        (
            errors.GoodwillCapped(9, 4),
            "9 credits of goodwill are too many; at most 4 may be given here now.",
        ),
        (errors.NoPrice(), "No price is in force for this conversation."),
        (errors.OverlappingPrice("p1"), "Price version p1 takes effect for the same scope at the same moment."),
        (errors.SameApprover("ana"), "ana wrote this price; somebody else has to approve it."),
        (errors.HoldNotOverdue("t1", 7), "The credits of turn t1 are held until 7."),
        (errors.UnknownHold("t1"), "No credits are held for turn t1."),
        (
            errors.InvalidPromotion("x", "it gives nothing"),
            "The promotion “x” cannot be offered: it gives nothing.",
        ),
        (errors.PromotionRefused("spent"), "All of this offer has been given away."),
        (errors.UnknownPromotion(), "There is no such offer."),
        (errors.UnknownReceipt("r1"), "There is no such receipt."),
        (errors.RewardRefused("forged"), "There is no reward for this ad: AdMob did not sign it."),
        (errors.KeysUnavailable("they were asked for"), "The keys of rewarded ads cannot be had: they were asked for."),
        (errors.BudgetReached("", 9, 7, 5), "7 of 9 credits for today are spent or held; more from 5."),
        (errors.InvalidPrice("voices", "names each voice once"), "In a price, “voices” names each voice once."),
        (errors.NotRefundable("t1", 3, 2), "Of turn t1, 2 credits can be refunded."),
        (errors.UnknownProposal("p2"), "There is no proposal p2."),
        (errors.ProposalDecided("p2", "approved"), "The proposal p2 was approved before."),
        (errors.TillUnavailable("HTTP 503"), "The till cannot be used at the moment (HTTP 503)."),
        (errors.TillRefused("charge_disputed"), "The till refused this (charge_disputed)."),
        (errors.TillUnreadable("charge", "amount"), "The till sent a charge whose “amount” cannot be read."),
        (errors.UnknownAtTill("payment", "pi_1"), "The till knows no such payment."),
        (errors.WebhookRefused("stale"), "The webhook was refused: stale."),
        (errors.UnknownPack("gold"), "There is no pack gold for sale."),
        (errors.UnknownOrder("o1"), "There is no order o1."),
        (errors.OrderBusy("o1"), "Order o1 is being looked at; try again in a moment."),
        (errors.NothingToRefund("o1"), "Nothing of order o1 can be refunded."),
        (errors.NoCustomer(), "There are no payments to show."),
    ],
)
def test_an_error_says_what_happened_in_one_sentence(error: errors.BillingError, sentence: str) -> None:
    assert str(error) == sentence
