"""What a gateway counts of its own work, in the field's terms; where it goes is an adapter's business.

A measure never carries a word, a name or an id of anybody: what varies in it is one of a few kinds.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Protocol

from billing.alerts import AlertKind, Gravity
from gateway.events import TurnStatus
from persona.breaker import Circuit


class Measures(Protocol):
    """Counters and times of one process. Every method is quick, and may be called from its event loop only.

    It is a ModelWatch too: a model has the name that operators gave it.
    """

    def turn_accepted(self) -> None:
        """Credits are held for a turn."""
        ...

    def first_words(self, after_s: float) -> None:
        """A reply's first words are in the log, so long after its message was accepted."""
        ...

    def more_words(self, after_s: float) -> None:
        """Further words are, so long after the last ones."""
        ...

    def turn_ended(self, status: TurnStatus, code: str, *, charged: int, ours: bool) -> None:
        """A turn is settled: captured for so many credits, or voided (0). `code`: why it did not complete, or "".

        `ours`: this process accepted it.
        """
        ...

    def crisis_answered(self) -> None:
        """A fan in danger was told where help is."""
        ...

    def turn_unsettled(self) -> None:
        """The books did not take a turn's end just now; it is tried again."""
        ...

    def resumed(self, *, recovered: bool) -> None:
        """A client came back to a conversation, and found its place in the log or did not."""
        ...

    def socket_opened(self) -> None:
        """A socket was accepted."""
        ...

    def socket_closed(self) -> None:
        """It has been served to its end."""
        ...

    def evicted(self) -> None:
        """A client that took nothing was cut off."""
        ...

    def recalled(self, took_s: float) -> None:
        """A prompt was composed, with what was recalled."""
        ...

    def voice_began(self, after_s: float) -> None:
        """The first audio of a reply was handed to a socket, so long after its first sentence was finished."""
        ...

    def voice_failed(self, reason: str) -> None:
        """A reply's voice ended before its text did."""
        ...

    def asked(self, model: str, outcome: str) -> None:
        """A model was asked, and what came of it."""
        ...

    def fell_back(self, model: str) -> None:
        """A model was asked in the place of one before it."""
        ...

    def circuit(self, model: str, circuit: Circuit) -> None:
        """How a model's circuit is now."""
        ...

    def waiting(self, model: str, fans: int) -> None:
        """How many requests wait for a place at a model."""
        ...

    def alerts_stand(self, counts: Mapping[tuple[AlertKind, Gravity], int]) -> None:
        """How many alerts of the Desk stand now, of each kind and gravity."""
        ...

    def exposition(self) -> bytes:
        """Everything in Prometheus's text format (version 0.0.4); empty when nothing is counted."""
        ...


class NoMeasures:
    """Measures that go nowhere."""

    def turn_accepted(self) -> None:
        """See Measures."""

    def first_words(self, after_s: float) -> None:
        """See Measures."""

    def more_words(self, after_s: float) -> None:
        """See Measures."""

    def turn_ended(self, status: TurnStatus, code: str, *, charged: int, ours: bool) -> None:
        """See Measures."""

    def crisis_answered(self) -> None:
        """See Measures."""

    def turn_unsettled(self) -> None:
        """See Measures."""

    def resumed(self, *, recovered: bool) -> None:
        """See Measures."""

    def socket_opened(self) -> None:
        """See Measures."""

    def socket_closed(self) -> None:
        """See Measures."""

    def evicted(self) -> None:
        """See Measures."""

    def recalled(self, took_s: float) -> None:
        """See Measures."""

    def voice_began(self, after_s: float) -> None:
        """See Measures."""

    def voice_failed(self, reason: str) -> None:
        """See Measures."""

    def asked(self, model: str, outcome: str) -> None:
        """See Measures."""

    def fell_back(self, model: str) -> None:
        """See Measures."""

    def circuit(self, model: str, circuit: Circuit) -> None:
        """See Measures."""

    def waiting(self, model: str, fans: int) -> None:
        """See Measures."""

    def alerts_stand(self, counts: Mapping[tuple[AlertKind, Gravity], int]) -> None:
        """See Measures."""

    def exposition(self) -> bytes:
        """See Measures."""
        return b""


@contextmanager
def open_socket(measures: Measures) -> Iterator[None]:
    """A socket is open while the block runs."""
    measures.socket_opened()
    try:
        yield
    finally:
        measures.socket_closed()
