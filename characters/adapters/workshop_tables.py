"""The tables of what a team works on, in the metadata of shows. Fans meet only what the fronts name."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    ForeignKey,
    ForeignKeyConstraint,
    Integer,
    LargeBinary,
    String,
    Table,
    Text,
    UniqueConstraint,
)

from characters.adapters.tables import metadata
from characters.workshop import REVIEW_STATES

_Seq = BigInteger().with_variant(Integer(), "sqlite")
_Slug = String(63)
_Name = String(200)

character_fronts = Table(
    "character_fronts",
    metadata,
    Column("show", _Slug, primary_key=True),
    Column("slug", _Slug, primary_key=True),
    Column("version", Integer, nullable=False),
    ForeignKeyConstraint(
        ["show", "slug", "version"],
        ["character_versions.show", "character_versions.slug", "character_versions.version"],
        name="fk_character_fronts_version",
    ),
)
"""The version of each character that new conversations begin with."""

sheet_drafts = Table(
    "sheet_drafts",
    metadata,
    Column("id", _Seq, primary_key=True),
    Column("show", _Slug, ForeignKey("shows.slug"), nullable=False),
    Column("slug", _Slug, nullable=False),
    Column("revision", Integer),
    Column("base", Integer, nullable=False),
    Column("content", JSON, nullable=False),
    Column("by", _Name, nullable=False),
    Column("begun_at_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    UniqueConstraint("show", "slug", "revision"),
)
"""The newest revision is the draft; a row without one was kept aside."""

sheet_reviews = Table(
    "sheet_reviews",
    metadata,
    Column("show", _Slug, primary_key=True),
    Column("slug", _Slug, primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("state", String(16), nullable=False),
    Column("authors", JSON, nullable=False),
    Column("asked_at_ms", BigInteger, nullable=False),
    Column("reviewer", _Name, nullable=False),
    Column("decided_at_ms", BigInteger),
    Column("comment", Text, nullable=False),
    ForeignKeyConstraint(
        ["show", "slug", "version"],
        ["character_versions.show", "character_versions.slug", "character_versions.version"],
        name="fk_sheet_reviews_version",
    ),
    CheckConstraint(f"state IN ({', '.join(map(repr, REVIEW_STATES))})", name="state"),
)

show_files = Table(
    "show_files",
    metadata,
    Column("show", _Slug, ForeignKey("shows.slug"), primary_key=True),
    Column("name", _Name, primary_key=True),
    Column("content", LargeBinary, nullable=False),
    Column("by", _Name, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)

airings = Table(
    "airings",
    metadata,
    Column("show", _Slug, ForeignKey("shows.slug"), primary_key=True),
    Column("episode", Integer, primary_key=True, autoincrement=False),
    Column("airs_at_ms", BigInteger, nullable=False),
)
