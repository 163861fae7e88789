"""A turn as a trace: its parts are the turn's children, and nothing that anybody said is in it."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from opentelemetry.sdk.trace import ReadableSpan
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

import gateway.assembly as assembly
from gateway.adapters.otel import OtelTracer
from gateway.bootstrap import open_tracer
from gateway.logs import JsonLines
from gateway.tracing import NoTracer
from persona.doubles import ScriptedModel
from tests.gateway.builders import served, settings_of
from tests.gateway.story import SHOW

CANARY = "canarysaidhere"


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> InMemorySpanExporter:
    """Where the spans of every gateway of this test go."""
    exporter = InMemorySpanExporter()

    @asynccontextmanager
    async def in_memory(_settings: object) -> AsyncIterator[OtelTracer]:
        tracer = OtelTracer(exporter, version="tests")
        yield tracer
        tracer.flush()

    monkeypatch.setattr(assembly, "open_tracer", in_memory)
    return exporter


async def test_a_turn_and_its_parts_are_one_trace_without_words(data_dir: Path, spans: InMemorySpanExporter) -> None:
    async with served(settings_of(data_dir), ScriptedModel([f"{CANARY} and more."])) as house:
        fan = await house.rich_fan("mara")
        async with fan.talk() as talk:
            await talk.say((await talk.open(SHOW, "tamsin"))["conversation"], f"What of {CANARY}?")
    found = {span.name: span for span in spans.get_finished_spans()}
    assert set(found) == {"accept", "turn", "recall and compose", "perform", "settle"}
    turn = found["turn"]
    assert turn.context is not None
    for part in ("recall and compose", "perform", "settle"):
        parent = found[part].parent
        assert parent is not None
        assert parent.span_id == turn.context.span_id
    told = "".join(span.to_json() for span in found.values())
    assert CANARY not in told
    assert "mara" not in told


def test_a_failed_span_tells_the_kind_of_error_and_not_its_text() -> None:
    exporter = InMemorySpanExporter()
    tracer = OtelTracer(exporter, version="tests")
    with pytest.raises(ValueError, match=CANARY), tracer.span("part", episode=3):
        raise ValueError(CANARY)
    tracer.close()
    (span,) = exporter.get_finished_spans()
    assert isinstance(span, ReadableSpan)
    assert (span.status.description, dict(span.attributes or {}), span.events) == ("ValueError", {"episode": 3}, ())


async def test_without_a_collector_there_are_no_traces(data_dir: Path) -> None:
    async with open_tracer(settings_of(data_dir)) as tracer:
        assert isinstance(tracer, NoTracer)
    async with open_tracer(settings_of(data_dir, OTLP_ENDPOINT="http://127.0.0.1:9")) as sending:
        assert isinstance(sending, OtelTracer)


def test_a_log_line_is_an_object_that_has_an_errors_kind_and_place_only() -> None:
    try:
        raise ValueError(CANARY)
    except ValueError as error:
        record = logging.LogRecord("gateway.x", logging.ERROR, "x.py", 1, "turn %s broke", ("t-1",), None)
        record.exc_info = (type(error), error, error.__traceback__)
    line = JsonLines().format(record)
    assert '"level": "error"' in line
    assert '"message": "turn t-1 broke"' in line
    assert "ValueError at test_tracing.py" in line
    assert CANARY not in line
