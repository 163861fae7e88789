"""What a client may send in `encore.v1`, as types, and how a frame becomes one of them.

Source: docs/protocol.md. Parsing gives one typed event or one typed refusal; nothing here knows a socket. What a client
gets is in `gateway/events.py`.
"""

from __future__ import annotations

import json
import math
import re
import unicodedata
from typing import Annotated, Any, Literal, TypeGuard

from pydantic import (
    AfterValidator,
    BaseModel,
    ConfigDict,
    Field,
    StrictBool,
    StrictFloat,
    StrictInt,
    StrictStr,
    StringConstraints,
    TypeAdapter,
    ValidationError,
)

from gateway.errors import InvalidEvent, NotAnEvent

PROTOCOL = "encore.v1"
PROTOCOL_CHARS_MAX = 64
FRAME_BYTES_MAX = 16 * 1024
NESTING_MAX = 32
TEXT_CHARS_MAX = 2_000
RESUME_MARKS_MAX = 64
EVENT_ID_CHARS_MAX = 64
COUNT_MAX = 2**53 - 1
"""The largest integer that every JSON client holds exactly."""

_UUID = re.compile(r"[0-9a-fA-F]{8}-?([0-9a-fA-F]{4}-?){3}[0-9a-fA-F]{12}")
_ULID = re.compile(r"[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}")
_BRACKETS = re.compile(r'"(?:[^"\\]|\\.)*"?|[\[\]{}]', re.DOTALL)
"""A string without an end runs to the frame's end: so the search is linear, and the decoder refuses it anyway."""
_DIGITS_MAX = 400
"""A whole number of more digits is no number that any field takes; Python would not even read a long enough one."""


def _message_id(value: str) -> str:
    if not (_UUID.fullmatch(value) or _ULID.fullmatch(value)):
        raise ValueError("must be a UUID or a ULID")
    return value


_UNSEEN = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and symbols that are drawn as nothing: the Hangul fillers and the empty Braille cell."""


def _seen(character: str) -> bool:
    """Whether a character shows anything by itself: spaces, controls, joiners and marks do not."""
    category = unicodedata.category(character)
    return category[0] not in "ZM" and category not in ("Cc", "Cf") and character not in _UNSEEN


def _words(value: str) -> str:
    if "\0" in value or not any(map(_seen, value)):
        raise ValueError("must have words in it")
    return value


def _plain(value: str) -> str:
    if "\0" in value:
        raise ValueError("must be plain text")
    return value


def _finite(value: float) -> float:
    if not math.isfinite(value):
        raise ValueError("must be a finite number")
    return value


Name = Annotated[StrictStr, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
Count = Annotated[StrictInt, Field(ge=0, le=COUNT_MAX)]
EventId = Annotated[StrictStr, StringConstraints(min_length=1, max_length=EVENT_ID_CHARS_MAX)]
MessageId = Annotated[StrictStr, AfterValidator(_message_id)]
ReportReason = Annotated[StrictStr, StringConstraints(min_length=1, max_length=32, pattern=r"^[^\x00-\x1f]*$")]
ReportNote = Annotated[StrictStr, StringConstraints(max_length=TEXT_CHARS_MAX), AfterValidator(_plain)]
FanText = Annotated[StrictStr, StringConstraints(max_length=TEXT_CHARS_MAX), AfterValidator(_words)]
Locale = Annotated[
    StrictStr,
    StringConstraints(max_length=35, pattern=r"^([A-Za-z]{2,8}(-[A-Za-z0-9]{1,8})*|[xXiI](-[A-Za-z0-9]{1,8})+)$"),
]
"""The shape of a language tag, BCP 47 (RFC 5646, section 2.1); whether its parts are registered is not looked at."""
Mode = Literal["canon", "what_if", "scene"]
Partner = Annotated[Name | None, Field(alias="with")]
"""Who else is there: given in a scene, and in nothing else."""


class ClientFrame(BaseModel):
    """Base of everything a client sends; unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True)

    id: EventId | None = None


class ResumeMark(BaseModel):
    """Where a client stands in one conversation's log."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    conversation: Name
    epoch: Name
    seq: Count


class Hello(ClientFrame):
    """The first event on every socket."""

    type: Literal["hello"]
    protocol: Annotated[StrictStr, StringConstraints(max_length=PROTOCOL_CHARS_MAX)]
    client: Annotated[StrictStr, StringConstraints(max_length=200)] = ""
    resume: Annotated[tuple[ResumeMark, ...], Field(max_length=RESUME_MARKS_MAX)] = ()


class ConversationOpen(ClientFrame):
    """Open (again) the fan's conversation with a character, or with two in a scene."""

    type: Literal["conversation.open"]
    show: Name
    character: Name
    locale: Locale | None = None
    mode: Mode = "canon"
    partner: Partner = None
    horizon: Count | None = None


