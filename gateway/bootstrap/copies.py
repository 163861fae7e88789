"""Copies of an embedded database: writing one while a server runs, and putting one where there is none."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from importlib.metadata import version
from pathlib import Path
from typing import Any

from gateway.adapters import sqlite_backups
from gateway.adapters.migrating import knows
from gateway.errors import DataNewerThanProgram, InvalidSetting
from gateway.settings import Settings


def back_up(settings: Settings, target: Path, *, now_ms: int) -> Mapping[str, Any]:
    """Write the embedded database to a file; returns what it says of itself. Blocks; a server may run meanwhile.

    Raises InvalidSetting on a PostgreSQL, DatabaseUnusable, BackupUnusable.
    """
    if not settings.embedded_database:
        reason = "a PostgreSQL is backed up by pg_dump, see docs/operations.md"
        raise InvalidSetting("ENCORE_DATABASE_URL", reason)
    database, program = sqlite_backups.sqlite_file(settings.database_url), version("encore")
    return asdict(sqlite_backups.back_up(database, target, version=program, embedder=settings.embedder, now_ms=now_ms))


def restore_backup(settings: Settings, source: Path) -> Mapping[str, Any]:
    """Put a backup's database where the settings have none; returns what it says of itself. Blocks.

    Raises BackupUnusable, DatabaseInTheWay, DataNewerThanProgram.
    """
    if not knows(sqlite_backups.read_manifest(source).revision):
        raise DataNewerThanProgram
    return asdict(sqlite_backups.restore(source, sqlite_backups.sqlite_file(settings.database_url)))
