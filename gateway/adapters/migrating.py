"""Bringing a database to the schema of this program, in one transaction."""

from __future__ import annotations

import sqlite3
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.runtime.migration import MigrationContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import SQLAlchemyError

from gateway.adapters.database import Database
from gateway.errors import DatabaseUnusable, DataNewerThanProgram

MIGRATION_LOCK = 0x656E636F7265
"""One number for every Encore: two processes that start at once migrate one after the other."""
SCRIPTS = Path(__file__).resolve().parent.parent / "migrations"


def alembic_config() -> Config:
    """Alembic's configuration; the connection is handed over in its attributes."""
    config = Config()
    config.set_main_option("script_location", str(SCRIPTS))
    config.set_main_option("path_separator", "os")
    return config


def knows(revision: str) -> bool:
    """Whether a database of this revision can be brought to the schema of this program."""
    scripts = ScriptDirectory.from_config(alembic_config())
    return revision in {known.revision for known in scripts.walk_revisions()}


async def migrate(database: Database) -> None:
    """Bring the schema up to date; cheap when it is. Raises DataNewerThanProgram, DatabaseUnusable."""
    if await up_to_date(database):
        return
    async with database.writer.begin() as connection:
        if connection.dialect.name == "postgresql":  # on SQLite the transaction itself waits for the one before
            await connection.execute(select(func.pg_advisory_xact_lock(MIGRATION_LOCK)))
        await connection.run_sync(_upgrade, alembic_config())  # and looks again what there is to do


async def up_to_date(database: Database) -> bool:
    """Whether the schema is this program's and not an older one. Raises DataNewerThanProgram, DatabaseUnusable."""
    scripts = ScriptDirectory.from_config(alembic_config())
    try:
        async with database.reader.connect() as connection:
            current = await connection.run_sync(_revision)
    except (SQLAlchemyError, sqlite3.Error, OSError) as error:  # what a pragma meets comes as the driver's own
        raise DatabaseUnusable from error
    if current is not None and not knows(current):
        raise DataNewerThanProgram
    return current == scripts.get_current_head()


def _revision(connection: Connection) -> str | None:
    return MigrationContext.configure(connection).get_current_revision()


def _upgrade(connection: Connection, config: Config) -> None:
    config.attributes["connection"] = connection
    command.upgrade(config, "head")
