"""A reply that people wrote beforehand, performed as a turn: logged and told at once, never by a model.

It has the shape of a performance, so that it is settled, resumed and listed like any other reply.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, Protocol

from gateway.events import HelpView, LogEvent, ReplyDelta, SafetyNotice, TurnStatusEvent
from gateway.ports import LiveEvents, Units
from gateway.records import Turn
from gateway.settling import Ending


class Performs(Protocol):
    """What a turn's task asks of whatever performs it."""

    turn: Turn

    def cancel(self, heard_ms: int | None = None) -> None:
        """The fan wants no more of it. `heard_ms`: how much of its audio they heard."""
        ...

    async def run(self) -> Ending:
        """Perform, once, and say how it ended; settling it is the caller's."""
        ...


@dataclass(frozen=True, slots=True)
class FixedAnswer:
    """What is said instead of a reply. `kind`: why it costs nothing."""

    kind: Literal["crisis", "disclosure", "goodbye"]
    text: str
    notice: str = ""
    resources: tuple[HelpView, ...] = ()
    speaker: str | None = None
    """In a scene: who says it; None for what no character says."""

    @property
    def kept_as(self) -> str | None:
        """How the transcript keeps it, one of ASIDE; None for what belongs to the talk."""
        return None if self.kind == "goodbye" else self.kind


class FixedReply:
    """Performs a fixed answer."""

    def __init__(
        self, turn: Turn, answer: FixedAnswer, *, units: Units, live: LiveEvents, clock: Callable[[], int]
    ) -> None:
        self.turn = turn
        self._answer, self._units, self._live, self._clock = answer, units, live, clock

    def cancel(self, heard_ms: int | None = None) -> None:
        """It is said in one piece: there is nothing to stop."""

    async def run(self) -> Ending:
        """Say it, unless the turn has ended elsewhere."""
        async with self._units.begin() as unit:
            if await unit.turns.standing(self.turn.id) != "running":
                return Ending("failed", "interrupted", kept_as=self._answer.kept_as)
            events = await unit.log.append(self.turn.conversation, self._drafts(), now_ms=self._clock())
        self._live.publish(events)
        return Ending("completed", kept_as=self._answer.kept_as)

    def _drafts(self) -> list[LogEvent]:
        turn, answer = self.turn.id, self._answer
        spoken: list[LogEvent] = [
            TurnStatusEvent(id="", turn=turn, state="speaking", speaker=answer.speaker),
            ReplyDelta(id="", turn=turn, offset=0, text=answer.text, speaker=answer.speaker),
        ]
        if answer.kind != "crisis":
            return spoken
        notice = SafetyNotice(id="", turn=turn, kind="crisis", text=answer.notice, resources=answer.resources)
        return [notice, *spoken]
