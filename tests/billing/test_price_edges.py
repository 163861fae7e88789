"""The edges of prices, in numbers and not by the names of the limits: where a mistake of one would change a charge."""

from __future__ import annotations

from dataclasses import replace

import pytest

from billing import pricing
from billing.errors import InvalidAmount, InvalidPrice
from billing.types import Charge, PriceVersion, Quote, Rates, Usage
from tests.billing.builders import NOW_MS, PRICE, SCOPE

BY_USE = replace(PRICE, amounts=Charge(), rates=Rates(1, 1, 5_000, 500))
GREETING = Quote(PRICE.id, Charge(), SCOPE, waived="greeting")


@pytest.mark.parametrize(("tokens", "text"), [(0, 0), (1, 1), (1_000, 1), (1_001, 2), (5_000, 5), (5_001, 5)])
def test_tokens_are_charged_by_started_thousands_up_to_the_cap(tokens: int, text: int) -> None:
    quoted = pricing.quote(BY_USE, voice=True)
    assert pricing.charge(BY_USE, quoted, Usage(text=True, tokens=tokens)) == Charge(text=text)


@pytest.mark.parametrize(("chars", "voice"), [(0, 0), (1, 1), (100, 1), (101, 2), (500, 5), (501, 5)])
def test_characters_are_charged_by_started_hundreds_up_to_the_cap(chars: int, voice: int) -> None:
    quoted = pricing.quote(BY_USE, voice=True)
    assert pricing.charge(BY_USE, quoted, Usage(voice=True, chars=chars)) == Charge(voice=voice)


def test_a_voice_of_one_credit_is_charged() -> None:
    cheap = replace(PRICE, amounts=Charge(0, 1))
    assert pricing.charge(cheap, pricing.quote(cheap, voice=True), Usage(voice=True)) == Charge(voice=1)


@pytest.mark.parametrize(
    ("version", "joins"),
    [
        (replace(PRICE, rates=Rates(1, 1, 1, 1)), True),
        (replace(PRICE, rates=Rates(0, 0, 1_000_000, 1_000_000)), True),
        (replace(PRICE, rates=Rates(0, 0, 1_000_001, 0)), False),
        (replace(PRICE, rates=Rates(0, 0, 0, 1_000_001)), False),
        (replace(PRICE, voices=tuple((f"v{number}", 1) for number in range(200))), True),
        (replace(PRICE, voices=tuple((f"v{number}", 1) for number in range(201))), False),
        (replace(PRICE, voices=(("v" * 200, 1),)), True),
        (replace(PRICE, voices=(("v" * 201, 1),)), False),
    ],
)
def test_limits_of_a_version_are_these_numbers(version: PriceVersion, joins: bool) -> None:
    if joins:
        assert pricing.admit(version, ()) is True
        return
    with pytest.raises(InvalidPrice):
        pricing.admit(version, ())


@pytest.mark.parametrize(
    "version",
    [replace(PRICE, amounts=Charge(10_001)), replace(PRICE, amounts=Charge(1), rates=Rates(10_000, 0, 1_000, 0))],
)
def test_what_is_too_much_is_told_with_the_bounds(version: PriceVersion) -> None:
    with pytest.raises(InvalidAmount) as caught:
        pricing.admit(version, ())
    assert caught.value.args == (10_001, 0, 10_000)
    assert pricing.admit(replace(PRICE, amounts=Charge(10_000, 10_000)), ()) is True


def test_a_version_that_is_there_already_does_not_join_again() -> None:
    assert pricing.admit(PRICE, (PRICE,)) is False


@pytest.mark.parametrize(
    ("quoted", "fits"),
    [
        (GREETING, True),
        (replace(GREETING, amounts=Charge(1)), False),
        (replace(GREETING, amounts=PRICE.amounts), False),
        (replace(GREETING, waived="because"), False),
        (replace(GREETING, price_version="another"), False),
        (replace(GREETING, waived=""), False),
        (replace(GREETING, waived="", amounts=Charge(3)), True),
    ],
)
def test_a_waived_quote_is_the_version_s_only_when_it_is_free_and_says_why(quoted: Quote, fits: bool) -> None:
    assert pricing.is_of(quoted, PRICE) is fits


def test_a_version_is_dearer_for_the_shortest_reply_alone() -> None:
    slow = replace(PRICE, amounts=Charge(5, 5), rates=Rates(1, 1, 9, 9))
    steep = replace(PRICE, amounts=Charge(4, 4), rates=Rates(3, 3, 9, 9))
    assert pricing.dearer(slow, steep, voice=False)
    level = replace(slow, amounts=Charge(4, 5))
    assert pricing.dearer(level, steep, voice=True)
    assert not pricing.dearer(level, steep, voice=False)


@pytest.mark.parametrize(("at_ms", "text"), [(-1, 3), (0, 3), (9, 3), (10, 4)])
def test_a_rise_is_kept_off_from_its_first_moment_to_the_one_before_its_day(at_ms: int, text: int) -> None:
    rise = replace(PRICE, id="p2", amounts=Charge(4, 5), effective_from_ms=NOW_MS, protects_until_ms=NOW_MS + 10)
    chosen = pricing.choose((PRICE, rise), SCOPE, NOW_MS + at_ms, opened_at_ms=NOW_MS - 1)
    assert chosen.amounts.text == text


def test_a_voice_that_is_not_asked_for_is_no_reason_to_keep_an_older_price() -> None:
    rise = replace(PRICE, id="p2", amounts=Charge(3, 9), effective_from_ms=NOW_MS, protects_until_ms=NOW_MS + 10)
    assert pricing.choose((PRICE, rise), SCOPE, NOW_MS, opened_at_ms=NOW_MS - 1) == rise
    assert pricing.choose((PRICE, rise), SCOPE, NOW_MS, voice=True, opened_at_ms=NOW_MS - 1) == PRICE
