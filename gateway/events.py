"""What a server sends in `encore.v1`, as types: control events, and the events that stand in a conversation's log.

Source: docs/protocol.md. What a client sends is in `gateway/protocol.py`.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, TypeAdapter

from gateway.protocol import FRAME_BYTES_MAX, TEXT_CHARS_MAX

TurnStatus = Literal["completed", "cancelled", "failed", "refused"]
SpeakingState = Literal["recalling", "thinking", "speaking"]


class ServerFrame(BaseModel):
    """Base of everything a server sends. A field that is None is not sent."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    id: str
    type: str

    def wire(self) -> str:
        """The JSON text of this event."""
        return self.model_dump_json(exclude_none=True)


class Credits(BaseModel):
    """Credits by kind."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: int
    voice: int


class WalletView(BaseModel):
    """A fan's credits as the widget shows them."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    available: int
    held: int


class ReceiptView(BaseModel):
    """What a turn cost."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    id: str
    charged: Credits
    price_version: str
    refunded: int | None = None


class SourceView(BaseModel):
    """A scene that was recalled for a reply."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    episode: int
    scene: int
    quote: str


class Disclosure(BaseModel):
    """The fan is talking with an AI."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: str
    policy: str


class LimitsView(BaseModel):
    """What the server takes, so that a client need not find out."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    frame_bytes_max: int = FRAME_BYTES_MAX
    text_chars_max: int = TEXT_CHARS_MAX
    sockets_max: int
    messages_a_minute: int
    """In the long run, of one fan; more is answered with `rate_limited` and the time to wait."""
    frames_a_minute: int
    """In the long run, on one socket; who goes on sending more is closed with 4013."""


class ResumedView(BaseModel):
    """Whether one conversation goes on where the client left it."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    conversation: str
    recovered: bool
    from_: int | None = Field(default=None, alias="from")
    to: int | None = None


class Welcome(ServerFrame):
    """The answer to hello."""

    type: Literal["welcome"] = "welcome"
    session: str
    heartbeat_s: float
    limits: LimitsView
    server_time: str
    wallet: WalletView
    disclosure: Disclosure
    model: str
    """Which model is at work, as a fan may read it."""
    resumed: tuple[ResumedView, ...]


class CharacterView(BaseModel):
    """A character of a conversation."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    slug: str | None = None
    """Only in a scene: what says in its events who speaks."""
    name: str
    version: int
    avatar: str | None


class PartView(BaseModel):
    """What one character says in a scene's reply: its code points from `from` to `to`."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    speaker: str
    from_: int = Field(alias="from")
    to: int


class PriceView(BaseModel):
    """What the next message costs."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    text: int
    voice: int
    currency_hint: str | None
    """What text and voice together cost in money."""
    text_hint: str | None = None
    """What the text alone costs in money, where a voice costs more."""


class TurnReported(ServerFrame):
    """A report is kept; `refunded` credits came back for it, if any."""

    type: Literal["turn.reported"] = "turn.reported"
    turn: str
    refunded: int | None = None


class ConversationOpened(ServerFrame):
    """`seq` (with `epoch`) is the head of the log: the next log event here is `seq` + 1."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    type: Literal["conversation.opened"] = "conversation.opened"
    conversation: str
    epoch: str
    seq: int
    character: CharacterView
    partner: CharacterView | None = Field(default=None, alias="with")
    """Who else is there, in a scene."""
    horizon: int
    greeting: str
    mode: Literal["what_if", "scene"] | None = None
    """Present where nothing that is said is canon, and where two characters are there."""
    speaks: Literal[True] | None = None
    """Replies can be read aloud, at `price.voice`; absent where they cannot."""
    price: PriceView
    disclosure: Disclosure | None = None
    """That this is an AI: only over plain HTTP, where no welcome has told it."""


class ReplySnapshot(ServerFrame):
    """The text of a reply under way, in place of its deltas up to `through_seq`."""

    type: Literal["reply.snapshot"] = "reply.snapshot"
    conversation: str
    turn: str
    text: str
    parts: tuple[PartView, ...] | None = None
    """Who said what of it, in a scene."""
    epoch: str
    through_seq: int
    state: SpeakingState


class Pong(ServerFrame):
    """The answer to ping."""

    type: Literal["pong"] = "pong"
    t: int | float


class Goodbye(ServerFrame):
    """The server drains; come back after this time."""

    type: Literal["goodbye"] = "goodbye"
    reconnect_in_ms: int


ErrorClass = Literal[
    "invalid_request",
    "auth",
    "forbidden",
    "rate_limited",
    "insufficient_credits",
    "conflict",
    "upstream_model",
    "upstream_voice",
    "overloaded",
    "internal",
]


class ErrorBody(BaseModel):
    """An error as any surface shows it: in a frame, or under `error` in an HTTP answer."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    code: str
    class_: ErrorClass = Field(alias="class")
    retryable: bool
    message: str
    trace_id: str
    retry_after_ms: int | None = None
    ref: str | None = None
    turn: str | None = None
    field: str | None = None
    needed: int | None = None
    available: int | None = None
    packs: tuple[dict[str, Any], ...] | None = None


