"""The dense arm of recall: the passage index, or the kept vectors themselves while it cannot be asked.

Every release that is open in a process has its passages' vectors in memory anyway, and comparing all of them takes less
time than asking any index does. So no fan waits for an index to be filled or found again: that is `mend`'s, off their
path. It must never answer with a passage that was not allowed.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterable, Sequence

from characters.release import ReleaseId
from memory.canon import Canon
from memory.errors import IndexInUse, IndexUnavailable
from memory.exact_index import nearest_rows
from memory.ports import PassageIndex, Vector
from memory.searching import Matrix

log = logging.getLogger(__name__)


class DenseArm:
    """Asks the index about releases that it is known to hold, and compares the others' vectors in memory."""

    def __init__(self, index: PassageIndex) -> None:
        self._index = index
        self._held: set[ReleaseId] = set()
        self._failed: set[ReleaseId] = set()
        self._filling = asyncio.Lock()

    @property
    def failed(self) -> frozenset[ReleaseId]:
        """The releases that the index could not be filled with or asked about when it was last tried."""
        return frozenset(self._failed)

    async def nearest(
        self, canon: Canon, vectors: Matrix, vector: Vector, allowed: Sequence[str], k: int
    ) -> Sequence[tuple[str, float]]:
        """The nearest allowed passages, as PassageIndex has it; `vectors`: of the canon's passages, shape (P, dims).

        A failure is told to the operator once, and the index is left alone until it has been mended.
        """
        if not allowed:
            return ()
        if canon.release in self._held:
            try:
                return await self._index.nearest(canon.release, vector, allowed, k)
            except IndexUnavailable as error:
                self._lost(canon.release, error)
        return nearest_rows(canon.row_of, vectors, vector, allowed, k)

    async def fill(self, canon: Canon, vectors: Matrix) -> None:
        """See that the index holds the passages of a canon. When it cannot, that is told, and recall goes on."""
        by_hash = {passage.content_hash: vectors[row] for row, passage in enumerate(canon.passages)}
        async with self._filling:
            try:
                await self._index.ensure(canon.release, canon.passages, by_hash)
            except IndexUnavailable as error:
                self._lost(canon.release, error)
                return
        if canon.release in self._failed:
            log.warning("%s is asked of the passage index again", canon.release)
        self._failed.discard(canon.release)
        self._held.add(canon.release)

    async def mend(self, opened: Iterable[tuple[Canon, Matrix]]) -> None:
        """Fill the index with what it is not known to hold; stops at the first that fails, until the next time."""
        for canon, vectors in opened:
            if canon.release not in self._held:
                await self.fill(canon, vectors)
                if canon.release in self._failed:
                    return

    def _lost(self, release: ReleaseId, error: IndexUnavailable) -> None:
        if release not in self._failed:
            beside_a_server = isinstance(error, IndexInUse)  # as a command should be
            log.log(
                logging.INFO if beside_a_server else logging.WARNING, "%s is compared in memory: %s", release, error
            )
        self._held.discard(release)
        self._failed.add(release)
