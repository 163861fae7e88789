"""What any shield of a review keeps to: one suite for the double and for the one over a real canon."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from gateway.bootstrap import open_store
from gateway.shielding import BoundShield
from memory.types import Viewpoint
from persona.doubles import PhraseShield
from persona.ports import Shield
from persona.types import Verdict
from tests.gateway.builders import import_small_show, make_stage, settings_of
from tests.gateway.story import SHOW

LATER = "You burnt Zephyr House out of the books and let me mend its lanterns for a year."
SEEN = "The roof leaks over the till, so the till has learned to swim."


@pytest.fixture(params=["double", "canon"])
async def shield(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Shield]:
    if request.param == "double":
        yield PhraseShield([LATER], "later_scene")
        return
    async with open_store(settings_of(tmp_path / "data")) as store:
        await import_small_show(store, tmp_path / "show")
        stage = make_stage(store)
        release = await store.catalogue.published(SHOW)
        await stage.memory.index(release)
        yield BoundShield(stage.shield, release, Viewpoint("TAMSIN", 2), "Tamsin Orr")


@pytest.mark.parametrize("statement", ["", " ", "Mind the step.", SEEN, "小心台阶。", "\ud800 \0"])
async def test_what_gives_nothing_away_may_be_said(shield: Shield, statement: str) -> None:
    assert await shield(statement) == Verdict(True)


@pytest.mark.parametrize("statement", [LATER, LATER.upper(), f"Well then. {LATER}"[11:]])
async def test_what_is_said_later_is_refused_by_a_rule_and_never_by_its_words(shield: Shield, statement: str) -> None:
    verdict = await shield(statement)
    assert verdict == Verdict(False, "later_scene")
    assert not set(verdict.rule.split("_")) & {word.strip(".").casefold() for word in LATER.split()}


async def test_the_same_statement_has_the_same_verdict_again(shield: Shield) -> None:
    assert [await shield(LATER) for _ in range(2)] == [Verdict(False, "later_scene")] * 2
