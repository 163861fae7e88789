"""Inserting what may be there already, in either dialect.

The one place of this package that knows that SQLite and PostgreSQL spell it alike but in two modules. Never updates a
row.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import Insert, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection


async def insert_new(connection: AsyncConnection, table: Table, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows; one whose primary key is taken stays as it is."""
    if rows:
        await connection.execute(_insert_or_nothing(connection, table), list(rows))


def _insert_or_nothing(connection: AsyncConnection, table: Table) -> Insert:
    if connection.dialect.name == "postgresql":
        return postgresql.insert(table).on_conflict_do_nothing()
    return sqlite.insert(table).on_conflict_do_nothing()
