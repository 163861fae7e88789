"""Vectors in the relational database, so that the same text is embedded once and any index can be rebuilt.

A vector is stored as the bytes of its float32 values, little-endian, whatever the machine.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncEngine

from memory.adapters.sql_inserts import insert_new
from memory.adapters.tables import vectors as table
from memory.ports import Vector

KEYS_PER_STATEMENT = 500  # below the smallest limit on bound parameters (999, older SQLite)
_STORED = np.dtype("<f4")


class SqlVectors:
    """A VectorStore; every call is its own transaction."""

    def __init__(self, writer: AsyncEngine, reader: AsyncEngine) -> None:
        self._writer, self._reader = writer, reader

    async def get(self, model_id: str, content_hashes: Sequence[str]) -> Mapping[str, Vector]:
        """Those that are known."""
        found: dict[str, Vector] = {}
        async with self._reader.connect() as connection:
            for start in range(0, len(content_hashes), KEYS_PER_STATEMENT):
                keys = content_hashes[start : start + KEYS_PER_STATEMENT]
                statement = select(table.c.content_hash, table.c.vector).where(
                    table.c.model_id == model_id, table.c.content_hash.in_(keys)
                )
                for content_hash, stored in await connection.execute(statement):
                    found[content_hash] = np.frombuffer(stored, dtype=_STORED).astype(np.float32)
        return found

    async def put(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        """Add vectors, all or none; one that is there already stays as it is."""
        rows = [
            {"model_id": model_id, "content_hash": key, "vector": np.asarray(vector, dtype=_STORED).tobytes()}
            for key, vector in sorted(vectors.items())  # one order for all, so that no two wait for each other
        ]
        async with self._writer.begin() as connection:
            await insert_new(connection, table, rows)
