"""The journal's rules at their boundaries, and burning as a property."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import ledger
from billing.ledger import Account, Entry, Lot, LotTerms, Posting, plan_burn, plan_lapse
from billing.types import LOT_CLASSES, Burn, LotClass
from tests.billing.builders import FAN, NOW_MS, lot


def plan(lots: list[Lot], credits: int, now_ms: int = NOW_MS) -> list[tuple[str, int]]:
    return [(burn.lot, burn.credits) for burn in plan_burn(lots, credits, now_ms)]


@pytest.mark.parametrize(
    ("lots", "credits", "expected"),
    [
        ([], 0, []),
        ([], 1, []),
        ([lot("a", 5)], 0, []),
        ([lot("a", 5)], 5, [("a", 5)]),
        ([lot("a", 5)], 6, [("a", 5)]),
        ([lot("a", 5, seq=2), lot("b", 5, seq=1)], 6, [("b", 5), ("a", 1)]),
        ([lot("bought", 5, "purchased", seq=1), lot("gift", 5, "goodwill", seq=2)], 6, [("gift", 5), ("bought", 1)]),
        (
            [lot("gift", 5), lot("late", 5, expires_at_ms=NOW_MS + 2), lot("soon", 5, expires_at_ms=NOW_MS + 1)],
            11,
            [("soon", 5), ("late", 5), ("gift", 1)],
        ),
        (
            [lot("b", 5, seq=2, expires_at_ms=NOW_MS + 1), lot("a", 5, seq=1, expires_at_ms=NOW_MS + 1)],
            6,
            [("a", 5), ("b", 1)],
        ),
        ([lot("gone", 5, expires_at_ms=NOW_MS), lot("a", 5)], 6, [("a", 5)]),
        ([lot("alive", 5, expires_at_ms=NOW_MS + 1), lot("a", 5)], 6, [("alive", 5), ("a", 1)]),
        ([lot("empty", 0), lot("a", 5)], 1, [("a", 1)]),
    ],
)
def test_lots_burn_in_the_order_of_the_design(lots: list[Lot], credits: int, expected: list[tuple[str, int]]) -> None:
    assert plan(lots, credits) == expected
    assert plan(lots[::-1], credits) == expected


lots_of_a_fan = st.lists(
    st.builds(
        lot,
        st.integers(1, 10_000).map(str),
        st.integers(0, 20),
        st.sampled_from(LOT_CLASSES),
        seq=st.integers(1, 9),
        expires_at_ms=st.none() | st.integers(NOW_MS - 3, NOW_MS + 3),
    ),
    unique_by=lambda each: each.terms.lot,
    max_size=8,
)


@given(lots_of_a_fan, st.integers(0, 200))
def test_a_plan_takes_what_is_asked_or_all_there_is(lots: list[Lot], credits: int) -> None:
    usable = {each.terms.lot: each.remaining for each in lots if each.alive(NOW_MS)}
    taken = dict(plan(lots, credits))
    assert sum(taken.values()) == min(credits, sum(usable.values()))
    assert all(0 < taken[name] <= usable[name] for name in taken)
    after = ledger.burned(lots, plan_burn(lots, credits, NOW_MS))
    assert sum(each.remaining for each in lots) - sum(each.remaining for each in after) == sum(taken.values())


@given(lots_of_a_fan, st.lists(st.tuples(st.integers(NOW_MS - 5, NOW_MS), st.integers(0, 30)), max_size=4))
def test_a_lapse_takes_only_what_expired_and_no_hold_was_promised(
    lots: list[Lot], holds: list[tuple[int, int]]
) -> None:
    lapsed = plan_lapse(lots, holds, NOW_MS)
    expired = {each.terms.lot: each.remaining for each in lots if not each.alive(NOW_MS)}
    assert all(0 < burn.credits <= expired[burn.lot] for burn in lapsed)
    after = list(ledger.burned(lots, lapsed))
    before = list(lots)
    for opened_at_ms, credits in sorted(holds):
        promised = plan_burn(before, credits, opened_at_ms)
        assert plan_burn(after, credits, opened_at_ms) == promised
        before, after = list(ledger.burned(before, promised)), list(ledger.burned(after, promised))
    assert not [each for each in after if each.remaining and not each.alive(NOW_MS)]


@pytest.mark.parametrize(
    ("lot_class", "account"),
    [
        ("purchased", "stripe_clearing"),
        ("subscription", "stripe_clearing"),
        ("promotional", "promo_expense"),
        ("reward", "promo_expense"),
        ("goodwill", "goodwill"),
    ],
)
def test_a_grant_is_given_by_the_account_of_its_class(lot_class: LotClass, account: Account) -> None:
    entry = granted(5, LotTerms("a", lot_class))
    assert entry.postings == (Posting("fan_lots", 5, "a"), Posting(account, -5))
    assert ledger.same_grant(entry, FAN, 5, lot_class)


def granted(credits: int, terms: LotTerms, reason: str = "a test") -> Entry:
    return ledger.grant_entry(FAN, credits, terms, reason=reason, actor="ana", idem_key="k", at_ms=NOW_MS)


def test_a_capture_moves_lots_to_earned_in_burn_order() -> None:
    burns = (Burn("a", "reward", 2), Burn("b", "purchased", 1))
    entry = ledger.capture_entry("t1", FAN, burns, price_version="p1", at_ms=NOW_MS)
    assert entry.postings == (Posting("fan_lots", -2, "a"), Posting("fan_lots", -1, "b"), Posting("earned", 3))
    assert (entry.idem_key, entry.turn, entry.price_version) == ("capture:t1", "t1", "p1")


def test_what_is_uncollected_leaves_the_lots_alone() -> None:
    entry = ledger.uncollected_entry("t1", FAN, 4, price_version="p1", at_ms=NOW_MS)
    assert entry.postings == (Posting("uncollected", -4), Posting("earned", 4))


def test_what_lapses_becomes_breakage() -> None:
    entry = ledger.lapse_entry(FAN, (Burn("a", "reward", 2),), lapse="x", at_ms=NOW_MS)
    assert entry.postings == (Posting("fan_lots", -2, "a"), Posting("breakage", 2))


def test_an_entry_that_is_no_grant_is_never_the_same_grant() -> None:
    assert not ledger.same_grant(
        ledger.lapse_entry(FAN, (Burn("a", "reward", 2),), lapse="x", at_ms=1), FAN, -2, "reward"
    )


@pytest.mark.parametrize(
    "postings",
    [
        (),
        (Posting("earned", 0),),
        (Posting("earned", 1), Posting("uncollected", -2)),
        (Posting("earned", 0), Posting("uncollected", 0)),
        (Posting("fan_lots", 1), Posting("earned", -1)),
        (Posting("earned", 1, "a"), Posting("fan_lots", -1, "a")),
    ],
)
def test_a_wrong_booking_is_a_programmers_error(postings: tuple[Posting, ...]) -> None:
    with pytest.raises(AssertionError):
        ledger.checked(Entry("capture", "k", FAN, "t1", NOW_MS, postings, "delivered", "encore"))


@pytest.mark.parametrize(
    ("terms", "reason"),
    [
        (LotTerms("a", "purchased", NOW_MS + 1), "bought"),
        (LotTerms("a", "reward", NOW_MS), "already over"),
        (LotTerms("a", "reward"), ""),
        (LotTerms("a", "reward"), "x" * (ledger.REASON_LENGTH_MAX + 1)),
    ],
)
def test_a_grant_against_the_rules_is_a_programmers_error(terms: LotTerms, reason: str) -> None:
    with pytest.raises(AssertionError):
        granted(1, terms, reason)
