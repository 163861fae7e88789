"""A question is embedded once: by whoever asks first, for all who ask, and again only after a failure."""

from __future__ import annotations

import asyncio

import numpy as np
import pytest

from memory.asked_once import QUESTIONS_MAX, AskedOnce
from memory.doubles import HashEmbedder
from memory.errors import EmbedderUnavailable
from memory.ports import Vector


class Counting(HashEmbedder):
    """Counts, waits for `gate`, and fails as often as it is told."""

    def __init__(self, failures: int = 0) -> None:
        super().__init__()
        self.asked: list[str] = []
        self.gate = asyncio.Event()
        self._failures = failures

    async def query(self, text: str) -> Vector:
        self.asked.append(text)
        await self.gate.wait()
        if self._failures:
            self._failures -= 1
            raise EmbedderUnavailable("counting", "it was told to fail")
        return await super().query(text)


async def test_all_who_ask_at_once_get_one_vector() -> None:
    inner = Counting()
    embedder = AskedOnce(inner)
    asking = [asyncio.create_task(embedder.query("Who came?")) for _ in range(3)]
    await asyncio.sleep(0)
    inner.gate.set()
    vectors = await asyncio.gather(*asking)
    np.testing.assert_array_equal(vectors[0], await HashEmbedder().query("Who came?"))
    assert vectors[0] is vectors[1] is vectors[2] is await embedder.query("Who came?")
    assert inner.asked == ["Who came?"]


async def test_who_gives_up_leaves_it_to_the_others() -> None:
    inner = Counting()
    embedder = AskedOnce(inner)
    first, second = (asyncio.create_task(embedder.query("Who came?")) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    inner.gate.set()
    assert (await second).shape == (embedder.dims,)
    assert (first.cancelled(), inner.asked) == (True, ["Who came?"])


async def test_a_failure_is_told_and_not_kept() -> None:
    inner = Counting(failures=1)
    inner.gate.set()
    embedder = AskedOnce(inner)
    with pytest.raises(EmbedderUnavailable):
        await embedder.query("Who came?")
    assert (await embedder.query("Who came?")).shape == (embedder.dims,)
    assert inner.asked == ["Who came?"] * 2


async def test_half_a_surrogate_pair_may_be_asked_about() -> None:
    embedder = AskedOnce(HashEmbedder())
    assert (await embedder.query("\ud800 roof?")).shape == (embedder.dims,)


async def test_few_questions_are_kept_and_no_text() -> None:
    inner = Counting()
    inner.gate.set()
    embedder = AskedOnce(inner)
    for number in range(QUESTIONS_MAX + 1):
        await embedder.query(f"canary {number}")
    await embedder.query("canary 1")
    assert len(inner.asked) == QUESTIONS_MAX + 1
    await embedder.query("canary 0")
    assert len(inner.asked) == QUESTIONS_MAX + 2
    assert "canary" not in repr(vars(embedder))


async def test_what_is_expected_is_embedded_before_anybody_asks() -> None:
    inner = Counting()
    embedder = AskedOnce(inner)
    embedder.expect("Who came?")
    embedder.expect("Who came?")
    await asyncio.sleep(0)
    assert inner.asked == ["Who came?"]
    inner.gate.set()
    np.testing.assert_array_equal(await embedder.query("Who came?"), await HashEmbedder().query("Who came?"))
    assert inner.asked == ["Who came?"]


async def test_a_failure_of_what_was_expected_is_told_to_who_asks_while_it_lasts_and_to_nobody_else() -> None:
    inner = Counting(failures=1)
    embedder = AskedOnce(inner)
    embedder.expect("Who came?")
    asking = asyncio.create_task(embedder.query("Who came?"))
    await asyncio.sleep(0)
    inner.gate.set()
    with pytest.raises(EmbedderUnavailable):
        await asking
    assert (await embedder.query("Who came?")).shape == (inner.dims,)
