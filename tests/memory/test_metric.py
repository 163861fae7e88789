"""The metric that wordings teach: what they differ in within a fact counts less than what tells facts apart."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from memory.metric import REPEATS_MIN, wording_metric
from memory.ranking import Rows
from memory.searching import Matrix

DIMS = 6


def wordings(facts: int, each: int, seed: int) -> tuple[Matrix, Rows]:
    """Facts differ along the first two axes; their wordings, a hundred times as much, along the third alone."""
    random = np.random.default_rng(seed)
    rows = np.repeat(np.arange(facts, dtype=np.int64), each)
    vectors = np.zeros((len(rows), DIMS), dtype=np.float32)
    vectors[:, :2] = random.standard_normal((facts, 2))[rows]
    vectors[:, 2] = 100 * random.standard_normal(len(rows))
    vectors[:, 3:] = 0.01 * random.standard_normal((len(rows), DIMS - 3))
    return vectors, rows


def test_two_wordings_of_a_fact_are_nearer_than_two_facts() -> None:
    vectors, rows = wordings(30, 6, 1)
    plain = np.linalg.norm(vectors[0] - vectors[1]) / np.linalg.norm((vectors[0] - vectors[6])[:2])
    measured: Matrix = vectors @ wording_metric(vectors, rows)
    within = np.linalg.norm(measured[0] - measured[1]) / np.linalg.norm((measured[0] - measured[6])[:2])
    assert within < plain / 1.5


@settings(max_examples=25)
@given(st.integers(20, 40), st.integers(6, 9), st.integers(0, 10_000))
def test_the_metric_is_symmetric_keeps_every_direction_and_knows_no_order_of_wordings(
    facts: int, each: int, seed: int
) -> None:
    vectors, rows = wordings(facts, each, seed)
    metric = wording_metric(vectors, rows)
    assert metric.dtype == np.float32
    np.testing.assert_allclose(metric, metric.T, rtol=1e-3, atol=1e-4)
    assert np.linalg.eigvalsh(metric.astype(np.float64)).min() > 0
    turned = np.concatenate([np.flatnonzero(rows == fact)[::-1] for fact in range(facts)])
    np.testing.assert_allclose(wording_metric(vectors[turned], rows), metric, rtol=1e-2, atol=1e-4)


@settings(max_examples=25)
@given(st.integers(0, 10_000), st.floats(-50, 50))
def test_where_facts_lie_does_not_matter_only_how_their_wordings_differ(seed: int, shift: float) -> None:
    vectors, rows = wordings(30, 6, seed)
    moved = vectors.copy()
    moved[:, 4] += shift * rows
    found, expected = wording_metric(moved, rows), wording_metric(vectors, rows)
    np.testing.assert_allclose(found, expected, rtol=1e-2, atol=1e-3)


@pytest.mark.parametrize("repeats", [0, 1, REPEATS_MIN - 1, REPEATS_MIN])
def test_few_wordings_leave_the_plain_metric(repeats: int) -> None:
    rows = np.array([0] * (repeats + 1) + [1], dtype=np.int64)
    vectors = np.random.default_rng(2).standard_normal((len(rows), DIMS)).astype(np.float32)
    plain = bool((wording_metric(vectors, rows) == np.eye(DIMS)).all())
    assert plain is (repeats < REPEATS_MIN)


def test_a_canon_without_facts_and_one_of_equal_wordings_have_a_metric() -> None:
    nothing = wording_metric(np.zeros((0, DIMS), dtype=np.float32), np.zeros(0, dtype=np.int64))
    assert (nothing == np.eye(DIMS)).all()
    equal = wording_metric(np.ones((200, DIMS), dtype=np.float32), np.zeros(200, dtype=np.int64))
    assert np.isfinite(equal).all()
