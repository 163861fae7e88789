"""How far a chaos run has come, in accepted turns: what breaks goes by this and not by the clock."""

from __future__ import annotations

import asyncio


class Progress:
    """Counts accepted turns and wakes whoever waits for a number of them."""

    def __init__(self) -> None:
        self.turns = 0
        self._changed = asyncio.Event()

    def accepted(self) -> None:
        """One more."""
        self.turns += 1
        self._changed.set()
        self._changed = asyncio.Event()

    async def reached(self, turns: int) -> None:
        """Return when so many have been accepted."""
        while self.turns < turns:
            await self._changed.wait()
