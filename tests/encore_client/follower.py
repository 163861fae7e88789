"""What a client of `encore.v1` knows: frames go in, and what is known and what is to be done come out.

The same rules are in `gateway/pages/widget/follower.js`, and the cases of `tests/data/protocol-cases/` hold for both.
It does no I/O and reads no clock and no chance: ids and the share of chance in a pause are arguments.

Source: docs/protocol.md.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

PROTOCOL = "encore.v1"
PAUSES_MS = (250, 500, 1000, 2000, 4000, 8000)
"""How long to wait before coming back, attempt by attempt, times 0.5 to 1.5."""
STOP_FROM = 4500
"""Close codes from here on mean: do not come back by yourself …"""
TICKET_REFUSED = 4501
"""… but for this one: come back with a new token and ticket."""
GAP = 3000
"""The client closes, because an event is missing; coming back brings it."""

Event = dict[str, Any]
Phase = Literal["away", "greeting", "open", "stopped"]


@dataclass(frozen=True, slots=True)
class Send:
    """Send this event on the socket."""

    event: Event


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket, take nothing more from it, and come back at once."""

    code: int


@dataclass(frozen=True, slots=True)
class Load:
    """The log does not go on from here: load this conversation's messages, or open it again."""

    conversation: str


Effect = Send | Close | Load


@dataclass(frozen=True, slots=True)
class Next:
    """What follows on a close. `renew`: with a new token of the host app."""

    do: Literal["reconnect", "renew", "stop"]
    after_ms: int | None = None


@dataclass(slots=True)
class Reply:
    """One turn as far as it has come. `state` is the last one told, `accepted` before it, and `ended` at last."""

    conversation: str
    text: str = ""
    state: str = "accepted"
    status: str | None = None
    code: str | None = None
    charged: Event | None = None
    speaker: str | None = None
    """Who does what `state` says, in a scene."""
    parts: list[Event] = field(default_factory=list)
    """Who says what of the text, in a scene: `{speaker, from, to}` in code points."""


