"""What becomes of a canon when proposals are approved and rejected, in any order and again."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.audit import AuditEntry
from characters.canon import Fact
from characters.deciding import decide, decisions_of, kept_facts
from characters.errors import FactIsAuthored

OWN = Fact("F1", "A fact of the authors.", "ADA", 1)
IDS = ["P-1", "P-2", "P-3"]
ACTS = st.lists(st.tuples(st.booleans(), st.sampled_from(IDS), st.sampled_from(["old", "new"])), max_size=12)


def fact(fact_id: str, text: str = "old") -> Fact:
    return Fact(fact_id, text, "ADA", 2)


def played(acts: list[tuple[bool, str, str]]) -> tuple[tuple[Fact, ...], list[AuditEntry]]:
    facts: tuple[Fact, ...] = (OWN,)
    log: list[AuditEntry] = []
    for approves, fact_id, text in acts:
        approved, rejected = ([fact(fact_id, text)], []) if approves else ([], [fact_id])
        for again in (False, True):
            decided = decide(facts, log, show="s", approved=approved, rejected=rejected)
            assert not (again and (decided.log or decided.facts != facts))
            facts = decided.facts
            log += [AuditEntry(len(log), "s", action, subject, "Ann") for action, subject in decided.log]
    return facts, log


@given(ACTS)
def test_the_last_decision_about_an_id_holds_and_saying_it_again_changes_nothing(
    acts: list[tuple[bool, str, str]],
) -> None:
    facts, log = played(acts)
    last = {fact_id: fact(fact_id, text) if approves else None for approves, fact_id, text in acts}
    assert {one.id: one for one in facts} == {"F1": OWN} | {key: one for key, one in last.items() if one is not None}
    assert len({one.id for one in facts}) == len(facts)
    assert decisions_of(log) == {
        fact_id: "fact.rejected" if one is None else "fact.approved" for fact_id, one in last.items()
    }


def test_a_fact_of_the_authors_is_neither_replaced_nor_taken_out() -> None:
    with pytest.raises(FactIsAuthored):
        decide([OWN], [], show="s", approved=[fact("F1")], rejected=[])
    with pytest.raises(FactIsAuthored):
        decide([OWN], [], show="s", approved=[], rejected=["F1"])


def test_an_import_keeps_what_was_approved_unless_the_authors_have_it_themselves() -> None:
    facts, log = played([(True, "P-1", "old"), (True, "P-2", "old"), (False, "P-2", ""), (True, "P-3", "old")])
    assert kept_facts(facts, log, [fact("P-3", "their own")]) == (fact("P-3", "their own"), fact("P-1"))
    assert kept_facts([OWN, *facts], log, []) == (fact("P-1"), fact("P-3"))
