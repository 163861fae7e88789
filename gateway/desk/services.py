"""What the Desk's pages need of the rest, in one value: the books to write and to read, the till, and the clock."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from pathlib import Path

from billing.cashier import Cashier
from billing.exports import Format, Row, Table
from billing.ports import Reports
from gateway.desk.watch import Watch
from gateway.ports import Units
from gateway.settings import App


@dataclass(frozen=True, slots=True)
class DeskServices:
    """Opened once for a gateway."""

    units: Units
    snapshot: Callable[[], AbstractAsyncContextManager[Reports]]
    """The books as they are at one moment."""
    watch: Watch
    export: Callable[[Path, Table, Format, AsyncIterator[Row]], Awaitable[int]]
    """Writes a table into a file."""
    rebuild: Callable[[], Awaitable[int]]
    """Fills the dashboards' figures anew."""
    clock: Callable[[], int]
    apps: Mapping[str, App]
    cashier: Cashier | None
    """None where nothing is for sale."""
    trials: asyncio.Semaphore = field(default_factory=lambda: asyncio.Semaphore(1))
    """One price is tried at a time: it takes a core."""
