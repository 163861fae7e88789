"""Offline stand-ins for this package's ports: no model, no database, the same contracts.

They are small enough to be read at a glance and are tested by the suites that test the real adapters.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np

from memory.errors import UnknownTurn
from memory.ports import Progress, Vector
from memory.types import ASIDE, Exchange
from memory.words import tokenize


class HashEmbedder:
    """Texts that share words are near each other: a bag of hashed terms, the same on every machine."""

    model_id = "hashed-words"

    def __init__(self, dims: int = 256) -> None:
        self.dims = dims

    async def query(self, text: str) -> Vector:
        return self._vector(text)

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        if progress is not None:
            progress(len(texts), len(texts))
        return [self._vector(text) for text in texts]

    def _vector(self, text: str) -> Vector:
        counts = np.zeros(self.dims, dtype=np.float32)
        for term in tokenize(text):
            digest = hashlib.blake2b(term.encode("utf-8", "replace"), digest_size=8).digest()
            counts[int.from_bytes(digest, "little") % self.dims] += 1.0
        if not counts.any():
            counts[0] = 1.0
        return (counts / np.linalg.norm(counts)).astype(np.float32)


class MemoryVectors:
    """A VectorStore in a dictionary."""

    def __init__(self) -> None:
        self.kept: dict[tuple[str, str], Vector] = {}

    async def get(self, model_id: str, content_hashes: Sequence[str]) -> Mapping[str, Vector]:
        return {key: self.kept[model_id, key] for key in content_hashes if (model_id, key) in self.kept}

    async def put(self, model_id: str, vectors: Mapping[str, Vector]) -> None:
        for key, vector in vectors.items():
            self.kept.setdefault((model_id, key), vector)


class MemoryTranscripts:
    """Transcripts and TranscriptWriter in one dictionary."""

    def __init__(self) -> None:
        self.kept: dict[str, tuple[str, Exchange]] = {}
        """Turn -> its conversation and exchange."""

    async def recent(self, conversation: str, *, limit: int, before: str | None = None) -> tuple[Exchange, ...]:
        said = sorted(
            (exchange for owner, exchange in self.kept.values() if owner == conversation),
            key=lambda exchange: (exchange.at_ms, exchange.turn),
        )
        if before is not None:
            turns = [exchange.turn for exchange in said]
            said = said[: turns.index(before)] if before in turns else []
        return tuple(said[max(len(said) - limit, 0) :])

    async def of_turns(self, turns: Sequence[str]) -> tuple[Exchange, ...]:
        return tuple(self.kept[turn][1] for turn in set(turns) & set(self.kept))

    async def within(
        self, conversations: Sequence[str], *, from_ms: int, until_ms: int
    ) -> tuple[tuple[str, Exchange], ...]:
        return tuple(
            (talk, said)
            for talk, said in self.kept.values()
            if talk in conversations and from_ms <= said.at_ms < until_ms and said.status not in ASIDE
        )

    async def begin(self, conversation: str, turn: str, *, fan_text: str, horizon: int, now_ms: int) -> None:
        self.kept.setdefault(turn, (conversation, Exchange(turn, fan_text, "", "running", horizon, now_ms)))

    async def finish(self, turn: str, *, reply_text: str, status: str) -> None:
        if turn not in self.kept:
            raise UnknownTurn(turn)
        conversation, exchange = self.kept[turn]
        self.kept[turn] = (conversation, replace(exchange, reply_text=reply_text, status=status))

    async def put_aside(self, turn: str, *, status: str) -> None:
        if turn not in self.kept:
            raise UnknownTurn(turn)
        conversation, exchange = self.kept[turn]
        self.kept[turn] = (conversation, replace(exchange, status=status))
