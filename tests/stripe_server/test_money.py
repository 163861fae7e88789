"""Payment intents, charges, refunds, disputes and the balance, through the SDK."""

from __future__ import annotations

import pytest
import stripe

from tests.fakes.stripe_server.faults import StripeFault
from tests.stripe_server.till import SDK_WARNS, Till, pack, plain

pytestmark = SDK_WARNS


async def _balance(till: Till) -> list[tuple[str, int, int, int]]:
    entries = (await till.client.v1.balance_transactions.list_async()).data
    return [(one.reporting_category, one.amount, one.fee, one.net) for one in reversed(entries)]


async def test_an_intent_is_confirmed_and_charged(till: Till) -> None:
    intents = till.client.v1.payment_intents
    intent = await intents.create_async({"amount": 1000, "currency": "usd", "metadata": {"order": "o2"}})
    assert intent.status == "requires_payment_method"
    with pytest.raises(stripe.InvalidRequestError, match="missing a payment method"):
        await intents.confirm_async(intent.id)
    done = await intents.confirm_async(intent.id, {"payment_method": "pm_card_visa"})
    assert (done.status, done.amount_received) == ("succeeded", 1000)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await intents.cancel_async(intent.id)
    assert refused.value.code == "payment_intent_unexpected_state"
    updated = await intents.update_async(intent.id, {"metadata": {"seen": "1"}})
    assert plain(updated.metadata) == {"order": "o2", "seen": "1"}


async def test_a_declined_intent_answers_402_and_can_be_cancelled(till: Till) -> None:
    intents = till.client.v1.payment_intents
    with pytest.raises(stripe.CardError) as refused:
        await intents.create_async(
            {"amount": 1000, "currency": "usd", "payment_method": "pm_card_chargeDeclined", "confirm": True}
        )
    assert (refused.value.code, refused.value.http_status) == ("card_declined", 402)
    [intent] = (await intents.list_async()).data
    assert refused.value.error is not None
    assert refused.value.error.payment_intent is not None
    assert refused.value.error.payment_intent.id == intent.id
    assert intent.last_payment_error is not None
    assert intent.last_payment_error.code == "card_declined"
    gone = await intents.cancel_async(intent.id, {"cancellation_reason": "abandoned"})
    assert (gone.status, gone.cancellation_reason) == ("canceled", "abandoned")


async def test_an_intent_by_bank_debit_is_processing(till: Till) -> None:
    intent = await till.client.v1.payment_intents.create_async(
        {"amount": 1000, "currency": "eur", "payment_method": "pm_sepa_debit", "confirm": True}
    )
    assert intent.status == "processing"
    [charge] = (await till.client.v1.charges.list_async({"payment_intent": intent.id})).data
    assert (charge.status, charge.balance_transaction) == ("pending", None)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.client.v1.refunds.create_async({"charge": charge.id})
    assert refused.value.code == "charge_not_refundable"


async def test_a_bank_debit_is_booked_and_refunded_as_a_payment(till: Till) -> None:
    opened = await till.open(pack(payment_intent_data={"description": "Pack"}))
    await till.press(opened.id, "later")
    await till.server.control("conclude", session=opened.id)
    [charge] = (await till.client.v1.charges.list_async()).data
    refund = await till.client.v1.refunds.create_async({"charge": charge.id})
    assert (charge.id[:3], refund.id[:4]) == ("py_", "pyr_")
    entries = (await till.client.v1.balance_transactions.list_async()).data
    kinds = [(one.type, one.reporting_category, one.description) for one in entries]
    assert kinds == [("payment_refund", "refund", "REFUND FOR PAYMENT (Pack)"), ("payment", "charge", "Pack")]


async def test_a_charge_takes_metadata_that_is_merged_and_unset(till: Till) -> None:
    charge = await till.charge(payment_intent_data={"metadata": {"order": "o1", "show": "s1"}})
    changed = await till.client.v1.charges.update_async(charge.id, {"metadata": {"show": "", "day": "2"}})
    assert plain(changed.metadata) == {"order": "o1", "day": "2"}
    emptied = await till.client.v1.charges.update_async(charge.id, {"metadata": ""})
    assert plain(emptied.metadata) == {}


async def test_refunds_are_partial_and_never_exceed_the_charge(till: Till) -> None:
    charge = await till.charge()
    refunds = till.client.v1.refunds
    first = await refunds.create_async({"charge": charge.id, "amount": 199, "reason": "requested_by_customer"})
    assert (first.status, first.amount, first.payment_intent) == ("succeeded", 199, charge.payment_intent)
    with pytest.raises(
        stripe.InvalidRequestError, match=r"\(301\) is greater than unrefunded amount on charge \(300\)"
    ):
        await refunds.create_async({"charge": charge.id, "amount": 301})
    assert isinstance(charge.payment_intent, str)
    rest = await refunds.create_async({"payment_intent": charge.payment_intent, "metadata": {"why": "goodwill"}})
    assert (rest.amount, plain(rest.metadata)) == (300, {"why": "goodwill"})
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await refunds.create_async({"charge": charge.id})
    assert refused.value.code == "charge_already_refunded"
    after = await till.client.v1.charges.retrieve_async(charge.id, {"expand": ["refunds"]})
    assert (after.amount_refunded, after.refunded) == (499, True)
    assert after.refunds is not None
    assert [one.id for one in after.refunds.data] == [rest.id, first.id]
    assert [one.id for one in (await refunds.list_async({"charge": charge.id})).data] == [rest.id, first.id]
    assert await _balance(till) == [("charge", 499, 44, 455), ("refund", -199, 0, -199), ("refund", -300, 0, -300)]
    assert (await till.arrived()).count("charge.refunded") == 2


