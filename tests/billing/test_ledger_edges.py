"""The edges of the journal's rules, in numbers and not by the names of the limits; and what credits are worth."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing.doubles import MemoryBooks
from billing.errors import InvalidAmount
from billing.ledger import Entry, Posting, checked, plan_refund, value_of
from billing.types import Burn, Money
from billing.units import cost_basis
from tests.billing.builders import FAN, NOW_MS, TEXT, TTL_MS, grant, lot, stock

PAIR = (Posting("goodwill", 1), Posting("earned", -1))
ENTRY = Entry("capture", "capture:t1", FAN, "t1", NOW_MS, PAIR, "delivered", "encore")


@pytest.mark.parametrize(
    ("entry", "stands"),
    [
        (replace(ENTRY, fan="f" * 200), True),
        (replace(ENTRY, fan="f" * 201), False),
        (replace(ENTRY, actor="a" * 200), True),
        (replace(ENTRY, actor="a" * 201), False),
        (replace(ENTRY, reason="r" * 500), True),
        (replace(ENTRY, reason="r" * 501), False),
        (replace(ENTRY, postings=PAIR * 5_000), True),
        (replace(ENTRY, postings=PAIR * 5_001), False),
        (replace(ENTRY, postings=(*PAIR * 4_999, *PAIR[:1] * 2, Posting("earned", -2))), False),
    ],
)
def test_limits_of_an_entry_are_these_numbers(entry: Entry, stands: bool) -> None:
    if stands:
        assert checked(entry) == entry
        return
    with pytest.raises(AssertionError):
        checked(entry)


async def test_a_grant_is_of_one_to_a_million_credits() -> None:
    books = MemoryBooks()
    await grant(books, 1, "least")
    await grant(books, 1_000_000, "most")
    assert (await books.wallet(FAN)).available == 1_000_001
    for credits in (0, 1_000_001):
        with pytest.raises(InvalidAmount) as caught:
            await grant(books, credits, "beyond")
        assert caught.value.args == (credits, 1, 1_000_000)


async def test_a_void_says_why_in_at_most_500_characters() -> None:
    books = MemoryBooks()
    await stock(books, 20)
    await books.hold("t1", FAN, TEXT, now_ms=NOW_MS, ttl_ms=TTL_MS)
    with pytest.raises(AssertionError):
        await books.void("t1", "r" * 501, now_ms=NOW_MS)
    assert (await books.void("t1", "r" * 500, now_ms=NOW_MS)).reason == "r" * 500


@pytest.mark.parametrize(
    ("paid_minor", "granted", "credits", "micros"),
    [(999, 100, 3, 29_970_000), (1, 3, 1, 333_333), (1, 3, 2, 666_666), (1, 3, 3, 1_000_000), (0, 3, 3, 0)],
)
def test_what_credits_cost_is_their_part_of_the_lot_s_price_rounded_down(
    paid_minor: int, granted: int, credits: int, micros: int
) -> None:
    assert cost_basis(credits, granted=granted, paid_minor=paid_minor) == micros


def test_credits_are_worth_what_the_next_lots_cost_after_those_that_are_promised() -> None:
    lots = (
        lot("a", 10, "promotional"),
        lot("b", 10, "purchased", seq=2, paid_minor=100),
        lot("c", 10, "purchased", seq=3, paid_minor=300),
    )
    assert value_of(lots, (), 10, NOW_MS) == ()
    assert value_of(lots, (), 11, NOW_MS) == (Money("usd", 10_000_000),)
    assert value_of(lots, ((NOW_MS, 10),), 11, NOW_MS) == (Money("usd", 130_000_000),)
    assert value_of(lots, ((NOW_MS, 25),), 1, NOW_MS) == (Money("usd", 30_000_000),)


def test_currencies_are_added_each_by_itself() -> None:
    dollars, more, euros = (lot(name, 1, "purchased", seq=seq, paid_minor=seq) for seq, name in enumerate("abc", 1))
    euros = replace(euros, terms=replace(euros.terms, currency="eur"))
    assert value_of((dollars, more, euros), (), 3, NOW_MS) == (Money("eur", 3_000_000), Money("usd", 3_000_000))


@pytest.mark.parametrize(
    ("refunded", "credits", "given"),
    [
        ({}, 1, (("b", 1),)),
        ({}, 4, (("b", 2), ("a", 2))),
        ({"b": 1}, 1, (("b", 1),)),
        ({"b": 1}, 2, (("b", 1), ("a", 1))),
        ({"b": 2}, 3, (("a", 3),)),
        ({"b": 2, "a": 1}, 2, (("a", 2),)),
    ],
)
def test_a_refund_fills_the_lot_that_was_burned_last_first(
    refunded: dict[str, int], credits: int, given: tuple[tuple[str, int], ...]
) -> None:
    burns = (Burn("a", "promotional", 3), Burn("b", "purchased", 2))
    assert plan_refund(burns, refunded, credits) == given
