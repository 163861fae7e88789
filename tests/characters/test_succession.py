"""Which fact takes the place of which, and what an author is told about ends that lead nowhere."""

from __future__ import annotations

from dataclasses import replace

import pytest

from characters.canon import Fact
from characters.importing import SHOWS_FOLDER
from characters.show_folder import load_facts
from characters.succession import lint_facts, successors

HOME = Fact("home", "Ada lives on the boat.", "ADA", 1, until_episode=4, known_by={"ADA": 0})
ASHORE = Fact("ashore", "Ada lives ashore.", "Ada ", 4, known_by={"ADA": 4})
BELIEF = Fact("belief", "Ada is a foundling.", "ADA", 2, until_episode=4, known_by={"BO": 2}, kind="false_belief")
TRUTH = Fact("truth", "Ada is the captain's daughter.", "ADA", 4, known_by={"ADA": 4, "CY": 0}, kind="secret")


def pairs(*facts: Fact) -> dict[str, str]:
    return {before: after.id for before, after in successors(facts).items()}


@pytest.mark.parametrize(
    ("after", "replaced"),
    [
        (ASHORE, {"home": "ashore"}),
        (replace(ASHORE, subject="BO"), {}),
        (replace(ASHORE, from_episode=5), {}),
        (replace(ASHORE, kind="prop"), {}),
        (replace(ASHORE, known_by={"ADA": 0}), {}),  # known before the story, so it did not begin in episode 4
    ],
)
def test_a_new_state_has_the_subject_the_kind_and_the_episode(after: Fact, replaced: dict[str, str]) -> None:
    assert pairs(HOME, after) == replaced


@pytest.mark.parametrize(
    ("after", "replaced"),
    [
        (TRUTH, {"belief": "truth"}),
        (replace(TRUTH, kind="fact"), {"belief": "truth"}),
        (replace(TRUTH, kind="false_belief"), {}),
        (replace(TRUTH, subject="BO"), {}),
    ],
)
def test_the_truth_behind_a_belief_is_no_belief_and_may_be_old(after: Fact, replaced: dict[str, str]) -> None:
    assert pairs(BELIEF, after) == replaced


def test_what_the_author_names_goes_before_what_could_be_guessed_and_never_points_back() -> None:
    named = replace(HOME, replaced_by="truth")
    assert pairs(named, ASHORE, TRUTH) == {"home": "truth"}
    assert pairs(replace(ASHORE, until_episode=6, replaced_by="home"), HOME) == {"home": "ashore"}
    assert pairs(replace(HOME, replaced_by="nowhere"), ASHORE) == {}


@pytest.mark.parametrize(
    ("facts", "warned"),
    [
        ((HOME, ASHORE), []),
        ((HOME,), [("home", "nothing of the same subject takes its place")]),
        ((replace(HOME, replaced_by="x"),), [("home", "which is no fact of this show")]),
        (
            (replace(HOME, from_episode=3, replaced_by="c"), replace(ASHORE, id="c", from_episode=3)),
            [("home", "which does not begin later")],
        ),
        ((replace(ASHORE, replaced_by="home"), HOME), [("ashore", "and has no end")]),
        ((BELIEF, TRUTH), [("belief", "truth never reaches BO")]),
        ((BELIEF, replace(TRUTH, known_by={"BO": 9})), []),
        ((replace(BELIEF, known_by={}), TRUTH), [("belief", "nobody holds")]),
    ],
)
def test_an_author_is_told_what_leads_nowhere(facts: tuple[Fact, ...], warned: list[tuple[str, str]]) -> None:
    found = lint_facts(facts)
    assert [warning.fact for warning in found] == [fact for fact, _ in warned]
    assert all(part in warning.what for warning, (_, part) in zip(found, warned, strict=True))


def test_the_sample_show_s_changes_are_paired_as_its_story_goes() -> None:
    found = pairs(*load_facts(SHOWS_FOLDER / "lantern-contract" / "canon.yaml"))
    story = {
        "F012": "F021",  # engaged, married, divorced, married again
        "F021": "F062",
        "F062": "F097",
        "F005": "F023",  # where Tamsin lives
        "F023": "F063",
        "F007": "F067",  # the chair
        "F015": "F068",  # where Gideon lives
        "F042": "F058",  # Barnaby
        "F017": "F077",  # beliefs and the truth behind them
        "F027": "F078",
        "F041": "F057",
        "F044": "F080",
        "F045": "F064",
        "F056": "F075",
        "F079": "F087",
    }
    assert story.items() <= found.items()
    assert "F002" not in found
