"""What looks at the gateway from outside: metrics and traces, as the settings ask for them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.metadata import version

from gateway.errors import InvalidSetting
from gateway.measures import Measures, NoMeasures
from gateway.settings import Settings
from gateway.tracing import NoTracer, Tracer

METRICS_FOLDER = "metrics"


def open_measures(settings: Settings) -> Measures:
    """Prometheus metrics when somebody may look at them, else none."""
    if not settings.metrics_token:
        return NoMeasures()
    from gateway.adapters.prometheus import PrometheusMeasures

    return PrometheusMeasures()


def share_measures(settings: Settings) -> None:
    """Have the workers of one port count together."""
    if settings.metrics_token:
        from gateway.adapters.prometheus import share_among_workers

        share_among_workers(settings.data_dir / METRICS_FOLDER)


def forget_measures(settings: Settings, pid: int) -> None:
    """Take a worker that has ended out of what is open just now."""
    if settings.metrics_token:
        from gateway.adapters.prometheus import forget_worker

        forget_worker(settings.data_dir / METRICS_FOLDER, pid)


@asynccontextmanager
async def open_tracer(settings: Settings) -> AsyncIterator[Tracer]:
    """Traces to a collector when there is one, else none. Raises InvalidSetting without the extra `tracing`."""
    if not settings.otlp_endpoint:
        yield NoTracer()
        return
    try:
        from gateway.adapters.otel import otlp_tracer
    except ImportError as error:
        raise InvalidSetting("ENCORE_OTLP_ENDPOINT", "it needs the extra “tracing”: encore[tracing]") from error
    tracer = otlp_tracer(settings.otlp_endpoint, version=version("encore"))
    try:
        yield tracer
    finally:
        await asyncio.to_thread(tracer.close)
