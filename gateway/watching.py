"""Looking into the logs for what live events did not tell of: they may come from another process, and may be lost.

Whoever follows a conversation is handed the newest event of its log when that has moved; a session sees by its number
what is missing before it and reads that. It only ever reads, and never keeps a turn waiting.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Collection, Iterator, Sequence

from gateway.logs import where
from gateway.ports import LiveEvents, Units

ALONE_S = 1.0
"""How often every followed log is looked at while other processes cannot be heard."""
TOGETHER_S = 5.0
"""The same while they can: one of them may have been unable to speak."""
CHUNK = 500

log = logging.getLogger(__name__)


class LogWatch:
    """Looks after the conversations that somebody here follows."""

    def __init__(self, units: Units, live: LiveEvents) -> None:
        self._units, self._live = units, live
        self._told: dict[str, int] = {}
        self._missed: set[str] = set()
        self._wake = asyncio.Event()

    def missed(self, conversations: Collection[str]) -> None:
        """Have these looked at next: something of them may not have been heard, or the reach of events has changed."""
        for conversation in conversations:
            self._told.pop(conversation, None)
        self._missed.update(conversations)
        self._wake.set()

    async def run(self) -> None:
        """Look at what was missed at once, and at everything now and then, for ever."""
        loop = asyncio.get_running_loop()
        due = loop.time()
        while True:
            due = min(due, loop.time() + self._interval_s)
            try:
                async with asyncio.timeout_at(due):
                    await self._wake.wait()
            except TimeoutError:
                due = loop.time() + self._interval_s
                self._missed.update(self._live.followed)
            self._wake.clear()
            conversations, self._missed = self._missed, set()
            try:
                await self.look(conversations)
            except Exception as error:  # whatever it was, they are looked at again with everything else
                log.error("looking for live events: %s", where(error))

    async def look(self, conversations: Collection[str]) -> None:
        """Hand the newest event of each log that has moved since it was last looked at to whoever follows it here."""
        followed = self._live.followed
        for gone in self._told.keys() - followed:
            del self._told[gone]
        for chunk in _chunks([name for name in conversations if name in followed]):
            async with self._units.read() as unit:
                heads = await unit.log.heads(chunk)
                moved = [name for name, head in heads.items() if self._told.get(name) != head]
                newest = await unit.log.newest(moved) if moved else ()
            for event in newest:
                self._told[event.conversation] = event.seq
                self._live.deliver([event])

    @property
    def _interval_s(self) -> float:
        return TOGETHER_S if self._live.reach == "shared" else ALONE_S


def _chunks(names: Sequence[str]) -> Iterator[Sequence[str]]:
    for start in range(0, len(names), CHUNK):
        yield names[start : start + CHUNK]
