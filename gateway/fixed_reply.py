"""A reply that people wrote beforehand, performed as a turn: logged and told at once, never by a model.

It has the shape of a performance, so that it is settled, resumed and listed like any other reply.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from gateway.crisis_protocol import CrisisAnswer
from gateway.events import HelpView, LogEvent, ReplyDelta, SafetyNotice, TurnStatusEvent
from gateway.ports import LiveEvents, Units
from gateway.records import Turn
from gateway.settling import Ending

ASIDE = "crisis"
"""How such a turn is kept in a transcript: for the fan to read, for no prompt, note or summary."""


class Performs(Protocol):
    """What a turn's task asks of whatever performs it."""

    turn: Turn

    def cancel(self) -> None:
        """The fan wants no more of it."""
        ...

    async def run(self) -> Ending:
        """Perform, once, and say how it ended; settling it is the caller's."""
        ...


class CrisisReply:
    """The answer to a fan in danger."""

    def __init__(
        self, turn: Turn, answer: CrisisAnswer, *, units: Units, live: LiveEvents, clock: Callable[[], int]
    ) -> None:
        self.turn = turn
        self._answer, self._units, self._live, self._clock = answer, units, live, clock

    def cancel(self) -> None:
        """It is said in one piece: there is nothing to stop."""

    async def run(self) -> Ending:
        """Say it, unless the turn has ended elsewhere."""
        async with self._units.begin() as unit:
            if await unit.turns.standing(self.turn.id) != "running":
                return Ending("failed", "interrupted", kept_as=ASIDE)
            events = await unit.log.append(self.turn.conversation, self._drafts(), now_ms=self._clock())
        self._live.publish(events)
        return Ending("completed", kept_as=ASIDE)

    def _drafts(self) -> list[LogEvent]:
        turn, answer = self.turn.id, self._answer
        help_ = tuple(HelpView(name=one.name, contact=one.contact) for one in answer.resources)
        return [
            SafetyNotice(id="", turn=turn, kind="crisis", text=answer.notice, resources=help_),
            TurnStatusEvent(id="", turn=turn, state="speaking"),
            ReplyDelta(id="", turn=turn, offset=0, text=answer.text),
        ]
