"""`encore shield`: what it answers for replies that leak, for those that do not, and for lines it cannot read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.gateway.commands import Encore, one_sentence
from tests.gateway.story import SHOW, WITHHELD

SHIELD = ("shield", "--show", SHOW)
QUOTED = "You burnt it out of the books and let me mend its lanterns for a year."


def line(identity: object, text: object, *, character: object = "tamsin", episode: object = 2) -> bytes:
    return json.dumps({"id": identity, "character": character, "watched_episode": episode, "text": text}).encode()


REVIEWED: list[tuple[bytes, dict[str, object]]] = [
    (line("fine", "Mind the step."), {"id": "fine", "verdict": "allowed", "reason": None}),
    (line("empty", ""), {"id": "empty", "verdict": "allowed", "reason": None}),
    (line("name", f"{WITHHELD}, you say?"), {"id": "name", "verdict": "refused", "reason": "withheld_term"}),
    (line("seen", f"{WITHHELD}, you say?", episode=3), {"id": "seen", "verdict": "allowed", "reason": None}),
    (line(7, QUOTED), {"id": 7, "verdict": "refused", "reason": "later_scene"}),
    (line("now", QUOTED, episode=3), {"id": "now", "verdict": "allowed", "reason": None}),
    (line("human", "I am human."), {"id": "human", "verdict": "refused", "reason": "claims_human"}),
    (line("cue", "Mind the step.", character="GIDEON", episode=0), {"id": "cue", "verdict": "allowed", "reason": None}),
]
BAD: list[tuple[bytes, object]] = [
    (b"not json", None),
    (b"\xff\xfe", None),
    (b'{"id": "short", "character": "tamsin", "watched_episode": 1}', None),
    (line("typed", 7), "typed"),
    (line("true", "Hello.", episode=True), "true"),
    (line("below", "Hello.", episode=-1), "below"),
    (line("who", "Hello.", character="nobody"), "who"),
]


def test_every_line_is_reviewed_in_order_and_a_bad_one_is_told(encore: Encore, tmp_path: Path) -> None:
    lines = [text for pair in zip(REVIEWED, BAD, strict=False) for text, _ in pair] + [REVIEWED[-1][0]]
    (tmp_path / "batch.jsonl").write_bytes(b"\n".join(lines) + b"\n")
    done = encore(*SHIELD, "--batch", "batch.jsonl")
    answers = [json.loads(text) for text in done.out.splitlines()]
    assert (done.status, done.err) == (0, "")
    assert [answer for answer in answers if "error" not in answer] == [answer for _, answer in REVIEWED]
    assert [answer["id"] for answer in answers if "error" in answer] == [identity for _, identity in BAD]


def test_nothing_of_what_was_found_is_printed(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_bytes(line("a", QUOTED))
    done = encore(*SHIELD, "--batch", "batch.jsonl")
    assert done.status == 0
    assert WITHHELD not in done.out + done.err
    assert "lanterns" not in done.out + done.err


@pytest.mark.parametrize(
    "arguments", [SHIELD, (*SHIELD, "--batch", "missing.jsonl"), ("shield", "--batch", "batch.jsonl")]
)
def test_a_command_used_wrongly_says_how_it_is_used(encore: Encore, arguments: tuple[str, ...]) -> None:
    done = encore(*arguments)
    assert (done.status, done.out) == (2, "")
    assert "Usage: encore shield" in done.err


def test_a_show_that_is_not_there_is_told_in_one_sentence(encore: Encore, tmp_path: Path) -> None:
    (tmp_path / "batch.jsonl").write_bytes(line("a", "Hello."))
    one_sentence(encore("shield", "--show", "nothing", "--batch", "batch.jsonl"), "“nothing”", status=1)
