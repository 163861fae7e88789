"""Listeners for the tests of live events, and events to tell them of."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Collection, Sequence

from gateway.events import ReplyDelta
from gateway.records import Logged
from tests.gateway.lead import WAIT_S


def event(seq: int, conversation: str = "c-1", text: str = "灯笼 \u2028") -> Logged:
    """A log event."""
    delta = ReplyDelta(
        id=f"e-{seq}", conversation=conversation, epoch="epoch-1", seq=seq, turn="t-1", offset=0, text=text
    )
    return Logged(conversation, "epoch-1", seq, "t-1", delta.type, delta.wire())


class Ear:
    """A Listener; and what `missed` and `cancelled` of an `attend` can be."""

    def __init__(self) -> None:
        self.heard: list[Logged] = []
        self.spoken: list[bytes | str] = []
        self.cancelled: list[str] = []
        self.missed: list[str] = []
        self._something = asyncio.Event()

    def hear(self, events: Sequence[Logged]) -> None:
        """See Listener."""
        self.heard.extend(events)
        self._something.set()

    def speak(self, piece: bytes | str) -> bool:
        """See Listener."""
        self.spoken.append(piece)
        self._something.set()
        return True

    @property
    def is_behind(self) -> bool:
        """See Listener."""
        return False

    def cancel(self, turn: str) -> None:
        """A turn is unwanted."""
        self.cancelled.append(turn)
        self._something.set()

    def miss(self, conversations: Collection[str]) -> None:
        """These are to be looked up."""
        self.missed.extend(conversations)
        self._something.set()

    async def until(self, there: Callable[[], bool]) -> None:
        """Return when something that was heard makes it true."""
        async with asyncio.timeout(WAIT_S):
            while not there():
                self._something.clear()
                await self._something.wait()
