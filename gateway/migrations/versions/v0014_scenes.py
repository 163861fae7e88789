"""Two characters in one conversation: who else is there, who said what, and a turn that two remember.

On SQLite a primary key cannot be changed in place; no other table points at the one that is made anew.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"

ONE_EACH = "ix_conversations_fan_show_character_mode"


def upgrade() -> None:
    """Add the columns, then let one fan have another conversation of a character's for each partner."""
    op.execute("ALTER TABLE conversations ADD COLUMN partner VARCHAR(64) DEFAULT '' NOT NULL")
    op.execute("ALTER TABLE conversations ADD COLUMN partner_version INTEGER DEFAULT 0 NOT NULL")
    op.drop_index(op.f(ONE_EACH), table_name="conversations")
    op.create_index(
        op.f("ix_conversations_fan_show_character_partner_mode"),
        "conversations",
        ["fan", "show", "character", "partner", "mode"],
        unique=True,
    )
    op.execute("ALTER TABLE exchanges ADD COLUMN parts JSON")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("ALTER TABLE told_turns DROP CONSTRAINT pk_told_turns")
        op.execute('ALTER TABLE told_turns ADD CONSTRAINT pk_told_turns PRIMARY KEY (turn, "character")')
    else:
        _told_anew()


def _told_anew() -> None:
    columns = 'turn, fan, show, "character", at_ms, state, model_id, fan_vector, reply_vector'
    op.create_table(
        "told_anew",
        sa.Column("turn", sa.String(length=64), nullable=False),
        sa.Column("fan", sa.String(length=200), nullable=False),
        sa.Column("show", sa.String(length=64), nullable=False),
        sa.Column("character", sa.String(length=64), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.String(length=16), nullable=False),
        sa.Column("model_id", sa.String(length=120), nullable=True),
        sa.Column("fan_vector", sa.LargeBinary(), nullable=True),
        sa.Column("reply_vector", sa.LargeBinary(), nullable=True),
        sa.PrimaryKeyConstraint("turn", "character", name=op.f("pk_told_turns")),
    )
    op.execute(f"INSERT INTO told_anew ({columns}) SELECT {columns} FROM told_turns")
    op.drop_table("told_turns")
    op.rename_table("told_anew", "told_turns")
    op.create_index(op.f("ix_told_turns_fan_show_character_at_ms"), "told_turns", ["fan", "show", "character", "at_ms"])
    op.create_index("ix_told_turns_waiting", "told_turns", ["at_ms"], sqlite_where=sa.text("state = 'waiting'"))
