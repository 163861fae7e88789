"""Spans of a turn, for whoever looks for where its time went; where they go is an adapter's business.

A span never carries a word of anybody: its attributes are ids of our own, kinds and numbers.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from typing import Protocol

Attribute = str | int | float | bool


class Tracer(Protocol):
    """Opens spans; one that is opened within another is its child, also across tasks that are begun there."""

    def span(self, name: str, **attributes: Attribute) -> AbstractContextManager[None]:
        """A span while the block runs; an exception marks it as failed by its kind, never by its text."""
        ...


class NoTracer:
    """Spans that go nowhere."""

    @contextmanager
    def span(self, name: str, **attributes: Attribute) -> Iterator[None]:
        """See Tracer."""
        yield
