"""The sending side of one socket: events from the outbox or the log, in one order, and how long a frame has waited.

What is behind is caught up with from the log, page by page, with fewer and longer deltas. It never decides what is
news, which the session does, and never waits for more than the frame that is being sent.
"""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Sequence
from typing import assert_never

from gateway.audio import AudioDropped
from gateway.coalescing import coalesced
from gateway.conversations import abridged
from gateway.outbox import Audio, Beside, Heard, Outbox
from gateway.ports import Socket, Units
from gateway.session import CatchUp, Send, Session

STUCK_S = 6.0
"""A frame that the client's side has not taken for so long is the last one: with what closing takes, gone in 10 s."""
CLOSE_TOO_SLOW = 4008
LOG_PAGE = 200


class Sender:
    """Sends on one socket. One task does all that waits; `is_stuck` and `evict` may be called at any time."""

    def __init__(self, socket: Socket, session: Session, outbox: Outbox, units: Units) -> None:
        self._socket, self._session, self._outbox, self._units = socket, session, outbox, units
        self._sending_since: float | None = None

    def is_stuck(self, now_s: float) -> bool:
        """Whether the client has not taken a frame for STUCK_S; `now_s` is the event loop's time."""
        return self._sending_since is not None and now_s - self._sending_since > STUCK_S

    def evict(self) -> None:
        """Close with CLOSE_TOO_SLOW; nobody waits for the client any more."""
        self._socket.evict(CLOSE_TOO_SLOW)

    async def send(self, wire: str) -> None:
        """Send a text frame. Raises ConnectionError when the socket is gone."""
        self._sending_since = asyncio.get_running_loop().time()
        await self._socket.send(wire)
        self._sending_since = None

    async def pass_on(self, piece: Heard | Audio | Beside) -> None:
        """Send a piece of the outbox: of events what is news here, of audio what was not dropped."""
        self._outbox.taken(piece)
        if isinstance(piece, Heard):
            await self.carry_out(self._session.offer(piece.events))
        elif isinstance(piece, Beside):
            await self.send(piece.wire)
        elif piece.frame:
            self._sending_since = asyncio.get_running_loop().time()
            await self._socket.send_audio(piece.frame)
            self._sending_since = None

    async def carry_out(self, effects: Sequence[Send | CatchUp]) -> None:
        """Send what the session says, and read from the log what it lacks."""
        for effect in effects:
            match effect:
                case Send(wire):
                    await self.send(wire)
                case CatchUp():
                    await self.catch_up(effect)
                case _:
                    assert_never(effect)

    async def make_up(self) -> None:
        """Catch up with whatever had no room in the outbox, and say how much audio is gone."""
        if frames := self._outbox.dropped():
            await self.send(AudioDropped(id=uuid.uuid4().hex, frames=frames).wire())
        if self._outbox.missed():
            for gap in self._session.behind():
                await self.catch_up(gap, behind=True)

    async def catch_up(self, gap: CatchUp, *, behind: bool = False) -> None:
        """Offer the log after a gap, page by page, to its end. What is live by then is offered as it comes.

        `behind`: the gap is this reader's own slowness, so it gets fewer and longer deltas.
        """
        after = gap.after
        while True:
            async with self._units.read() as unit:
                page = await unit.log.read(gap.conversation, after=after, limit=LOG_PAGE)
                events, shown = await abridged(unit, page)
            effects = self._session.offer(events)
            sent = [effect.wire for effect in effects if isinstance(effect, Send)]
            if behind and len(sent) == len(effects):
                effects = [Send(wire) for wire in coalesced(sent)]
            await self.carry_out(effects)
            if shown is not None:
                await self.carry_out(self._session.show(shown))
            if len(page) < LOG_PAGE:
                return
            after = page[-1].seq if shown is None else shown.through_seq
