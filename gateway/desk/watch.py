"""The newest verification of the books and the alerts that stand now, for one process.

Verifying reads all of the books, so it is done in the background and when somebody asks, and never by opening a page.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from billing.alerts import MARGIN_SPAN_MS, Alert, AlertBounds, AlertKind, Gravity, Readings, alerts, counted
from billing.revenue import RevenueLine
from billing.types import Violation


class Watch:
    """Keeps what was found. `clock` gives milliseconds since the epoch, UTC."""

    def __init__(
        self,
        verify: Callable[[], Awaitable[tuple[Violation, ...]]],
        read: Callable[[AlertBounds], Awaitable[Readings]],
        margins: Callable[[int, int], Awaitable[tuple[RevenueLine, ...]]],
        clock: Callable[[], int],
        tell: Callable[[Mapping[tuple[AlertKind, Gravity], int]], None] = lambda counts: None,
        bounds: AlertBounds | None = None,
    ) -> None:
        """`margins` gives the report by character of a period, from its first moment to its end.

        `tell` is told how many alerts stand, whenever they are read.
        """
        self._verify, self._read, self._margins, self._clock = verify, read, margins, clock
        self._tell, self._bounds = tell, bounds or AlertBounds()
        self._verifying = asyncio.Lock()
        self.violations: tuple[str, ...] | None = None
        self.verified_at_ms: int | None = None

    async def verify(self) -> None:
        """Verify the books; who asks meanwhile waits, and asks for no other one."""
        asked_at_ms = self._clock()
        async with self._verifying:
            if self.verified_at_ms is not None and self.verified_at_ms > asked_at_ms:
                return
            found = await self._verify()
            self.violations = tuple(f"{each.invariant} at {each.where}: {each.detail}" for each in found)
            self.verified_at_ms = self._clock()

    async def alerts(self) -> tuple[Alert, ...]:
        """What stands now."""
        now_ms = self._clock()
        found = alerts(
            await self._read(self._bounds),
            await self._margins(now_ms - MARGIN_SPAN_MS, now_ms),
            self.violations,
            verified_at_ms=self.verified_at_ms,
            now_ms=now_ms,
            bounds=self._bounds,
        )
        self._tell(counted(found))
        return found
