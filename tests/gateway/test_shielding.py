"""What was said aloud in a scene may be taken up there; what was not stays unknown to who does not know it."""

from __future__ import annotations

from typing import cast

import pytest

from characters.release import ReleaseId
from gateway.shielding import BoundShield
from memory.exposure import LATER_FACT, NOT_KNOWN
from memory.shield import CanonShield
from memory.types import Viewpoint

ALOUD = ("I burnt the deed of the lane, Tamsin.",)


class Refuses:
    """A canon's shield that finds every text at fault, by one rule."""

    def __init__(self, rule: str) -> None:
        self.rule = rule

    async def review(self, *_about: object, **_how: object) -> str:
        """See CanonShield."""
        return self.rule


def shield(rule: str, aloud: tuple[str, ...] = ALOUD) -> BoundShield:
    canon = cast(CanonShield, Refuses(rule))
    return BoundShield(canon, ReleaseId("the-roof", 1), Viewpoint("TAMSIN", 2), "Tamsin Orr", aloud=aloud)


@pytest.mark.parametrize(
    ("statement", "allowed"),
    [
        ("You burnt the deed?", True),
        ("So you burnt the deeds of the lane.", True),
        ("You burnt the deed, and the letters with it.", False),
        ("Ottilie burnt the deed.", False),
    ],
)
async def test_what_was_heard_may_be_said_in_the_same_words_only(statement: str, allowed: bool) -> None:
    verdict = await shield(NOT_KNOWN)(statement)
    assert (verdict.allowed, verdict.rule) == (allowed, "" if allowed else NOT_KNOWN)


async def test_what_lies_ahead_is_refused_whoever_said_it_before() -> None:
    assert not (await shield(LATER_FACT)("You burnt the deed?")).allowed


async def test_where_nothing_was_said_aloud_nothing_is_allowed_for_it() -> None:
    assert not (await shield(NOT_KNOWN, ())("You burnt the deed?")).allowed
    assert not (await shield(NOT_KNOWN, ("",))("And then?")).allowed
