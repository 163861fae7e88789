"""An embedder that embeds a question once, however many of a turn's parts ask for it.

Recall, the notes about a fan and the audition of lines all need the vector of what the fan just said. It keeps vectors
by digest, a few and in memory; a text is never kept.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections import OrderedDict
from collections.abc import Sequence

from memory.ports import Embedder, Progress, Vector

QUESTIONS_MAX = 256


class AskedOnce:
    """An Embedder around another one; of one event loop."""

    def __init__(self, inner: Embedder) -> None:
        self._inner = inner
        self._asked: OrderedDict[bytes, asyncio.Task[Vector]] = OrderedDict()

    @property
    def model_id(self) -> str:
        """The inner one's."""
        return self._inner.model_id

    @property
    def dims(self) -> int:
        """The inner one's."""
        return self._inner.dims

    async def query(self, text: str) -> Vector:
        """The vector of a question. Who gives up waiting leaves it to the others. Raises EmbedderUnavailable."""
        return await asyncio.shield(self._asking(text))

    def expect(self, text: str) -> None:
        """Begin with a question that will soon be asked, without waiting for it. A failure is told to who asks."""
        self._asking(text).add_done_callback(_look_at)

    def _asking(self, text: str) -> asyncio.Task[Vector]:
        key = hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()  # half a pair may be asked about too
        asking = self._asked.get(key)
        if asking is None or (asking.done() and (asking.cancelled() or asking.exception() is not None)):
            asking = self._asked[key] = asyncio.create_task(self._inner.query(text), name="embed a question")
        self._asked.move_to_end(key)
        while len(self._asked) > QUESTIONS_MAX:
            self._asked.popitem(last=False)
        return asking

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        """The vectors of passages, from the inner one each time."""
        return await self._inner.passages(texts, progress)


def _look_at(asked: asyncio.Task[Vector]) -> None:
    """Have seen how it ended, so that nobody is told of a failure that nobody waited for."""
    if not asked.cancelled():
        asked.exception()
