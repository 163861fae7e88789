"""The service that recalls canon: it opens the gate, asks every arm within it, and keeps vectors and index filled.

Nothing is searched before the gate is open, and what an index answers is checked against it again. It never writes a
fan's words anywhere.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from characters.release import Release, ReleaseId
from memory.canon import Canon, prepare
from memory.dense import DenseArm
from memory.errors import IndexUnavailable
from memory.horizon import Gate, open_gate
from memory.ports import Embedder, PassageIndex, Progress, Vector, VectorStore
from memory.searching import (
    CanonVectors,
    Matrix,
    Question,
    as_question,
    is_follow_up,
    rank_facts,
    rank_own_lines,
    rank_passages,
)
from memory.types import Query, Recall, RecallTimes, Viewpoint

PASSAGES_K = 4
FACTS_MAX = 8
OWN_LINES_MAX = 12
NEAREST_MAX = 4_000
"""Up to so many allowed passages the dense arm compares every one; a hundred episodes have one to three thousand."""
QUERY_CHARS_MAX = 600
"""No more of a message is read for recall: an embedder's time grows with the length of what it reads."""
PREVIOUS_CHARS_MAX = 400
EMBED_BATCH, EMBED_CHARS = 128, 8_000
"""How much is embedded between two writes, so that an interrupted import loses seconds."""
RELEASES_MAX = 8
GATES_MAX = 512


@dataclass(frozen=True, slots=True)
class OpenedGate:
    """A gate, and what it allows in story order."""

    gate: Gate
    ids: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class OpenCanon:
    """A canon with its vectors, and the gates that were opened on it."""

    canon: Canon
    vectors: CanonVectors
    passages: Matrix
    """Shape (P, dims): the vectors of its passages, which recall itself asks the index about."""
    gates: dict[Viewpoint, OpenedGate] = field(default_factory=dict)

    def gate(self, viewpoint: Viewpoint) -> OpenedGate:
        """The gate for a viewpoint, opened once; the oldest of many is forgotten."""
        if viewpoint not in self.gates:
            if len(self.gates) >= GATES_MAX:
                self.gates.pop(next(iter(self.gates)))
            gate = open_gate(self.canon.passages, self.canon.facts, viewpoint)
            ids = tuple(passage.id for passage in self.canon.passages if passage.id in gate.allowed)
            self.gates[viewpoint] = OpenedGate(gate, ids)
        return self.gates[viewpoint]


