"""A passage index in memory: the cosine of every allowed passage, computed.

For commands that run beside a server (one process only may open the embedded Chroma), for recall while an index cannot
be asked, and as the offline double in tests. It must give the answers that any other index approximates.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from characters.release import ReleaseId
from memory.errors import IndexUnavailable
from memory.ports import Vector
from memory.ranking import cosines
from memory.types import Passage


@dataclass(frozen=True, slots=True)
class _Rows:
    row_of: Mapping[str, int]
    vectors: NDArray[np.float32]


class ExactIndex:
    """A PassageIndex that keeps what `ensure` gave it, until the process ends."""

    def __init__(self) -> None:
        self._releases: dict[ReleaseId, _Rows] = {}

    async def ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        """Hold exactly these passages."""
        row_of = {passage.id: row for row, passage in enumerate(passages)}
        stacked = [np.asarray(vectors[passage.content_hash], dtype=np.float32) for passage in passages]
        self._releases[release] = _Rows(row_of, np.stack(stacked) if stacked else np.zeros((0, 0), np.float32))

    async def nearest(
        self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int
    ) -> list[tuple[str, float]]:
        """The nearest allowed passages; equal cosines keep the order of `allowed`."""
        if release not in self._releases:
            raise IndexUnavailable(f"{release} is not indexed")
        rows = self._releases[release]
        if not allowed or k < 1:
            return []
        if not rows.row_of.keys() >= set(allowed):
            raise IndexUnavailable(f"passages of {release} are not indexed")
        return nearest_rows(rows.row_of, rows.vectors, vector, allowed, k)

    async def count(self, release: ReleaseId) -> int:
        """How many passages are held."""
        return len(self._releases[release].row_of) if release in self._releases else 0

    async def releases(self) -> tuple[ReleaseId, ...]:
        """What is held."""
        return tuple(self._releases)

    async def drop(self, release: ReleaseId) -> None:
        """Forget a release."""
        self._releases.pop(release, None)


def nearest_rows(
    row_of: Mapping[str, int], vectors: NDArray[np.float32], vector: Vector, allowed: Sequence[str], k: int
) -> list[tuple[str, float]]:
    """The `k` best of the allowed passages, compared one by one; `vectors` has shape (passages, dims)."""
    found = cosines(vectors[[row_of[passage] for passage in allowed]], vector)
    order = np.argsort(-found, kind="stable")[:k]
    return [(allowed[row], float(found[row])) for row in order]
