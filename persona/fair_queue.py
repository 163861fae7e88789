"""Who is served next where only so many can be served at once: fans in turn, each one's requests in their order.

Pure round robin (J. Nagle, RFC 970). However much one fan asks, another waits behind at most one request of theirs for
every place that becomes free; the queue must never hold more than its bound.
"""

from __future__ import annotations

from collections import OrderedDict, deque


class FairQueue:
    """Places and who waits for them. A ticket is the caller's own number for a request, used once."""

    def __init__(self, places: int, waiting_max: int) -> None:
        if places < 1 or waiting_max < 0:
            raise ValueError("a queue has at least one place, and no fewer than none wait")
        self._places, self._waiting_max = places, waiting_max
        self._served: set[int] = set()
        self._waiting: OrderedDict[str, deque[int]] = OrderedDict()
        self._whose: dict[int, str] = {}

    @property
    def served(self) -> int:
        """Requests that have a place."""
        return len(self._served)

    @property
    def waiting(self) -> int:
        """Requests that wait for one."""
        return len(self._whose)

    def enter(self, ticket: int, fan: str) -> bool | None:
        """True: it has a place at once. False: it waits. None: too many wait already, and it was not taken in."""
        if ticket in self._served or ticket in self._whose:
            raise ValueError("a ticket is used once")
        if len(self._served) < self._places:  # then nobody waits: a place that becomes free is given away at once
            self._served.add(ticket)
            return True
        if len(self._whose) >= self._waiting_max:
            return None
        self._waiting.setdefault(fan, deque()).append(ticket)
        self._whose[ticket] = fan
        return False

    def leave(self, ticket: int) -> int | None:
        """A request is done, or no longer waits. The ticket that has its place now, if one waited."""
        fan = self._whose.pop(ticket, None)
        if fan is not None:
            self._waiting[fan].remove(ticket)
            if not self._waiting[fan]:
                del self._waiting[fan]
            return None
        self._served.remove(ticket)
        return self._next()

    def _next(self) -> int | None:
        if not self._waiting:
            return None
        fan, tickets = next(iter(self._waiting.items()))
        ticket = tickets.popleft()
        del self._whose[ticket]
        if tickets:
            self._waiting.move_to_end(fan)
        else:
            del self._waiting[fan]
        self._served.add(ticket)
        return ticket
