"""Deltas made into fewer: the same words, and no gap."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from gateway.coalescing import WIRE_CHARS_MAX, coalesced
from tests.gateway.frames import hold_against_schema

PLACE = {"conversation": "c", "epoch": "e"}


def wires(steps: list[tuple[str, str]]) -> list[str]:
    """Events of a log from seq 1 on: a delta with its text, or a change of state; each with its turn."""
    found, offsets = [], dict[str, int]()
    for seq, (turn, text) in enumerate(steps, start=1):
        event: dict[str, Any] = {"id": f"i{seq}", **PLACE, "seq": seq, "turn": turn}
        if text:
            event |= {"type": "reply.delta", "offset": offsets.get(turn, 0), "text": text}
            offsets[turn] = offsets.get(turn, 0) + len(text)
        else:
            event |= {"type": "turn.status", "state": "thinking"}
        found.append(json.dumps(event))
    return found


STEPS = st.lists(st.tuples(st.sampled_from(["t1", "t2"]), st.text(max_size=12)), max_size=40)


@given(STEPS)
def test_no_word_is_lost_and_no_gap_is_left(steps: list[tuple[str, str]]) -> None:
    sent = [json.loads(wire) for wire in coalesced(wires(steps))]
    place, texts = 0, {"t1": "", "t2": ""}
    for event in sent:
        hold_against_schema(event)
        assert event.get("from_seq", event["seq"]) == place + 1
        place = event["seq"]
        if event["type"] == "reply.delta":
            assert event["offset"] == len(texts[event["turn"]])
            texts[event["turn"]] += event["text"]
    assert place == len(steps)
    assert texts == {turn: "".join(text for of, text in steps if of == turn) for turn in texts}


def test_neighbours_become_one_with_the_last_ones_name() -> None:
    (event,) = (json.loads(wire) for wire in coalesced(wires([("t1", "Mind "), ("t1", "the "), ("t1", "step.")])))
    assert (event["id"], event["seq"], event["from_seq"], event["offset"]) == ("i3", 3, 1, 0)
    assert event["text"] == "Mind the step."


def test_a_delta_that_stands_alone_stays_as_it_is() -> None:
    before = wires([("t1", "Mind "), ("t1", ""), ("t2", "the step.")])
    assert [json.loads(wire) for wire in coalesced(before)] == [json.loads(wire) for wire in before]


def test_a_coalesced_delta_stays_small_enough_for_a_slow_reader() -> None:
    sent = coalesced(wires([("t1", "x" * 500)] * 40))
    assert len(sent) > 2
    assert max(map(len, sent)) <= WIRE_CHARS_MAX + 200


def test_words_of_two_speakers_stay_apart() -> None:
    deltas = [json.loads(wire) for wire in wires([("t1", "Mind "), ("t1", "it."), ("t1", "No. "), ("t1", "Yes.")])]
    for number, delta in enumerate(deltas):
        delta["speaker"] = "tamsin" if number < 2 else "gideon"
    joined = [json.loads(wire) for wire in coalesced([json.dumps(delta) for delta in deltas])]
    assert [(one["speaker"], one["text"]) for one in joined] == [("tamsin", "Mind it."), ("gideon", "No. Yes.")]