class MessageSend(ClientFrame):
    """Say something; `client_msg_id` is the idempotency key everywhere."""

    type: Literal["message.send"]
    client_msg_id: MessageId
    conversation: Name
    text: FanText
    voice: StrictBool = False


class TurnCancel(ClientFrame):
    """Stop a reply under way."""

    type: Literal["turn.cancel"]
    turn: Name
    heard_ms: Count | None = None


class TurnRegenerate(ClientFrame):
    """Ask for another reply in place of the last one; `client_msg_id` as in message.send."""

    type: Literal["turn.regenerate"]
    client_msg_id: MessageId
    turn: Name


class TurnReport(ClientFrame):
    """Say what is wrong with a reply."""

    type: Literal["turn.report"]
    turn: Name
    reason: ReportReason
    note: ReportNote = ""


class Typing(ClientFrame):
    """The fan is typing; nothing is answered."""

    type: Literal["typing"]
    conversation: Name


class Ping(ClientFrame):
    """For clients that cannot see WebSocket pings."""

    type: Literal["ping"]
    t: Annotated[StrictInt, Field(ge=-COUNT_MAX, le=COUNT_MAX)] | Annotated[StrictFloat, AfterValidator(_finite)]


ClientEvent = Hello | ConversationOpen | MessageSend | TurnCancel | TurnRegenerate | TurnReport | Typing | Ping
_CLIENT_EVENT: TypeAdapter[ClientEvent] = TypeAdapter(Annotated[ClientEvent, Field(discriminator="type")])


def parse(frame: str) -> ClientEvent:
    """One text frame as an event.

    Raises NotAnEvent for what is not one JSON object or is nested deeper than NESTING_MAX (the socket closes), and
    InvalidEvent, with the field, for an object that is no valid event (the socket stays).
    """
    if _nesting(frame) > NESTING_MAX:
        raise NotAnEvent("it is nested too deeply")
    try:
        value: Any = json.loads(frame, parse_constant=_no_constant, parse_int=_whole)
    except ValueError as error:
        raise NotAnEvent("it is not JSON") from error
    if not isinstance(value, dict):
        raise NotAnEvent("it is not a JSON object")
    reference = value.get("id")
    if (later := _other_hello(value)) is not None:
        return later
    try:
        return _CLIENT_EVENT.validate_python(value)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False, include_context=False)[0]
        raise InvalidEvent(
            field=_field(first["loc"], first["type"]),
            ref=reference if _is_event_id(reference) else None,
        ) from error


def _other_hello(value: dict[str, Any]) -> Hello | None:
    """The hello of another version of the protocol; what else such a hello says is not for this version to judge."""
    protocol = value.get("protocol")
    if value.get("type") != "hello" or not isinstance(protocol, str):
        return None
    if protocol == PROTOCOL or len(protocol) > PROTOCOL_CHARS_MAX:
        return None
    reference = value.get("id")
    return Hello.model_construct(
        id=reference if _is_event_id(reference) else None, type="hello", protocol=protocol, client="", resume=()
    )


def _is_event_id(value: object) -> TypeGuard[str]:
    return isinstance(value, str) and len(value) <= EVENT_ID_CHARS_MAX and value.isprintable()


def _whole(digits: str) -> int | float:
    return int(digits) if len(digits) <= _DIGITS_MAX else math.inf


def _no_constant(name: str) -> float:
    raise ValueError(f"{name} is not JSON")


def _nesting(frame: str) -> int:
    """The deepest nesting of brackets outside strings; JSON decoders recurse, so this is known before one runs."""
    depth = deepest = 0
    for match in _BRACKETS.finditer(frame):
        token = match.group()
        if token in "[{":
            depth += 1
            deepest = max(deepest, depth)
        elif token in "]}":
            depth -= 1
    return deepest


def _field(location: tuple[int | str, ...], kind: str) -> str:
    """The wire name of the wrong field; the union's tag and indexes are ours, not the client's."""
    if kind in ("union_tag_invalid", "union_tag_not_found"):
        return "type"
    names = [part for part in location[1:] if isinstance(part, str) and part.isidentifier()]
    return names[0] if names else "type"
