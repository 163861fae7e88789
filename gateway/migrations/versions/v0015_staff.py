"""Staff: accounts, what they may do, sessions, invitations, and what was done."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"


def upgrade() -> None:
    """Make the tables, then the triggers that keep the log as it is; nobody is staff until somebody is added."""
    op.create_table(
        "staff",
        sa.Column("id", sa.String(64), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("folded", sa.String(100), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("password_hash", sa.String(300), nullable=False),
        sa.Column("totp_secret", sa.String(64), nullable=False),
        sa.Column("totp_step", sa.BigInteger(), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff")),
        sa.UniqueConstraint("folded", name=op.f("uq_staff_folded")),
    )
    op.create_table(
        "staff_grants",
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("role", sa.String(32), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["staff.id"], name=op.f("fk_staff_grants_member_staff")),
        sa.PrimaryKeyConstraint("member", "show", "role", name=op.f("pk_staff_grants")),
    )
    op.create_table(
        "staff_sessions",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("created_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("seen_at_ms", sa.BigInteger(), nullable=False),
        sa.Column("agent", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["staff.id"], name=op.f("fk_staff_sessions_member_staff")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_sessions")),
    )
    op.create_index(op.f("ix_staff_sessions_member"), "staff_sessions", ["member"], unique=False)
    op.create_table(
        "staff_invitations",
        sa.Column("hash", sa.String(64), nullable=False),
        sa.Column("member", sa.String(64), nullable=False),
        sa.Column("expires_at_ms", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["member"], ["staff.id"], name=op.f("fk_staff_invitations_member_staff")),
        sa.PrimaryKeyConstraint("hash", name=op.f("pk_staff_invitations")),
    )
    op.create_index(op.f("ix_staff_invitations_member"), "staff_invitations", ["member"], unique=False)
    op.create_table(
        "staff_log",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("at_ms", sa.BigInteger(), nullable=False),
        sa.Column("actor", sa.String(100), nullable=False),
        sa.Column("act", sa.String(40), nullable=False),
        sa.Column("show", sa.String(63), nullable=False),
        sa.Column("subject", sa.String(200), nullable=False),
        sa.Column("detail", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_staff_log")),
    )
    op.create_index(op.f("ix_staff_log_show"), "staff_log", ["show"], unique=False)
    for statement in TRIGGERS[op.get_bind().dialect.name]:
        op.execute(statement)


TRIGGERS = {
    "sqlite": [
        f"CREATE TRIGGER staff_log_refuse_{verb.lower()} BEFORE {verb} ON staff_log "
        "BEGIN SELECT RAISE(ABORT, 'staff_log is append-only'); END"
        for verb in ("UPDATE", "DELETE")
    ],
    "postgresql": [
        "CREATE TRIGGER staff_log_refuse_change BEFORE UPDATE OR DELETE OR TRUNCATE ON staff_log "
        "FOR EACH STATEMENT EXECUTE FUNCTION characters_refuse_change()",
    ],
}
