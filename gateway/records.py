"""What the gateway keeps: conversations, turns and the place of an event in a log. Plain values, no storage."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from gateway.events import TurnStatus
from gateway.protocol import Mode
from persona.relationship import Rapport

TurnState = Literal["running"] | TurnStatus
Standing = Literal["running", "unwanted", "ended"]
"""What may still be done to a turn: go on; be ended, for its fan asked for that; nothing."""


@dataclass(frozen=True, slots=True)
class Conversation:
    """A fan's one conversation with a character or two, in a mode. It keeps the canon and the sheets it began with."""

    id: str
    fan: str
    show: str
    character: str
    mode: Mode
    locale: str
    release_version: int
    sheet_version: int
    epoch: str
    head_seq: int
    horizon_cap: int | None
    """How far the fan asked to be taken to have watched, when that was less than what the host app said."""
    created_at_ms: int
    disclosed_at_ms: int = 0
    """When the fan was last told here that this is an AI."""
    disclosed_aloud_at_ms: int = 0
    """When a voice last said so; 0 when none ever did."""
    partner: str = ""
    """Of a scene: who else is there. The two stand in the order of their slugs, so that a pair has one conversation."""
    partner_version: int = 0

    @property
    def performed(self) -> tuple[tuple[str, int], ...]:
        """The slug and the sheet's version of everybody who speaks in it."""
        first = (self.character, self.sheet_version)
        return (first, (self.partner, self.partner_version)) if self.partner else (first,)

    @property
    def characters(self) -> tuple[str, ...]:
        """The slugs of everybody who speaks in it."""
        return tuple(slug for slug, _ in self.performed)

    @property
    def is_played(self) -> bool:
        """Whether it is one of the fan's talks with them; in a what-if nobody has met the fan."""
        return self.mode != "what_if"


@dataclass(frozen=True, slots=True)
class PersonaVersion:
    """The models of one version, first asked first. `number` counts from 1 for the installation."""

    number: int
    models: tuple[str, ...]
    author: str
    approver: str
    published_at_ms: int


@dataclass(frozen=True, slots=True)
class Turn:
    """One message and its reply. `owner` is the process that performs it."""

    id: str
    conversation: str
    fan: str
    client_msg_id: str
    body_hash: str
    """Over conversation, text and voice: the same message id with another body is a conflict."""
    state: TurnState
    first_seq: int
    """Of its `message.accepted`."""
    owner: str
    horizon: int
    created_at_ms: int
    replaces: str | None = None
    """The turn whose reply this one's is given in place of."""
    persona_version: int | None = None
    """Which models play it; None where nobody publishes any."""


@dataclass(frozen=True, slots=True)
class Logged:
    """An event as it stands in a conversation's log; `wire` is the JSON text that is sent, byte for byte."""

    conversation: str
    epoch: str
    seq: int
    turn: str
    type: str
    wire: str


@dataclass(frozen=True, slots=True)
class RapportKept:
    """How a character stands with a fan, and when that last moved."""

    show: str
    character: str
    rapport: Rapport
    moved_at_ms: int


@dataclass(frozen=True, slots=True)
class TurnReport:
    """What a fan reported about a reply."""

    turn: str
    fan: str
    reason: str
    note: str
    justified: bool
    """Whether the reply was found to break the story when it was looked at again."""
    refunded: int
    """Credits that came back for it."""
    at_ms: int


@dataclass(frozen=True, slots=True)
class TurnMessages:
    """One turn as the list of messages shows it."""

    turn: str
    state: TurnState
    receipt: str | None
    """The JSON of the receipt in `reply.done`; None until then."""
    replaces: str | None = None
    heard_chars: int | None = None
    """How much of the reply a fan had heard who stopped it while it was read aloud."""
