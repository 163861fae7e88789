"""The Autobahn cases, run by kosoku against an echo behind the gateway's own WebSocket."""

from __future__ import annotations

import asyncio
from collections import Counter

from kosoku import FailureError, run_fuzzingclient

from tests.gateway.processes import running

BYTES_MAX = 16 * 2**20
WITHIN_S = 240.0
WITHOUT_COMPRESSION = ["12.*", "13.*"]
"""permessage-deflate, which the gateway does not offer: short frames gain nothing, and bombs come with it."""
CASES = 301
"""How many are left: framing, pings, reserved bits, opcodes, fragments, UTF-8, closing, messages of up to 16 MiB."""


async def failures() -> tuple[list[str], Counter[str]]:
    """The cases that failed, with what was expected, and how many had which verdict."""
    async with running("-m", "tests.conformance.echo", str(BYTES_MAX), environment={}) as server:
        url = f"ws://127.0.0.1:{await server.line()}/"
        try:
            results = await asyncio.wait_for(
                run_fuzzingclient(url, exclude_cases=WITHOUT_COMPRESSION, concurrency=4), WITHIN_S
            )
        except FailureError as failed:
            results = failed.results
    verdicts = Counter(result.behavior.value for result in results)
    wrong = [
        f"{result.case_id}: {result.behavior.value}, close {result.behavior_close.value}: {result.expectation}"
        for result in results
        if not result.passed
    ]
    return wrong, verdicts


async def test_every_case_without_compression_passes() -> None:
    wrong, verdicts = await failures()
    assert wrong == []
    assert verdicts.total() == CASES
