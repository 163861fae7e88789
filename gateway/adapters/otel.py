"""Spans by OpenTelemetry, sent to a collector over OTLP and HTTP in the background.

An exception's text may quote a fan, so only its kind is recorded. A collector that is away costs a turn nothing.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor, SpanExporter
from opentelemetry.trace import Status, StatusCode

from gateway.tracing import Attribute


class OtelTracer:
    """See Tracer."""

    def __init__(self, exporter: SpanExporter, *, version: str) -> None:
        resource = Resource.create({"service.name": "encore", "service.version": version})
        self._provider = TracerProvider(resource=resource)
        self._provider.add_span_processor(BatchSpanProcessor(exporter))
        self._tracer = self._provider.get_tracer("encore")

    @contextmanager
    def span(self, name: str, **attributes: Attribute) -> Iterator[None]:
        """See Tracer."""
        with self._tracer.start_as_current_span(
            name, attributes=attributes, record_exception=False, set_status_on_exception=False
        ) as span:
            try:
                yield
            except BaseException as error:  # also a cancel: whatever it was goes on, marked
                span.set_status(Status(StatusCode.ERROR, type(error).__name__))
                raise

    def flush(self) -> None:
        """Send what waits."""
        self._provider.force_flush()

    def close(self) -> None:
        """Send what waits, and end."""
        self._provider.shutdown()


def otlp_tracer(endpoint: str, *, version: str) -> OtelTracer:
    """Spans to the collector at this address, such as `http://127.0.0.1:4318`."""
    return OtelTracer(OTLPSpanExporter(endpoint=f"{endpoint.rstrip('/')}/v1/traces"), version=version)
