"""Erasing a fan: every word they said and were told, and what was remembered of them, to the byte.

`encore erase` and `DELETE /v1/me` both come through here. It must never touch the books: they are what others are paid
by, and know a fan only by the app's own pseudonym for them.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

from gateway.ports import Unit, Units
from gateway.records import Turn
from gateway.settling import Ending, Settler


class Erasure:
    """Erases fans, for one process."""

    def __init__(self, units: Units, rewrite: Callable[[], Awaitable[None]], *, clock: Callable[[], int]) -> None:
        """`rewrite` writes the database anew without what was deleted; it may take long."""
        self._units, self._rewrite = units, rewrite
        self._settler = Settler(units, clock=clock)
        self._writing = asyncio.Lock()
        self._deleted = self._rewritten = 0

    async def erase(self, fan: str) -> None:
        """End the fan's running turns, delete, and rewrite. Doing it again is harmless, also after a failure.

        A running turn ends as cancelled: what was delivered of it is priced as ever, for the books stay.
        """
        while running := await self._delete(fan):
            for turn in running:
                await self._settler.settle(turn, Ending("cancelled"))
        self._deleted += 1
        mine = self._deleted
        async with self._writing:  # whoever waited while another rewrote needs no rewriting of their own
            if self._rewritten < mine:
                together = self._deleted
                await self._rewrite()
                self._rewritten = together

    async def _delete(self, fan: str) -> tuple[Turn, ...]:
        """Delete everything; or, while turns are running, nothing, and return them."""
        async with self._units.begin() as unit:
            running = await unit.turns.running_of(fan)
            if not running:
                await _delete_all(unit, fan)
            return running


async def _delete_all(unit: Unit, fan: str) -> None:
    mine = [conversation.id for conversation in await unit.conversations.of_fan(fan)]
    await unit.summaries.erase(fan)
    await unit.notes.erase(fan, mine)
    await unit.turn_reports.erase(fan)
    await unit.rapports.erase(fan)
    await unit.conversations.erase(fan)
    await unit.tickets.erase(fan)
