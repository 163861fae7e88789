"""One socket's side of `encore.v1`, without a socket: events in, effects out.

A session knows which conversations its client follows and up to where, so it alone decides what is a repetition, what
is news and what is a gap. It does no I/O and reads no clock; `gateway/connection.py` carries out its effects.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import assert_never

from gateway.errors import InvalidEvent
from gateway.events import Pong, ReplySnapshot
from gateway.protocol import (
    PROTOCOL,
    ClientEvent,
    ConversationOpen,
    Hello,
    MessageSend,
    Ping,
    TurnCancel,
    TurnRegenerate,
    TurnReport,
    Typing,
)
from gateway.records import Logged

CLOSE_NO_EVENT = 4505
CLOSE_UNSUPPORTED = 4506
FOLLOWED_MAX = 256
"""Conversations one socket may follow at a time; a fan has a handful."""


@dataclass(frozen=True, slots=True)
class Greet:
    """Answer hello: welcome, and resume what can be resumed."""

    hello: Hello


@dataclass(frozen=True, slots=True)
class Open:
    """Open a conversation, then attach it here."""

    event: ConversationOpen


@dataclass(frozen=True, slots=True)
class Submit:
    """Begin a turn, or find the one that this message began."""

    event: MessageSend | TurnRegenerate


@dataclass(frozen=True, slots=True)
class Report:
    """Keep what a fan says of a reply."""

    event: TurnReport


@dataclass(frozen=True, slots=True)
class Cancel:
    """Cancel a turn."""

    event: TurnCancel


@dataclass(frozen=True, slots=True)
class Send:
    """Send this text frame."""

    wire: str


@dataclass(frozen=True, slots=True)
class CatchUp:
    """Read the log of a conversation after `after`, and offer what is there."""

    conversation: str
    after: int


@dataclass(frozen=True, slots=True)
class Close:
    """Close the socket."""

    code: int


Effect = Greet | Open | Submit | Report | Cancel | Send | CatchUp | Close


@dataclass(slots=True)
class _Place:
    """How far one conversation's log has been sent here."""

    epoch: str
    seq: int


class Session:
    """The protocol state of one socket."""

    def __init__(self) -> None:
        self._greeted = False
        self._places: dict[str, _Place] = {}

    @property
    def greeted(self) -> bool:
        """Whether hello has come."""
        return self._greeted

    def receive(self, event: ClientEvent, *, pong_id: str) -> Effect | None:
        """What to do about a client's event. Raises InvalidEvent for one that may not come now."""
        if not self._greeted:
            return self._begin(event)
        match event:
            case Hello():
                raise InvalidEvent("type", event.id)
            case ConversationOpen():
                return Open(event)
            case MessageSend() | TurnRegenerate():
                return Submit(event)
            case TurnReport():
                return Report(event)
            case TurnCancel():
                return Cancel(event)
            case Ping():
                return Send(Pong(id=pong_id, t=event.t).wire())
            case Typing():
                return None
            case _:
                assert_never(event)

    def _begin(self, event: ClientEvent) -> Effect:
        if not isinstance(event, Hello):
            return Close(CLOSE_NO_EVENT)
        if event.protocol != PROTOCOL:
            return Close(CLOSE_UNSUPPORTED)
        self._greeted = True
        return Greet(event)

    def attach(self, conversation: str, epoch: str, seq: int) -> None:
        """Follow a conversation from `seq` on, which the client has. One that is followed already keeps its place."""
        place = self._places.get(conversation)
        if place is not None and place.epoch == epoch:
            return
        if place is None and len(self._places) >= FOLLOWED_MAX:
            del self._places[next(iter(self._places))]  # the one followed longest; its log can be resumed
        self._places[conversation] = _Place(epoch, seq)

    def place(self, conversation: str) -> int | None:
        """The last `seq` that was sent here; None when the conversation is not followed."""
        place = self._places.get(conversation)
        return None if place is None else place.seq

    def offer(self, events: Sequence[Logged]) -> list[Send | CatchUp]:
        """Events of one conversation, in order: what is news is sent, what is known is not, a gap is caught up with."""
        effects: list[Send | CatchUp] = []
        for event in events:
            place = self._places.get(event.conversation)
            if place is None or place.epoch != event.epoch or event.seq <= place.seq:
                continue
            if event.seq > place.seq + 1:
                effects.append(CatchUp(event.conversation, place.seq))
                break
            place.seq = event.seq
            effects.append(Send(event.wire))
        return effects

    def show(self, snapshot: ReplySnapshot) -> list[Send | CatchUp]:
        """A reply under way, in place of its events up to `through_seq`; nothing where those have been sent."""
        place = self._places.get(snapshot.conversation)
        if place is None or place.epoch != snapshot.epoch or snapshot.through_seq <= place.seq:
            return []
        place.seq = snapshot.through_seq
        return [Send(snapshot.wire())]

    def behind(self) -> list[CatchUp]:
        """Catch up with every followed conversation: for when live events were missed."""
        return [CatchUp(conversation, place.seq) for conversation, place in self._places.items()]
