"""Keeping the dashboards' figures up to date: the journal seal by seal, the log of turns as far as it is settled.

Off every fan's path. Each step is one unit of work: being ended in the middle loses nothing and counts nothing twice.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping

from billing.figure_ports import Marks, Sealed
from billing.figures import Increments, Place, Taken, place_of
from billing.ledger import Entry
from billing.settlement import DELIVERED, Hold
from billing.types import FREE_KINDS
from billing.units import MINUTE_MS
from gateway.ports import Unit, Units

TURNS_AT_ONCE = 500
LATE_MS = 5 * MINUTE_MS
"""A turn younger than this is not looked at: one that was begun before it may become visible after it."""


class Figuring:
    """Fills the figures. `clock` gives milliseconds since the epoch, UTC."""

    def __init__(self, units: Units, clock: Callable[[], int]) -> None:
        self._units, self._clock = units, clock

    async def catch_up(self) -> int:
        """Count whatever is new; returns how many steps that took."""
        steps = 0
        while await self._journal_step() or await self._turns_step():
            steps += 1
        return steps

    async def rebuild(self) -> int:
        """Drop all figures and count everything anew."""
        async with self._units.begin() as unit:
            await unit.figures.marks()
            await unit.figures.forget()
        return await self.catch_up()

    async def _journal_step(self) -> bool:
        async with self._units.begin() as unit:
            marks = await unit.figures.marks()
            sealed = await unit.figures.sealed_after(marks.seal)
            if sealed is None:
                return False
            await unit.figures.add(await _of_seal(unit, sealed), Marks(sealed.seal, marks.turn))
            return True

    async def _turns_step(self) -> bool:
        async with self._units.begin() as unit:
            marks = await unit.figures.marks()
            ended = await unit.turn_log.ended_after(marks.turn, before_ms=self._clock() - LATE_MS, limit=TURNS_AT_ONCE)
            if not ended:
                return False
            settled = await unit.figures.settled([turn for _, turn, _ in ended])
            found = Increments()
            for _, turn, episode in ended:
                taken = _taken(settled.get(turn, ()), episode)
                if taken is not None and taken.reason not in (DELIVERED, *FREE_KINDS):
                    found.turn(taken)
            await unit.figures.add(found, Marks(marks.seal, ended[-1][0]))
            return True


async def _of_seal(unit: Unit, sealed: Sealed) -> Increments:
    entries = [recorded.entry for recorded in sealed.entries]
    turns = sorted({entry.turn for entry in entries if entry.turn is not None})
    settled = await unit.figures.settled(turns)
    episodes = await unit.turn_log.episodes_of(turns)
    found = Increments()
    for entry in entries:
        taken = None if entry.turn is None else _taken(settled.get(entry.turn, ()), episodes.get(entry.turn, 0))
        found.entry(entry, classes=sealed.classes, taken=taken, place=await _bought_at(unit, entry))
    return found


async def _bought_at(unit: Unit, entry: Entry) -> Place:
    """Where a fan was who bought: the last turn they had begun by then."""
    if entry.terms is None or not entry.terms.paid_minor:
        return Place()
    return Place(*await unit.turn_log.last_place(entry.fan, before_ms=entry.at_ms))


def _taken(holds: Iterable[Hold], episode: int) -> Taken | None:
    by_kind: Mapping[str, Hold] = {hold.kind: hold for hold in holds}
    text, voice = by_kind.get("text"), by_kind.get("voice")
    if text is None or text.settled_at_ms is None:
        return None
    return Taken(
        fan=text.fan,
        place=place_of(text.scope, episode),
        text=text.captured_credits,
        voice=voice.captured_credits if voice else 0,
        reason=text.waived or text.reason,
        opened_at_ms=text.opened_at_ms,
    )
