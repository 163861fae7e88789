"""Prices by use, by voice and for older conversations: what may join the card, and what is charged in the end."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.errors import InvalidAmount, InvalidPrice
from billing.ledger import TURN_CREDITS_MAX
from billing.pricing import UNITS_MAX, VOICES_MAX
from billing.types import Charge, PriceScope, PriceVersion, Rates, Usage
from tests.billing.builders import NOW_MS, PRICE, SCOPE

FIT = replace(PRICE, rates=Rates(1, 1, 1_000, 100))


@pytest.mark.parametrize(
    "version",
    [
        FIT,
        replace(PRICE, rates=Rates(0, 0, UNITS_MAX, UNITS_MAX)),
        replace(PRICE, amounts=Charge(0, 0), rates=Rates(TURN_CREDITS_MAX, TURN_CREDITS_MAX, 1_000, 100)),
        replace(PRICE, voices=tuple((f"v{number}", 1) for number in range(VOICES_MAX))),
        replace(PRICE, protects_until_ms=PRICE.effective_from_ms + 1),
    ],
)
def test_a_version_within_the_rules_joins(version: PriceVersion) -> None:
    assert pricing.admit(version, ())


@pytest.mark.parametrize(
    ("version", "field"),
    [
        (replace(PRICE, rates=Rates(text_per_1000_tokens=1)), "tokens_max"),
        (replace(PRICE, rates=Rates(voice_per_100_chars=1)), "chars_max"),
        (replace(PRICE, rates=Rates(tokens_max=-1)), "tokens_max"),
        (replace(PRICE, rates=Rates(chars_max=UNITS_MAX + 1)), "chars_max"),
        (replace(PRICE, voices=(("a", 1), ("a", 2))), "voices"),
        (replace(PRICE, voices=(("", 1),)), "voices"),
        (replace(PRICE, voices=tuple((f"v{number}", 1) for number in range(VOICES_MAX + 1))), "voices"),
        (replace(PRICE, protects_until_ms=PRICE.effective_from_ms), "protects_until_ms"),
    ],
)
def test_a_version_against_a_rule_says_which_field(version: PriceVersion, field: str) -> None:
    with pytest.raises(InvalidPrice) as caught:
        pricing.admit(version, ())
    assert caught.value.field == field


@pytest.mark.parametrize(
    "version",
    [
        replace(PRICE, rates=Rates(-1, 0, 1, 1)),
        replace(PRICE, rates=Rates(0, -1, 1, 1)),
        replace(PRICE, voices=(("a", -1),)),
        replace(PRICE, voices=(("a", TURN_CREDITS_MAX + 1),)),
        replace(PRICE, amounts=Charge(1, 0), rates=Rates(TURN_CREDITS_MAX, 0, 1_000, 0)),
        replace(PRICE, amounts=Charge(0, 0), rates=Rates(0, TURN_CREDITS_MAX, 0, 101)),
        replace(PRICE, amounts=Charge(0, 0), voices=(("a", 1),), rates=Rates(0, TURN_CREDITS_MAX, 0, 100)),
    ],
)
def test_a_worst_case_stays_within_what_a_turn_may_cost(version: PriceVersion) -> None:
    with pytest.raises(InvalidAmount):
        pricing.admit(version, ())


versions = st.builds(
    lambda text, voice, text_rate, voice_rate, tokens, chars, warm: replace(
        PRICE, amounts=Charge(text, voice), rates=Rates(text_rate, voice_rate, tokens, chars), voices=(("warm", warm),)
    ),
    st.integers(0, 4),
    st.integers(0, 4),
    st.integers(0, 3),
    st.integers(0, 3),
    st.integers(1, 4_000),
    st.integers(1, 400),
    st.integers(0, 4),
)
usages = st.builds(Usage, st.booleans(), st.booleans(), st.integers(0, 6_000), st.integers(0, 600))
voices = st.sampled_from([False, True, "warm", "other"])


@given(versions, voices, usages, usages)
def test_turns_quoted_under_one_version_pay_its_price_whatever_comes_later(
    version: PriceVersion, voice: bool | str, used: Usage, again: Usage
) -> None:
    """Two turns of one version: each charge is within the hold, grows with use, and forgets the rest of the card."""
    quote = pricing.quote(version, voice=voice, scope=SCOPE)
    assert pricing.is_of(quote, version)
    first, second = (pricing.charge(version, quote, usage) for usage in (used, again))
    for charge in (first, second):
        assert 0 <= charge.text <= quote.amounts.text
        assert 0 <= charge.voice <= quote.amounts.voice
    if (
        (used.text, used.voice) == (again.text, again.voice)
        and used.tokens <= again.tokens
        and used.chars <= again.chars
    ):
        assert first.text <= second.text
        assert first.voice <= second.voice
    most = Usage(True, True, version.rates.tokens_max, version.rates.chars_max)
    assert pricing.charge(version, quote, most) == quote.amounts


@given(versions, versions, voices)
def test_a_version_is_dearer_when_some_reply_costs_more(
    one: PriceVersion, two: PriceVersion, voice: bool | str
) -> None:
    def charged(version: PriceVersion, tokens: int, chars: int) -> Charge:
        quote = pricing.quote(version, voice=voice)
        return pricing.charge(version, quote, Usage(True, True, tokens, chars))

    steps = [(tokens * 500, chars * 50) for tokens in range(9) for chars in range(9)]
    pairs = [(charged(one, *step), charged(two, *step)) for step in steps]
    # A voice whose worst case is nothing has no hold; both are compared by what a reply may cost.
    assert pricing.dearer(one, two, voice=voice) == any(a.text > b.text or a.voice > b.voice for a, b in pairs)


def version(name: str, text: int, since: int, *, voice: int = 5, until: int | None = None) -> PriceVersion:
    return PriceVersion(name, PriceScope(), Charge(text, voice), since, "ana", "ben", protects_until_ms=until)


@pytest.mark.parametrize(
    ("card", "voice", "opened_at_ms", "now_ms", "chosen"),
    [
        ([version("a", 3, 1), version("b", 4, 10, until=20)], False, 9, 19, "a"),
        ([version("a", 3, 1), version("b", 4, 10, until=20)], False, 9, 20, "b"),
        ([version("a", 3, 1), version("b", 4, 10, until=20)], False, 10, 19, "b"),
        ([version("a", 3, 1), version("b", 4, 10, until=20)], False, None, 19, "b"),
        ([version("a", 3, 1), version("b", 4, 10)], False, 9, 19, "b"),
        ([version("a", 3, 1), version("b", 2, 10, until=20)], False, 9, 19, "b"),
        ([version("a", 3, 1), version("b", 3, 10, until=20)], False, 9, 19, "b"),
        ([version("a", 3, 1), version("b", 3, 10, voice=6, until=20)], True, 9, 19, "a"),
        ([version("a", 3, 1), version("b", 3, 10, voice=6, until=20)], False, 9, 19, "b"),
        ([version("b", 4, 10, until=20)], False, 9, 19, "b"),
        ([version("a", 3, 1), version("b", 4, 10, until=30), version("c", 5, 12, until=20)], False, 9, 19, "a"),
        ([version("a", 3, 1), version("b", 4, 10, until=15), version("c", 5, 12, until=20)], False, 9, 19, "b"),
        ([version("a", 3, 1), version("b", 4, 10, until=30), version("c", 5, 12, until=20)], False, 11, 19, "b"),
        ([version("a", 3, 1), version("b", 5, 10, until=30), version("c", 4, 12, until=20)], False, 9, 19, "a"),
    ],
)
def test_a_conversation_keeps_the_price_it_would_have_without_a_rise(
    card: list[PriceVersion], voice: bool, opened_at_ms: int | None, now_ms: int, chosen: str
) -> None:
    for order in (card, card[::-1]):
        assert pricing.choose(order, SCOPE, now_ms, voice=voice, opened_at_ms=opened_at_ms).id == chosen


def test_a_specific_rise_leaves_the_general_price() -> None:
    card = [version("a", 3, 1), replace(version("b", 9, 10, until=NOW_MS), scope=SCOPE)]
    assert pricing.choose(card, SCOPE, 11, opened_at_ms=5).id == "a"


@pytest.mark.parametrize("usage", [Usage(tokens=-1), Usage(chars=-1)])
def test_a_negative_count_is_a_programmers_error(usage: Usage) -> None:
    with pytest.raises(AssertionError):
        pricing.charge(PRICE, pricing.quote(PRICE, voice=False), usage)
