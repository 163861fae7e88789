"""Prices and shares that two people agree on, quotes of every kind, and rates: the same for any `Books`."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.errors import (
    IdempotencyConflict,
    InvalidAmount,
    InvalidPrice,
    NoPrice,
    OverlappingPrice,
    ProposalDecided,
    SameApprover,
    UnknownProposal,
)
from billing.types import FREE_KINDS, Charge, PriceProposal, Quote, Rates, TurnKind, Usage
from tests.billing.builders import (
    ACTED,
    FAN,
    MEI_SHARE,
    NOW_MS,
    PRICE,
    SCOPE,
    TTL_MS,
    Transaction,
    stock,
)

DRAFT = replace(
    PRICE,
    id="p2",
    approver="",
    amounts=Charge(4, 5),
    effective_from_ms=NOW_MS + 9,
    voices=(("warm", 6), ("cold", 2)),
    rates=Rates(1, 2, 1_500, 250),
    protects_until_ms=NOW_MS + 99,
)
METERED = replace(PRICE, id="metered", scope=SCOPE, amounts=Charge(1, 2), rates=Rates(2, 3, 1_500, 250))


class TestProposals:
    async def test_an_approved_draft_joins_the_card(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.add_price(PRICE)
            assert await books.card.propose(DRAFT, now_ms=NOW_MS) == PriceProposal(DRAFT, NOW_MS)
            assert await books.prices() == (PRICE,)
            version = await books.card.approve("p2", approver="ben", now_ms=NOW_MS + 1)
            assert version == replace(DRAFT, approver="ben")
            assert await books.prices() == (PRICE, version)
            assert await books.card.approve("p2", approver="ben", now_ms=NOW_MS + 50) == version
            assert await books.card.proposals() == (PriceProposal(DRAFT, NOW_MS, "approved", "ben", NOW_MS + 1),)
            assert await books.verify() == ()

    async def test_a_withdrawn_draft_does_not(self, transaction: Transaction) -> None:
        withdrawn = PriceProposal(DRAFT, NOW_MS, "withdrawn", "ana", NOW_MS + 1)
        async with transaction() as books:
            await books.card.propose(DRAFT, now_ms=NOW_MS)
            for now_ms in (NOW_MS + 1, NOW_MS + 2):
                assert await books.card.withdraw("p2", actor="ana", now_ms=now_ms) == withdrawn
            with pytest.raises(ProposalDecided) as caught:
                await books.card.approve("p2", approver="ben", now_ms=NOW_MS)
            assert (caught.value.proposal, caught.value.status) == ("p2", "withdrawn")
            assert await books.prices() == ()
            assert await books.card.proposals() == (withdrawn,)

    async def test_who_wrote_it_does_not_approve_it(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.card.propose(DRAFT, now_ms=NOW_MS)
            with pytest.raises(SameApprover):
                await books.card.approve("p2", approver=" ANA", now_ms=NOW_MS)
            assert [each.status for each in await books.card.proposals()] == ["proposed"]
            assert await books.prices() == ()

    async def test_a_decision_stands(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.card.propose(DRAFT, now_ms=NOW_MS)
            await books.card.approve("p2", approver="ben", now_ms=NOW_MS)
            with pytest.raises(ProposalDecided):
                await books.card.approve("p2", approver="cem", now_ms=NOW_MS)
            with pytest.raises(ProposalDecided):
                await books.card.withdraw("p2", actor="ana", now_ms=NOW_MS)

    async def test_a_price_does_not_begin_in_the_past(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.card.propose(DRAFT, now_ms=NOW_MS)
            with pytest.raises(InvalidPrice) as caught:
                await books.card.approve("p2", approver="ben", now_ms=DRAFT.effective_from_ms + 1)
            assert caught.value.field == "effective_from_ms"
            await books.card.approve("p2", approver="ben", now_ms=DRAFT.effective_from_ms)

    async def test_a_draft_is_proposed_once_under_its_id(self, transaction: Transaction) -> None:
        async with transaction() as books:
            first = await books.card.propose(DRAFT, now_ms=NOW_MS)
            assert await books.card.propose(DRAFT, now_ms=NOW_MS + 1) == first
            with pytest.raises(IdempotencyConflict):
                await books.card.propose(replace(DRAFT, amounts=Charge(1)), now_ms=NOW_MS)
            await books.add_price(PRICE)
            with pytest.raises(IdempotencyConflict):
                await books.card.propose(replace(DRAFT, id="p1"), now_ms=NOW_MS)

    async def test_what_overlaps_the_card_is_refused_when_it_is_proposed_and_when_it_is_approved(
        self, transaction: Transaction
    ) -> None:
        later = replace(DRAFT, effective_from_ms=NOW_MS + 10)
        async with transaction() as books:
            await books.add_price(PRICE)
            with pytest.raises(OverlappingPrice):
                await books.card.propose(replace(DRAFT, effective_from_ms=PRICE.effective_from_ms), now_ms=NOW_MS)
            await books.card.propose(later, now_ms=NOW_MS)
            await books.add_price(replace(PRICE, id="p3", effective_from_ms=NOW_MS + 10))
            with pytest.raises(OverlappingPrice) as caught:
                await books.card.approve("p2", approver="ben", now_ms=NOW_MS)
            assert caught.value.other == "p3"
            assert [each.status for each in await books.card.proposals()] == ["proposed"]

    async def test_a_draft_against_the_rules_and_one_nobody_proposed_are_refused(
        self, transaction: Transaction
    ) -> None:
        async with transaction() as books:
            with pytest.raises(InvalidPrice):
                await books.card.propose(replace(DRAFT, rates=Rates(text_per_1000_tokens=1)), now_ms=NOW_MS)
            with pytest.raises(UnknownProposal):
                await books.card.approve("p2", approver="ben", now_ms=NOW_MS)
            with pytest.raises(UnknownProposal):
                await books.card.withdraw("p2", actor="ben", now_ms=NOW_MS)
            assert await books.card.proposals() == ()


class TestShares:
    async def test_terms_are_added_once_and_listed_oldest_first(self, transaction: Transaction) -> None:
        newer = replace(MEI_SHARE, id="s2", share_bps=0, effective_from_ms=NOW_MS)
        async with transaction() as books:
            for terms in (newer, MEI_SHARE, newer):
                await books.card.add_share(terms)
            assert await books.card.shares() == (MEI_SHARE, newer)

    async def test_terms_that_break_a_rule_are_refused(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await books.card.add_share(MEI_SHARE)
            with pytest.raises(SameApprover):
                await books.card.add_share(replace(MEI_SHARE, id="s2", approver="Ana", effective_from_ms=NOW_MS))
            for bps in (-1, 10_001):
                with pytest.raises(InvalidAmount):
                    await books.card.add_share(replace(MEI_SHARE, id="s2", share_bps=bps, effective_from_ms=NOW_MS))
            with pytest.raises(OverlappingPrice):
                await books.card.add_share(replace(MEI_SHARE, id="s2"))
            with pytest.raises(IdempotencyConflict):
                await books.card.add_share(replace(MEI_SHARE, share_bps=1))

    async def test_a_quote_is_under_the_terms_in_force_then(self, transaction: Transaction) -> None:
        anyone = replace(MEI_SHARE, id="show", character="")
        later = replace(MEI_SHARE, id="later", effective_from_ms=NOW_MS + 1)
        async with transaction() as books:
            await books.add_price(PRICE)
            for terms in (later, MEI_SHARE, anyone):
                await books.card.add_share(terms)
            quotes = [
                await books.quote(scope, voice=True, now_ms=now_ms)
                for scope, now_ms in (
                    (SCOPE, NOW_MS),
                    (SCOPE, NOW_MS + 1),
                    (replace(SCOPE, character="lin"), NOW_MS),
                    (replace(SCOPE, show="other"), NOW_MS),
                )
            ]
            assert [quote.share for quote in quotes] == ["s1", "later", "show", None]
            assert quotes[0] == ACTED

    @pytest.mark.parametrize(
        "invented",
        [
            replace(ACTED, share="s9"),
            replace(ACTED, scope=replace(SCOPE, character="lin")),
            replace(ACTED, waived="birthday", amounts=Charge()),
            replace(ACTED, waived="crisis"),
        ],
    )
    async def test_a_quote_under_invented_terms_is_refused(self, transaction: Transaction, invented: Quote) -> None:
        async with transaction() as books:
            await stock(books, 20)
            await books.card.add_share(MEI_SHARE)
            with pytest.raises(NoPrice):
                await books.hold("t1", FAN, invented, now_ms=NOW_MS, ttl_ms=TTL_MS)
            assert await books.hold("t1", FAN, ACTED, now_ms=NOW_MS, ttl_ms=TTL_MS) == Charge(3, 5)


class TestQuote:
    @pytest.mark.parametrize("kind", FREE_KINDS)
    async def test_a_free_kind_of_turn_needs_no_credits_and_its_receipt_says_why(
        self, transaction: Transaction, kind: TurnKind
    ) -> None:
        async with transaction() as books:
            await stock(books)
            quote = await books.quote(SCOPE, voice="warm", now_ms=NOW_MS, kind=kind)
            assert quote == Quote("p1", Charge(), SCOPE, "warm", kind)
            await books.hold("t1", FAN, quote, now_ms=NOW_MS, ttl_ms=TTL_MS)
            receipt = await books.capture("t1", Usage(True, True, 40, 9), now_ms=NOW_MS)
            assert (receipt.charged, receipt.reason, receipt.price_version) == (Charge(), kind, "p1")
            assert (receipt.usage, receipt.voice) == (Usage(True, True, 40, 9), "warm")
            assert await books.verify() == ()

    async def test_a_conversation_keeps_its_price_until_the_stated_day(self, transaction: Transaction) -> None:
        dearer = replace(DRAFT, approver="ben", rates=Rates(), voices=())
        before_ms, at_ms, until_ms = dearer.effective_from_ms - 1, dearer.effective_from_ms, NOW_MS + 99
        async with transaction() as books:
            await books.add_price(PRICE)
            await books.add_price(dearer)

            async def version(now_ms: int, opened_at_ms: int | None) -> str:
                quote = await books.quote(SCOPE, voice=False, now_ms=now_ms, opened_at_ms=opened_at_ms)
                assert quote.conversation_opened_at_ms == opened_at_ms
                return quote.price_version

            assert await version(at_ms, before_ms) == "p1"
            assert await version(until_ms - 1, before_ms) == "p1"
            assert await version(until_ms, before_ms) == "p2"
            assert await version(at_ms, at_ms) == "p2"
            assert await version(at_ms, None) == "p2"

    @pytest.mark.parametrize(
        ("usage", "charged"),
        [
            (Usage(True, True, 0, 0), Charge(1, 2)),
            (Usage(True, True, 1, 1), Charge(3, 5)),
            (Usage(True, True, 1_000, 100), Charge(3, 5)),
            (Usage(True, True, 1_001, 201), Charge(5, 11)),
            (Usage(True, True, 9_999, 9_999), Charge(5, 11)),
            (Usage(True, False, 9_999, 9_999), Charge(5, 0)),
            (Usage(False, True, 9_999, 101), Charge(0, 8)),
            (Usage(False, False, 9_999, 9_999), Charge()),
        ],
    )
    async def test_a_rate_holds_its_worst_case_and_charges_what_was_used(
        self, transaction: Transaction, usage: Usage, charged: Charge
    ) -> None:
        async with transaction() as books:
            await stock(books, 20)
            await books.add_price(METERED)
            quote = await books.quote(SCOPE, voice=True, now_ms=NOW_MS)
            assert await books.hold("t1", FAN, quote, now_ms=NOW_MS, ttl_ms=TTL_MS) == Charge(5, 11)
            receipt = await books.capture("t1", usage, now_ms=NOW_MS)
            assert (receipt.charged, receipt.usage) == (charged, usage)
            assert (await books.wallet(FAN)).available == 20 - charged.total
            assert await books.verify() == ()

    async def test_a_named_voice_has_its_own_price(self, transaction: Transaction) -> None:
        async with transaction() as books:
            await stock(books, 40)
            await books.add_price(replace(METERED, voices=(("warm", 6), ("free", 0)), rates=Rates()))
            for turn, voice, price in (("t1", "warm", 6), ("t2", "free", 0), ("t3", "other", 2), ("t4", True, 2)):
                quote = await books.quote(SCOPE, voice=voice, now_ms=NOW_MS)
                await books.hold(turn, FAN, quote, now_ms=NOW_MS, ttl_ms=TTL_MS)
                receipt = await books.capture(turn, Usage(True, True), now_ms=NOW_MS)
                assert receipt.charged == Charge(1, price)
            assert await books.verify() == ()
