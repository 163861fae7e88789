"""Takes every guard off a test's database, so that errors can be planted which it would refuse."""

from __future__ import annotations

from sqlalchemy import text

from billing.adapters.tables import APPEND_ONLY_TABLES, metadata
from gateway.adapters.database import Database

CHECKS = "SELECT conrelid::regclass, conname FROM pg_constraint WHERE contype = 'c' AND conrelid <> 0"


async def remove_guards(database: Database) -> None:
    """Neither triggers nor checks nor foreign keys are left."""
    if database.writer.dialect.name == "sqlite":
        await _of_sqlite(database)
    else:
        await _of_postgresql(database)


async def _of_sqlite(database: Database) -> None:
    async with database.writer.connect() as connection:
        # Past SQLAlchemy: it would begin a transaction, in which these pragmas do nothing.
        driver = (await connection.get_raw_connection()).driver_connection
        assert driver is not None
        raw = driver.cursor()
        await raw.execute("PRAGMA foreign_keys = OFF")
        await raw.execute("PRAGMA ignore_check_constraints = ON")
        for table in APPEND_ONLY_TABLES:
            for verb in ("update", "delete"):
                await raw.execute(f"DROP TRIGGER {table}_refuse_{verb}")


async def _of_postgresql(database: Database) -> None:
    async with database.writer.begin() as connection:
        for table, check in (await connection.execute(text(CHECKS))).all():
            await connection.execute(text(f"ALTER TABLE {table} DROP CONSTRAINT {check}"))
        for table in metadata.sorted_tables:  # foreign keys are triggers too
            await connection.execute(text(f"ALTER TABLE {table.name} DISABLE TRIGGER ALL"))
