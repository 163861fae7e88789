"""How near ready lines are to a question: the embedder of recall, lent to the persona's audition.

What a sheet says comes again with every question, so its vectors are learnt once and kept with those of the canon. What
a model said just now is compared and forgotten: it may be about a fan.
"""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Sequence

from characters.sheet import Sheet
from memory.passages import content_hash
from memory.ports import Embedder, Vector, VectorStore

LINES_KEPT = 8_192


class EmbeddedRelevance:
    """See persona.ports.Relevance."""

    def __init__(self, embedder: Embedder, vectors: VectorStore) -> None:
        self._embedder, self._vectors = embedder, vectors
        self._recent: OrderedDict[str, Vector] = OrderedDict()

    async def __call__(self, question: str, candidates: Sequence[str]) -> list[float]:
        """See Relevance."""
        asked = await self._embedder.query(question)
        known = await self._known(candidates)
        fresh = [text for text in dict.fromkeys(candidates) if text not in known]
        known |= dict(zip(fresh, await self._embedder.passages(fresh), strict=True))
        return [float(known[text] @ asked) for text in candidates]

    async def learn(self, sheet: Sheet) -> None:
        """Keep the vectors of what a sheet answers and knows, so that no fan waits for them."""
        texts = [*(example.fan for example in sheet.examples), *(fact.text for fact in sheet.facts)]
        texts += [example.fan for said in sheet.locales.values() for example in said.examples]
        known = await self._known(texts)
        fresh = [text for text in dict.fromkeys(texts) if text not in known]
        if fresh:
            made = dict(zip(map(content_hash, fresh), await self._embedder.passages(fresh), strict=True))
            await self._vectors.put(self._embedder.model_id, made)

    async def _known(self, texts: Sequence[str]) -> dict[str, Vector]:
        """Those of the texts whose vectors are kept, from memory or from the store."""
        found = {text: self._recent[text] for text in texts if text in self._recent}
        missing = {content_hash(text): text for text in texts if text not in found}
        stored = await self._vectors.get(self._embedder.model_id, list(missing)) if missing else {}
        found |= {missing[key]: vector for key, vector in stored.items()}
        self._recent.update(found)
        while len(self._recent) > LINES_KEPT:
            self._recent.popitem(last=False)
        return found