class CanonMemory:
    """Recall over releases. One instance serves every conversation of a process."""

    def __init__(
        self,
        read_release: Callable[[ReleaseId], Awaitable[Release]],
        embedder: Embedder,
        vectors: VectorStore,
        index: PassageIndex,
        clock_ns: Callable[[], int],
    ) -> None:
        """`read_release` fetches a release from where shows are kept; `clock_ns` only measures how long things took."""
        self._read_release = read_release
        self._embedder, self._vectors, self._dense = embedder, vectors, DenseArm(index)
        self._clock_ns = clock_ns
        self._loaded: OrderedDict[ReleaseId, OpenCanon] = OrderedDict()
        self._loading = asyncio.Lock()

    async def index(self, release: ReleaseId, progress: Progress | None = None) -> None:
        """Embed what has no vector yet and fill the index. Stored batch by batch: an interrupted import goes on.

        An index that cannot be filled now is filled later, by `mend`. Raises what reading the release raises, and
        EmbedderUnavailable.
        """
        canon = await asyncio.to_thread(prepare, await self._read_release(release))
        model, hashes = self._embedder.model_id, list(canon.texts)
        known = await self._vectors.get(model, hashes)
        missing = [content_hash for content_hash in hashes if content_hash not in known]
        done = len(hashes) - len(missing)
        if progress is not None:
            progress(done, len(hashes))
        # Long ones first, so that what is still to come never takes longer than it seems to.
        for batch in batches(sorted(missing, key=lambda key: -len(canon.texts[key])), canon.texts):
            vectors = await self._embedder.passages([canon.texts[content_hash] for content_hash in batch])
            await self._vectors.put(model, dict(zip(batch, vectors, strict=True)))
            done += len(batch)
            if progress is not None:
                progress(done, len(hashes))
        async with self._loading:
            opened = await self._open(canon)
        await self._dense.fill(opened.canon, opened.passages)

    async def mend(self) -> None:
        """Fill the index with what is in use and not in it: it was away, or this release was never asked about."""
        await self._dense.mend([(opened.canon, opened.passages) for opened in self._loaded.values()])

    @property
    def unindexed(self) -> frozenset[ReleaseId]:
        """The releases in use that the index failed for: they are compared in memory, and nothing is found less."""
        return self._dense.failed & self._loaded.keys()

    async def recall(
        self, release: ReleaseId, viewpoint: Viewpoint, query: Query, k: int = PASSAGES_K, neighbours: int = 0
    ) -> Recall:
        """What this character can recall for this question: windows of `k` scenes, and `neighbours` beside them.

        A horizon below 1 recalls nothing and asks nobody. Raises IndexUnavailable when texts of the release have no
        vector (an index that is away is no reason), EmbedderUnavailable, GateBreached.
        """
        loaded = await self._load(release)
        opened = loaded.gate(viewpoint)
        gate, allowed = opened.gate, opened.ids
        if viewpoint.horizon < 1:
            return Recall(release, viewpoint, withheld=gate.withheld)
        began = self._clock_ns()
        question = await self._read(query)
        embedded = self._clock_ns()
        canon, vectors = loaded.canon, loaded.vectors
        reach = min(len(allowed), NEAREST_MAX)
        nearest = await self._dense.nearest(canon, loaded.passages, question.vector, allowed, reach)
        passages = rank_passages(canon, vectors, gate, viewpoint.horizon, question, nearest, k=k, neighbours=neighbours)
        facts = rank_facts(canon, vectors, viewpoint, question, limit=FACTS_MAX)
        own_lines = rank_own_lines(canon, vectors, viewpoint, question, limit=OWN_LINES_MAX)
        times = RecallTimes((embedded - began) / 1e6, (self._clock_ns() - embedded) / 1e6)
        return Recall(release, viewpoint, passages, facts, own_lines, gate.withheld, times)

    async def opened(self, release: ReleaseId) -> OpenCanon:
        """The whole canon of a release with its vectors, ungated: for the shield, and for nothing that makes a prompt.

        Raises IndexUnavailable.
        """
        return await self._load(release)

    async def _read(self, query: Query) -> Question:
        query = Query(query.text[:QUERY_CHARS_MAX], query.previous[-PREVIOUS_CHARS_MAX:])
        text = await self._embedder.query(query.text)
        previous = await self._embedder.query(query.previous) if is_follow_up(query) else None
        return as_question(query, text, previous)

    async def _load(self, release: ReleaseId) -> OpenCanon:
        async with self._loading:  # two fans of a fresh release wait for one preparation
            if release not in self._loaded:
                await self._open(await asyncio.to_thread(prepare, await self._read_release(release)))
            self._loaded.move_to_end(release)
            return self._loaded[release]

    async def _open(self, canon: Canon) -> OpenCanon:
        """Fetch a canon's vectors and keep it for the next recalls."""
        vectors = await self._vectors.get(self._embedder.model_id, list(canon.texts))
        if len(vectors) < len(canon.texts):
            missing = len(canon.texts) - len(vectors)
            raise IndexUnavailable(f"{canon.release} has {missing} texts without a vector of {self._embedder.model_id}")
        dims = self._embedder.dims
        compared = (canon.line_hashes, canon.fact_hashes, canon.wording_hashes)
        kept = CanonVectors(*(_stacked(vectors, hashes, dims) for hashes in compared))
        passages = _stacked(vectors, [passage.content_hash for passage in canon.passages], dims)
        opened = self._loaded[canon.release] = OpenCanon(canon, kept, passages)
        self._loaded.move_to_end(canon.release)
        while len(self._loaded) > RELEASES_MAX:
            self._loaded.popitem(last=False)
        return opened


def batches(keys: Sequence[str], texts: Mapping[str, str]) -> Iterator[list[str]]:
    """The keys in order, cut into lists of at most EMBED_BATCH whose texts have EMBED_CHARS together, or one key."""
    batch: list[str] = []
    chars = 0
    for key in keys:
        if batch and (len(batch) == EMBED_BATCH or chars + len(texts[key]) > EMBED_CHARS):
            yield batch
            batch, chars = [], 0
        batch.append(key)
        chars += len(texts[key])
    if batch:
        yield batch


def _stacked(vectors: Mapping[str, Vector], hashes: Sequence[str], dims: int) -> Matrix:
    """Shape (hashes, dims)."""
    rows = np.empty((len(hashes), dims), dtype=np.float32)
    for row, content_hash in enumerate(hashes):
        rows[row] = vectors[content_hash]
    return rows
