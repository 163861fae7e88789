"""The gateway's tables: conversations, their logs, turns and tickets."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    ForeignKey,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    text,
)

metadata = MetaData(
    naming_convention={
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s",
        "pk": "pk_%(table_name)s",
    }
)

conversations = Table(
    "conversations",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fan", String(200), nullable=False),
    Column("show", String(64), nullable=False),
    Column("character", String(64), nullable=False),
    Column("partner", String(64), nullable=False, server_default=""),  # who else is there; "" when nobody is
    Column("mode", String(16), nullable=False),
    Column("locale", String(40), nullable=False),
    Column("release_version", Integer, nullable=False),
    Column("sheet_version", Integer, nullable=False),
    Column("partner_version", Integer, nullable=False, server_default="0"),
    Column("epoch", String(64), nullable=False),
    Column("head_seq", BigInteger, nullable=False),
    Column("horizon_cap", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("disclosed_at_ms", BigInteger, nullable=False, server_default="0"),
    Column("disclosed_aloud_at_ms", BigInteger, nullable=False, server_default="0"),
    Index(None, "fan", "show", "character", "partner", "mode", unique=True),
)

turns = Table(
    "turns",
    metadata,
    Column("position", BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True),
    Column("id", String(64), nullable=False, unique=True),
    Column("conversation", String(64), ForeignKey("conversations.id"), nullable=False),
    Column("fan", String(200), nullable=False),
    Column("client_msg_id", String(64), nullable=False),
    Column("body_hash", String(64), nullable=False),
    Column("state", String(16), nullable=False),
    Column("first_seq", BigInteger, nullable=False),
    Column("owner", String(64), nullable=False),
    Column("horizon", BigInteger, nullable=False),
    Column("receipt", Text),
    Column("beat_at_ms", BigInteger, nullable=False),
    Column("cancel_asked_at_ms", BigInteger),
    Column("created_at_ms", BigInteger, nullable=False),
    Column("ended_at_ms", BigInteger),
    Column("replaces", String(64)),
    Column("persona_version", Integer),
    Column("heard_chars", Integer),
    Index(None, "fan", "client_msg_id", unique=True),
    Index("ix_turns_conversation_position", "conversation", "position"),
    # One turn at a time: the database says so too.
    Index(
        "uq_turns_one_running",
        "conversation",
        unique=True,
        sqlite_where=text("state = 'running'"),
        postgresql_where=text("state = 'running'"),
    ),
)

persona_versions = Table(
    "persona_versions",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("models", JSON, nullable=False),
    Column("author", String(200), nullable=False),
    Column("approver", String(200), nullable=False),
    Column("published_at_ms", BigInteger, nullable=False),
)

rapports = Table(
    "rapports",
    metadata,
    Column("fan", String(200), primary_key=True),
    Column("show", String(64), primary_key=True),
    Column("character", String(64), primary_key=True),
    Column("familiarity", Integer, nullable=False),
    Column("warmth", Integer, nullable=False),
    Column("trust", Integer, nullable=False),
    Column("moved_at_ms", BigInteger, nullable=False),
)

turn_reports = Table(
    "turn_reports",
    metadata,
    Column("turn", String(64), primary_key=True),
    Column("fan", String(200), nullable=False),
    Column("reason", String(32), nullable=False),
    Column("note", Text, nullable=False),
    Column("justified", Boolean, nullable=False),
    Column("refunded", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index(None, "fan", "at_ms"),
)

log_events = Table(
    "log_events",
    metadata,
    Column("conversation", String(64), ForeignKey("conversations.id"), primary_key=True),
    Column("seq", BigInteger, primary_key=True, autoincrement=False),
    Column("epoch", String(64), nullable=False),
    Column("turn", String(64), nullable=False),
    Column("type", String(40), nullable=False),
    Column("wire", Text, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Index("ix_log_events_turn", "turn", "seq"),
    sqlite_with_rowid=False,
)

tickets = Table(
    "tickets",
    metadata,
    Column("hash", String(64), primary_key=True),
    Column("claims", JSON, nullable=False),
    Column("origin", String(300)),
    Column("expires_at_ms", BigInteger, nullable=False),
)

experiments = Table(
    "experiments",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("show", String(64), nullable=False),
    Column("character", String(64), nullable=False),
    Column("control", Integer, nullable=False),
    Column("challenger", Integer, nullable=False),
    Column("percent", Integer, nullable=False),
    Column("people", Integer, nullable=False),
    Column("days_max", Integer, nullable=False),
    Column("proposed_by", String(200), nullable=False),
    Column("proposed_at_ms", BigInteger, nullable=False),
    Column("begun_by", String(200), nullable=False, server_default=""),
    Column("begun_at_ms", BigInteger),
    Column("ended_by", String(200), nullable=False, server_default=""),
    Column("ended_at_ms", BigInteger),
    Column("ended_as", String(32), nullable=False, server_default=""),
    # One at a time for a character: the database says so too. Its triggers keep every plan as it was proposed.
    Index(
        "uq_experiments_one_running",
        "show",
        "character",
        unique=True,
        sqlite_where=text("begun_at_ms IS NOT NULL AND ended_at_ms IS NULL"),
        postgresql_where=text("begun_at_ms IS NOT NULL AND ended_at_ms IS NULL"),
    ),
)
