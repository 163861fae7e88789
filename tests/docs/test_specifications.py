"""docs/asyncapi.yaml and docs/openapi.json, read by somebody who has nothing else."""

from __future__ import annotations

import json
from typing import Any

import pytest
import yaml
from jsonschema import Draft202012Validator
from pydantic import BaseModel

from gateway.error_codes import CLOSE_CODES
from gateway.events import ReplyDone, ServerFrame
from gateway.protocol import ClientFrame
from gateway.reference import DOCS
from gateway.specification import CLIENT_EVENTS, SERVER_EVENTS, type_of
from tests.gateway.frames import hold_against_schema, validators

ASYNCAPI: dict[str, Any] = yaml.safe_load((DOCS / "asyncapi.yaml").read_text("utf-8"))
OPENAPI: dict[str, Any] = json.loads((DOCS / "openapi.json").read_text("utf-8"))


def subclasses(base: type[BaseModel]) -> set[type[BaseModel]]:
    return {base}.union(*(subclasses(kind) for kind in base.__subclasses__()))


def test_every_event_that_there_is_stands_in_the_document() -> None:
    known = {kind for kind in subclasses(ClientFrame) | subclasses(ServerFrame) if "type" in kind.__annotations__}
    known = {kind for kind in known if kind.__module__.startswith("gateway.") and kind is not ServerFrame}
    assert known == set(CLIENT_EVENTS) | set(SERVER_EVENTS)
    assert set(ASYNCAPI["channels"]["realtime"]["messages"]) == {type_of(kind) for kind in known}


def test_every_reference_leads_somewhere() -> None:
    def references(node: Any) -> list[str]:
        if isinstance(node, dict):
            own = [node["$ref"]] if isinstance(node.get("$ref"), str) else []
            return own + [found for value in node.values() for found in references(value)]
        return [found for value in node for found in references(value)] if isinstance(node, list) else []

    for document in (ASYNCAPI, OPENAPI):
        for reference in references(document):
            place: Any = document
            for step in reference.removeprefix("#/").split("/"):
                place = place[step]


def test_every_schema_is_one_and_every_close_code_is_told() -> None:
    for schema in ASYNCAPI["components"]["schemas"].values():
        Draft202012Validator.check_schema(schema)
    assert all(f"{code}:" in ASYNCAPI["info"]["description"] for code in CLOSE_CODES)


DONE = {
    "type": "reply.done",
    "id": "e1",
    "conversation": "c1",
    "epoch": "x",
    "seq": 4,
    "turn": "t1",
    "status": "completed",
    "text_sha256": "0" * 64,
    "receipt": {"id": "r1", "charged": {"text": 2, "voice": 0}, "price_version": "p1"},
    "wallet": {"available": 8, "held": 0},
    "sources": [],
}


@pytest.mark.parametrize(
    "event",
    [
        {**DONE, "code": None},
        {**DONE, "status": "done"},
        {**DONE, "more": 1},
        {name: value for name, value in DONE.items() if name != "seq"},
        {**DONE, "receipt": {**DONE["receipt"], "refunded": None}},  # type: ignore[dict-item]
        {**DONE, "type": "reply.gone"},
    ],
)
def test_what_is_not_as_documented_is_not_let_through(event: dict[str, Any]) -> None:
    hold_against_schema(DONE)
    hold_against_schema(json.loads(ReplyDone.model_validate(DONE).wire()))
    with pytest.raises(AssertionError):
        hold_against_schema(event)


def test_a_client_may_not_send_what_the_server_would_refuse() -> None:
    assert not validators()["ping"].is_valid({"type": "ping"})
    assert not validators()["message.send"].is_valid({"type": "message.send", "client_msg_id": "x", "text": "hi"})
    assert validators()["ping"].is_valid({"type": "ping", "t": 1})


def test_every_route_of_a_fan_says_that_it_needs_a_token_and_what_refusals_look_like() -> None:
    for path, methods in OPENAPI["paths"].items():
        for method, operation in methods.items():
            machine = "machines" in operation.get("tags", ())
            assert ("security" in operation) is not machine, (method, path)
            assert machine or "default" in operation["responses"], (method, path)
