"""What the Desk needs, put together over a store; the till is there when the settings name one."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module
from pathlib import Path

from billing.adapters.sql_watch import readings
from billing.alerts import AlertBounds, Readings
from billing.cashier import Cashier
from billing.exports import Format, Row, Table
from billing.revenue import RevenueLine
from gateway.bootstrap.store import Store, now_ms
from gateway.desk.services import DeskServices
from gateway.desk.watch import Watch
from gateway.measures import Measures, NoMeasures


def open_watch(store: Store, measures: Measures) -> Watch:
    """What verifies the books and tells what stands out, and how many alerts stand to the measures."""

    async def read(bounds: AlertBounds) -> Readings:
        async with store.database.snapshot() as connection:
            return await readings(connection, now_ms=now_ms(), bounds=bounds)

    async def margins(from_ms: int, until_ms: int) -> tuple[RevenueLine, ...]:
        async with store.snapshot() as reports:
            return await reports.revenue(from_ms=from_ms, until_ms=until_ms, by="character")

    return Watch(store.verify, read, margins, now_ms, measures.alerts_stand)


def open_desk(store: Store, cashier: Cashier | None, watch: Watch | None = None) -> DeskServices:
    """The Desk's services for a gateway."""

    async def export(path: Path, table: Table, form: Format, rows: AsyncIterator[Row]) -> int:
        # Imported by who needs it first, and away from the event loop: it takes longer than all the rest of a gateway.
        files = await asyncio.to_thread(import_module, "billing.adapters.table_files")
        written: int = await files.write(path, table, form, rows)
        return written

    return DeskServices(
        units=store.units,
        snapshot=store.snapshot,
        watch=watch or open_watch(store, NoMeasures()),
        export=export,
        rebuild=store.figuring().rebuild,
        clock=now_ms,
        apps=store.settings.apps,
        cashier=cashier,
    )
