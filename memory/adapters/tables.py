"""The relational tables of memory: vectors, the truth any index is rebuilt from, and what was said turn by turn.

Migrations are derived from this metadata; nothing else may describe these tables.
"""

from __future__ import annotations

from sqlalchemy import BigInteger, Column, Index, Integer, LargeBinary, MetaData, String, Table, Text

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
)
Index(None, exchanges.c.conversation, exchanges.c.at_ms)
