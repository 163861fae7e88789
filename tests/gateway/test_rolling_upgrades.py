"""Which migrations older processes may go on serving under, told by the schema before and after, and by the manual."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, create_engine, inspect, text

from gateway.adapters.migrating import alembic_config
from gateway.reference import DOCS


@dataclass(frozen=True, slots=True)
class Column:
    """A column, as far as a statement that does not know it can tell: whether a row may be written without it."""

    may_be_left_out: bool


Schema = Mapping[str, Mapping[str, Column]]


def schema_of(connection: Connection) -> Schema:
    """Tables and their columns."""
    seen = inspect(connection)
    return {
        table: {
            column["name"]: Column(column["nullable"] or column["default"] is not None)
            for column in seen.get_columns(table)
        }
        for table in seen.get_table_names()
    }


def breaks(before: Schema, after: Schema) -> list[str]:
    """What a program that was written for `before` would miss, or not know that it has to write."""
    found = [f"{table} is gone" for table in before if table not in after]
    for table, columns in before.items():
        now = after.get(table, {})
        found += [f"{table}.{name} is gone" for name in columns if table in after and name not in now]
        found += [
            f"{table}.{name} must be written"
            for name, column in now.items()
            if name not in columns and not column.may_be_left_out
        ]
    return found


def breaking_revisions() -> set[str]:
    """Every revision but the first that older processes cannot go on under."""
    config = alembic_config()
    revisions = [each.revision for each in ScriptDirectory.from_config(config).walk_revisions()][::-1]
    found = set()
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, revisions[0])
        for revision in revisions[1:]:
            before = schema_of(connection)
            command.upgrade(config, revision)
            if breaks(before, schema_of(connection)):
                found.add(revision)
    engine.dispose()
    return found


def test_the_manual_names_every_migration_that_needs_all_processes_stopped() -> None:
    page = (DOCS / "operations.md").read_text("utf-8")
    said = re.search(r"^Migrations that need every process stopped: (.+)\.$", page, re.MULTILINE)
    assert said is not None
    assert set(re.findall(r"`(\d{4})`", said[1])) == breaking_revisions()


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ("ALTER TABLE a ADD COLUMN c TEXT", []),
        ("ALTER TABLE a ADD COLUMN c TEXT DEFAULT '' NOT NULL", []),
        ("CREATE TABLE b (id TEXT NOT NULL)", []),
        ("DROP TABLE a", ["a is gone"]),
        ("ALTER TABLE a RENAME COLUMN x TO y", ["a.x is gone", "a.y must be written"]),
    ],
)
def test_what_a_change_would_break_is_seen(change: str, expected: list[str]) -> None:
    engine = create_engine("sqlite://")
    with engine.begin() as connection:
        connection.execute(text("CREATE TABLE a (id TEXT NOT NULL, x TEXT NOT NULL)"))
        before = schema_of(connection)
        connection.execute(text(change))
        assert breaks(before, schema_of(connection)) == expected
    engine.dispose()
