"""A process that writes to a Chroma server: `python -m tests.memory.chroma_writer URL SEED RELEASE...`.

It waits for a line on standard input before it writes, so that others can write at the same time.
"""

from __future__ import annotations

import asyncio
import sys

import numpy as np

from characters.release import ReleaseId
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import ChromaServer
from memory.passages import content_hash
from memory.ports import Vector
from memory.types import Passage

SHOW, MODEL = "harbour-lights", "a-model"
ROWS, DIMS = 400, 32


def passages() -> list[Passage]:
    """The passages of every release here."""
    texts = [f"n{row}" for row in range(ROWS)]
    return [Passage(text, 1, 1, 0, 1, "", text, frozenset(), frozenset({"ADA"}), content_hash(text)) for text in texts]


def vectors(seed: int) -> dict[str, Vector]:
    """Random vectors of length 1 for them, the same for the same seed."""
    rows = np.random.default_rng(seed).standard_normal((ROWS, DIMS)).astype(np.float32)
    rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return {passage.content_hash: rows[row] for row, passage in enumerate(passages())}


async def write(url: str, seed: int, versions: list[int]) -> None:
    """Fill each release, with vectors of `seed` plus its number."""
    store = ChromaServer(url)
    index = ChromaIndex(store, MODEL)
    for version in versions:
        await index.ensure(ReleaseId(SHOW, version), passages(), vectors(seed + version))
    store.close()


if __name__ == "__main__":
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    sys.stdin.readline()
    asyncio.run(write(sys.argv[1], int(sys.argv[2]), [int(version) for version in sys.argv[3:]]))
