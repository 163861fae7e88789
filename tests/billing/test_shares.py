"""What a payee earns of captured credits, in which steps it goes back, and the report of what is to be paid."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import ledger, shares
from billing.ledger import SharePosting
from billing.shares import Basis, Payout, PayoutRow
from billing.types import Quote, ShareTerms
from tests.billing.builders import ACTED, FAN, MEI_SHARE, NOW_MS, SPEECH, TEXT, Transaction, grant, stock
from tests.billing.test_refunds_contract import captured, give_back

SHOW, MEI = MEI_SHARE.show, MEI_SHARE.character
LOT = Basis("a", 199, 100, "usd")


@pytest.mark.parametrize(
    ("terms", "show", "character", "now_ms", "expected"),
    [
        ([], SHOW, MEI, 9, None),
        ([("any", "", "", 5)], SHOW, MEI, 4, None),
        ([("any", "", "", 5)], SHOW, MEI, 5, "any"),
        ([("any", "", "", 5), ("show", SHOW, "", 1)], SHOW, MEI, 9, "show"),
        ([("show", SHOW, "", 5), ("name", "", MEI, 1)], SHOW, MEI, 9, "name"),
        ([("name", "", MEI, 5), ("both", SHOW, MEI, 1)], SHOW, MEI, 9, "both"),
        ([("old", SHOW, MEI, 1), ("new", SHOW, MEI, 5)], SHOW, MEI, 4, "old"),
        ([("old", SHOW, MEI, 1), ("new", SHOW, MEI, 5)], SHOW, MEI, 5, "new"),
        ([("both", SHOW, MEI, 1)], SHOW, "lin", 9, None),
        ([("both", SHOW, MEI, 1)], "other", MEI, 9, None),
    ],
)
def test_the_most_specific_terms_and_of_those_the_latest_are_in_force(
    terms: list[tuple[str, str, str, int]], show: str, character: str, now_ms: int, expected: str | None
) -> None:
    known = [ShareTerms(name, of, who, "p", 1, since, "ana", "ben") for name, of, who, since in terms]
    chosen = shares.choose(known, show, character, now_ms)
    assert (chosen and chosen.id) == expected


@pytest.mark.parametrize(
    ("quote", "terms", "expected"),
    [
        (TEXT, None, True),
        (ACTED, MEI_SHARE, True),
        (ACTED, None, False),
        (TEXT, MEI_SHARE, False),
        (ACTED, replace(MEI_SHARE, id="s2"), False),
        (ACTED, replace(MEI_SHARE, character="lin"), False),
    ],
)
def test_a_quote_is_of_its_terms(quote: Quote, terms: ShareTerms | None, expected: bool) -> None:
    assert shares.is_of(quote, terms) == expected


@pytest.mark.parametrize(
    ("basis", "credits", "bps", "micros"),
    [
        (LOT, 1, 10_000, 1_990_000),
        (LOT, 6, 1_500, 1_791_000),
        (LOT, 100, 10_000, 199_000_000),
        (LOT, 0, 1_500, 0),
        (LOT, 6, 0, 0),
        (replace(LOT, paid_minor=0), 6, 1_500, 0),
        (Basis("a", 1, 3, "usd"), 1, 10_000, 333_333),
        (Basis("a", 1, 3, "usd"), 2, 10_000, 666_666),
    ],
)
def test_a_share_is_of_the_money_behind_the_credits(basis: Basis, credits: int, bps: int, micros: int) -> None:
    assert shares.earned_micros(basis, credits, bps) == micros
    posted = shares.postings(replace(MEI_SHARE, share_bps=bps), [(basis, 0, credits)])
    assert posted == ((SharePosting("mei's actor", "a", "usd", micros),) if micros else None)


def test_without_terms_nothing_is_posted() -> None:
    assert shares.postings(None, [(LOT, 0, 6)]) is None


@given(
    st.integers(0, 99_999),
    st.integers(1, 5_000),
    st.integers(0, 10_000),
    st.lists(st.integers(1, 400), min_size=1, max_size=6),
)
def test_a_turn_that_is_refunded_in_any_steps_takes_its_share_back_to_zero(
    paid_minor: int, granted: int, bps: int, steps: list[int]
) -> None:
    basis, terms, kept = Basis("a", paid_minor, granted, "usd"), replace(MEI_SHARE, share_bps=bps), sum(steps)
    moves, total = [(basis, 0, kept)], 0
    for step in steps:
        moves.append((basis, kept, kept - step))
        kept -= step
    for move in moves:
        total += sum(posting.micros for posting in shares.postings(terms, [move]) or ())
        assert total == shares.earned_micros(basis, move[2], bps)
    assert total == 0


def test_an_entry_with_an_empty_share_is_a_programmers_error() -> None:
    burns = (ledger.burn_of(ledger.Lot(ledger.LotTerms("a", "reward"), FAN, 1, 5, 5, 1), 2),)
    for wrong in ((), (SharePosting("p", "a", "usd", 0),)):
        with pytest.raises(AssertionError):
            ledger.capture_entry("t1", FAN, burns, price_version="p1", at_ms=NOW_MS, shares=wrong)


async def test_a_turn_under_terms_posts_its_share_and_a_refund_takes_it_back(transaction: Transaction) -> None:
    async with transaction() as books:
        await captured(books)
        assert await books.verify() == ()
        await give_back(books, 4, "a")
        assert await books.verify() == ()
        await give_back(books, None, "b")
        assert await books.verify() == ()


async def test_credits_without_a_price_post_no_share(transaction: Transaction) -> None:
    async with transaction() as books:
        await stock(books, 20)
        await books.card.add_share(MEI_SHARE)
        await grant(books, 1, "more")
        await books.hold("t1", FAN, ACTED, now_ms=NOW_MS, ttl_ms=9)
        assert (await books.capture("t1", SPEECH, now_ms=NOW_MS)).charged == ACTED.amounts
        assert await books.verify() == ()


def test_payouts_are_summed_by_payee_character_and_currency_within_the_period() -> None:
    def row(payee: str, currency: str, at_ms: int, credits: int, micros: int, character: str = MEI) -> PayoutRow:
        return PayoutRow(payee, SHOW, character, currency, "purchased", at_ms, credits, micros)

    rows = [
        row("p", "usd", 9, 1, 1),
        row("p", "usd", 10, 6, 600),
        row("p", "usd", 19, -2, -200),
        replace(row("p", "usd", 19, 3, 30), lot_class="subscription"),
        row("p", "jpy", 11, 1, 7),
        row("p", "usd", 11, 1, 8, "lin"),
        row("o", "usd", 11, 1, 9),
        row("p", "usd", 20, 1, 1),
    ]
    assert shares.payouts(rows, from_ms=10, until_ms=20) == (
        Payout("o", SHOW, MEI, "usd", {"purchased": 1}, 9),
        Payout("p", SHOW, "lin", "usd", {"purchased": 1}, 8),
        Payout("p", SHOW, MEI, "jpy", {"purchased": 1}, 7),
        Payout("p", SHOW, MEI, "usd", {"purchased": 4, "subscription": 3}, 430),
    )
