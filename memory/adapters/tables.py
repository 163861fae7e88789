"""The relational tables of memory: vectors, the truth any index is rebuilt from, what was said, notes and summaries.

Migrations are derived from this metadata; nothing else may describe these tables.
"""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    Column,
    Float,
    Index,
    Integer,
    LargeBinary,
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
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

vectors = Table(
    "vectors",
    metadata,
    Column("model_id", String(120), primary_key=True),
    Column("content_hash", String(64), primary_key=True),
    Column("vector", LargeBinary, nullable=False),  # float32, little-endian, length 1
)

exchanges = Table(
    "exchanges",
    metadata,
    Column("turn", String(64), primary_key=True),
    Column("conversation", String(64), nullable=False),
    Column("fan_text", Text, nullable=False),
    Column("reply_text", Text, nullable=False),
    Column("status", String(16), nullable=False),
    Column("horizon", Integer, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
    Column("parts", JSON(none_as_null=True)),  # [[speaker, start, end], …] of a scene
)
Index(None, exchanges.c.conversation, exchanges.c.at_ms)

notes = Table(
    "notes",
    metadata,
    Column("id", String(64), primary_key=True),
    Column("fan", String(200), nullable=False),
    Column("show", String(64), nullable=False),
    Column("character", String(64), nullable=False),
    Column("kind", String(16), nullable=False),
    Column("slot", Text, nullable=False),
    Column("value", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("said_at_ms", BigInteger, nullable=False),
    Column("from_turns", JSON, nullable=False),
    Column("confidence", Float, nullable=False),
    Column("horizon", Integer, nullable=False),
    Column("valid_from_ms", BigInteger, nullable=False),
    Column("valid_to_ms", BigInteger),
    Column("superseded_by", String(64)),
    Column("stale", Boolean, nullable=False),
    Column("last_used_ms", BigInteger),
    Column("model_id", String(120), nullable=False),
    Column("vector", LargeBinary, nullable=False),  # as in `vectors`, but kept here, so that it goes with its note
)
Index(None, notes.c.fan, notes.c.show, notes.c.character)

told_turns = Table(
    "told_turns",
    metadata,
    Column("turn", String(64), primary_key=True),
    Column("fan", String(200), nullable=False),
    Column("show", String(64), nullable=False),
    Column("character", String(64), primary_key=True),  # two characters may remember one turn, each for themself
    Column("at_ms", BigInteger, nullable=False),
    Column("state", String(16), nullable=False),  # waiting, read or forgotten
    Column("model_id", String(120)),
    Column("fan_vector", LargeBinary),
    Column("reply_vector", LargeBinary),
)
Index(None, told_turns.c.fan, told_turns.c.show, told_turns.c.character, told_turns.c.at_ms)
Index(
    "ix_told_turns_waiting",
    told_turns.c.at_ms,
    sqlite_where=text("state = 'waiting'"),
    postgresql_where=text("state = 'waiting'"),
)

talks = Table(
    "talks",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("fan", String(200), nullable=False),
    Column("told", Integer, nullable=False),
    Column("done", Integer, nullable=False),  # of `told`; less than it while the talk waits
    Column("version", Integer, nullable=False),
    Column("forgotten_ms", BigInteger, nullable=False),
    Column("at_ms", BigInteger, nullable=False),
)
Index(None, talks.c.fan)
Index("ix_talks_waiting", talks.c.at_ms, sqlite_where=text("done < told"), postgresql_where=text("done < told"))

summaries = Table(
    "summaries",
    metadata,
    Column("conversation", String(64), primary_key=True),
    Column("horizon", Integer, primary_key=True, autoincrement=False),
    Column("fan", String(200), nullable=False),
    Column("text", Text, nullable=False),
    Column("turns", Integer, nullable=False),
    Column("since_ms", BigInteger, nullable=False),
    Column("through_ms", BigInteger, nullable=False),
    Column("through_turn", String(64), nullable=False),
    Column("written_by", String(120), nullable=False),
)
Index(None, summaries.c.fan)
