"""The balance against the orders, without a till: what matches, what is missing where, and what differs."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.orders import Order
from billing.reconciling import compare, refundable
from billing.till import BalanceLine
from tests.billing.builders import NOW_MS
from tests.billing.shop_builders import order

SPAN = (NOW_MS, NOW_MS + 100)


def paid(**fields: Any) -> Order:
    return order(**{"state": "paid", "paid_at_ms": NOW_MS, "payment": "pi", **fields})


def line(category: str, amount: int, at_ms: int = NOW_MS, **fields: Any) -> BalanceLine:
    base = BalanceLine(f"t-{category}", category, category, amount, 0, "usd", at_ms, None, "pi", None)
    return replace(base, **fields)


CHARGE = line("charge", 499)


@pytest.mark.parametrize(
    ("lines", "fields", "found"),
    [
        ([CHARGE], {}, []),
        ([replace(CHARGE, amount_minor=498)], {}, [("amount", "499", "498")]),
        ([replace(CHARGE, currency="eur")], {}, [("currency", "usd", "eur")]),
        ([], {}, [("missing_there", "499 usd", "")]),
        ([line("refund", -499)], {}, [("refund", "0", "499"), ("missing_there", "499 usd", "")]),
        ([CHARGE, line("refund", -99)], {"refunded_minor": 99}, []),
        ([CHARGE], {"refunded_minor": 99}, [("refund", "99", "0")]),
        ([CHARGE, line("refund", -99), line("refund_failure", 99)], {}, []),
        ([CHARGE, line("dispute", -499)], {}, [("dispute", "", "499")]),
        ([CHARGE, line("dispute", -499)], {"dispute": "won"}, [("dispute", "won", "499")]),
        ([CHARGE, line("dispute", -499)], {"dispute": "under_review"}, []),
        ([CHARGE, line("dispute", -499)], {"dispute": "lost"}, []),
        ([CHARGE, line("dispute", -499), line("dispute_reversal", 499)], {"dispute": "won"}, []),
    ],
)
def test_a_payment_is_compared_down_to_the_object(
    lines: list[BalanceLine], fields: dict[str, Any], found: list[tuple[str, str, str]]
) -> None:
    compared = compare(lines, [paid(**fields)], *SPAN)
    assert [(each.kind, each.expected, each.found) for each in compared.findings] == found
    assert compared.matched == (0 if found else 1)


def test_a_later_refund_of_an_order_that_was_paid_before_the_span_matches() -> None:
    compared = compare([line("refund", -50)], [paid(paid_at_ms=NOW_MS - 1, refunded_minor=99)], *SPAN)
    assert (compared.matched, compared.findings) == (1, ())


@pytest.mark.parametrize(("at_ms", "judged"), [(-1, 0), (0, 1), (99, 1), (100, 0)])
def test_a_span_has_its_begin_and_not_its_end(at_ms: int, judged: int) -> None:
    theirs = compare([replace(CHARGE, created_at_ms=NOW_MS + at_ms)], [], *SPAN)
    assert [each.kind for each in theirs.findings] == ["missing_here"] * judged
    ours = compare([], [paid(paid_at_ms=NOW_MS + at_ms)], *SPAN)
    assert [each.kind for each in ours.findings] == ["missing_there"] * judged


def test_what_is_no_payment_and_who_has_not_paid_is_passed_over() -> None:
    compared = compare([replace(CHARGE, payment=None)], [order(), order("o2", payment="pi_2")], *SPAN)
    assert (compared.matched, compared.findings) == (0, ())


def test_an_order_that_was_not_granted_is_missing_here_though_it_knows_the_payment() -> None:
    compared = compare([CHARGE], [order(payment="pi")], *SPAN)
    assert [(each.kind, each.lines) for each in compared.findings] == [("missing_here", ("t-charge",))]


@pytest.mark.parametrize(
    ("refunded", "left", "credits", "amount"),
    [
        (0, 500, None, 499),
        (0, 500, 500, 499),
        (0, 500, 501, 499),
        (0, 500, 1, 0),
        (0, 500, 2, 1),
        (0, 400, None, 399),
        (0, 0, None, 0),
        (99, 401, None, 400),
        (99, 400, None, 399),
        (400, 300, None, 99),
        (499, 0, None, 0),
    ],
)
def test_money_goes_back_for_what_is_left(refunded: int, left: int, credits: int | None, amount: int) -> None:
    assert refundable(499, refunded, 500, left, credits) == amount


@given(st.integers(1, 10_000), st.integers(1, 5_000), st.data())
def test_no_more_goes_back_than_was_paid_or_is_left(paid: int, granted: int, data: st.DataObject) -> None:
    refunded = data.draw(st.integers(0, paid))
    left = data.draw(st.integers(0, granted - granted * refunded // paid))
    amount = refundable(paid, refunded, granted, left, data.draw(st.none() | st.integers(1, granted)))
    assert 0 <= amount <= paid - refunded
    taken = granted * (refunded + amount) // paid - granted * refunded // paid
    assert taken <= left + 1  # the share is rounded once more when it is taken
