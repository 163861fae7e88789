"""The file of proposals goes to an author and comes back the same, and says what is wrong with it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.canon import FACT_KINDS, Fact
from characters.errors import InvalidCanon
from characters.proposal import Proposal, with_stable_id
from characters.proposal_file import parse_proposals, proposals_yaml

TEXT = st.text("Ab3é李明'\"#:-!*&[]{}?,|", min_size=1, max_size=12)
PROPOSALS = st.lists(
    st.builds(
        lambda text, subject, episode, scene, known_by, kind, hundredths, source: Proposal(
            with_stable_id(Fact("", text, subject, episode, scene, known_by=known_by, kind=kind)),
            hundredths / 100,
            "rules:name",
            tuple(source),
        ),
        TEXT,
        TEXT,
        st.integers(1, 99),
        st.none() | st.integers(0, 9),
        st.dictionaries(TEXT, st.integers(0, 99), max_size=3),
        st.sampled_from(FACT_KINDS),
        st.integers(0, 100),
        st.lists(TEXT, max_size=2),
    ),
    max_size=4,
    unique_by=lambda proposal: proposal.fact.id,
).map(tuple)
GOOD = b"""
- id: P-1
  text: Ada is a baker.
  subject: ADA
  episode_aired: 2
  source: ['episode 2, scene 1, ADA: I am a baker.']
  confidence: 0.7
  origin: rules:occupation
"""


@given(PROPOSALS)
def test_proposals_come_back_as_they_went(proposals: tuple[Proposal, ...]) -> None:
    assert parse_proposals(proposals_yaml(proposals).encode(), "f.yaml") == proposals


def test_a_plain_canon_file_is_a_file_of_proposals_too() -> None:
    (read,) = parse_proposals(GOOD.split(b"  source")[0], "f.yaml")
    assert (read.fact.text, read.source, read.confidence) == ("Ada is a baker.", (), 0.0)


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"\xff\xfe", "the file"),
        (b"a: 1", "the file"),
        (b"- 3", "0"),
        (GOOD.replace(b"0.7", b"7"), "confidence"),
        (GOOD.replace(b"confidence", b"confidense"), "0.confidense"),
        (GOOD.replace(b"episode_aired: 2", b"episode_aired: 0"), "0.episode_aired"),
        (GOOD + GOOD, "P-1.id"),
        (b"- [\n", "line 2"),
        (b"#" * 4_000_001, "the file"),
    ],
)
def test_what_is_wrong_with_a_file_is_told_by_its_place(content: bytes, where: str) -> None:
    with pytest.raises(InvalidCanon) as refused:
        parse_proposals(content, "f.yaml")
    assert (refused.value.source, refused.value.where) == ("f.yaml", where)
    assert "baker" not in str(refused.value)
