"""The contract of every VectorStore: in a dictionary, and in SQL."""

from __future__ import annotations

import numpy as np
import pytest

from gateway.adapters.database import Database
from memory.adapters.sql_vectors import SqlVectors
from memory.doubles import MemoryVectors
from memory.ports import Vector, VectorStore


@pytest.fixture
def memory() -> MemoryVectors:
    return MemoryVectors()


@pytest.fixture(params=["memory", "sqlite", "postgresql"])
def store(request: pytest.FixtureRequest) -> VectorStore:
    chosen = request.getfixturevalue(request.param)
    return SqlVectors(chosen.writer, chosen.reader) if isinstance(chosen, Database) else chosen


def vector(*values: float) -> Vector:
    return np.array(values, dtype=np.float32)


async def test_a_vector_comes_back_bit_for_bit(store: VectorStore) -> None:
    kept = vector(0.1, -1 / 3, 1e-30)
    await store.put("m", {"h": kept})
    (found,) = (await store.get("m", ["h"])).values()
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, kept)


async def test_what_is_missing_is_missing_from_the_answer(store: VectorStore) -> None:
    await store.put("m", {"h": vector(1)})
    assert set(await store.get("m", ["h", "unknown"])) == {"h"}
    assert await store.get("m", []) == {}


async def test_models_do_not_meet(store: VectorStore) -> None:
    await store.put("m", {"h": vector(1)})
    assert await store.get("n", ["h"]) == {}


async def test_a_vector_that_is_there_stays_as_it_is(store: VectorStore) -> None:
    await store.put("m", {"h": vector(1)})
    await store.put("m", {"h": vector(2), "i": vector(3)})
    found = await store.get("m", ["h", "i"])
    assert (found["h"][0], found["i"][0]) == (1, 3)


async def test_nothing_can_be_put(store: VectorStore) -> None:
    await store.put("m", {})
    assert await store.get("m", ["h"]) == {}


async def test_thousands_are_fetched_at_once(store: VectorStore) -> None:
    vectors = {f"h{number}": vector(number) for number in range(1_200)}
    await store.put("m", vectors)
    found = await store.get("m", list(vectors))
    assert {key: found[key][0] for key in vectors} == {key: kept[0] for key, kept in vectors.items()}
