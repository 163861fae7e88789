"""The schema of shows, releases, characters, rights and the audit log, portable to SQLite and PostgreSQL.

Times are milliseconds since the epoch, UTC. Releases and character versions are written once; the audit log is
append-only by trigger, so that not even a mistake in this package can rewrite who approved what.
"""

from __future__ import annotations

from sqlalchemy import (
    DDL,
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Table,
    Text,
    event,
)

from characters.rights import RIGHT_USES

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_Seq = BigInteger().with_variant(Integer(), "sqlite")  # SQLite counts up only an INTEGER PRIMARY KEY
_Slug = String(63)
_Name = String(200)


def _one_of(column: str, values: tuple[str, ...]) -> str:
    return f"{column} IN ({', '.join(repr(value) for value in values)})"


shows = Table(
    "shows",
    metadata,
    Column("slug", _Slug, primary_key=True),
    Column("title", Text, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("published_version", Integer),
    Column("created_at_ms", BigInteger, nullable=False),
)

releases = Table(
    "releases",
    metadata,
    Column("show", _Slug, ForeignKey("shows.slug"), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("title", Text, nullable=False),
    Column("locale", String(35), nullable=False),
    Column("content_hash", String(64), nullable=False),
    Column("script", JSON, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("glossary", JSON(none_as_null=True)),
    Column("created_at_ms", BigInteger, nullable=False),
    CheckConstraint("version >= 1", name="version"),
)

character_versions = Table(
    "character_versions",
    metadata,
    Column("show", _Slug, ForeignKey("shows.slug"), primary_key=True),
    Column("slug", _Slug, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("sheet", JSON, nullable=False),
    Column("first_episode", Integer, nullable=False),
    Column("status", String(16), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("published_at_ms", BigInteger),
    CheckConstraint("version >= 1", name="version"),
    CheckConstraint(_one_of("status", ("draft", "published")), name="status"),
)

character_cards = Table(
    "character_cards",
    metadata,
    Column("show", _Slug, primary_key=True),
    Column("slug", _Slug, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("kind", String(16), nullable=False),
    Column("format", String(16), nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    ForeignKeyConstraint(
        ["show", "slug", "version"],
        ["character_versions.show", "character_versions.slug", "character_versions.version"],
        name="fk_character_cards_version",
    ),
    CheckConstraint(_one_of("kind", ("character", "lorebook")), name="kind"),
)

rights = Table(
    "rights",
    metadata,
    Column("id", _Seq, primary_key=True),
    Column("show", _Slug, ForeignKey("shows.slug"), nullable=False),
    Column("character", _Slug, nullable=False),
    Column("use", String(16), nullable=False),
    Column("source", _Name, nullable=False),
    Column("actor", _Name, nullable=False, server_default=""),
    Column("from_ms", BigInteger, nullable=False),
    Column("until_ms", BigInteger),
    CheckConstraint(_one_of('"use"', RIGHT_USES), name="use"),
    Index(None, "show", "character"),
)

audit_log = Table(
    "audit_log",
    metadata,
    Column("id", _Seq, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("show", _Slug, ForeignKey("shows.slug"), nullable=False),
    Column("action", String(32), nullable=False),
    Column("subject", _Name, nullable=False),
    Column("author", _Name, nullable=False),
    Column("approver", _Name, nullable=False),
    Index(None, "show"),
)

SQLITE_TRIGGERS: tuple[str, ...] = tuple(
    f"CREATE TRIGGER IF NOT EXISTS audit_log_refuse_{verb.lower()} BEFORE {verb} ON audit_log "
    f"BEGIN SELECT RAISE(ABORT, 'audit_log is append-only'); END"
    for verb in ("UPDATE", "DELETE")
)

POSTGRES_TRIGGERS: tuple[str, ...] = (
    "CREATE OR REPLACE FUNCTION characters_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
    "BEGIN RAISE EXCEPTION USING MESSAGE = TG_TABLE_NAME || ' is append-only'; END $$",
    "DROP TRIGGER IF EXISTS audit_log_refuse_change ON audit_log",
    # A row trigger does not see TRUNCATE; a statement trigger sees all three.
    "CREATE TRIGGER audit_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_log "
    "FOR EACH STATEMENT EXECUTE FUNCTION characters_refuse_change()",
)

for _dialect, _statements in (("sqlite", SQLITE_TRIGGERS), ("postgresql", POSTGRES_TRIGGERS)):
    for _statement in _statements:
        event.listen(metadata, "after_create", DDL(_statement).execute_if(dialect=_dialect))  # type: ignore[no-untyped-call]
