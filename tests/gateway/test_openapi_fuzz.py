"""Every route of docs/openapi.json is asked for anything that the document allows, and for what it does not.

Whatever comes, the answer is one that the document names, in the shape that it says, and never the program's failure.
"""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any

import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from schemathesis import Case
from schemathesis.checks import (
    content_type_conformance,
    not_a_server_error,
    response_schema_conformance,
    status_code_conformance,
)
from schemathesis.core.result import Ok
from schemathesis.schemas import APIOperation

from tests.gateway.builders import House, claims_of, token_of

EXAMPLES = 12
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
BUSY = {503}
"""What a machine's route may answer: it is asked again."""


def ask_everything(base: str, token: str, examples: int) -> dict[str, int]:
    """Ask every operation; returns how often each was asked."""
    document = schemathesis.openapi.from_url(f"{base}/openapi.json")
    asked: dict[str, int] = {}
    for found in document.get_all_operations():
        assert isinstance(found, Ok), found
        ask_one(found.ok(), token, examples, asked)
    return asked


def ask_one(operation: APIOperation[Any, Any, Any, Any], token: str, examples: int, asked: dict[str, int]) -> None:
    """Ask one operation for whatever its schema allows."""

    def ask(case: Case[Any]) -> None:
        asked[operation.label] = asked.get(operation.label, 0) + 1
        answer = case.call(headers={"authorization": f"Bearer {token}"}, timeout=30)
        if operation.label == "GET /readyz" and answer.status_code in BUSY:
            return
        case.validate_response(answer, checks=CHECKS)

    wished = settings(
        max_examples=examples,
        deadline=timedelta(seconds=30),
        database=None,
        derandomize=True,
        phases=[Phase.explicit, Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    wished(given(case=operation.as_strategy())(ask))()


async def test_no_request_is_answered_otherwise_than_documented(house: House) -> None:
    asked = await asyncio.to_thread(ask_everything, house.base, token_of(claims_of()), EXAMPLES)
    assert len(asked) >= 15
    assert min(asked.values()) >= 1
