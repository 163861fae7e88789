"""The tables of staff, in the gateway's metadata. The log of acts is append-only by trigger (see the migration)."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, String, Table, Text

from gateway.adapters.tables import metadata

_Seq = BigInteger().with_variant(Integer(), "sqlite")

staff = Table(
    "staff",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("name", String(100), nullable=False),
    Column("folded", String(100), nullable=False, unique=True),
    Column("active", Boolean, nullable=False),
    Column("password_hash", String(300), nullable=False),
    Column("totp_secret", String(64), nullable=False),
    Column("totp_step", BigInteger, nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
)

staff_grants = Table(
    "staff_grants",
    metadata,
    Column("member", String(64), ForeignKey("staff.id"), primary_key=True),
    Column("show", String(63), primary_key=True),
    Column("role", String(32), primary_key=True),
)

staff_sessions = Table(
    "staff_sessions",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("member", String(64), ForeignKey("staff.id"), nullable=False),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("seen_at_ms", BigInteger, nullable=False),
    Column("agent", String(120), nullable=False),
    Index(None, "member"),
)

staff_invitations = Table(
    "staff_invitations",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("member", String(64), ForeignKey("staff.id"), nullable=False),
    Column("expires_at_ms", BigInteger, nullable=False),
    Index(None, "member"),
)

staff_log = Table(
    "staff_log",
    metadata,
    Column("id", _Seq, primary_key=True),
    Column("at_ms", BigInteger, nullable=False),
    Column("actor", String(100), nullable=False),
    Column("act", String(40), nullable=False),
    Column("show", String(63), nullable=False),
    Column("subject", String(200), nullable=False),
    Column("detail", Text, nullable=False),
    Index(None, "show"),
)
