"""Which price is in force, and what is charged for what was delivered."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest

from billing import pricing
from billing.errors import InvalidAmount, NoPrice
from billing.ledger import TURN_CREDITS_MAX
from billing.types import Charge, PriceScope, PriceVersion, Quote, Usage
from tests.billing.builders import NOW_MS, PRICE, SCOPE, SPOKEN, TEXT

BY_SPECIFICITY = [
    SCOPE,
    PriceScope(character="mei", show="lantern-contract"),
    PriceScope(character="mei", mode="chat", locale="en", region="eu"),
    PriceScope(character="mei"),
    PriceScope(show="lantern-contract", mode="chat"),
    PriceScope(show="lantern-contract", locale="en", region="eu"),
    PriceScope(show="lantern-contract"),
    PriceScope(mode="chat"),
    PriceScope(locale="en", region="eu"),
    PriceScope(locale="en"),
    PriceScope(region="eu"),
    PriceScope(),
]


def at(scope: PriceScope, effective_from_ms: int = NOW_MS, name: str = "") -> PriceVersion:
    return replace(PRICE, id=name or repr(scope), scope=scope, effective_from_ms=effective_from_ms)


@pytest.mark.parametrize("rank", range(len(BY_SPECIFICITY)))
def test_the_most_specific_version_wins_whatever_the_order_of_the_card(rank: int) -> None:
    card = [at(scope) for scope in BY_SPECIFICITY[rank:]]
    random.Random(rank).shuffle(card)
    assert pricing.choose(card, SCOPE, NOW_MS).scope == BY_SPECIFICITY[rank]


@pytest.mark.parametrize(
    "other",
    [
        PriceScope(show="x"),
        PriceScope(character="x"),
        PriceScope(mode="x"),
        PriceScope(locale="x"),
        PriceScope(region="x"),
        replace(SCOPE, region="x"),
    ],
)
def test_a_version_for_something_else_does_not_apply(other: PriceScope) -> None:
    with pytest.raises(NoPrice):
        pricing.choose([at(other)], SCOPE, NOW_MS)


SCENE = PriceScope(show="lantern-contract", character="gideon+tamsin", mode="scene", locale="en", region="eu")


def test_a_scene_has_a_rate_of_its_own_or_none() -> None:
    general = [at(scope) for scope in (PriceScope(), PriceScope(show="lantern-contract"), PriceScope(mode="chat"))]
    general.append(at(PriceScope(character="gideon+tamsin")))
    with pytest.raises(NoPrice):
        pricing.choose(general, SCENE, NOW_MS)
    own = [at(PriceScope(mode="scene")), at(PriceScope(mode="scene", show="lantern-contract"))]
    assert pricing.choose([*general, *own], SCENE, NOW_MS) == own[1]
    pair = at(PriceScope(mode="scene", character="gideon+tamsin"))
    assert pricing.choose([*general, *own, pair], SCENE, NOW_MS) == pair
    quoted = pricing.quote(own[0], voice=False, scope=SCENE)
    assert [pricing.is_of(quoted, version) for version in (own[0], own[1], general[0])] == [True, False, False]


def test_the_rate_of_scenes_is_none_for_anything_else() -> None:
    assert pricing.choose([at(PriceScope()), at(PriceScope(mode="scene"))], SCOPE, NOW_MS).scope == PriceScope()


@pytest.mark.parametrize(("now_ms", "expected"), [(10, "old"), (19, "old"), (20, "new"), (21, "new")])
def test_of_one_scope_the_latest_that_has_begun_is_in_force(now_ms: int, expected: str) -> None:
    card = [at(PriceScope(), 20, "new"), at(PriceScope(), 10, "old")]
    assert pricing.choose(card, SCOPE, now_ms).id == expected


def test_before_the_first_version_there_is_no_price() -> None:
    with pytest.raises(NoPrice):
        pricing.choose([at(PriceScope(), 10)], SCOPE, 9)


def test_a_specific_version_that_has_not_begun_leaves_the_general_one_in_force() -> None:
    card = [at(PriceScope(), 1, "general"), at(SCOPE, 20, "specific")]
    assert pricing.choose(card, SCOPE, 19).id == "general"


def test_an_older_specific_version_beats_a_newer_general_one() -> None:
    card = [at(PriceScope(), 20, "general"), at(SCOPE, 1, "specific")]
    assert pricing.choose(card, SCOPE, 20).id == "specific"


def test_voice_is_quoted_when_it_is_wanted() -> None:
    assert (pricing.quote(PRICE, voice=False), pricing.quote(PRICE, voice=True)) == (TEXT, SPOKEN)


@pytest.mark.parametrize(
    ("quoted", "usage", "charged"),
    [
        (SPOKEN, Usage(True, True), Charge(3, 5)),
        (SPOKEN, Usage(True, False), Charge(3, 0)),
        (SPOKEN, Usage(False, True), Charge(0, 5)),
        (SPOKEN, Usage(False, False, 99, 99), Charge()),
        (TEXT, Usage(True, True), Charge(3, 0)),
        (replace(SPOKEN, amounts=Charge(), waived="crisis"), Usage(True, True), Charge()),
    ],
)
def test_only_what_was_delivered_is_charged(quoted: Quote, usage: Usage, charged: Charge) -> None:
    assert pricing.charge(PRICE, quoted, usage) == charged


@pytest.mark.parametrize(
    ("amounts", "refused"),
    [
        (Charge(), False),
        (Charge(TURN_CREDITS_MAX, TURN_CREDITS_MAX), False),
        (Charge(TURN_CREDITS_MAX + 1), True),
        (Charge(0, TURN_CREDITS_MAX + 1), True),
        (Charge(-1), True),
        (Charge(0, -1), True),
    ],
)
def test_amounts_stay_within_their_bounds(amounts: Charge, refused: bool) -> None:
    version = replace(PRICE, amounts=amounts)
    if refused:
        with pytest.raises(InvalidAmount):
            pricing.admit(version, ())
    else:
        assert pricing.admit(version, ())


def test_the_same_moment_for_another_scope_is_no_overlap() -> None:
    assert pricing.admit(at(SCOPE), [at(PriceScope()), at(SCOPE, NOW_MS + 1, "later")])
