"""The dense arm while its index is away: what is found stays the same, and the operator is told once."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from characters.release import ReleaseId
from memory.adapters.chroma_index import ChromaIndex
from memory.adapters.chroma_stores import EmbeddedChroma
from memory.canon import Canon, prepare
from memory.dense import DenseArm
from memory.doubles import HashEmbedder
from memory.errors import IndexUnavailable
from memory.exact_index import ExactIndex
from memory.ports import Vector
from memory.searching import Matrix
from memory.types import Passage
from tests.memory.story import SHOW, harbour

OTHER = ReleaseId("harbour-lights", 2)


class Fitful(ExactIndex):
    """An index that is away, for some releases, while it is told so; it counts what it is asked."""

    def __init__(self) -> None:
        super().__init__()
        self.away: set[ReleaseId] = set()
        self.asked = 0

    async def ensure(self, release: ReleaseId, passages: Sequence[Passage], vectors: Mapping[str, Vector]) -> None:
        self.asked += 1
        if release in self.away:
            raise IndexUnavailable("a test took it away")
        await super().ensure(release, passages, vectors)

    async def nearest(
        self, release: ReleaseId, vector: Vector, allowed: Sequence[str], k: int
    ) -> list[tuple[str, float]]:
        self.asked += 1
        if release in self.away:
            raise IndexUnavailable("a test took it away")
        return await super().nearest(release, vector, allowed, k)


@pytest.fixture
def index() -> Fitful:
    return Fitful()


@pytest.fixture
def arm(index: Fitful) -> DenseArm:
    return DenseArm(index)


async def opened(release: ReleaseId = SHOW) -> tuple[Canon, Matrix]:
    canon = prepare(replace(harbour(), id=release))
    return canon, np.stack(await HashEmbedder().passages([passage.text for passage in canon.passages]))


async def ask(arm: DenseArm, canon: Canon, vectors: Matrix) -> Sequence[tuple[str, float]]:
    return await arm.nearest(canon, vectors, vectors[2], [passage.id for passage in canon.passages[1:]], 3)


async def test_the_answer_is_the_same_with_the_index_and_without(arm: DenseArm, index: Fitful) -> None:
    canon, vectors = await opened()
    before = await ask(arm, canon, vectors)
    assert index.asked == 0
    await arm.fill(canon, vectors)
    assert await ask(arm, canon, vectors) == before
    assert index.asked == 2
    index.away.add(SHOW)
    assert await ask(arm, canon, vectors) == before
    assert before[0][0] == canon.passages[2].id
    assert len(before) == 3


async def test_nothing_allowed_asks_nobody(arm: DenseArm, index: Fitful) -> None:
    canon, vectors = await opened()
    await arm.fill(canon, vectors)
    assert await arm.nearest(canon, vectors, vectors[0], [], 3) == ()
    assert index.asked == 1


async def test_an_index_that_failed_is_left_alone_until_it_is_mended(
    arm: DenseArm, index: Fitful, caplog: pytest.LogCaptureFixture
) -> None:
    canon, vectors = await opened()
    await arm.fill(canon, vectors)
    index.away.add(SHOW)
    for _ in range(3):
        await ask(arm, canon, vectors)
    assert index.asked == 2
    for _ in range(3):
        await arm.mend([(canon, vectors)])
    assert arm.failed == {SHOW}
    index.away.clear()
    await arm.mend([(canon, vectors)])
    assert arm.failed == frozenset()
    asked = index.asked
    await ask(arm, canon, vectors)
    await arm.mend([(canon, vectors)])
    assert index.asked == asked + 1
    assert [record.getMessage().split(":")[0] for record in caplog.records] == [
        "harbour-lights@1 is compared in memory",
        "harbour-lights@1 is asked of the passage index again",
    ]


async def test_one_release_that_fails_leaves_the_others_alone(arm: DenseArm, index: Fitful) -> None:
    first, second = await opened(), await opened(OTHER)
    index.away.add(OTHER)
    await arm.mend([first, second])
    assert arm.failed == {OTHER}
    asked = index.asked
    await ask(arm, *first)
    assert index.asked == asked + 1
    await ask(arm, *second)
    assert index.asked == asked + 1


async def test_a_process_gets_the_embedded_index_when_the_one_before_lets_go_of_it(tmp_path: Path) -> None:
    before, store = EmbeddedChroma(tmp_path / "chroma"), EmbeddedChroma(tmp_path / "chroma")
    before.client()
    canon, vectors = await opened()
    arm, index = DenseArm(ChromaIndex(store, "a-model")), ChromaIndex(store, "a-model")
    await arm.mend([(canon, vectors)])
    alone = await ask(arm, canon, vectors)
    assert arm.failed == {SHOW}
    before.close()
    await arm.mend([(canon, vectors)])
    assert arm.failed == frozenset()
    assert await index.count(SHOW) == len(canon.passages)
    assert [key for key, _ in await ask(arm, canon, vectors)] == [key for key, _ in alone]
    store.close()
