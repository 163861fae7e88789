"""Measures as Prometheus metrics, of this process or, among several workers, of all of them.

Names and labels are in docs/observability.md and in the dashboard of deploy/grafana, which a test holds against these.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from prometheus_client import CollectorRegistry, Counter, Gauge, Histogram, generate_latest, values
from prometheus_client.multiprocess import MultiProcessCollector, mark_process_dead

from billing.alerts import AlertKind, Gravity
from gateway.events import TurnStatus
from persona.breaker import Circuit

SOON = (0.05, 0.1, 0.2, 0.35, 0.5, 0.75, 1, 1.5, 2, 3, 5, 8, 13, 20)
"""Seconds, of what a fan waits for."""
CIRCUIT: dict[Circuit, float] = {"closed": 0.0, "half_open": 0.5, "open": 1.0}
QUICK = (0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5)


class PrometheusMeasures:
    """See Measures."""

    def __init__(self) -> None:
        own = self._registry = CollectorRegistry()
        self._accepted = Counter("encore_turns_accepted", "Messages that credits were held for.", registry=own)
        self._first = Histogram(
            "encore_first_words_seconds",
            "From an accepted message to its first words.",
            buckets=SOON,
            registry=own,
        )
        self._more = Histogram(
            "encore_words_gap_seconds", "Between words of a reply and the next ones.", buckets=SOON, registry=own
        )
        self._ended = Counter(
            "encore_turns_ended", "Turns by how they ended, and why.", ("status", "code"), registry=own
        )
        self._captured = Counter("encore_turns_captured", "Turns that were charged.", registry=own)
        self._voided = Counter("encore_turns_voided", "Turns that cost nothing.", registry=own)
        self._credits = Counter("encore_credits_captured", "Credits that were charged.", registry=own)
        self._refused = Counter(
            "encore_replies_refused", "Replies of which the review refused a segment.", registry=own
        )
        self._open = Gauge(
            "encore_holds_open", "Turns whose hold is not settled yet.", multiprocess_mode="livesum", registry=own
        )
        self._unsettled = Counter(
            "encore_settlements_delayed", "Ends that the books did not take at once.", registry=own
        )
        self._crises = Counter("encore_crisis_answers", "Fans in danger who were told where help is.", registry=own)
        self._resumed = Counter(
            "encore_resumes", "Conversations that clients came back to.", ("recovered",), registry=own
        )
        self._sockets = Gauge("encore_sockets_open", "Sockets being served.", multiprocess_mode="livesum", registry=own)
        self._evicted = Counter("encore_evictions", "Clients cut off because they took nothing.", registry=own)
        self._recalled = Histogram(
            "encore_recall_seconds", "Recalling and composing a prompt.", buckets=QUICK, registry=own
        )
        self._voice = Histogram(
            "encore_voice_delay_seconds",
            "From a reply's first finished sentence to its first audio.",
            buckets=SOON,
            registry=own,
        )
        self._voice_failures = Counter(
            "encore_voice_failures", "Replies whose voice ended before their text did.", ("reason",), registry=own
        )
        self._count_models(own)

    def _count_models(self, own: CollectorRegistry) -> None:
        self._asked = Counter(
            "encore_model_requests", "Requests to models, by what came of them.", ("model", "outcome"), registry=own
        )
        self._fallbacks = Counter(
            "encore_model_fallbacks", "Requests to a model in the place of one before it.", ("model",), registry=own
        )
        self._circuit = Gauge(
            "encore_model_circuit",
            "1 when the model is not asked, 0.5 while it is tried, 0 when it is asked.",
            ("model",),
            multiprocess_mode="livemax",
            registry=own,
        )
        self._waiting = Gauge(
            "encore_model_waiting",
            "Requests that wait for a place at a model.",
            ("model",),
            multiprocess_mode="livesum",
            registry=own,
        )
        self._alerts = Gauge(
            "encore_desk_alerts",
            "Alerts of the Desk that stand.",
            ("kind", "gravity"),
            multiprocess_mode="livemax",
            registry=own,
        )

    def turn_accepted(self) -> None:
        """See Measures."""
        self._accepted.inc()
        self._open.inc()

    def first_words(self, after_s: float) -> None:
        """See Measures."""
        self._first.observe(after_s)

    def more_words(self, after_s: float) -> None:
        """See Measures."""
        self._more.observe(after_s)

    def turn_ended(self, status: TurnStatus, code: str, *, charged: int, ours: bool) -> None:
        """See Measures."""
        if ours:
            self._open.dec()
        self._ended.labels(status, code).inc()
        (self._captured if charged else self._voided).inc()
        self._credits.inc(charged)
        if status == "refused":
            self._refused.inc()

    def crisis_answered(self) -> None:
        """See Measures."""
        self._crises.inc()

    def turn_unsettled(self) -> None:
        """See Measures."""
        self._unsettled.inc()

    def resumed(self, *, recovered: bool) -> None:
        """See Measures."""
        self._resumed.labels("yes" if recovered else "no").inc()

    def socket_opened(self) -> None:
        """See Measures."""
        self._sockets.inc()

    def socket_closed(self) -> None:
        """See Measures."""
        self._sockets.dec()

    def evicted(self) -> None:
        """See Measures."""
        self._evicted.inc()

    def recalled(self, took_s: float) -> None:
        """See Measures."""
        self._recalled.observe(took_s)

    def voice_began(self, after_s: float) -> None:
        """See Measures."""
        self._voice.observe(after_s)

    def voice_failed(self, reason: str) -> None:
        """See Measures."""
        self._voice_failures.labels(reason).inc()

    def asked(self, model: str, outcome: str) -> None:
        """See Measures."""
        self._asked.labels(model, outcome).inc()

    def fell_back(self, model: str) -> None:
        """See Measures."""
        self._fallbacks.labels(model).inc()

    def circuit(self, model: str, circuit: Circuit) -> None:
        """See Measures."""
        self._circuit.labels(model).set(CIRCUIT[circuit])

    def waiting(self, model: str, fans: int) -> None:
        """See Measures."""
        self._waiting.labels(model).set(fans)

    def alerts_stand(self, counts: Mapping[tuple[AlertKind, Gravity], int]) -> None:
        """See Measures."""
        for labels, count in counts.items():
            self._alerts.labels(*labels).set(count)

    def exposition(self) -> bytes:
        """See Measures."""
        if values.ValueClass is values.MutexValue:  # this process counts alone
            return generate_latest(self._registry)
        everybody = CollectorRegistry()
        MultiProcessCollector(everybody)
        return generate_latest(everybody)


def share_among_workers(folder: Path) -> None:
    """Have the processes begun from now on count together in this folder. It is emptied: the last run is over."""
    folder.mkdir(parents=True, exist_ok=True)
    for left in folder.glob("*.db"):
        left.unlink()
    os.environ["PROMETHEUS_MULTIPROC_DIR"] = str(folder)


def forget_worker(folder: Path, pid: int) -> None:
    """Take a worker that has ended out of the gauges; its counts stay."""
    mark_process_dead(pid, str(folder))
