"""Experiments: two versions of a character on two shares of fans. The database itself keeps their plans as they are."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
_RUNNING = sa.text("begun_at_ms IS NOT NULL AND ended_at_ms IS NULL")
_PLAN = "id, show, character, control, challenger, percent, people, days_max, proposed_by, proposed_at_ms"


def upgrade() -> None:
    """Make the table, which is empty."""
    op.create_table(
        "experiments",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("show", sa.String(64), nullable=False),
        sa.Column("character", sa.String(64), nullable=False),
        sa.Column("control", sa.Integer(), nullable=False),
        sa.Column("challenger", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("days_max", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.String(200), nullable=False),
        sa.Column("proposed_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("begun_by", sa.String(200), server_default="", nullable=False),
        sa.Column("begun_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_by", sa.String(200), server_default="", nullable=False),
        sa.Column("ended_at_ms", sa.BigInteger(), nullable=True),
        sa.Column("ended_as", sa.String(32), server_default="", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_experiments")),
    )
    op.create_index(
        "uq_experiments_one_running",
        "experiments",
        ["show", "character"],
        unique=True,
        sqlite_where=_RUNNING,
        postgresql_where=_RUNNING,
    )
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


TRIGGERS = {
    "sqlite": (
        f"CREATE TRIGGER experiments_keep_plan BEFORE UPDATE OF {_PLAN} ON experiments "
        "BEGIN SELECT RAISE(ABORT, 'the plan of an experiment is fixed'); END",
        "CREATE TRIGGER experiments_keep_beginning BEFORE UPDATE OF begun_by, begun_at_ms ON experiments "
        "WHEN OLD.begun_at_ms IS NOT NULL BEGIN SELECT RAISE(ABORT, 'the plan of an experiment is fixed'); END",
        "CREATE TRIGGER experiments_keep_row BEFORE DELETE ON experiments "
        "BEGIN SELECT RAISE(ABORT, 'the plan of an experiment is fixed'); END",
    ),
    "postgresql": (
        "CREATE FUNCTION experiments_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$ "
        "BEGIN RAISE EXCEPTION 'the plan of an experiment is fixed'; END $$",
        f"CREATE TRIGGER experiments_keep_plan BEFORE UPDATE OF {_PLAN} ON experiments "
        "FOR EACH STATEMENT EXECUTE FUNCTION experiments_refuse_change()",
        "CREATE TRIGGER experiments_keep_beginning BEFORE UPDATE OF begun_by, begun_at_ms ON experiments "
        "FOR EACH ROW WHEN (OLD.begun_at_ms IS NOT NULL) EXECUTE FUNCTION experiments_refuse_change()",
        "CREATE TRIGGER experiments_keep_row BEFORE DELETE OR TRUNCATE ON experiments "
        "FOR EACH STATEMENT EXECUTE FUNCTION experiments_refuse_change()",
    ),
}
