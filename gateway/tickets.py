"""Tickets: what a page offers in place of the host app's token when it opens a socket.

Opaque, used once, short-lived, bound to the fan's claims and to the page's origin. Only a hash of one is kept.
"""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Callable

from gateway.auth import Claims
from gateway.errors import TicketRefused
from gateway.ports import Units

TICKET_TTL_S = 30
TICKET_BYTES = 32


class TicketDesk:
    """Issues and redeems tickets."""

    def __init__(self, units: Units, *, clock: Callable[[], int]) -> None:
        self._units, self._clock = units, clock

    async def issue(self, claims: Claims, origin: str | None) -> str:
        """A new ticket; it can be used for TICKET_TTL_S seconds."""
        ticket = secrets.token_urlsafe(TICKET_BYTES)
        async with self._units.begin() as unit:
            await unit.tickets.issue(
                _hash(ticket), claims.as_json(), origin, expires_at_ms=self._clock() + TICKET_TTL_S * 1000
            )
        return ticket

    async def redeem(self, ticket: str, origin: str | None) -> Claims:
        """Use a ticket up. One asked for by a page works from that page's origin only. Raises TicketRefused."""
        async with self._units.begin() as unit:
            found = await unit.tickets.redeem(_hash(ticket), now_ms=self._clock())
        if found is None:
            raise TicketRefused
        claims, bound_to = found
        if bound_to is not None and bound_to != origin:
            raise TicketRefused
        return Claims.from_json(claims)


def _hash(ticket: str) -> str:
    return hashlib.sha256(ticket.encode()).hexdigest()
