"""How what a character knows is worded: beliefs sincerely, what is over as past, with what holds now."""

from __future__ import annotations

import pytest

from characters.canon import Fact
from memory.types import KnownFact
from persona.known import fact_text
from tests.persona.builders import brief, recall
from tests.persona.test_prompt import composed

FACT = Fact("1", "They are engaged.", "ADA AND BO", 1, until_episode=3)
NEXT = Fact("2", "They are married.", "ADA AND BO", 3)
BELIEF = Fact("3", "Ada is a\nfoundling.", "ADA", 1, until_episode=3, kind="false_belief")
TRUTH = Fact("4", "Ada is the captain's daughter.", "ADA", 3, kind="secret")


@pytest.mark.parametrize(
    ("known", "text"),
    [
        (KnownFact(FACT, False, 1.0), "Fact: They are engaged."),
        (KnownFact(FACT, True, 1.0), "Past: They are engaged."),
        (KnownFact(FACT, True, 1.0, NEXT), "Past: They are engaged. Since then: They are married."),
        (KnownFact(BELIEF, False, 1.0), "You believe: Ada is a foundling."),
        (KnownFact(BELIEF, True, 1.0), "You once believed, and know better now: Ada is a foundling."),
        (
            KnownFact(BELIEF, True, 1.0, TRUTH),
            "You once believed, and know better now: Ada is a foundling. What is true: Ada is the captain's daughter.",
        ),
        (
            KnownFact(FACT, True, 1.0, BELIEF),
            "Past: They are engaged. You believe since then: Ada is a foundling.",
        ),
    ],
)
def test_a_fact_is_worded_as_it_stands_for_the_character(known: KnownFact, text: str) -> None:
    assert fact_text(known) == text


def test_a_belief_is_never_called_false_while_it_is_held() -> None:
    seen = repr(composed(brief(known=recall(facts=(KnownFact(BELIEF, False, 1.0),)))).messages[1])
    assert "You believe: Ada is a foundling." in seen
    assert not [word for word in ("false", "mistake", "not true", "once believed, and") if word in seen.casefold()]


def test_what_replaces_a_fact_is_held_against_the_horizon_once_more() -> None:
    late = KnownFact(FACT, True, 1.0, Fact("9", "FUTURE", "ADA AND BO", 9))
    prompt = composed(brief(horizon=5, known=recall(facts=(late,))))
    assert "FUTURE" not in repr(prompt.messages) + repr(prompt.manifest)
