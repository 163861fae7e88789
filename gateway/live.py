"""Live events inside one process: whoever follows a conversation hears of its new events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence

from gateway.ports import Listener
from gateway.records import Logged


class LocalEvents:
    """LiveEvents for one process; touched only by its event loop."""

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)

    def publish(self, events: Sequence[Logged]) -> None:
        """See LiveEvents."""
        if not events:
            return
        for listener in tuple(self._listeners.get(events[0].conversation, ())):
            listener.hear(events)

    def follow(self, conversation: str, listener: Listener) -> None:
        """See LiveEvents."""
        self._listeners[conversation].add(listener)

    def leave(self, listener: Listener) -> None:
        """See LiveEvents."""
        for conversation in [name for name, group in self._listeners.items() if listener in group]:
            self._listeners[conversation].discard(listener)
            if not self._listeners[conversation]:
                del self._listeners[conversation]
