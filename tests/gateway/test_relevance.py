"""What is kept for the audition, and what is not."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from characters.sheet import DatedText, Exchange, Sheet, Voice
from gateway.relevance import EmbeddedRelevance
from memory.doubles import HashEmbedder, MemoryVectors
from memory.passages import content_hash
from memory.ports import Progress, Vector

SHEET = Sheet(
    slug="ada",
    name="Ada",
    cue="ADA",
    tagline="keeps the harbour light",
    essence="You keep the light.",
    voice=Voice(description="Plain."),
    wants=(DatedText(text="A quiet night."),),
    greetings=(DatedText(text="Evening."),),
    facts=(DatedText(text="You lit the lamp at six."),),
    examples=(Exchange(fan="when did you light it?", reply="At six."),),
    deflections=(DatedText(text="Ask the tide."),),
)


class CountingEmbedder(HashEmbedder):
    """Notes every text that had to be embedded."""

    def __init__(self) -> None:
        super().__init__()
        self.embedded: list[str] = []

    async def passages(self, texts: Sequence[str], progress: Progress | None = None) -> list[Vector]:
        self.embedded += texts
        return await super().passages(texts, progress)


async def test_what_a_sheet_says_is_embedded_once_and_kept_in_the_store() -> None:
    vectors, first, second = MemoryVectors(), CountingEmbedder(), CountingEmbedder()
    await EmbeddedRelevance(first, vectors).learn(SHEET)
    assert sorted(first.embedded) == ["You lit the lamp at six.", "when did you light it?"]

    later = EmbeddedRelevance(second, vectors)
    await later.learn(SHEET)
    await later("when was it lit?", ["when did you light it?"])
    assert second.embedded == []


async def test_what_a_model_said_is_never_kept() -> None:
    vectors, embedder = MemoryVectors(), CountingEmbedder()
    await EmbeddedRelevance(embedder, vectors)("hello", ["Mara told me that she is sad."])
    assert await vectors.get(embedder.model_id, [content_hash("Mara told me that she is sad.")]) == {}


async def test_nearness_is_the_cosine_in_the_order_asked() -> None:
    embedder = CountingEmbedder()
    texts = ["the lamp", "a boat", "the lamp"]
    near = await EmbeddedRelevance(embedder, MemoryVectors())("the lamp", texts)
    asked = await embedder.query("the lamp")
    expected = [float(vector @ asked) for vector in await embedder.passages(texts)]
    assert np.allclose(near, expected)
