"""How many sockets a fan has, counted as seats that are taken and left.

A seat that is shared with other processes is a lease, so that a process which was killed gives its seats back by saying
nothing. It never keeps a fan out for longer than a lease, and never says no because a server is away.
"""

from __future__ import annotations

from typing import Protocol

LEASE_MS = 30_000
"""How long a seat is kept for a process that no longer renews it."""
RENEW_S = 10.0


class Seats(Protocol):
    """The seats of every fan."""

    async def take(self, fan: str, seat: str, most: int) -> bool:
        """Take a seat, which nobody has, unless the fan has `most`; says whether it was taken."""
        ...

    async def leave(self, fan: str, seat: str) -> None:
        """Give a seat back; harmless when it is not taken."""
        ...

    async def renew(self) -> None:
        """Go on having every seat that was taken here. Due every RENEW_S."""
        ...


class LocalSeats:
    """Seats for one process: with several, a fan may have so many at each."""

    def __init__(self) -> None:
        self._taken: dict[str, set[str]] = {}

    def all(self) -> list[tuple[str, str]]:
        """Every fan with each of their seats."""
        return [(fan, seat) for fan, seats in self._taken.items() for seat in seats]

    def has(self, fan: str, seat: str) -> bool:
        """Whether a seat is taken."""
        return seat in self._taken.get(fan, ())

    async def take(self, fan: str, seat: str, most: int) -> bool:
        """See Seats."""
        seats = self._taken.setdefault(fan, set())
        if len(seats) >= most:
            return False
        seats.add(seat)
        return True

    async def leave(self, fan: str, seat: str) -> None:
        """See Seats."""
        seats = self._taken.get(fan, set())
        seats.discard(seat)
        if not seats:
            self._taken.pop(fan, None)

    async def renew(self) -> None:
        """See Seats. Nothing expires here."""
