"""How near ready lines are to a question: the embedder of recall, lent to the persona's audition."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from memory.ports import Embedder, Vector

LINES_KEPT = 8_192


class EmbeddedRelevance:
    """See persona.ports.Relevance. A character's lines come again with every question, so their vectors are kept."""

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._kept: OrderedDict[str, Vector] = OrderedDict()

    async def __call__(self, question: str, candidates: Sequence[str]) -> list[float]:
        """See Relevance."""
        asked = await self._embedder.query(question)
        new = list(dict.fromkeys(text for text in candidates if text not in self._kept))
        self._kept.update(zip(new, await self._embedder.passages(new), strict=True))
        nearness = [float(self._kept[text] @ asked) for text in candidates]
        while len(self._kept) > LINES_KEPT:
            self._kept.popitem(last=False)
        return nearness
