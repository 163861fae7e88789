"""Counts what fans ask about in a show over whole days; who looks gets rows that enough fans hide each other in."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from datetime import UTC, date, datetime

from billing.units import DAY_MS
from characters.ports import Catalogue
from gateway.curiosity import Asked, Curiosity, Tally, subjects_of
from gateway.ports import Questions

DAYS = 28
DAYS_MAX = 366
AT_ONCE = 500
"""Messages that are counted in one go, beside whatever else this process does."""


@dataclass(frozen=True, slots=True)
class Days:
    """From the first moment of one day to the last of another, UTC; both are over."""

    first: date
    last: date

    @property
    def from_ms(self) -> int:
        """The first moment."""
        return _begin_ms(self.first)

    @property
    def until_ms(self) -> int:
        """The first moment after."""
        return _begin_ms(self.last) + DAY_MS


async def asked_about(catalogue: Catalogue, questions: Questions, show: str, days: Days) -> tuple[Curiosity, ...]:
    """What fans spoke of, looked for by the names of the newest release. Raises UnknownShow."""
    release = await catalogue.release(await catalogue.newest(show))
    tally = Tally(subjects_of(release.terms, await catalogue.cast(show, published_only=False)))
    waiting: list[Asked] = []
    async for asked in questions.about(show, from_ms=days.from_ms, until_ms=days.until_ms):
        waiting.append(asked)
        if len(waiting) == AT_ONCE:
            await asyncio.to_thread(_count, tally, waiting)
            waiting = []
    await asyncio.to_thread(_count, tally, waiting)
    return tally.rows()


def _count(tally: Tally, messages: list[Asked]) -> None:
    for asked in messages:
        tally.add(asked)


def _begin_ms(day: date) -> int:
    return int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()) * 1000
