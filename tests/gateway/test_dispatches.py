"""What processes tell each other comes out as it went in, and nothing else is taken for it."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.dispatches import (
    SignOfLife,
    Told,
    Unwanted,
    pack_sign_of_life,
    pack_told,
    pack_unwanted,
    unpack,
)
from gateway.errors import NotADispatch
from gateway.records import Logged
from tests.gateway.ears import event

TEXT = st.text(st.characters(exclude_categories=["Cs"]))
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=3),
    max_leaves=12,
)
PARTS = ["c-1", "epoch-1", 1, "t-1", "reply.delta", "{}"]


@given(
    st.lists(
        st.builds(Logged, st.just("c-1"), TEXT, st.integers(min_value=0), TEXT, TEXT, TEXT), min_size=1, max_size=5
    ),
    TEXT,
)
def test_events_come_out_as_they_went_in(events: list[Logged], sender: str) -> None:
    assert unpack(pack_told(sender, events)) == Told(sender, tuple(events))


@given(TEXT)
def test_a_turn_to_stop_and_a_sign_of_life_come_out_as_they_went_in(turn: str) -> None:
    assert unpack(pack_unwanted(turn)) == Unwanted(turn)
    assert unpack(pack_sign_of_life()) == SignOfLife()


@pytest.mark.parametrize(
    "parts",
    [
        ["told", "p-1", []],
        ["told", "p-1", [PARTS[:-1]]],
        ["told", "p-1", [[*PARTS, "more"]]],
        ["told", "p-1", [["c-1", "epoch-1", "1", "t-1", "reply.delta", "{}"]]],
        ["told", "p-1", [["c-1", "epoch-1", True, "t-1", "reply.delta", "{}"]]],
        ["told", "p-1", [PARTS, ["c-2", *PARTS[1:]]]],
        ["told", "p-1", ["c-1"]],
        ["told", 1, [PARTS]],
        ["told", "p-1", [PARTS], "more"],
        ["unwanted", 7],
        ["unwanted"],
        ["alive", 1],
        ["whatever"],
        [],
        {"told": 1},
        None,
    ],
    ids=json.dumps,
)
def test_what_has_another_shape_is_no_dispatch(parts: object) -> None:
    with pytest.raises(NotADispatch):
        unpack(json.dumps(parts).encode())


@pytest.mark.parametrize("data", [b"", b"\xff", b"[", b"[" * 100_000, b"nonsense"])
def test_what_is_not_json_is_no_dispatch_and_is_not_repeated(data: bytes) -> None:
    with pytest.raises(NotADispatch) as refused:
        unpack(data)
    assert (refused.value.args, refused.value.__cause__) == ((), None)


@given(JSON)
def test_whatever_json_comes_is_a_dispatch_or_refused(parts: object) -> None:
    try:
        dispatch = unpack(json.dumps(parts).encode())
    except NotADispatch:
        return
    assert isinstance(dispatch, Told | Unwanted | SignOfLife)


def test_the_words_of_an_event_are_sent_as_they_stand_in_the_log() -> None:
    told = unpack(pack_told("p-1", [event(1)]))
    assert isinstance(told, Told)
    assert told.events[0].wire == event(1).wire
