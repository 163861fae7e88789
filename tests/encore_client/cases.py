"""The cases of `tests/data/protocol-cases/`: what goes in, what a client does, and what it then knows.

A case is JSON: `steps`, each with one of `connected` (the id of its hello), `say`, `cancel`, `stop`, `take` (an event
from the server) or `closed` (a code), and what it answers, `effects` or `next`; at the end the whole `state`.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, assert_never

from tests.encore_client.follower import Close, Effect, Event, Follower, Load, Reply, Send

CASES = Path(__file__).resolve().parents[1] / "data" / "protocol-cases"
Case = dict[str, Any]


def every_case() -> list[Case]:
    """All of them, by name."""
    return [json.loads(path.read_text("utf-8")) for path in sorted(CASES.glob("*.json"))]


def step(follower: Follower, one: Case) -> Case:
    """What the follower answers to a step, as the case writes it."""
    match one:
        case {"closed": code}:
            then = follower.closed(code)
            return {"next": {"do": then.do, "after_ms": then.after_ms}}
        case {"take": event}:
            effects = follower.take(event)
        case {"connected": event_id}:
            effects = follower.connected(event_id)
        case {"say": said}:
            effects = follower.say(said["id"], said["client_msg_id"], said["conversation"], said["text"])
        case {"cancel": cancelled}:
            effects = follower.cancel(cancelled["id"], cancelled["turn"])
        case {"stop": True}:
            effects = follower.stop()
        case _:
            raise ValueError(f"no step: {sorted(one)}")
    return {"effects": [_plain(effect) for effect in effects]}


def state_of(follower: Follower) -> Case:
    """What the follower knows, as a case writes it."""
    return {
        "phase": follower.phase,
        "places": {name: {"epoch": epoch, "seq": seq} for name, (epoch, seq) in follower.places.items()},
        "replies": {turn: _plain_reply(reply) for turn, reply in follower.replies.items()},
        "wallet": follower.wallet,
        "errors": follower.errors,
        "unanswered": list(follower.unanswered),
        "cancelling": list(follower.cancelling),
    }


def _plain_reply(reply: Reply) -> Event:
    told = {name: getattr(reply, name) for name in ("conversation", "text", "state", "status", "code", "charged")}
    of_a_scene = {name: value for name in ("speaker", "parts") if (value := getattr(reply, name))}
    return told | of_a_scene


def _plain(effect: Effect) -> Case:
    match effect:
        case Send(event):
            return {"send": event}
        case Close(code):
            return {"close": code}
        case Load(conversation):
            return {"load": conversation}
        case _:
            assert_never(effect)