class ErrorEvent(ErrorBody, ServerFrame):
    """Something the client asked for was refused; nothing of it was done."""

    model_config = ConfigDict(extra="forbid", frozen=True, populate_by_name=True, serialize_by_alias=True)

    type: Literal["error"] = "error"


# What stands in a conversation's log


class LogEvent(ServerFrame):
    """Base of log events; `epoch` and `seq` are given when the event is appended, before anybody sees it."""

    conversation: str = ""
    epoch: str = ""
    seq: int = 0
    turn: str


class MessageAccepted(LogEvent):
    """A turn begins."""

    type: Literal["message.accepted"] = "message.accepted"
    client_msg_id: str
    hold: Credits
    replaces: str | None = None
    """The turn whose reply this one's is given in place of."""


class TurnStatusEvent(LogEvent):
    """What the character is doing."""

    type: Literal["turn.status"] = "turn.status"
    state: SpeakingState
    speaker: str | None = None
    """Who does, in a scene."""


class ReplyDelta(LogEvent):
    """More text; `offset` counts code points of the reply before it."""

    type: Literal["reply.delta"] = "reply.delta"
    offset: int
    text: str
    speaker: str | None = None
    """Whose words they are, in a scene; absent for what no character says."""
    from_seq: int | None = None


class HelpView(BaseModel):
    """Where help is."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    name: str
    contact: str


class SafetyNotice(LogEvent):
    """The play has stopped: what follows is not the character's, and it names where help is."""

    type: Literal["safety.notice"] = "safety.notice"
    kind: Literal["crisis"]
    text: str
    resources: tuple[HelpView, ...]


class DisclosureEvent(LogEvent):
    """The fan is told again that this is an AI."""

    type: Literal["disclosure"] = "disclosure"
    text: str


class WalletLow(LogEvent):
    """What is left does not buy another message."""

    type: Literal["wallet.low"] = "wallet.low"
    available: int
    next_price: int


class RapportView(BaseModel):
    """How a character stands with the fan, each from 0 to 100."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    familiarity: int
    warmth: int
    trust: int


class ConversationUpdated(LogEvent):
    """What the fan said has changed how the character stands with them."""

    type: Literal["conversation.updated"] = "conversation.updated"
    relationship: RapportView
    character: str | None = None
    """With whom, in a scene."""


class ReplyDone(LogEvent):
    """A turn ends, exactly once."""

    type: Literal["reply.done"] = "reply.done"
    status: TurnStatus
    text_sha256: str
    receipt: ReceiptView
    wallet: WalletView
    sources: tuple[SourceView, ...]
    code: str | None = None


AnyLogEvent = (
    MessageAccepted
    | DisclosureEvent
    | TurnStatusEvent
    | SafetyNotice
    | ReplyDelta
    | ConversationUpdated
    | WalletLow
    | ReplyDone
)
_LOG_EVENT: TypeAdapter[AnyLogEvent] = TypeAdapter(Annotated[AnyLogEvent, Field(discriminator="type")])


def parse_log_event(wire: str) -> AnyLogEvent:
    """A stored log event, as it was."""
    return _LOG_EVENT.validate_json(wire)