async def test_a_refund_takes_metadata_and_an_intent_without_a_charge_has_none(till: Till) -> None:
    refund = await till.client.v1.refunds.create_async({"charge": (await till.charge()).id, "amount": 1})
    updated = await till.client.v1.refunds.update_async(refund.id, {"metadata": {"why": "late"}})
    assert plain(updated.metadata) == {"why": "late"}
    intent = await till.client.v1.payment_intents.create_async({"amount": 100, "currency": "usd"})
    with pytest.raises(stripe.InvalidRequestError, match="does not have a successful charge"):
        await till.client.v1.refunds.create_async({"payment_intent": intent.id})


async def test_a_refund_that_comes_back_is_no_refund_any_more(till: Till) -> None:
    charge = await till.charge()
    refund = await till.client.v1.refunds.create_async({"charge": charge.id})
    await till.server.control("refund_fail", refund=refund.id)
    failed = await till.client.v1.refunds.retrieve_async(refund.id)
    assert (failed.status, failed.failure_reason) == ("failed", "expired_or_canceled_card")
    after = await till.client.v1.charges.retrieve_async(charge.id)
    assert (after.amount_refunded, after.refunded) == (0, False)
    with pytest.raises(StripeFault):
        await till.server.control("refund_fail", refund=refund.id)
    assert sum(net for _, _, _, net in await _balance(till)) == 455
    told = (await till.arrived())[-4:]
    assert told == ["refund.failed", "refund.updated", "charge.refund.updated", "charge.updated"]


@pytest.mark.parametrize(
    ("won", "status", "balance"),
    [
        (True, "won", [("dispute", -499, 1500, -1999), ("dispute_reversal", 499, 0, 499)]),
        (False, "lost", [("dispute", -499, 1500, -1999)]),
    ],
)
async def test_a_dispute_takes_the_money_and_only_a_win_brings_it_back(
    till: Till, won: bool, status: str, balance: list[tuple[str, int, int, int]]
) -> None:
    charge = await till.charge()
    opened = await till.server.control("dispute_open", charge=charge.id)
    disputes = till.client.v1.disputes
    found = (await disputes.list_async({"charge": charge.id})).data[0]
    assert (found.id, found.status, found.amount) == (opened["id"], "needs_response", 499)
    answered = await disputes.update_async(found.id, {"evidence": {"uncategorized_text": "Delivered."}, "submit": True})
    assert (answered.status, answered.evidence_details.submission_count) == ("under_review", 1)
    with pytest.raises(stripe.InvalidRequestError) as refused:
        await till.client.v1.refunds.create_async({"charge": charge.id})
    assert refused.value.code == "charge_disputed"
    await till.server.control("dispute_decide", dispute=found.id, won=won)
    with pytest.raises(StripeFault):
        await till.server.control("dispute_decide", dispute=found.id, won=won)
    closed = await disputes.retrieve_async(found.id)
    assert (closed.status, len(closed.balance_transactions)) == (status, len(balance))
    assert (await _balance(till))[1:] == balance
    seen = [kind for kind in await till.arrived() if kind.startswith("charge.dispute")]
    reinstated = ["charge.dispute.funds_reinstated"] if won else []
    assert seen == [
        "charge.dispute.created",
        "charge.dispute.funds_withdrawn",
        "charge.dispute.updated",
        *reinstated,
        "charge.dispute.closed",
    ]


async def test_an_inquiry_moves_no_money_and_may_be_refunded(till: Till) -> None:
    charge = await till.charge()
    inquiry = await till.server.control("dispute_open", charge=charge.id, inquiry=True)
    assert inquiry["status"] == "warning_needs_response"
    await till.client.v1.refunds.create_async({"charge": charge.id})
    await till.server.control("dispute_decide", dispute=inquiry["id"], won=True)
    assert (await till.client.v1.disputes.retrieve_async(inquiry["id"])).status == "warning_closed"
    assert [row[0] for row in await _balance(till)] == ["charge", "refund"]


async def test_an_inquiry_may_become_a_dispute_and_only_then_takes_the_money(till: Till) -> None:
    charge = await till.charge()
    inquiry = await till.server.control("dispute_open", charge=charge.id, inquiry=True)
    raised = await till.server.control("dispute_escalate", dispute=inquiry["id"])
    assert (raised["status"], raised["is_charge_refundable"]) == ("needs_response", False)
    assert [row[:2] for row in await _balance(till)] == [("charge", 499), ("dispute", -499)]
    with pytest.raises(StripeFault):
        await till.server.control("dispute_escalate", dispute=inquiry["id"])
    seen = [kind.rpartition(".")[2] for kind in await till.arrived() if kind.startswith("charge.dispute")]
    assert seen == ["created", "updated", "funds_withdrawn"]


async def test_an_accepted_dispute_is_lost(till: Till) -> None:
    charge = await till.charge()
    opened = await till.server.control("dispute_open", charge=charge.id, amount=100, reason="duplicate")
    closed = await till.client.v1.disputes.close_async(opened["id"])
    assert (closed.status, closed.amount, closed.reason) == ("lost", 100, "duplicate")


async def test_balance_transactions_are_found_by_source_and_type_and_mature(till: Till) -> None:
    charge = await till.charge()
    await till.client.v1.refunds.create_async({"charge": charge.id, "amount": 1})
    entries = till.client.v1.balance_transactions
    [entry] = (await entries.list_async({"source": charge.id})).data
    assert (entry.type, entry.status) == ("charge", "pending")
    assert [one.amount for one in (await entries.list_async({"type": "refund"})).data] == [-1]
    assert [detail.amount for detail in entry.fee_details] == [entry.fee]
    await till.server.control("advance", seconds=2 * 86_400)
    assert (await entries.retrieve_async(entry.id)).status == "available"
