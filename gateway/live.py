"""Live events inside one process: whoever follows a conversation hears of its new events.

It is all that one process needs, and the part of a larger installation that is the same in each of its processes. It
keeps nothing: who was not there reads the log.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Sequence

from gateway.ports import Listener, Reach
from gateway.records import Logged


class LocalEvents:
    """LiveEvents for one process; touched only by its event loop."""

    reach: Reach = "local"

    def __init__(self) -> None:
        self._listeners: defaultdict[str, set[Listener]] = defaultdict(set)
        self._following: defaultdict[Listener, set[str]] = defaultdict(set)
        self._cancelled: Callable[[str], object] = lambda turn: None

    @property
    def followed(self) -> Collection[str]:
        """See LiveEvents."""
        return self._listeners.keys()

    def attend(self, *, cancelled: Callable[[str], object], missed: Callable[[Collection[str]], None]) -> None:
        """See LiveEvents. Nothing is missed here."""
        self._cancelled = cancelled

    def publish(self, events: Sequence[Logged]) -> None:
        """See LiveEvents."""
        self.deliver(events)

    def deliver(self, events: Sequence[Logged]) -> None:
        """See LiveEvents."""
        if not events:
            return
        for listener in tuple(self._listeners.get(events[0].conversation, ())):
            listener.hear(events)

    def cancel(self, turn: str, *, owner: str) -> None:
        """See LiveEvents. Whoever the owner was, there is only this process."""
        self._cancelled(turn)

    def follow(self, conversation: str, listener: Listener) -> None:
        """See LiveEvents."""
        self._listeners[conversation].add(listener)
        self._following[listener].add(conversation)

    def audience(self, conversation: str) -> Sequence[Listener]:
        """See LiveEvents."""
        return tuple(self._listeners.get(conversation, ()))

    def followed_by(self, listener: Listener) -> Collection[str]:
        """The conversations that a listener follows."""
        return tuple(self._following.get(listener, ()))

    def leave(self, listener: Listener) -> None:
        """See LiveEvents."""
        for conversation in self._following.pop(listener, ()):
            self._listeners[conversation].discard(listener)
            if not self._listeners[conversation]:
                del self._listeners[conversation]
