"""The project's clients keep one set of rules: here the one in Python, in `tests/browser/` the one in JavaScript."""

from __future__ import annotations

import json
from typing import Any

import pytest

from gateway.protocol import parse
from tests.encore_client.cases import Case, every_case, state_of, step
from tests.encore_client.follower import Follower, grow
from tests.gateway.frames import hold_against_schema

CASES = every_case()


def test_there_are_cases() -> None:
    assert len(CASES) >= 25
    assert len({case["case"] for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES, ids=lambda case: str(case["case"]))
def test_a_client_does_and_knows_what_the_case_says(case: Case) -> None:
    follower = Follower(resume=case.get("resume", ()))
    for number, one in enumerate(case["steps"]):
        answered = step(follower, one)
        assert answered == {name: one[name] for name in answered}, f"step {number}"
    assert state_of(follower) == case["state"]


@pytest.mark.parametrize("case", [case for case in CASES if not case.get("unknown")], ids=lambda c: str(c["case"]))
def test_what_a_case_takes_and_sends_is_in_the_protocol(case: Case) -> None:
    for one in case["steps"]:
        if "take" in one:
            hold_against_schema(one["take"])
        for effect in one.get("effects", ()):
            if "send" in effect:
                assert _read(effect["send"]).type == effect["send"]["type"]


def _read(event: dict[str, Any]) -> Any:
    return parse(json.dumps(event))


@pytest.mark.parametrize(
    ("text", "offset", "more", "grown"),
    [("", 0, "a", "a"), ("ab", 2, "c", "abc"), ("ab", 1, "bc", "abc"), ("ab", 0, "a", "ab"), ("ab", 3, "d", None)],
)
def test_a_text_grows_only_at_its_end(text: str, offset: int, more: str, grown: str | None) -> None:
    assert grow(text, offset, more) == grown
