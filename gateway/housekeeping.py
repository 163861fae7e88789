"""What a gateway does now and then while it serves: chores that never end, whatever one round of them meets."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

from billing.cashier import Cashier
from billing.units import DAY_MS
from gateway.logs import where

RECONCILE_DAYS = 3

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Chore:
    """A step that is taken again and again, so many seconds apart."""

    name: str
    every_s: float
    step: Callable[[], Awaitable[object]]

    async def go_on(self) -> None:
        """Take the step now and then. One that fails is told of and taken again next time."""
        while True:
            await asyncio.sleep(self.every_s)
            await attempted(self.name, self.step)


async def attempted(name: str, step: Callable[[], Awaitable[object]]) -> None:
    """Take a step; what keeps it from being taken is told to the operator now, and to whoever needs it later."""
    try:
        await step()
    except Exception as error:  # whatever it was, the next round finds the same work still to do
        log.error("%s: %s", name, where(error))


@asynccontextmanager
async def doing(*chores: Chore, once: Callable[[], Awaitable[object]] | None = None) -> AsyncIterator[None]:
    """Do these chores while the block runs, and one thing at its beginning beside it."""
    tasks = [asyncio.create_task(chore.go_on(), name=chore.name) for chore in chores]
    if once is not None:
        tasks.append(asyncio.create_task(attempted("warming up", once), name="warm up"))
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def reconciled(cashier: Cashier, at_ms: int) -> int:
    """Compare the till with the orders of the last days, look again at what differs, and tell the operator.

    Returns how many payments differed. What a look cannot mend is found again the next time.
    """
    found = await cashier.reconcile(at_ms - RECONCILE_DAYS * DAY_MS, at_ms, repair=True)
    if found.findings:
        kinds = ", ".join(sorted({finding.kind for finding in found.findings}))
        log.warning("reconcile: %d payments differ (%s); see `encore reconcile`", len(found.findings), kinds)
    return len(found.findings)
