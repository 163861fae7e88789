"""The gate: tables for its edges, properties for everything."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.canon import FACT_KINDS, Fact, Term
from memory.horizon import (
    BEYOND_HORIZON,
    DOES_NOT_KNOW,
    NOT_PRESENT,
    known_facts,
    open_gate,
    seen,
    seen_rows,
    withheld_terms,
)
from memory.passages import passages_of
from memory.types import Passage, Viewpoint
from tests.memory.story import harbour

CAST = ["ADA", "BO", "CY"]
EPISODES = st.integers(0, 8)
PASSAGES = st.lists(
    st.builds(
        lambda number, episode, present: Passage(
            f"p{number}", episode, 1, 0, 0, "", f"text {number}", frozenset(), frozenset(present), f"h{number}"
        ),
        st.integers(0, 999),
        st.integers(1, 8),
        st.sets(st.sampled_from(CAST)),
    ),
    unique_by=lambda passage: passage.id,
    max_size=30,
)
FACTS = st.lists(
    st.builds(
        lambda number, subject, episode, until, known_by, kind, by: Fact(
            f"f{number}", "text", subject, episode, None, until, known_by, kind, (), None if by is None else f"f{by}"
        ),
        st.integers(0, 30),
        st.sampled_from(["ADA", "The Boat"]),
        EPISODES,
        st.none() | EPISODES,
        st.dictionaries(st.sampled_from(CAST), EPISODES),
        st.sampled_from(FACT_KINDS),
        st.none() | st.integers(0, 30),
    ),
    unique_by=lambda fact: fact.id,
    max_size=20,
)
VIEWPOINTS = st.builds(Viewpoint, st.sampled_from([*CAST, "A STRANGER"]), st.integers(-2, 9))


@pytest.mark.parametrize(
    ("character", "horizon", "scenes"),
    [
        ("ADA", -1, set()),
        ("ADA", 0, set()),
        ("ADA", 1, {"e01s01p01"}),
        ("ADA", 2, {"e01s01p01", "e02s01p01"}),
        ("BO", 2, {"e01s01p01", "e01s02p01"}),
        ("CY", 1, set()),
        ("CY", 3, {"e02s01p01", "e03s01p01"}),
        ("BO", 99, {"e01s01p01", "e01s02p01", "e03s01p01", "e04s01p01"}),
        ("NOBODY", 4, set()),
    ],
)
def test_a_character_knows_the_watched_scenes_they_are_present_in(
    character: str, horizon: int, scenes: set[str]
) -> None:
    release = harbour()
    gate = open_gate(passages_of(release.script), release.facts, Viewpoint(character, horizon))
    assert gate.allowed == scenes


def test_being_told_a_fact_opens_the_fact_and_not_its_scene() -> None:
    release, ada = harbour(), Viewpoint("ADA", 3)
    assert "e01s02p01" not in open_gate(passages_of(release.script), release.facts, ada).allowed
    assert "f2" in {known.fact.id for known in known_facts(release.facts, ada)}


def test_what_stays_behind_the_gate_is_counted_by_reason() -> None:
    release = harbour()
    withheld = open_gate(passages_of(release.script), release.facts, Viewpoint("ADA", 2)).withheld
    assert withheld.passages == {BEYOND_HORIZON: 2, NOT_PRESENT: 1}
    assert withheld.facts == {BEYOND_HORIZON: 1, DOES_NOT_KNOW: 1}


@pytest.mark.parametrize(
    ("horizon", "known"),
    [
        (0, {}),
        (1, {"f1": False, "f4": False}),
        (2, {"f1": False, "f4": False}),
        (3, {"f1": True, "f2": False, "f4": False}),
        (4, {"f1": True, "f2": False, "f3": False, "f4": True}),
    ],
)
def test_facts_are_known_from_their_episode_and_past_from_their_end(horizon: int, known: dict[str, bool]) -> None:
    found = known_facts(harbour().facts, Viewpoint("ADA", horizon))
    assert {one.fact.id: one.past for one in found} == known


def test_a_fact_the_fan_has_not_seen_is_unknown_even_to_who_knew_it_before_the_story() -> None:
    assert "f3" not in {known.fact.id for known in known_facts(harbour().facts, Viewpoint("BO", 3))}


@pytest.mark.parametrize(("horizon", "withheld"), [(0, ["Ada", "Cy"]), (1, ["Cy"]), (2, []), (3, [])])
def test_terms_are_withheld_before_their_first_episode(horizon: int, withheld: list[str]) -> None:
    terms = (Term("Ada", 1), Term("Cy", 2))
    assert [term.text for term in withheld_terms(terms, horizon)] == withheld


@given(PASSAGES, FACTS, VIEWPOINTS)
def test_nothing_later_than_the_horizon_ever_passes(
    passages: list[Passage], facts: list[Fact], viewpoint: Viewpoint
) -> None:
    by_id = {passage.id: passage for passage in passages}
    gate = open_gate(passages, facts, viewpoint)
    for passed in gate.allowed:
        assert by_id[passed].revealed_at <= viewpoint.horizon
        assert viewpoint.character in by_id[passed].present
    for known in known_facts(facts, viewpoint):
        assert known.fact.from_episode <= viewpoint.horizon
        assert known.fact.known_by[viewpoint.character] <= viewpoint.horizon
    if viewpoint.horizon < 1:
        assert not gate.allowed
        assert known_facts(facts, viewpoint) == ()


@given(PASSAGES, FACTS, VIEWPOINTS)
def test_everything_is_either_allowed_or_counted_as_withheld(
    passages: list[Passage], facts: list[Fact], viewpoint: Viewpoint
) -> None:
    gate = open_gate(passages, facts, viewpoint)
    assert len(gate.allowed) + sum(gate.withheld.passages.values()) == len(passages)
    assert len(known_facts(facts, viewpoint)) + sum(gate.withheld.facts.values()) == len(facts)


@given(PASSAGES, FACTS, VIEWPOINTS)
def test_watching_on_never_closes_the_gate(passages: list[Passage], facts: list[Fact], viewpoint: Viewpoint) -> None:
    later = Viewpoint(viewpoint.character, viewpoint.horizon + 1)
    assert open_gate(passages, facts, viewpoint).allowed <= open_gate(passages, facts, later).allowed


BELIEF = Fact("b", "Ada is a foundling.", "ADA", 2, until_episode=5, known_by={"ADA": 0, "BO": 3}, kind="false_belief")
TRUTH = Fact("t", "Ada is the captain's daughter.", "ADA", 5, known_by={"CY": 0, "ADA": 7}, kind="secret")


@pytest.mark.parametrize(
    ("character", "horizon", "standing"),
    [
        ("ADA", 1, None),  # the fan has not heard of it
        ("ADA", 2, (False, None)),
        ("ADA", 4, (False, None)),
        ("ADA", 5, (False, None)),  # the fan knows better; she does not
        ("ADA", 6, (False, None)),
        ("ADA", 7, (True, "t")),
        ("BO", 2, None),  # nobody has told him yet
        ("BO", 3, (False, None)),
        ("BO", 99, (False, None)),  # he never learns
        ("CY", 4, None),  # he knows the truth and holds no belief
    ],
)
def test_a_false_belief_is_held_until_its_holder_learns_the_truth(
    character: str, horizon: int, standing: tuple[bool, str | None] | None
) -> None:
    known = {one.fact.id: one for one in known_facts((BELIEF, TRUTH), Viewpoint(character, horizon))}
    found = known.get("b")
    assert (found and (found.past, found.now and found.now.id)) == standing


def test_a_belief_whose_truth_no_fact_tells_ends_for_everybody() -> None:
    (known,) = known_facts((BELIEF,), Viewpoint("BO", 5))
    assert (known.past, known.now) == (True, None)


ENGAGED = Fact("1", "They are engaged.", "ADA AND BO", 1, until_episode=3, known_by={"ADA": 1, "CY": 1})
MARRIED = Fact("2", "They are married.", "ADA AND BO", 3, until_episode=6, known_by={"ADA": 3, "CY": 4})
DIVORCED = Fact("3", "They are divorced.", "ADA AND BO", 6, until_episode=8, known_by={"ADA": 6})


@pytest.mark.parametrize(
    ("character", "horizon", "standings"),
    [
        ("ADA", 2, [("1", False, None)]),
        ("ADA", 3, [("1", True, "2"), ("2", False, None)]),
        ("CY", 3, [("1", True, None)]),  # what replaced it is news that has not reached him
        ("CY", 4, [("1", True, "2"), ("2", False, None)]),
        ("ADA", 6, [("1", True, "3"), ("2", True, "3"), ("3", False, None)]),
        ("CY", 6, [("1", True, None), ("2", True, None)]),  # the marriage is over: it is not what holds now
        ("ADA", 8, [("1", True, None), ("2", True, None), ("3", True, None)]),
    ],
)
def test_what_has_changed_is_past_with_what_holds_now(
    character: str, horizon: int, standings: list[tuple[str, bool, str | None]]
) -> None:
    found = known_facts((ENGAGED, MARRIED, DIVORCED), Viewpoint(character, horizon))
    assert [(one.fact.id, one.past, one.now and one.now.id) for one in found] == standings


@given(FACTS, VIEWPOINTS)
def test_what_replaces_a_fact_is_later_known_and_not_over(facts: list[Fact], viewpoint: Viewpoint) -> None:
    known = {one.fact.id: one for one in known_facts(facts, viewpoint)}
    for one in known.values():
        if one.now is not None:
            assert one.past
            assert one.fact.from_episode < one.now.from_episode <= viewpoint.horizon
            assert not known[one.now.id].past


@given(FACTS, VIEWPOINTS)
def test_a_fact_is_past_only_after_its_end_and_never_becomes_present_again(
    facts: list[Fact], viewpoint: Viewpoint
) -> None:
    later = {one.fact.id: one for one in known_facts(facts, Viewpoint(viewpoint.character, viewpoint.horizon + 1))}
    for one in known_facts(facts, viewpoint):
        ended = one.fact.until_episode is not None and one.fact.until_episode <= viewpoint.horizon
        assert ended or not one.past
        assert later[one.fact.id].past or not one.past
        if one.fact.kind != "false_belief":
            assert one.past is ended


@given(st.lists(st.integers(-1, 9)), st.integers(-1, 9))
def test_many_episodes_are_seen_as_each_of_them_is(episodes: list[int], horizon: int) -> None:
    found = seen_rows(np.array(episodes, dtype=np.int64), horizon)
    assert found.tolist() == [seen(episode, horizon) for episode in episodes]
