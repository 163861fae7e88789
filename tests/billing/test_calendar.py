"""Where each version of the card stands, by what the card itself would choose at that moment."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from billing import pricing
from billing.calendar import listed, replaced
from billing.types import Charge, PriceProposal, PriceScope, PriceVersion
from tests.billing.builders import NOW_MS, PRICE, SCOPE

SHOW = PriceScope(show="lantern-contract")


def version(name: str, begins: int, scope: PriceScope = SHOW) -> PriceVersion:
    return replace(PRICE, id=name, scope=scope, effective_from_ms=NOW_MS + begins)


CARD = (version("first", -20), version("second", -10), version("third", 10), version("all", -50, PriceScope()))


def test_versions_stand_by_scope_the_newest_first_and_say_until_when() -> None:
    waiting = PriceProposal(replace(version("draft", 20), approver=""), NOW_MS)
    gone = PriceProposal(replace(version("gone", 30), approver=""), NOW_MS, "withdrawn", "ana", NOW_MS)
    decided = PriceProposal(replace(version("third", 10), approver=""), NOW_MS, "approved", "ben", NOW_MS)
    rows = listed(CARD, (waiting, gone, decided), NOW_MS)
    assert [(row.version.id, row.phase, row.until_ms) for row in rows] == [
        ("all", "in force", None),
        ("gone", "withdrawn", None),
        ("draft", "proposed", None),
        ("third", "scheduled", None),
        ("second", "in force", NOW_MS + 10),
        ("first", "past", NOW_MS - 10),
    ]


@given(st.lists(st.integers(-5, 5), min_size=1, max_size=6, unique=True))
def test_the_version_in_force_is_the_one_that_is_charged(begins: list[int]) -> None:
    card = tuple(version(f"v{at}", at) for at in begins)
    rows = listed(card, (), NOW_MS)
    in_force = [row.version for row in rows if row.phase == "in force"]
    if any(at <= 0 for at in begins):
        assert in_force == [pricing.choose(card, SHOW, NOW_MS)]
    else:
        assert in_force == []
    assert len(rows) == len(card)


def test_a_draft_is_compared_with_what_would_hold_without_it() -> None:
    draft = replace(version("draft", 20), amounts=Charge(9))
    found = replaced((*CARD, draft), draft)
    assert found is not None
    assert found.id == "third"
    assert replaced((), draft) is None
    other = replace(draft, scope=SCOPE, effective_from_ms=NOW_MS - 60)
    assert replaced(CARD, other) is None
