"""The gate: tables for its edges, properties for everything."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.canon import Fact, Term
from memory.horizon import BEYOND_HORIZON, DOES_NOT_KNOW, NOT_PRESENT, known_facts, open_gate, withheld_terms
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
        lambda episode, until, known_by: Fact("f", "text", "subject", episode, None, until, known_by),
        EPISODES,
        st.none() | EPISODES,
        st.dictionaries(st.sampled_from(CAST), EPISODES),
    ),
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
