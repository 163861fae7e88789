"""Which entries fire: the rules of the lorebook format, behind the gate, within the budget."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards.activation import (
    ALWAYS,
    CALLED_UP,
    OVER_BUDGET,
    ROUNDS_MAX,
    SPOKEN_OF,
    Activation,
    Chat,
    activate,
)
from characters.lore import Lore, LoreEntry


def words(text: str) -> int:
    return len(text.split())


def entry(text: str = "Lanterns are old.", **fields: Any) -> LoreEntry:
    return LoreEntry.model_validate({"text": text, "keys": ["lantern"], **fields})


def fire(*entries: LoreEntry, said: tuple[str, ...] = ("the lantern?",), horizon: int = 5, **about: Any) -> Activation:
    replies, budget = about.pop("replies", 0), about.pop("budget_tokens", 1_000)
    lore = Lore.model_validate({"entries": entries, **about})
    return activate(lore, Chat(said, replies), horizon=horizon, count=words, budget_tokens=budget)


def numbers(activation: Activation) -> list[int]:
    return [one.number for one in activation.fired if one.included]


class TestKeys:
    @pytest.mark.parametrize(
        ("fields", "said", "fires"),
        [
            ({}, "the lantern?", True),
            ({}, "the lamp?", False),
            ({"keys": ["lamp", "lantern"]}, "the lantern?", True),
            ({"secondary_keys": ["oil"]}, "the lantern?", False),
            ({"secondary_keys": ["oil"]}, "oil for the lantern", True),
            ({"additional_keys": ["oil", "wick"]}, "the lantern's wick", True),
            ({"additional_keys": ["oil"], "secondary_keys": ["wick"]}, "lantern, wick", False),
            ({"exclude_keys": ["oil"]}, "oil for the lantern", False),
            ({"exclude_keys": ["oil"]}, "the lantern", True),
            ({"keys": [], "constant": True}, "hello", True),
            ({"keys": ["Lantern"], "case_sensitive": True}, "the lantern", False),
            ({"keys": [r"lan\w+s"], "use_regex": True}, "LANTERNS", True),
            ({"keys": [r"lan\w+s"], "use_regex": True, "case_sensitive": True}, "LANTERNS", False),
            ({"keys": ["lan"], "use_regex": True, "additional_keys": ["o.l"]}, "lantern oil", True),
            ({"keys": ["lan"], "use_regex": True, "additional_keys": ["o.l"]}, "lantern", False),
            # With patterns the format drops secondary and excluded keys.
            (
                {"keys": ["lan"], "use_regex": True, "secondary_keys": ["oil"], "exclude_keys": ["lantern"]},
                "lantern",
                True,
            ),
        ],
    )
    def test_an_entry_fires_when_all_its_conditions_are_met(self, fields: Any, said: str, fires: bool) -> None:
        assert numbers(fire(entry(**fields), said=(said,))) == ([1] if fires else [])

    @pytest.mark.parametrize(
        ("depth", "own", "fires"), [(1, None, False), (2, None, True), (0, None, False), (1, 2, True), (9, 1, False)]
    )
    def test_only_the_newest_messages_are_looked_through(self, depth: int, own: int | None, fires: bool) -> None:
        fired = fire(entry(scan_depth=own), said=("hello", "the lantern", "bye"), scan_depth=depth)
        assert numbers(fired) == ([1] if fires else [])

    @pytest.mark.parametrize(
        ("fields", "replies", "fires"),
        [
            ({"after_replies": 2}, 1, False),
            ({"after_replies": 2}, 2, True),
            ({"every_replies": 3}, 0, True),
            ({"every_replies": 3}, 2, False),
            ({"every_replies": 3}, 6, True),
            ({"after_replies": 2, "constant": True}, 1, False),
        ],
    )
    def test_replies_are_counted(self, fields: Any, replies: int, fires: bool) -> None:
        assert numbers(fire(entry(**fields), replies=replies)) == ([1] if fires else [])


class TestGate:
    @pytest.mark.parametrize(("horizon", "fires"), [(0, False), (2, False), (3, True), (4, True), (5, False)])
    def test_an_entry_fires_only_within_its_episodes(self, horizon: int, fires: bool) -> None:
        fired = fire(entry(from_episode=3, until_episode=5), horizon=horizon)
        assert (numbers(fired), fired.withheld) == (([1], 0) if fires else ([], 1))

    def test_a_constant_entry_waits_for_its_episode_too(self) -> None:
        assert numbers(fire(entry(constant=True, from_episode=6))) == []

    def test_what_is_withheld_calls_nothing_up(self) -> None:
        first = entry("It hides a ring.", from_episode=9)
        assert numbers(fire(first, entry("A ring.", keys=["ring"]), recursive=True)) == []

    @given(
        st.lists(
            st.builds(
                lambda text, key, start, constant: entry(text, keys=[key], from_episode=start, constant=constant),
                st.sampled_from(["a b", "b c", "c d e", "d"]),
                st.sampled_from(["a", "b", "c", "d"]),
                st.integers(0, 8),
                st.booleans(),
            ),
            max_size=8,
        ),
        st.integers(0, 8),
    )
    def test_later_entries_change_nothing_but_their_count(self, entries: list[LoreEntry], horizon: int) -> None:
        now = [one for one in entries if one.holds_at(horizon)]
        whole = fire(*entries, said=("a",), horizon=horizon, recursive=True, token_budget=4)
        cut = fire(*now, said=("a",), horizon=horizon, recursive=True, token_budget=4)
        assert [(f.entry, f.reason, f.included) for f in whole.fired] == [
            (f.entry, f.reason, f.included) for f in cut.fired
        ]
        assert whole.withheld == len(entries) - len(now)


class TestRecursion:
    CHAIN = tuple(entry(f"k{n + 1}", keys=[f"k{n}"]) for n in range(ROUNDS_MAX + 3))

    def test_an_entry_may_call_up_another(self) -> None:
        fired = fire(*self.CHAIN[:2], said=("k0",), recursive=True)
        assert [(one.number, one.reason) for one in fired.fired] == [(1, SPOKEN_OF), (2, CALLED_UP)]

    def test_only_when_the_book_says_so(self) -> None:
        assert numbers(fire(*self.CHAIN, said=("k0",))) == [1]

    def test_it_ends_after_so_many_rounds(self) -> None:
        assert numbers(fire(*self.CHAIN, said=("k0",), recursive=True)) == list(range(1, ROUNDS_MAX + 2))

    def test_a_circle_fires_each_once(self) -> None:
        circle = (entry("b", keys=["a"]), entry("a", keys=["b"]))
        assert numbers(fire(*circle, said=("a",), recursive=True)) == [1, 2]


class TestBudget:
    def test_what_does_not_fit_is_skipped_and_a_smaller_one_still_goes_in(self) -> None:
        big, bigger, small = entry("w " * 6, order=3), entry("w " * 5, order=2), entry("w " * 4, order=1)
        fired = fire(big, bigger, small, token_budget=10)
        assert {one.number: one.reason for one in fired.fired} == {1: SPOKEN_OF, 2: OVER_BUDGET, 3: SPOKEN_OF}

    def test_priority_decides_who_stays_and_order_where(self) -> None:
        first, last = entry("a", priority=1, order=1), entry("b", priority=2, order=2)
        assert numbers(fire(first, last, token_budget=1)) == [2]
        assert numbers(fire(last, first)) == [2, 1]

    def test_the_prompts_share_bounds_the_book(self) -> None:
        assert numbers(fire(entry("a b c"), token_budget=10, budget_tokens=2)) == []

    def test_what_yields_goes_first(self) -> None:
        assert numbers(fire(entry("a", only_with_room=True, priority=9), entry("b"), token_budget=1)) == [2]

    def test_lore_is_placed_before_after_and_near(self) -> None:
        entries = [entry(position=place, order=order) for place, order in (("near", 1), ("after", 2), ("before", 3))]
        assert numbers(fire(*entries)) == [3, 2, 1]

    @given(st.lists(st.integers(1, 9), max_size=10), st.integers(0, 30))
    def test_a_budget_is_never_overdrawn(self, sizes: list[int], budget: int) -> None:
        fired = fire(*(entry("w " * size) for size in sizes), token_budget=budget)
        assert sum(one.tokens for one in fired.fired if one.included) <= budget


def test_always_is_a_reason_of_its_own() -> None:
    assert fire(entry(constant=True)).fired[0].reason == ALWAYS


def test_patterns_that_are_too_much_work_are_given_up_and_counted() -> None:
    hard = entry(keys=["(.*a){20}z"], use_regex=True)
    fired = fire(*[hard] * 200, entry(), said=("lantern " + "ab" * 4_000 + "a",))
    assert numbers(fired) == [201]
    assert 0 < fired.unsearched < 200
