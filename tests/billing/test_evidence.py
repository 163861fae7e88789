"""The dispute pack: right sums, readable dates and amounts, within Stripe's limits, and nobody's words."""

from __future__ import annotations

from dataclasses import asdict, replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing.evidence import FIELD_CHARS_MAX, OrderFacts, dispute_pack
from billing.types import Burn, Charge, Receipt
from billing.wording import day, moment, money, price_of
from tests.billing.builders import FAN, NOW_MS, STRANGER

ORDER = OrderFacts("order-1", "Box of 50", 50, 499, "eur", NOW_MS, frozenset({"lot-1", "lot-2"}))
RECEIPT = Receipt(
    id="r1",
    turn="t1",
    fan=FAN,
    charged=Charge(text=2, voice=3),
    price_version="p1",
    author="ana",
    approver="ben",
    burned=(Burn("gift", "promotional", 1), Burn("lot-1", "purchased", 3), Burn("lot-2", "purchased", 1)),
    reason="she said she loved the lantern",
    opened_at_ms=NOW_MS + 60_000,
    settled_at_ms=NOW_MS + 65_000,
)


def test_a_pack_says_what_was_bought_and_what_was_delivered() -> None:
    later = replace(
        RECEIPT, id="r2", settled_at_ms=NOW_MS + 86_400_000, refunded=2, burned=(Burn("lot-2", "purchased", 5),)
    )
    other = replace(RECEIPT, id="r3", burned=(Burn("gift", "promotional", 5),))
    pack = dispute_pack(ORDER, [later, other, RECEIPT])
    assert pack.product_description.startswith("Box of 50: 50 credits for EUR 4.99. ")
    assert pack.service_date == "2027-01-15"
    assert pack.access_activity_log.splitlines() == [
        "2027-01-15 08:01:05 UTC: reply delivered, asked for 2027-01-15 08:01:00 UTC; 2 credits for text, 3 for voice, "
        "4 of them from this order; receipt r1",
        "2027-01-16 08:00:00 UTC: reply delivered, asked for 2027-01-15 08:01:00 UTC; 2 credits for text, 3 for voice, "
        "5 of them from this order, 2 given back later; receipt r2",
    ]
    assert pack.uncategorized_text == (
        "Order order-1 was paid on 2027-01-15 08:00:00 UTC: 50 credits for EUR 4.99. 9 of these credits were used for "
        "2 delivered replies, the first on 2027-01-15 08:01:05 UTC and the last on 2027-01-16 08:00:00 UTC. Of the "
        "credits charged for these replies, 2 were given back. What was said is private and not part of this."
    )


def test_an_order_that_nothing_was_burned_of_says_so() -> None:
    pack = dispute_pack(ORDER, [replace(RECEIPT, burned=())])
    assert pack.access_activity_log == "No credit of this order has been used."
    assert pack.uncategorized_text.endswith("EUR 4.99. No credit of this order has been used.")


def test_nobodys_words_are_in_it() -> None:
    assert "lantern" not in repr(dispute_pack(ORDER, [RECEIPT]))


def test_two_fans_receipts_are_a_mistake() -> None:
    with pytest.raises(AssertionError):
        dispute_pack(ORDER, [RECEIPT, replace(RECEIPT, fan=STRANGER)])


@pytest.mark.parametrize(
    "changes", [{"pack": ""}, {"order_id": "o" * 201}, {"currency": "euro"}, {"credits": 0}, {"paid_minor": -1}]
)
def test_facts_of_no_order_are_a_mistake(changes: dict[str, object]) -> None:
    with pytest.raises(AssertionError):
        OrderFacts(**{**asdict(ORDER), **changes})


