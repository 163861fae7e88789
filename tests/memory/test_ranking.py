"""Fusing and picking: scores in 0..1, distinct scenes first, ties in story order."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from memory.ranking import (
    PASSAGE_WEIGHTS,
    Floats,
    best_first,
    cosines,
    freshness,
    fused,
    group_maxima,
    normalised,
    pick,
    span_maxima,
)


def floats(*values: float) -> Floats:
    return np.array(values, dtype=np.float32)


def rows(*values: int) -> np.ndarray[tuple[int], np.dtype[np.int64]]:
    return np.array(values, dtype=np.int64)


ALL = np.ones(4, dtype=np.bool_)


def test_allowed_values_are_stretched_to_one_and_the_rest_is_nothing() -> None:
    allowed = np.array([True, True, True, False])
    np.testing.assert_allclose(normalised(floats(2, 4, 3, 9), allowed), [0, 1, 0.5, 0])


@pytest.mark.parametrize("values", [(3, 3, 3, 3), (0, 0, 0, 0)])
def test_values_all_alike_say_nothing(values: tuple[float, ...]) -> None:
    assert not normalised(floats(*values), ALL).any()


def test_freshness_fades_with_the_episodes_since() -> None:
    fresh = freshness(rows(5, 4, 1), 5)
    assert fresh[0] == 1.0
    assert fresh[0] > fresh[1] > fresh[2] > 0


def test_the_best_of_a_span_may_be_its_last_value() -> None:
    np.testing.assert_array_equal(
        span_maxima(floats(1, 5, 2, 7), np.array([[0, 2], [1, 3], [2, 4], [3, 4]])), [5, 5, 7, 7]
    )
    assert span_maxima(floats(), np.zeros((0, 2), dtype=np.int64)).shape == (0,)


def test_a_group_counts_only_what_is_allowed() -> None:
    best = group_maxima(floats(1, 9, 3, 2), rows(0, 0, 1, 1), 3, np.array([True, False, True, True]))
    np.testing.assert_array_equal(best, [1, 3, 0])


def test_a_cosine_is_the_same_whatever_rows_stand_beside_it() -> None:
    random = np.random.default_rng(11)
    matrix = random.standard_normal((301, 384)).astype(np.float32)
    vector = random.standard_normal(384).astype(np.float32)
    found = cosines(matrix, vector)
    np.testing.assert_allclose(found, matrix.astype(np.float64) @ vector.astype(np.float64), atol=1e-4)
    for rows_beside in (1, 2, 7, 300):
        np.testing.assert_array_equal(cosines(matrix[-rows_beside:].copy(), vector), found[-rows_beside:])
    assert cosines(matrix[:0], vector).shape == (0,)


def test_equal_scores_keep_story_order() -> None:
    assert best_first(floats(1, 2, 1, 2), ALL) == [1, 3, 0, 2]


def test_a_scene_is_picked_once_before_any_neighbour() -> None:
    picked = pick(floats(0.9, 0.5), floats(0.8, 0.9, 0.7, 0.1), rows(0, 0, 0, 1), ALL, k=2)
    assert [window for window, _ in picked] == [1, 3]


def test_when_scenes_run_out_neighbours_of_the_best_follow() -> None:
    picked = pick(floats(0.9, 0.5), floats(0.8, 0.9, 0.7, 0.1), rows(0, 0, 0, 1), ALL, k=4)
    assert [window for window, _ in picked] == [1, 3, 2, 0]


def test_neighbours_can_be_asked_for_beyond_the_scenes() -> None:
    picked = pick(floats(0.9, 0.5), floats(0.8, 0.9, 0.7, 0.1), rows(0, 0, 0, 1), ALL, k=1, neighbours=1)
    assert [window for window, _ in picked] == [1, 2]


def test_a_neighbour_behind_the_gate_is_no_neighbour() -> None:
    allowed = np.array([False, True, False, True])
    picked = pick(floats(0.9, 0.5), floats(0, 0.9, 0, 0.1), rows(0, 0, 0, 1), allowed, k=4, neighbours=4)
    assert [window for window, _ in picked] == [1, 3]


def test_nothing_allowed_picks_nothing() -> None:
    assert pick(floats(0, 0), floats(0, 0, 0, 0), rows(0, 0, 1, 1), ~ALL, k=4) == []


@given(
    st.lists(
        st.tuples(st.floats(0, 30, width=32), st.floats(-1, 1, width=32), st.floats(-1, 1, width=32), st.booleans()),
        min_size=1,
        max_size=20,
    )
)
def test_a_fused_score_lies_between_nothing_and_one(arms: list[tuple[float, float, float, bool]]) -> None:
    lexical, dense, lines = (floats(*(arm[place] for arm in arms)) for place in range(3))
    allowed = np.array([arm[3] for arm in arms], dtype=np.bool_)
    fresh = freshness(np.arange(len(arms), dtype=np.int64), len(arms))
    scores = fused(PASSAGE_WEIGHTS, lexical=lexical, dense=dense, lines=lines, fresh=fresh, allowed=allowed)
    assert (scores >= 0).all()
    assert (scores <= 1.0001).all()
    assert not scores[~allowed].any()
