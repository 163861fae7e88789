"""Holds frames against the schemas of docs/asyncapi.yaml, as somebody would who only has that file."""

from __future__ import annotations

from functools import cache
from typing import Any

import yaml
from jsonschema import Draft202012Validator
from jsonschema.protocols import Validator

from gateway.reference import DOCS


@cache
def validators() -> dict[str, Validator]:
    """By the `type` of an event."""
    document = yaml.safe_load((DOCS / "asyncapi.yaml").read_text("utf-8"))
    messages = document["channels"]["realtime"]["messages"].values()
    return {
        message["name"]: Draft202012Validator({**message["payload"], "components": document["components"]})
        for message in messages
    }


def hold_against_schema(event: dict[str, Any]) -> None:
    """Raises AssertionError with the first thing that the published schema does not allow."""
    validator = validators().get(event["type"])
    assert validator is not None, f"{event['type']} is not in docs/asyncapi.yaml"
    wrong = next(iter(validator.iter_errors(event)), None)
    assert wrong is None, f"{event['type']}: {wrong.message if wrong else ''}"