@given(st.integers(0, 400), st.integers(1, 200))
def test_every_field_fits_and_every_line_is_there_or_counted(count: int, id_chars: int) -> None:
    receipts = [
        replace(RECEIPT, id=f"{n}".rjust(id_chars, "r"), settled_at_ms=NOW_MS + n * 1000) for n in range(1, count + 1)
    ]
    pack = dispute_pack(ORDER, receipts)
    assert all(len(text) <= FIELD_CHARS_MAX for text in asdict(pack).values())
    lines = pack.access_activity_log.splitlines()
    delivered = [line for line in lines if "reply delivered" in line]
    if count and len(delivered) < count:
        assert lines[-1].startswith(f"{count - len(delivered)} of {count} lines are left out")
        assert len(pack.access_activity_log) + len(lines[0]) > FIELD_CHARS_MAX - len(str(count))
    else:
        assert len(delivered) == count
    assert [line.rsplit(" ", 1)[1] for line in delivered] == [receipt.id for receipt in receipts[: len(delivered)]]
    assert (f"{4 * count} of these credits" in pack.uncategorized_text) == (count > 0)


def test_a_log_that_fits_to_the_character_is_whole() -> None:
    def log_of(id_chars: int) -> str:
        receipts = [replace(RECEIPT, id=f"r{n}") for n in range(100, 200)]
        return dispute_pack(ORDER, [*receipts, replace(RECEIPT, id="z" * id_chars)]).access_activity_log

    spare = FIELD_CHARS_MAX - len(log_of(1)) + 1
    assert len(log_of(spare)) == FIELD_CHARS_MAX
    assert log_of(spare + 1).endswith("1 of 101 lines are left out here for their length; the sums cover them.")


def test_a_log_that_is_cut_fills_the_field_to_the_character_and_no_further() -> None:
    many = [replace(RECEIPT, id=f"r{n}", settled_at_ms=NOW_MS + n * 1000) for n in range(400)]
    lengths = [
        len(dispute_pack(ORDER, [replace(RECEIPT, id="r" * chars, settled_at_ms=NOW_MS), *many]).access_activity_log)
        for chars in range(1, 200)
    ]
    assert max(lengths) == FIELD_CHARS_MAX


@pytest.mark.parametrize(
    ("minor", "currency", "written"),
    [
        (499, "eur", "EUR 4.99"),
        (5, "USD", "USD 0.05"),
        (0, "usd", "USD 0.00"),
        (500, "jpy", "JPY 500"),
        (1500, "kwd", "KWD 1.500"),
    ],
)
def test_amounts_are_written_as_people_write_them(minor: int, currency: str, written: str) -> None:
    assert money(minor, currency) == written


@given(st.integers(0, 253_402_300_799))
def test_days_and_moments_are_those_of_the_calendar(seconds: int) -> None:
    when, ms = datetime.fromtimestamp(seconds, UTC), seconds * 1000 + 999
    assert day(ms) == when.strftime("%Y-%m-%d")
    assert moment(ms) == when.strftime("%Y-%m-%d %H:%M:%S UTC")


@pytest.mark.parametrize("text", ["1970-01-01", "2000-02-29", "2000-03-01", "2100-02-28", "2100-03-01", "2399-12-31"])
def test_days_around_leap_days_are_right(text: str) -> None:
    assert day(int(datetime.fromisoformat(f"{text}T23:59:59+00:00").timestamp()) * 1000) == text


@pytest.mark.parametrize(
    ("currency", "micros", "words"),
    [
        ("usd", 499_000_000, "USD 4.99"),
        ("usd", 499_999_999, "USD 4.99"),
        ("usd", -499_999_999, "USD -4.99"),
        ("usd", -999_999, "USD 0.00"),
        ("usd", -5_000_000, "USD -0.05"),
        ("jpy", 500_000_000, "JPY 500"),
        ("jpy", -500_000_000, "JPY -500"),
        ("kwd", 1_234_000_000, "KWD 1.234"),
        ("usd", 10**30, f"USD {10**22}.00"),
        ("", 0, None),
    ],
)
def test_money_has_the_decimals_of_its_currency_and_is_never_rounded_up(
    currency: str, micros: int, words: str | None
) -> None:
    assert price_of(currency, micros) == words
