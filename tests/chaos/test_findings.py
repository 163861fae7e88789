"""Each law of the chaos run can fail: evidence in which all is well, and what is found once one thing is not."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from tests.chaos.evidence import (
    EntryRow,
    Evidence,
    FanSaw,
    HoldRow,
    LotRow,
    OrderRow,
    PaidRow,
    Price,
    TurnRow,
)
from tests.chaos.findings import findings
from tests.chaos.plan import Errand
from tests.chaos.till_findings import till_findings
from tests.gateway.client import Event, sha256_of

FAN = "demo/fan-00"
WORDS = ("You ask as fan-00 m00 does.", " The roof leaks over the till.")


def errand(number: int) -> Errand:
    return Errand("fan-00", number, "tamsin", f"m{number}", drops=(), cancel_after=None, twin=False)


def log_of(turn: str, message: str, first: int, status: str, words: tuple[str, ...], charged: int) -> list[Event]:
    deltas, offset = [], 0
    for word in words:
        deltas.append({"type": "reply.delta", "offset": offset, "text": word})
        offset += len(word)
    events: list[dict[str, Any]] = [
        {"type": "message.accepted", "client_msg_id": message},
        *deltas,
        {
            "type": "reply.done",
            "status": status,
            "text_sha256": sha256_of("".join(words)),
            "receipt": {"charged": {"text": charged, "voice": 0}, "price_version": "opening"},
        },
    ]
    return [{"turn": turn, "epoch": "e", "seq": first + n, **event} for n, event in enumerate(events)]


LOG = (
    *log_of("t0", "m0", 1, "completed", WORDS, 2),
    *log_of("t1", "m1", 5, "failed", WORDS[:1], 0),
    *log_of("t2", "m2", 8, "cancelled", (), 0),
)
WELL = Evidence(
    granted={FAN: 10},
    errands={FAN: (errand(0), errand(1), errand(2), errand(3))},
    saw={
        FAN: FanSaw(
            logs={"c": {event["seq"]: event for event in LOG}},
            turns={"m0": frozenset({"t0"}), "m1": frozenset({"t1"}), "m2": frozenset({"t2"}), "m3": frozenset()},
            refused=frozenset({"m3"}),
        )
    },
    prices={"opening": Price(2, 0), "raised": Price(3, 1_000)},
    turns=(
        TurnRow("t0", "c", FAN, "m0", "completed"),
        TurnRow("t1", "c", FAN, "m1", "failed"),
        TurnRow("t2", "c", FAN, "m2", "cancelled"),
    ),
    holds=(
        HoldRow("t0", "text", "captured", 2, "opening", 500),
        HoldRow("t1", "text", "voided", 0, "opening", 600),
        HoldRow("t2", "text", "voided", 0, "opening", 700),
    ),
    entries=(
        EntryRow("grant", FAN, None, None, 10),
        EntryRow("capture", FAN, "t0", None, -2),
        EntryRow("purchase", FAN, None, "o0", 100),
        EntryRow("purchase_refund", FAN, None, "o0", -50),
    ),
    wallets={FAN: (58, 0)},
    logs={"c": LOG},
    orders=(OrderRow("o0", FAN, 100, 0, "paid"), OrderRow("o1", FAN, 5, 0, "open")),
    lots=(LotRow("o0", "purchased", 100, 0, 0, 50),),
    paid={"o0": PaidRow(99, 50)},
)


def found(evidence: Evidence) -> list[str]:
    return [*findings(evidence), *till_findings(evidence)]


def in_log(seq: int, **changes: object) -> Callable[[Evidence], Evidence]:
    """The same event changed in the log and in what the fan holds: only the law about it is broken."""

    def changed(well: Evidence) -> Evidence:
        log = tuple({**event, **changes} if event["seq"] == seq else event for event in well.logs["c"])
        return replace(well, logs={"c": log}, saw={FAN: replace(well.saw[FAN], logs=held(log))})

    return changed


def held(log: tuple[Event, ...]) -> dict[str, dict[int, Event]]:
    return {"c": {event["seq"]: event for event in log}}


def without_event(seq: int) -> Callable[[Evidence], Evidence]:
    def changed(well: Evidence) -> Evidence:
        log = tuple(event for event in well.logs["c"] if event["seq"] != seq)
        return replace(well, logs={"c": log}, saw={FAN: replace(well.saw[FAN], logs=held(log))})

    return changed


def saw(**changes: Any) -> Callable[[Evidence], Evidence]:
    return lambda well: replace(well, saw={FAN: replace(well.saw[FAN], **changes)})


def row(field: str, number: int, **changes: Any) -> Callable[[Evidence], Evidence]:
    def changed(well: Evidence) -> Evidence:
        rows = list(getattr(well, field))
        rows[number] = replace(rows[number], **changes)
        return with_rows(well, field, rows)

    return changed


def more(field: str, *rows: object) -> Callable[[Evidence], Evidence]:
    return lambda well: with_rows(well, field, [*getattr(well, field), *rows])


def with_rows(well: Evidence, field: str, rows: list[Any]) -> Evidence:
    changes: dict[str, Any] = {field: tuple(rows)}
    return replace(well, **changes)


BROKEN: dict[str, tuple[Callable[[Evidence], Evidence], str]] = {
    "a hole in the log": (without_event(2), "not contiguous"),
    "another epoch": (in_log(2, epoch="f"), "two epochs"),
    "a turn without an end": (without_event(9), "ended 0 times"),
    "something after the end": (in_log(7, type="turn.status"), "ended 0 times"),
    "a wrong hash": (in_log(4, text_sha256="0"), "the hash is not"),
    "words that were changed": (in_log(3, text=" The roof leaks under the till."), "the hash is not"),
    "an offset that is off": (in_log(3, offset=1), "a delta is at 1"),
    "a status that differs": (row("turns", 0, state="cancelled"), "its log says completed"),
    "a log of no turn": (in_log(2, turn="t9"), "t9 is in a log and is no turn"),
    "the words of somebody else": (in_log(2, text="You ask as fan-07 m00 does."), "fan-07"),
    "an open hold": (row("holds", 1, status="open"), "hold of t1 is open"),
    "a reply charged twice": (more("entries", EntryRow("capture", FAN, "t0", None, -2)), "captured 2 times"),
    "a failed reply charged": (more("entries", EntryRow("capture", FAN, "t1", None, -2)), "t1 (failed) owes 0"),
    "a delivered reply not charged": (row("entries", 1, turn=None), "captured 0 times"),
    "another price than was pinned": (row("entries", 1, to_fan=-3), "the journal has 3"),
    "a price of the future": (row("holds", 0, price_version="raised"), "opening was in force"),
    "a receipt that says more": (
        in_log(4, receipt={"charged": {"text": 3}, "price_version": "opening"}),
        "its receipt says",
    ),
    "a turn without a hold": (lambda well: replace(well, holds=well.holds[1:]), "t0 has no hold"),
    "a charge for no turn": (more("entries", EntryRow("capture", FAN, "t9", None, 0)), "t9 was charged"),
    "a hold of no turn": (more("holds", HoldRow("t9", "text", "voided", 0, "opening", 1)), "t9 has a hold"),
    "a credit too few": (lambda well: replace(well, wallets={FAN: (57, 0)}), "should have 58"),
    "a credit held for ever": (lambda well: replace(well, wallets={FAN: (58, 2)}), "2 of them held"),
    "one message, two turns": (more("turns", TurnRow("t9", "c", FAN, "m0", "failed")), "m0 of demo/fan-00 has 2"),
    "a message nobody sent": (row("turns", 0, client_msg_id="m9"), "never sent m9"),
    "a refusal that left a trace": (saw(refused=frozenset({"m1"})), "was refused and has the turn"),
    "an acceptance that left none": (
        saw(turns={**WELL.saw[FAN].turns, "m3": frozenset({"t9"})}),
        "saw message m3 accepted as ['t9']",
    ),
    "a fan who missed a word": (saw(logs={"c": {}}), "holds 0 events"),
    "a law that broke before a fan's eyes": (saw(wrong=("a gap",)), "a gap"),
    "a log of somebody else's": (
        lambda well: replace(well, saw={**well.saw, "demo/x": well.saw[FAN]}, errands={**well.errands, "demo/x": ()}),
        "which is not theirs",
    ),
    "paid and not granted": (
        lambda well: replace(well, lots=(), entries=well.entries[:2], wallets={FAN: (8, 0)}),
        "should have been granted 100 credits and was 0",
    ),
    "granted and not paid": (lambda well: replace(well, paid={}), "should have been granted 0 credits"),
    "granted twice": (more("lots", LotRow("o0", "purchased", 100, 0, 0, 50)), "2 lots of purchased"),
    "booked twice": (more("entries", EntryRow("purchase", FAN, None, "o0", 0)), "1 lots and 2 bookings"),
    "an order that thinks itself unpaid": (row("orders", 0, state="open"), "the till says otherwise"),
    "money for no order": (lambda well: replace(well, paid={**well.paid, "o9": PaidRow(1, 0)}), "o9, which is no"),
    "a refund that took nothing": (row("lots", 0, remaining=100), "should have 50 left"),
    "a refund that took too much": (row("lots", 0, remaining=49), "should have 50 left"),
}


def test_where_all_is_well_nothing_is_found() -> None:
    assert found(WELL) == []


@pytest.mark.parametrize("name", BROKEN)
def test_what_is_broken_is_found(name: str) -> None:
    breaking, words = BROKEN[name]
    assert any(words in one for one in found(breaking(WELL))), found(breaking(WELL))
