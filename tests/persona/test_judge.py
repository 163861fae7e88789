"""The rule by which the persona benchmark tells whether a reply is supported."""

from __future__ import annotations

import pytest

from bench.persona_judge import knowable
from characters.canon import Fact, Term
from characters.script import Line, Scene
from tests.memory.story import script
from tests.persona.builders import FIRST_REPLY, sheet

WORKSHOP = Scene(
    1,
    1,
    "WORKSHOP",
    (Line("Who sent the blue crate?", 1, "GIDEON"), Line("No sender. Just a tag in the straw.", 2, "TAMSIN")),
    frozenset({"TAMSIN", "GIDEON"}),
)
OFFICE = Scene(1, 2, "OFFICE", (Line("The board meets on Monday morning.", 1, "FENN"),), frozenset({"FENN"}))
LATER = Scene(6, 1, "QUAY", (Line("Ottilie signed the harbour book.", 1, "TAMSIN"),), frozenset({"TAMSIN"}))
SCRIPT = script(WORKSHOP, OFFICE, LATER)
FACTS = (
    Fact("F1", "Tamsin mends the stopped watch.", "THE WATCH", 2, known_by={"TAMSIN": 0}),
    Fact("F2", "The watch was stolen from Fenn.", "THE WATCH", 2, known_by={"FENN": 0}),
    Fact("F3", "The lane is to be demolished in seven days.", "THE LANE", 1, until_episode=4, known_by={"TAMSIN": 1}),
)
TERMS = (Term("Patient Margaret", 6),)


def unsupported(reply: str, horizon: int = 5) -> str:
    return knowable(sheet(), horizon, SCRIPT, FACTS, TERMS).unsupported(reply)


@pytest.mark.parametrize(
    "reply",
    [
        "No sender. Just a tag in the straw.",
        FIRST_REPLY,
        "I only do the windows.",
        "I call him Hallam.",
        "I mend the stopped watch.",
        "There was no sender, just a tag in the straw.",
        "I do not!",
    ],
)
def test_what_is_theirs_or_borne_by_one_text_is_supported(reply: str) -> None:
    assert unsupported(reply) == ""


@pytest.mark.parametrize(
    ("reply", "why"),
    [
        ("The crate came from China.", "no text says so"),
        ("There was a sender and a tag in the straw.", "what was denied is affirmed"),
        ("The watch was stolen from Fenn.", "she does not know"),
        ("The board meets on Monday morning.", "she was not there"),
        ("The lane is to be demolished in seven days.", "it is past"),
        ("Ottilie signed the harbour book.", "it is beyond the horizon"),
        ("I only do the windows, Patient Margaret.", "the term is beyond the horizon"),
        ("The stopped crate is in the lane.", "words from here and there"),
        ("He's a sender.", "one word is in every show"),
        ("Just a tag in the straw, Ottilie.", "the name is not known yet"),
        ("", "nothing was said"),
    ],
)
def test_what_no_text_bears_is_not_supported(reply: str, why: str) -> None:
    assert unsupported(reply) != "", why


def test_one_sentence_that_nothing_supports_spoils_a_reply() -> None:
    assert unsupported("No sender. It was Coralie who sent it.") == "It was Coralie who sent it."


def test_what_is_seen_later_supports_it_then() -> None:
    assert unsupported("Ottilie signed the harbour book.", horizon=6) == ""
