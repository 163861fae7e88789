"""Inserting what somebody else may be inserting at the same moment, in either dialect.

A key that is taken is then an answer and not an error, which on PostgreSQL would end the caller's transaction. Never
updates a row.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache
from typing import Any

from sqlalchemy import Column, Table
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncConnection

Insert = sqlite.Insert | postgresql.Insert
# Both dialects know ON CONFLICT DO NOTHING, each in its own class.
_INSERT: dict[str, Callable[[Table], Insert]] = {"sqlite": sqlite.insert, "postgresql": postgresql.insert}


def insert_or_count(
    connection: AsyncConnection, table: Table, key: Sequence[Column[Any]], again: Mapping[str, Any]
) -> Insert:
    """An INSERT that, where `key` is taken, sets the columns of `again` in the row that is there: for counters only."""
    return _INSERT[connection.dialect.name](table).on_conflict_do_update(index_elements=list(key), set_=dict(again))


def insert_new(connection: AsyncConnection, table: Table, *key: Column[str]) -> Insert:
    """An INSERT that leaves out rows whose `key` is taken; whose any key is taken when none is named."""
    return _insert_new(connection.dialect.name, table, key)


@cache  # tables and keys are few, and putting a statement together costs more than sending it
def _insert_new(dialect: str, table: Table, key: tuple[Column[str], ...]) -> Insert:
    return _INSERT[dialect](table).on_conflict_do_nothing(index_elements=key or None)
