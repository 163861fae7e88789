"""BM25 with the gate inside: what is behind it has no score and no say."""

from __future__ import annotations

import math

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from memory.lexical import K1, B, build_index
from memory.words import tokenize

TEXTS = st.lists(st.lists(st.sampled_from(["tar", "rope", "gull", "灯笼"]), max_size=6).map(" ".join), max_size=12)


def test_a_score_is_what_the_formula_says() -> None:
    index = build_index(["tar tar rope", "gull", "rope"])
    scores = index.scores({"tar": 1.0}, np.ones(3, dtype=np.bool_))
    idf = math.log(1 + (3 - 1 + 0.5) / (1 + 0.5))
    expected = idf * 2 * (K1 + 1) / (2 + K1 * (1 - B + B * 3 / (5 / 3)))
    np.testing.assert_allclose(scores, [expected, 0, 0], rtol=1e-5)


def test_a_lower_weight_gives_a_lower_score() -> None:
    index = build_index(["tar", "rope"])
    everything = np.ones(2, dtype=np.bool_)
    np.testing.assert_allclose(
        index.scores({"tar": 0.25}, everything), 0.25 * index.scores({"tar": 1.0}, everything), rtol=1e-6
    )


def test_nothing_allowed_scores_nothing() -> None:
    assert not build_index(["tar"]).scores({"tar": 1.0}, np.zeros(1, dtype=np.bool_)).any()


def test_an_index_of_nothing_can_be_asked() -> None:
    assert build_index([]).scores({"tar": 1.0}, np.zeros(0, dtype=np.bool_)).shape == (0,)


@given(TEXTS, TEXTS, st.sampled_from(["tar", "rope gull", "灯笼 tar"]))
def test_texts_behind_the_gate_change_no_score(watched: list[str], later: list[str], question: str) -> None:
    query = dict.fromkeys(tokenize(question), 1.0)
    alone = build_index(watched).scores(query, np.ones(len(watched), dtype=np.bool_))
    allowed = np.array([True] * len(watched) + [False] * len(later), dtype=np.bool_)
    together = build_index(watched + later).scores(query, allowed)
    np.testing.assert_array_equal(together[: len(watched)], alone)
    assert not together[len(watched) :].any()
