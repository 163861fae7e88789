"""Passages in Chroma: one collection per release and embedding model, always given our own vectors.

Chroma is derived: everything in it comes from the relational tables and can be thrown away. What cannot be asked, for
whatever reason, is IndexUnavailable; nothing here answers in its place.
"""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

import httpx
import numpy as np
from chromadb.api.models.Collection import Collection
from chromadb.errors import ChromaError, NotFoundError

from characters.release import ReleaseId
from memory.adapters.chroma_stores import ChromaStore
from memory.errors import IndexUnavailable
from memory.ports import Vector
from memory.types import Passage

UPSERT_BATCH = 2_000  # Chroma takes at most 5,461 rows at once
PAGE = 200
ANSWER_S = 2.0
FILL_S = 120.0
COLLECTION = re.compile(r"canon-(?P<show>.+)-v(?P<version>[0-9]+)-[0-9a-f]{8}")
T = TypeVar("T")


class ChromaIndex:
    """A PassageIndex over a Chroma. Vectors of two models never meet: each has its own collections."""

    def __init__(self, store: ChromaStore, model_id: str, *, answer_s: float = ANSWER_S) -> None:
        """`answer_s`: the longest a question may take, in seconds."""
        self._store, self._model_id, self._answer_s = store, model_id, answer_s
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

    async def count(self, release: ReleaseId) -> int:
        """How many passages are held, counted by Chroma."""
        return await _in_thread(lambda: self._count(release), self._answer_s)

    async def releases(self) -> tuple[ReleaseId, ...]:
        """What has a collection, of whatever model; collections that are not ours are passed over."""
        return await _in_thread(lambda: tuple(dict.fromkeys(release for release, _ in self._ours())), FILL_S)

    async def drop(self, release: ReleaseId) -> None:
        """Delete a release's collections, those of other models too."""
        await _in_thread(lambda: self._drop(release), FILL_S)

    def _ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        collection = self._store.client().get_or_create_collection(
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
        try:
            answer = self._collection(release).query(
                query_embeddings=np.asarray([vector], dtype=np.float32),
                ids=list(allowed),
                n_results=min(k, len(allowed)),
                include=["distances"],
            )
        except NotFoundError:
            self._collections.pop(release, None)  # another process may have made it anew, under another id
            raise
        distances = answer["distances"]
        if distances is None:
            raise IndexUnavailable("it answered without distances")
        return [(key, 1.0 - float(distance)) for key, distance in zip(answer["ids"][0], distances[0], strict=True)]

    def _count(self, release: ReleaseId) -> int:
        try:
            return self._store.client().get_collection(self._name(release), embedding_function=None).count()
        except NotFoundError:
            return 0

    def _ours(self) -> list[tuple[ReleaseId, str]]:
        """Releases, each with the name of a collection of it, by name."""
        client = self._store.client()
        names: list[str] = []
        while page := client.list_collections(limit=PAGE, offset=len(names)):
            names.extend(collection.name for collection in page)
        matches = [match for match in map(COLLECTION.fullmatch, sorted(names)) if match is not None]
        return [(ReleaseId(match["show"], int(match["version"])), match[0]) for match in matches]

    def _drop(self, release: ReleaseId) -> None:
        self._collections.pop(release, None)
        for held, name in self._ours():
            if held == release:
                self._store.client().delete_collection(name)

    def _collection(self, release: ReleaseId) -> Collection:
        if release not in self._collections:
            client = self._store.client()
            self._collections[release] = client.get_collection(self._name(release), embedding_function=None)
        return self._collections[release]

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
