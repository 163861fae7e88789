"""The level rule by itself: what refunds and disputes do to an order's lots, in any order and however often."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import standing as level
from billing.ledger import Entry, Lot, LotTerms, balanced
from billing.purchases import Purchase, purchase_entries, repaid_entry
from billing.standing import Standing, Taken
from billing.till import DisputeState, DisputeStatus, PaymentState
from tests.billing.builders import FAN, NOW_MS

PAID = 499
BOUGHT = Purchase("o1", FAN, 500, 50, "purchased", PAID, "usd")


@dataclass
class Shelf:
    """The lots of one order, moved by entries as the books move them; every step is checked."""

    lots: dict[str, Lot] = field(default_factory=dict)
    entries: list[Entry] = field(default_factory=list)
    debt: int = 0
    held: int = 0

    @property
    def available(self) -> int:
        return sum(lot.remaining for lot in self.lots.values()) - self.held

    def book(self, entry: Entry) -> None:
        assert balanced(entry.postings)
        self.entries.append(entry)
        self.debt -= sum(posting.credits for posting in entry.postings if posting.account == "fan_debt")
        for posting in entry.postings:
            if posting.lot is None:
                continue
            if entry.terms is not None:
                self.lots[posting.lot] = Lot(entry.terms, FAN, 1, posting.credits, 0, NOW_MS)
            lot = self.lots[posting.lot]
            self.lots[posting.lot] = replace(lot, remaining=lot.remaining + posting.credits)
            assert 0 <= self.lots[posting.lot].remaining <= lot.granted
        assert self.available >= 0
        assert len({entry.idem_key for entry in self.entries}) == len(self.entries)

    def spend(self, credits: int) -> None:
        """As a capture does: what is available, the bonus first."""
        left = min(credits, self.available)
        for name in sorted(self.lots):
            taken = min(left, self.lots[name].remaining)
            self.lots[name] = replace(self.lots[name], remaining=self.lots[name].remaining - taken)
            left -= taken

    def look(self, standing: Standing) -> level.Plan:
        planned = level.plan("o1", FAN, tuple(self.lots.values()), self.entries, standing, self.available, NOW_MS)
        for entry in planned.entries:
            self.book(entry)
        return planned

    def taken(self) -> dict[str, Taken]:
        return level.taken(self.entries, tuple(self.lots.values()))

    def books(self) -> object:
        return {name: (lot.remaining, self.taken()[name]) for name, lot in self.lots.items()}, self.debt


def shelf(spent: int = 0, *, held: int = 0) -> Shelf:
    new = Shelf()
    for entry in purchase_entries(BOUGHT, lot="main", bonus_lot="bonus", at_ms=NOW_MS):
        new.book(entry)
    new.spend(spent)
    new.held = held
    return new


def remaining(of: Shelf) -> tuple[int, int]:
    return of.lots["main"].remaining, of.lots["bonus"].remaining


@pytest.mark.parametrize(
    ("spent", "standing", "left", "debt"),
    [
        (0, Standing(PAID), (500, 50), 0),
        (0, Standing(PAID, refunded_minor=1), (499, 50), 0),  # 500/499 and 50/499, rounded down
        (0, Standing(PAID, refunded_minor=PAID - 1), (2, 1), 0),
        (0, Standing(PAID, refunded_minor=PAID), (0, 0), 0),
        (550, Standing(PAID, refunded_minor=PAID), (0, 0), 0),  # nothing is left to take and nothing is owed
        (60, Standing(PAID, refunded_minor=250), (240, 0), 0),  # the bonus was spent first
        (350, Standing(PAID, refunded_minor=250), (0, 0), 0),  # 250 wanted, 200 left
        (0, Standing(PAID, open_minor=PAID), (0, 0), 0),
        (150, Standing(PAID, open_minor=PAID), (0, 0), 0),
        (150, Standing(PAID, open_minor=100), (300, 0), 0),
        (0, Standing(PAID, lost_minor=PAID), (0, 0), 0),
        (150, Standing(PAID, lost_minor=PAID), (0, 0), 150),
        (550, Standing(PAID, lost_minor=PAID), (0, 0), 550),
        (0, Standing(PAID, refunded_minor=250, lost_minor=249), (0, 0), 0),
        (150, Standing(PAID, refunded_minor=250, lost_minor=249), (0, 0), 125),
        (0, Standing(PAID, 99, 100, 300), (0, 0), 0),
    ],
)
def test_a_standing_leaves_the_fan_what_was_not_given_back(
    spent: int, standing: Standing, left: tuple[int, int], debt: int
) -> None:
    books = shelf(spent)
    assert books.look(standing).pending == 0
    assert (remaining(books), books.debt) == (left, debt)
    before = books.books()
    assert books.look(standing).entries == ()
    assert books.books() == before


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("needs_response", Standing(PAID, 0, 0, 400)),
        ("under_review", Standing(PAID, 0, 0, 400)),
        ("appeal_needs_response", Standing(PAID, 0, 0, 400)),
        ("appeal_under_review", Standing(PAID, 0, 0, 400)),
        ("lost", Standing(PAID, 0, 400, 0)),
        ("won", Standing(PAID)),
        ("prevented", Standing(PAID)),
        ("warning_needs_response", Standing(PAID)),
        ("warning_under_review", Standing(PAID)),
        ("warning_closed", Standing(PAID)),
    ],
)
def test_a_disputes_status_says_whether_credits_are_frozen_or_lost(status: DisputeStatus, expected: Standing) -> None:
    assert level.standing_of(payment(0, (status, 400))) == expected


def payment(refunded: int, *disputes: tuple[DisputeStatus, int]) -> PaymentState:
    states = tuple(DisputeState(f"du_{at}", status, amount) for at, (status, amount) in enumerate(disputes))
    return PaymentState("pi_1", "o1", "succeeded", PAID, "usd", refunded, "ch_1", None, False, None, states)


def test_what_overlaps_is_counted_once() -> None:
    overlapping = payment(300, ("lost", 150), ("needs_response", 499))
    assert level.standing_of(overlapping) == Standing(PAID, 300, 150, 49)
    assert level.standing_of(payment(600, ("lost", 499))) == Standing(PAID, PAID, 0, 0)


def test_freezing_leaves_what_open_holds_were_promised_and_takes_it_when_they_are_void() -> None:
    books = shelf(held=300)
    assert books.look(Standing(PAID, open_minor=PAID)).pending == 300
    assert books.available == 0
    books.held = 0
    planned = books.look(Standing(PAID, open_minor=PAID))
    assert (planned.pending, planned.after.frozen, remaining(books)) == (0, 550, (0, 0))


def test_a_shortfall_waits_for_open_holds_before_it_is_owed() -> None:
    books = shelf(held=300)
    assert books.look(Standing(PAID, lost_minor=PAID)).pending == 300
    assert books.debt == 0
    books.held = 0
    books.spend(200)
    assert books.look(Standing(PAID, lost_minor=PAID)).pending == 0
    assert (remaining(books), books.debt) == ((0, 0), 200)


def test_of_too_little_a_lot_serves_a_refund_first_and_a_claim_last() -> None:
    books = shelf(held=450)
    planned = books.look(Standing(PAID, 60, 60, 379))
    assert (planned.after.refunded, planned.after.lost, planned.after.frozen) == (60, 40, 0)
    assert planned.pending == 450


def test_a_verdict_that_is_turned_gives_the_credits_back_and_the_debt_too() -> None:
    books = shelf(150)
    books.look(Standing(PAID, lost_minor=PAID))
    books.look(Standing(PAID))
    assert (remaining(books), books.debt) == ((400, 0), 0)


def test_a_refund_that_failed_gives_the_credits_back() -> None:
    books = shelf(150)
    books.look(Standing(PAID, refunded_minor=PAID))
    assert books.look(Standing(PAID)).after == Taken()
    assert remaining(books) == (400, 0)


def test_a_refund_in_the_place_of_a_lost_dispute_never_takes_before_it_gives() -> None:
    books = shelf()
    books.look(Standing(PAID, lost_minor=PAID))
    books.look(Standing(PAID, refunded_minor=PAID))
    assert books.look(Standing(PAID, refunded_minor=100, open_minor=399)).pending == 0
    assert remaining(books) == (0, 0)
    assert books.taken() == {"main": Taken(100, 0, 400), "bonus": Taken(10, 0, 40)}


def test_credits_that_come_back_to_a_lost_lot_are_taken_against_the_debt() -> None:
    books = shelf(150)
    books.look(Standing(PAID, lost_minor=PAID))
    books.lots["main"] = replace(books.lots["main"], remaining=20)  # a turn was refunded
    books.look(Standing(PAID, lost_minor=PAID))
    assert (remaining(books), books.debt) == ((0, 0), 130)


standings = st.builds(
    lambda a, b, c: Standing(PAID, a, min(b, PAID - a), min(c, PAID - a - min(b, PAID - a))),
    st.integers(0, PAID),
    st.integers(0, PAID),
    st.integers(0, PAID),
)


@given(st.integers(0, 550), st.lists(standings, max_size=6), standings, st.data())
def test_whatever_was_seen_before_the_last_look_decides(
    spent: int, seen: list[Standing], last: Standing, data: st.DataObject
) -> None:
    told, drawn = shelf(spent), data.draw(st.permutations([*seen, *seen]))
    for standing in drawn:
        told.look(standing)
    told.look(last)
    told.look(last)
    straight = shelf(spent)
    straight.look(last)
    assert told.books() == straight.books()


@given(st.lists(standings | st.integers(1, 200) | st.integers(-300, -1), max_size=12), standings)
def test_between_spends_and_holds_the_books_stay_in_bounds(steps: list[Standing | int], last: Standing) -> None:
    books = shelf()
    for step in steps:
        if isinstance(step, Standing):
            books.look(step)
        elif step > 0:
            books.spend(step)
        else:
            books.held = min(-step, books.available + books.held)
    books.held = 0
    assert books.look(last).pending == 0
    for name, lot in books.lots.items():
        found = books.taken()[name]
        assert min(found.refunded, found.lost, found.frozen, found.owed, lot.remaining) >= 0
        assert found.total + lot.remaining <= lot.granted
        assert found.lost + found.owed <= lot.granted
    assert books.debt == sum(found.owed for found in books.taken().values())


class TestDebts:
    def repaid(self, *credits: tuple[str, int]) -> list[Entry]:
        return [
            repaid_entry(FAN, order, f"lot-{order}", n, key=f"{order}:{at}", at_ms=NOW_MS)
            for at, (order, n) in enumerate(credits)
        ]

    def owing(self) -> list[Entry]:
        books = shelf(150)
        books.look(Standing(PAID, lost_minor=PAID))
        return [entry for entry in books.entries if entry.kind == "dispute_lost"]

    def test_a_purchase_repays_from_what_was_paid_and_then_from_the_bonus(self) -> None:
        bought = purchase_entries(Purchase("o2", FAN, 100, 80, "purchased", 99, "usd"), lot="a", bonus_lot="b", at_ms=1)
        repaid = level.repayments(bought, self.owing(), NOW_MS)
        taken = [(posting.lot, posting.credits) for entry in repaid for posting in entry.postings if posting.lot]
        assert taken == [("a", -100), ("b", -50)]
        assert level.debt_of([*self.owing(), *repaid]) == 0

    def test_who_owes_nothing_repays_nothing(self) -> None:
        bought = purchase_entries(BOUGHT, lot="a", bonus_lot="b", at_ms=1)
        assert level.repayments(bought, [], NOW_MS) == ()

    def test_what_was_repaid_in_vain_comes_back_to_the_last_lot_first(self) -> None:
        repaid = self.repaid(("o2", 30), ("o3", 20))
        entries = level.give_back(FAN, repaid, NOW_MS)
        back = [(posting.lot, posting.credits) for entry in entries for posting in entry.postings if posting.lot]
        assert back == [("lot-o3", 20), ("lot-o2", 30)]
        assert level.give_back(FAN, [*repaid, *entries], NOW_MS) == ()

    def test_what_is_still_owed_stays_repaid(self) -> None:
        assert level.give_back(FAN, [*self.owing(), *self.repaid(("o2", 150))], NOW_MS) == ()


@pytest.mark.parametrize("parts", [(0, 0, 0, 0), (10, -1, 0, 0), (10, 5, 5, 1)])
def test_a_standing_that_cannot_be_is_refused(parts: tuple[int, int, int, int]) -> None:
    with pytest.raises(AssertionError):
        Standing(*parts)


def test_an_order_has_one_lot_of_each_funding() -> None:
    lots = [Lot(LotTerms(name, "purchased"), FAN, 1, 5, 5, NOW_MS) for name in ("a", "b")]
    with pytest.raises(AssertionError):
        level.plan("o1", FAN, lots, [], Standing(PAID), 10, NOW_MS)


def test_where_credits_are_short_the_older_lot_gives_first_whatever_its_id() -> None:
    terms = (LotTerms("z", "purchased", order_id="o1"), LotTerms("a", "promotional", order_id="o1"))
    lots = [Lot(each, FAN, seq, 10, 10, NOW_MS) for seq, each in enumerate(terms)]
    for given_in_order in (lots, lots[::-1]):
        planned = level.plan("o1", FAN, given_in_order, [], Standing(PAID, open_minor=PAID), 12, NOW_MS)
        taken = [(posting.lot, posting.credits) for posting in planned.entries[0].postings if posting.lot]
        assert (taken, planned.pending) == ([("z", -10), ("a", -2)], 8)
