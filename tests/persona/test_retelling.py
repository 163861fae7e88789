"""A fact about a character told by them: right, or not at all."""

from __future__ import annotations

import pytest

from persona.retelling import gender_in, retold
from persona.verb_forms import as_i_say, is_verb

NAMES = ("Tamsin", "Tamsin Orr", "TAMSIN")
OTHERS = frozenset({"gideon", "honoria", "barnaby"})


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        ("Tamsin mends the stopped watch and it ticks on.", "I mend the stopped watch and it ticks on."),
        ("After the wedding Tamsin lives on the hill.", "After the wedding I live on the hill."),
        ("Tamsin carries a tin and offers it to everyone.", "I carry a tin and offer it to everyone."),
        ("The silver locket is Tamsin's.", "The silver locket is mine."),
        ("Tamsin's silver locket is engraved O.S.", "My silver locket is engraved O.S."),
        ("A crate arrives for Tamsin. Tamsin's door is shut.", "A crate arrives for me. My door is shut."),
        ("Fenn tells Tamsin that it rained.", "Fenn tells me that it rained."),
        ("Tamsin and Gideon are engaged.", "Gideon and I are engaged."),
        ("Gideon and Tamsin were married.", "Gideon and I were married."),
        ("Tamsin has never liked almonds.", "I have never liked almonds."),
        ("Tamsin is Ottilie.", "I am Ottilie."),
        ("Barnaby dies while Tamsin hums the song.", "Barnaby dies while I hum the song."),
        ('The card under Tamsin\'s napkin says: "Ask Tamsin."', 'The card under my napkin says: "Ask Tamsin."'),
    ],
)
def test_who_speaks_is_all_that_changes(fact: str, told: str | None) -> None:
    assert retold(fact, NAMES, OTHERS) == told


@pytest.mark.parametrize(
    ("fact", "told"),
    [
        ("Tamsin takes off her ring and asks for a divorce.", "I take off my ring and ask for a divorce."),
        ("He keeps what Tamsin gave him.", None),
        ("Tamsin tells Honoria that she lied.", None),
        ("Gideon says that she left, and Tamsin agrees.", None),
        ("Tamsin thinks of the woman and her lamp.", None),
        ("Tamsin loses her lamp and lets Gideon see her.", None),
        ("At her birthday Tamsin eats her loaf.", "At my birthday I eat my loaf."),
        ("Tamsin and her mother kept it to themselves; it was hers.", None),
    ],
)
def test_a_pronoun_that_may_be_somebody_elses_keeps_a_fact_unsaid(fact: str, told: str | None) -> None:
    assert retold(fact, NAMES, OTHERS) == told


@pytest.mark.parametrize(
    "fact",
    [
        "Tamsin Orr, 26, restores lanterns.",
        "It was Gideon, not Tamsin, who left.",
        "His grandmother Tamsin kept it.",
        "Tamsin frobnicates the lamp.",
        "The sign reads Tamsin & Daughter.",
        "The lane is narrow.",
    ],
)
def test_what_the_rules_do_not_read_is_not_said(fact: str) -> None:
    assert retold(fact, NAMES, OTHERS) is None


def test_a_surname_inside_a_longer_name_stays() -> None:
    assert retold("Gideon keeps Hallam House.", ("Gideon", "Hallam"), frozenset()) == "I keep Hallam House."
    assert retold("Hallam House is cold.", ("Gideon", "Hallam"), frozenset()) is None


def test_facts_that_can_only_mean_the_character_tell_what_they_are_called() -> None:
    facts = ("Tamsin has a scar on her hand.", "Gideon loses his hat.", "Tamsin hums.")
    assert gender_in(facts, NAMES, OTHERS) == "she"
    assert gender_in(("Tamsin hums.",), NAMES, OTHERS) is None
    assert retold("Barnaby leaves Tamsin his coat.", NAMES, OTHERS, "she") == "Barnaby leaves me his coat."


def test_no_noun_loses_its_s() -> None:
    words = ("carries", "hangs", "goes", "lanterns", "hung")
    assert [as_i_say(word) for word in words] == ["carry", "hang", "go", None, "hung"]
    assert [is_verb(word) for word in ("hoping", "kill", "grandmother")] == [True, True, False]