@dataclass(slots=True)
class Follower:
    """The logs that a client follows, over as many sockets as it takes."""

    resume: Sequence[Event] = ()
    client: str = "encore-client/1.0"
    phase: Phase = "away"
    places: dict[str, tuple[str, int]] = field(default_factory=dict)
    replies: dict[str, Reply] = field(default_factory=dict)
    wallet: Event | None = None
    unanswered: dict[str, Event] = field(default_factory=dict)
    """`client_msg_id` -> the message, until it is answered on whichever socket."""
    cancelling: dict[str, Event] = field(default_factory=dict)
    """Turn -> its cancel, until the turn has ended."""
    errors: list[Event] = field(default_factory=list)
    attempts: int = 0
    pause_ms: int | None = None

    def __post_init__(self) -> None:
        self.places |= {mark["conversation"]: (mark["epoch"], mark["seq"]) for mark in self.resume}

    def mark(self, conversation: str) -> Event:
        """Where this client stands in a log, as `hello.resume` takes it. Raises KeyError for one it does not follow."""
        epoch, seq = self.places[conversation]
        return {"conversation": conversation, "epoch": epoch, "seq": seq}

    # What the client does

    def connected(self, event_id: str) -> list[Effect]:
        """A socket is open: say hello, with a mark for every log that is followed."""
        self.phase = "greeting"
        marks = [self.mark(conversation) for conversation in self.places]
        return [
            Send({"type": "hello", "id": event_id, "protocol": PROTOCOL, "client": self.client, "resume": marks}),
        ]

    def say(self, event_id: str, client_msg_id: str, conversation: str, text: str) -> list[Effect]:
        """Send a message now, or after the next welcome."""
        event = {
            "type": "message.send",
            "id": event_id,
            "client_msg_id": client_msg_id,
            "conversation": conversation,
            "text": text,
            "voice": False,
        }
        self.unanswered[client_msg_id] = event
        return [Send(event)] if self.phase == "open" else []

    def cancel(self, event_id: str, turn: str) -> list[Effect]:
        """Stop a reply, now or after the next welcome; nothing for one that has ended."""
        if turn in self.replies and self.replies[turn].state == "ended":
            return []
        self.cancelling[turn] = {"type": "turn.cancel", "id": event_id, "turn": turn}
        return [Send(self.cancelling[turn])] if self.phase == "open" else []

    def closed(self, code: int, chance: float = 0.5) -> Next:
        """The socket is gone (1006: nobody said why, or it never opened). `chance` is 0 to 1."""
        if self.phase == "stopped" or (code >= STOP_FROM and code != TICKET_REFUSED):
            self.phase = "stopped"
            return Next("stop")
        self.phase = "away"
        by_table = PAUSES_MS[min(self.attempts, len(PAUSES_MS) - 1)] * (0.5 + chance)
        after_ms = int(by_table) if self.pause_ms is None else self.pause_ms
        self.attempts += 1
        self.pause_ms = None
        return Next("renew" if code == TICKET_REFUSED else "reconnect", after_ms)

    def stop(self) -> list[Effect]:
        """The fan goes; nothing follows."""
        connected, self.phase = self.phase in ("greeting", "open"), "stopped"
        return [Close(1000)] if connected else []

    # What comes in

    def take(self, event: Event) -> list[Effect]:
        """One event. Unknown fields say nothing; an unknown type moves the log if it stands in it, and else nothing."""
        if self.phase not in ("greeting", "open"):
            return []  # from a socket that has been given up
        match event["type"]:
            case "welcome":
                return self._welcomed(event)
            case "goodbye":
                self.pause_ms = event["reconnect_in_ms"]
            case "error":
                self._refused(event)
            case "conversation.opened":
                self.places[event["conversation"]] = (event["epoch"], event["seq"])
            case "reply.snapshot":
                self._stand_in(event)
            case _ if "seq" in event:
                return self._follow(event)
        return []

    def _welcomed(self, event: Event) -> list[Effect]:
        self.phase, self.attempts, self.wallet = "open", 0, event.get("wallet")
        lost = [answer["conversation"] for answer in event["resumed"] if not answer["recovered"]]
        for conversation in lost:
            self.places.pop(conversation, None)
        waiting = (*self.unanswered.values(), *self.cancelling.values())
        return [*map(Load, lost), *map(Send, waiting)]

    def _refused(self, event: Event) -> None:
        for client_msg_id, message in tuple(self.unanswered.items()):
            if message["id"] == event.get("ref"):
                del self.unanswered[client_msg_id]
        for turn, cancel in tuple(self.cancelling.items()):
            if cancel["id"] == event.get("ref"):
                del self.cancelling[turn]
        if event["code"] != "turn_finished":  # the end came first, and says all there is to say
            self.errors.append(event)

    def _stand_in(self, event: Event) -> None:
        """A snapshot in place of a reply's events; one of what has gone by says nothing new."""
        epoch, seq = self.places.get(event["conversation"], (event["epoch"], 0))
        if epoch == event["epoch"] and event["through_seq"] < seq:
            return
        self.places[event["conversation"]] = (event["epoch"], event["through_seq"])
        reply = self.replies.setdefault(event["turn"], Reply(event["conversation"]))
        reply.text, reply.state = event["text"], event["state"]
        if event.get("parts"):
            reply.parts = event["parts"]
            reply.speaker = event["parts"][-1]["speaker"] if event["state"] == "speaking" else None

    def _follow(self, event: Event) -> list[Effect]:
        """One log event: dropped when it came before, asked for again when one before it is missing."""
        if event["type"] == "message.accepted":
            self.unanswered.pop(event["client_msg_id"], None)
        epoch, seq = self.places.get(event["conversation"], ("", 0))
        if epoch == event["epoch"]:
            if event["seq"] <= seq:
                return []
            first: int = event.get("from_seq") or event["seq"]
            if first > seq + 1:
                self.phase = "away"
                return [Close(GAP)]
        self.places[event["conversation"]] = (event["epoch"], event["seq"])
        return self._perform(event)

    def _perform(self, event: Event) -> list[Effect]:
        """A log event that is news, in its turn."""
        if event["type"] not in ("message.accepted", "turn.status", "reply.delta", "reply.done"):
            return []
        reply = self.replies.setdefault(event["turn"], Reply(event["conversation"]))
        if reply.state == "ended":
            return []
        reply.speaker = event.get("speaker") or reply.speaker
        match event["type"]:
            case "turn.status":
                reply.state = event["state"]
            case "reply.delta":
                grown = grow(reply.text, event["offset"], event["text"])
                if grown is None:
                    self.places.pop(event["conversation"])
                    return [Load(event["conversation"])]
                words, end = grown[len(reply.text) :], event["offset"] + len(event["text"])
                reply.parts = spoken_by(reply.parts, event.get("speaker"), words, end)
                reply.text = grown
            case "reply.done":
                reply.state, reply.status, reply.code = "ended", event["status"], event.get("code")
                reply.charged, self.wallet = event["receipt"]["charged"], event["wallet"]
                self.cancelling.pop(event["turn"], None)
        return []


def grow(text: str, offset: int, more: str) -> str | None:
    """The text with a delta in it: what is held is skipped; None where words before it are missing."""
    return None if offset > len(text) else text + more[len(text) - offset :]


def spoken_by(parts: list[Event], speaker: str | None, words: str, end: int) -> list[Event]:
    """Who says what of a scene's reply, with more words in it that end at `end`.

    The space before another's first word is nobody's, and words without a speaker are no character's.
    """
    if speaker is None or not words:
        return parts
    if parts and parts[-1]["speaker"] == speaker:
        return [*parts[:-1], {**parts[-1], "to": end}]
    first = words.lstrip()
    return [*parts, {"speaker": speaker, "from": end - len(first), "to": end}] if first else parts
