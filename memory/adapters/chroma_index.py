"""Passages in Chroma: one collection per release and embedding model, always given our own vectors.

Chroma is derived: everything in it comes from the relational tables and can be thrown away. Only one process may
open the embedded form (three writers at once were seen to lose vectors), which a lock on its folder ensures.
"""

from __future__ import annotations

import asyncio
import fcntl
import hashlib
import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar
from urllib.parse import urlsplit

import chromadb
import httpx
import numpy as np
from chromadb.api import ClientAPI
from chromadb.api.client import AdminClient, Client
from chromadb.api.fastapi import FastAPI
from chromadb.api.models.Collection import Collection
from chromadb.config import Settings
from chromadb.errors import ChromaError, NotFoundError

from characters.release import ReleaseId
from memory.errors import IndexUnavailable
from memory.ports import Vector
from memory.types import Passage

UPSERT_BATCH = 2_000  # Chroma takes at most 5,461 rows at once
ANSWER_S = 5.0
FILL_S = 120.0
LOCK_NAME = "encore.lock"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ChromaStore:
    """An open Chroma and what has to be let go of with it."""

    client: ClientAPI
    lock: int | None = None
    """The descriptor that holds the folder's lock, of the embedded form."""

    def close(self) -> None:
        """Close files and connections; the folder may be opened by another process then."""
        sessions = _http_sessions(self.client)
        if isinstance(self.client, Client):  # always: the library only types its own functions more widely
            self.client.close()
        for session in sessions:
            session.close()
        if self.lock is not None:
            os.close(self.lock)


def open_embedded(path: Path) -> ChromaStore:
    """Open (or make) the embedded Chroma in a folder. Raises IndexUnavailable, also when a process has it open."""
    try:
        path.mkdir(parents=True, exist_ok=True)
        lock = os.open(path / LOCK_NAME, os.O_RDWR | os.O_CREAT, 0o600)
    except OSError as error:
        raise IndexUnavailable("its folder cannot be written") from error
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        client = chromadb.PersistentClient(path=str(path), settings=_quiet())
    except BlockingIOError as error:
        os.close(lock)
        raise IndexUnavailable("another process has it open") from error
    except (ChromaError, ValueError, OSError) as error:
        os.close(lock)
        raise IndexUnavailable("its files cannot be read; they can be rebuilt") from error
    return ChromaStore(client, lock)


def open_server(url: str) -> ChromaStore:
    """Connect to a Chroma server, for more than one process. Raises IndexUnavailable."""
    parts = urlsplit(url)
    secure = parts.scheme == "https"
    try:
        port = parts.port or (443 if secure else 8000)
        client = chromadb.HttpClient(host=parts.hostname or "localhost", port=port, ssl=secure, settings=_quiet())
    except (ChromaError, ValueError, httpx.HTTPError) as error:
        raise IndexUnavailable("its server does not answer") from error
    for session in _http_sessions(client):
        session.timeout = httpx.Timeout(FILL_S)
    return ChromaStore(client)


def _http_sessions(client: ClientAPI) -> list[httpx.Client]:
    """The connections to a server. The library neither closes them nor bounds how long an answer may take."""
    if not isinstance(client, Client):
        return []
    admin = client._admin_client
    servers = [client._server, *([admin._server] if isinstance(admin, AdminClient) else [])]
    return [server._session for server in servers if isinstance(server, FastAPI)]


def _quiet() -> Settings:
    return Settings(anonymized_telemetry=False)


class ChromaIndex:
    """A PassageIndex over an open Chroma. Vectors of two models never meet: each has its own collections."""

    def __init__(self, client: ClientAPI, model_id: str, *, answer_s: float = ANSWER_S) -> None:
        """`answer_s`: the longest a question may take, in seconds."""
        self._client, self._model_id, self._answer_s = client, model_id, answer_s
        self._collections: dict[ReleaseId, Collection] = {}

    async def ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        """Make the collection hold exactly these passages; what it holds already is only counted."""
        await _in_thread(lambda: self._ensure(release, passages, vectors), FILL_S)

    async def nearest(
        self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int
    ) -> list[tuple[str, float]]:
        """The nearest allowed passages: the ids are part of the question, so nothing else is compared."""
        if not allowed or k < 1:
            return []
        return await _in_thread(lambda: self._nearest(release, vector, allowed, k), self._answer_s)

    def _ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        collection = self._client.get_or_create_collection(
            self._name(release), configuration={"hnsw": {"space": "cosine"}}, embedding_function=None
        )
        self._collections[release] = collection
        fingerprint = _fingerprint(passages)
        if (collection.metadata or {}).get("fingerprint") == fingerprint and collection.count() == len(passages):
            return
        wanted = {passage.id for passage in passages}
        stale = [key for key in collection.get(include=[])["ids"] if key not in wanted]
        if stale:
            collection.delete(ids=stale)
        for start in range(0, len(passages), UPSERT_BATCH):
            batch = passages[start : start + UPSERT_BATCH]
            collection.upsert(
                ids=[passage.id for passage in batch],
                embeddings=np.stack([vectors[passage.content_hash] for passage in batch]),
                metadatas=[self._metadata(passage) for passage in batch],
            )
        # Last: an interrupted filling is done again.
        collection.modify(metadata={"fingerprint": fingerprint, "model_id": self._model_id})

    def _nearest(self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int) -> list[tuple[str, float]]:
        if release not in self._collections:
            self._collections[release] = self._client.get_collection(self._name(release), embedding_function=None)
        answer = self._collections[release].query(
            query_embeddings=np.asarray([vector], dtype=np.float32),
            ids=list(allowed),
            n_results=min(k, len(allowed)),
            include=["distances"],
        )
        distances = answer["distances"]
        if distances is None:
            raise IndexUnavailable("it answered without distances")
        return [(key, 1.0 - float(distance)) for key, distance in zip(answer["ids"][0], distances[0], strict=True)]

    def _name(self, release: ReleaseId) -> str:
        model = hashlib.sha256(self._model_id.encode("utf-8")).hexdigest()[:8]
        return f"canon-{release.show}-v{release.version}-{model}"

    def _metadata(self, passage: Passage) -> dict[str, str | int]:
        return {
            "revealed_at": passage.revealed_at,
            "scene": passage.scene,
            "first_line": passage.first_line,
            "last_line": passage.last_line,
            "present": "\n".join(sorted(passage.present)),
            "model_id": self._model_id,
            "content_hash": passage.content_hash,
        }


def _fingerprint(passages: Sequence[Passage]) -> str:
    parts = (f"{p.id} {p.content_hash} {p.revealed_at} {','.join(sorted(p.present))}\n" for p in passages)
    return hashlib.sha256("".join(parts).encode("utf-8")).hexdigest()


async def _in_thread(work: Callable[[], T], limit_s: float) -> T:
    """Run blocking `work` in a thread. Raises IndexUnavailable for everything Chroma is known to raise."""
    task = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        done, _ = await asyncio.wait({task}, timeout=limit_s)
    except asyncio.CancelledError:
        task.cancel()  # the thread ends by itself; nobody is left to be told how
        raise
    if not done:
        task.cancel()
        raise IndexUnavailable("it did not answer in time")
    error = task.exception()
    if error is None:
        return task.result()
    if isinstance(error, NotFoundError):
        raise IndexUnavailable("the release is not indexed") from error
    # Of a server's failure the HTTP client makes a bare Exception, which cannot be named in an `except`.
    if isinstance(error, ChromaError | httpx.HTTPError) or type(error) is Exception:
        raise IndexUnavailable("it cannot be asked") from error
    raise error
