"""A price tried on recorded turns says what charging them one by one would have brought."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from billing import whatif
from billing.types import Charge, PriceScope, PriceVersion, Rates, Usage
from billing.units import DAY_MS
from billing.whatif import GROUPS_MAX, REST, RecordedTurn, Revenue, simulate, with_draft, would_charge
from tests.billing.builders import PRICE, SCOPE

T = 20_000 * DAY_MS
OLD = replace(PRICE, effective_from_ms=1)
DRAFT = replace(PRICE, id="draft", scope=SCOPE, amounts=Charge(4, 2), effective_from_ms=T + 99 * DAY_MS)
LIN = replace(SCOPE, character="lin")


def turn(
    fan: str = "a", scope: PriceScope = SCOPE, *, day: int = 0, charged: int = 3, spoken: bool = False
) -> RecordedTurn:
    return RecordedTurn(fan, scope, spoken, Usage(True, spoken), T + day * DAY_MS + 5, Charge(charged))


def test_revenue_comes_by_day_and_by_character_with_who_pays_more() -> None:
    turns = [
        turn("a"),
        turn("a", day=1),
        turn("b", LIN),
        turn("c", charged=8, spoken=True),
        turn("d", day=1),
        replace(turn("d"), kind="crisis", charged=Charge()),
    ]
    found = simulate(turns, with_draft([OLD], DRAFT, T))
    assert found.total == Revenue(6, 20, 21)
    assert found.by_day == {T: Revenue(4, 14, 13), T + DAY_MS: Revenue(2, 6, 8)}
    assert found.by_character == {
        ("lantern-contract", "mei"): Revenue(5, 17, 18),
        ("lantern-contract", "lin"): Revenue(1, 3, 3),
    }
    assert (found.fans_paying_more, found.fans_paying_less, found.fans_paying_the_same) == (2, 1, 1)
    assert (found.most_more, found.unpriced) == (("a", 2), 0)


def test_nothing_recorded_brings_nothing() -> None:
    assert simulate([], [OLD]) == whatif.Simulation()


def test_a_turn_that_the_card_has_no_price_for_is_told_apart() -> None:
    found = simulate([turn(), turn(scope=LIN)], with_draft([], DRAFT, T))
    assert (found.unpriced, found.total) == (1, Revenue(2, 6, 4))


def test_a_draft_takes_the_place_of_what_followed_for_its_scope() -> None:
    before = replace(DRAFT, id="before", effective_from_ms=T - 1)
    at, after = replace(DRAFT, id="at", effective_from_ms=T), replace(DRAFT, id="after", effective_from_ms=T + 1)
    draft = replace(DRAFT, protects_until_ms=DRAFT.effective_from_ms + 7)
    moved = replace(draft, effective_from_ms=T, protects_until_ms=T + 7)
    assert with_draft([OLD, before, at, after], draft, T) == (OLD, before, moved)


def test_a_protected_conversation_keeps_its_price_in_the_trial_too() -> None:
    card = with_draft([OLD], replace(DRAFT, protects_until_ms=DRAFT.effective_from_ms + DAY_MS), T)
    recorded = [
        replace(turn(day=day), conversation_opened_at_ms=opened) for day, opened in ((0, T - 1), (0, T), (1, T - 1))
    ]
    assert [would_charge(card, each) for each in recorded] == [Charge(3), Charge(4), Charge(4)]


def test_fans_out_of_order_are_a_programmers_error() -> None:
    with pytest.raises(AssertionError):
        simulate([turn("b"), turn("a")], [OLD])


def test_what_comes_after_the_most_groups_is_summed_as_one_more() -> None:
    many = (turn(day=day) for day in range(GROUPS_MAX + 3))
    found = simulate(many, [OLD])
    assert len(found.by_day) == GROUPS_MAX + 1
    assert found.by_day[REST] == Revenue(3, 9, 9)


recorded_turns = st.lists(
    st.builds(
        RecordedTurn,
        st.sampled_from(["a", "b", "c"]),
        st.sampled_from([SCOPE, LIN, PriceScope()]),
        st.sampled_from([False, True, "warm"]),
        st.builds(Usage, st.booleans(), st.booleans(), st.integers(0, 3_000), st.integers(0, 300)),
        st.integers(T - DAY_MS, T + 2 * DAY_MS),
        st.builds(Charge, st.integers(0, 5), st.integers(0, 5)),
        st.none() | st.integers(T - 2 * DAY_MS, T + DAY_MS),
        st.sampled_from(["message", "message", "greeting"]),
    ),
    max_size=12,
).map(lambda turns: sorted(turns, key=lambda each: each.fan))
drafts = st.builds(
    lambda text, rate, protects, scope: PriceVersion(
        "draft", scope, Charge(text, 2), T, "ana", "ben", Rates(rate, rate, 2_000, 200), (("warm", 1),), protects
    ),
    st.integers(0, 5),
    st.integers(0, 2),
    st.none() | st.just(T + DAY_MS),
    st.sampled_from([SCOPE, PriceScope()]),
)


@given(recorded_turns, drafts)
def test_a_trial_is_the_sum_of_charging_one_by_one(turns: list[RecordedTurn], draft: PriceVersion) -> None:
    card = with_draft([OLD], draft, T)
    anew = [would_charge(card, each) or Charge() for each in turns]
    found = simulate(iter(turns), card)
    assert found.total == Revenue(len(turns), sum(t.charged.total for t in turns), sum(c.total for c in anew))
    more: defaultdict[str, int] = defaultdict(int)
    for each, charge in zip(turns, anew, strict=True):
        more[each.fan] += charge.total - each.charged.total
    assert found.fans_paying_more == sum(credits > 0 for credits in more.values())
    assert found.fans_paying_less == sum(credits < 0 for credits in more.values())
    assert found.fans_paying_the_same == sum(credits == 0 for credits in more.values())
    for groups in (found.by_day.values(), found.by_character.values()):
        assert sum(group.would_be for group in groups) == found.total.would_be
        assert sum(group.charged for group in groups) == found.total.charged
