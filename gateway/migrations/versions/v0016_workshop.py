"""What a team works on: drafts, reviews, files, airing dates, whose right it is, and which version is in front."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"

VERSION = ["character_versions.show", "character_versions.slug", "character_versions.version"]


def upgrade() -> None:
    """Make the tables; what is published now stays in front."""
    op.add_column("rights", sa.Column("actor", sa.String(200), server_default="", nullable=False))
    op.create_table(
        "character_fronts",
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["show", "slug", "version"], VERSION, name="fk_character_fronts_version"),
        sa.PrimaryKeyConstraint("show", "slug", name=op.f("pk_character_fronts")),
    )
    op.execute(
        "INSERT INTO character_fronts (show, slug, version) "
        "SELECT show, slug, max(version) FROM character_versions WHERE status = 'published' GROUP BY show, slug"
    )
    op.create_table(
        "sheet_drafts",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=True),
        sa.Column("base", sa.Integer(), nullable=False),
        sa.Column("content", sa.JSON(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_sheet_drafts_show_shows")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sheet_drafts")),
        sa.UniqueConstraint("show", "slug", "revision", name=op.f("uq_sheet_drafts_show_slug_revision")),
    )
    op.create_table(
        "sheet_reviews",
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("slug", sa.String(63), nullable=False),
        sa.Column("version", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("state", sa.String(16), nullable=False),
        sa.Column("authors", sa.JSON(), nullable=False),
        sa.Column("asked_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("reviewer", sa.String(200), nullable=False),
        sa.Column("decided_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.CheckConstraint("state IN ('in_review', 'approved', 'returned')", name=op.f("ck_sheet_reviews_state")),
        sa.ForeignKeyConstraint(["show", "slug", "version"], VERSION, name="fk_sheet_reviews_version"),
        sa.PrimaryKeyConstraint("show", "slug", "version", name=op.f("pk_sheet_reviews")),
    )
    op.create_table(
        "show_files",
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("name", sa.String(200), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("by", sa.String(200), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_show_files_show_shows")),
        sa.PrimaryKeyConstraint("show", "name", name=op.f("pk_show_files")),
    )
    op.create_table(
        "airings",
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("episode", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("airs_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["show"], ["shows.slug"], name=op.f("fk_airings_show_shows")),
        sa.PrimaryKeyConstraint("show", "episode", name=op.f("pk_airings")),
    )
