"""The protocol as an AsyncAPI 3 document, made from the types that parse and write its frames.

Pure. It says nothing that the types and the tables do not: what it cannot read from them is in docs/protocol.md.
Source of the format: AsyncAPI 3.0.0; payloads are JSON Schema 2020-12 as pydantic makes it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from gateway.audio import AudioDone, AudioDropped, AudioMarks, AudioStart, VoiceDegraded
from gateway.error_codes import CLOSE_CODES
from gateway.events import (
    AnyLogEvent,
    ConversationOpened,
    ErrorEvent,
    Goodbye,
    Pong,
    ReplySnapshot,
    ServerFrame,
    TurnReported,
    Welcome,
)
from gateway.protocol import FRAME_BYTES_MAX, PROTOCOL, ClientEvent, ClientFrame

Json = dict[str, Any]

CLIENT_EVENTS: tuple[type[ClientFrame], ...] = get_args(ClientEvent)
LOG_EVENTS: tuple[type[ServerFrame], ...] = get_args(AnyLogEvent)
CONTROL_EVENTS: tuple[type[ServerFrame], ...] = (
    *(Welcome, ConversationOpened, ReplySnapshot, TurnReported, Pong, Goodbye, ErrorEvent),
    *(AudioStart, AudioMarks, AudioDone, AudioDropped, VoiceDegraded),
)
SERVER_EVENTS = (*CONTROL_EVENTS, *LOG_EVENTS)

_SCHEMAS = "#/components/schemas/"
_CHANNEL = "#/channels/realtime"


def asyncapi(version: str) -> Json:
    """The whole document. `version` is the program's."""
    closes = "\n".join(f"- {code}: {meaning}" for code, meaning in CLOSE_CODES.items())
    return {
        "asyncapi": "3.0.0",
        "info": {
            "title": f"Encore, {PROTOCOL}",
            "version": version,
            "description": "Events between a fan's client and the gateway. What they mean together, and how a client "
            f"resumes, is in docs/protocol.md.\n\nClose codes:\n\n{closes}\n",
        },
        "defaultContentType": "application/json",
        "channels": {
            "realtime": {
                "address": "/v1/realtime",
                "title": "One socket of one fan",
                "description": f"WebSocket, subprotocols `{PROTOCOL}` and `ticket.<ticket>`; one JSON object in a text "
                f"frame of at most {FRAME_BYTES_MAX} bytes.",
                "messages": {type_of(event): _message_of(event) for event in (*CLIENT_EVENTS, *SERVER_EVENTS)},
                "bindings": {"ws": {"method": "GET", "bindingVersion": "0.1.0"}},
            }
        },
        "operations": {
            "fromClient": _operation("receive", "What a client sends.", CLIENT_EVENTS),
            "control": _operation("send", "What a client gets that stands in no log.", CONTROL_EVENTS),
            "log": _operation("send", "What stands in a conversation's log, in the order of `seq`.", LOG_EVENTS),
        },
        "components": {"schemas": {**schemas(CLIENT_EVENTS), **schemas(SERVER_EVENTS)}},
    }


def type_of(event: type[BaseModel]) -> str:
    """The `type` that stands in every frame of an event."""
    (name,) = get_args(event.model_fields["type"].annotation)
    return str(name)


def schemas(events: tuple[type[BaseModel], ...]) -> dict[str, Json]:
    """The JSON schemas of these events, and of what they are made of, by the name of the type."""
    sent = issubclass(events[0], ServerFrame)
    mode: Literal["serialization", "validation"] = "serialization" if sent else "validation"
    asked: list[tuple[type[BaseModel], Literal["serialization", "validation"]]] = [(event, mode) for event in events]
    _, found = models_json_schema(asked, ref_template=_SCHEMAS + "{model}")
    definitions: dict[str, Json] = found["$defs"]
    return {name: _sent(schema) if sent else schema for name, schema in definitions.items()}


def _sent(schema: Json) -> Json:
    """A schema of what is sent: a field without a value is left out, never sent as null."""
    properties = schema.get("properties", {})
    optional = {name for name, value in properties.items() if {"type": "null"} in value.get("anyOf", ())}
    told = {name: _without_null(value) for name, value in properties.items()}
    required = [name for name in properties if name not in optional]
    return {**schema, **({"properties": told, "required": required} if properties else {})}


def _without_null(schema: Mapping[str, Any]) -> Json:
    choices = [choice for choice in schema.get("anyOf", ()) if choice != {"type": "null"}]
    rest = {key: value for key, value in schema.items() if key not in ("anyOf", "default")}
    if not choices:
        return rest
    return {**rest, **choices[0]} if len(choices) == 1 else {**rest, "anyOf": choices}


def _message_of(event: type[BaseModel]) -> Json:
    return {
        "name": type_of(event),
        "summary": " ".join((event.__doc__ or "").split()),
        "payload": {"$ref": _SCHEMAS + event.__name__},
    }


def _operation(action: str, summary: str, events: tuple[type[BaseModel], ...]) -> Json:
    messages = [{"$ref": f"{_CHANNEL}/messages/{type_of(event)}"} for event in events]
    return {"action": action, "summary": summary, "channel": {"$ref": _CHANNEL}, "messages": messages}
