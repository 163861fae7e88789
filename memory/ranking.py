"""Putting what the arms of recall found into one order: normalised scores are fused, and a scene is shown once.

Pure and deterministic: equal scores keep story order. It ranks only rows that are allowed and never adds one.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float32]
Rows = NDArray[np.int64]
Mask = NDArray[np.bool_]

FRESH_EPISODES = 4.0
"""How fast freshness fades: by 1/e every so many episodes. Fans mostly ask about what they have just watched."""


@dataclass(frozen=True, slots=True)
class Weights:
    """The share of each arm in a fused score; only their proportion matters."""

    lexical: float
    dense: float
    lines: float
    """The best single line of a passage, against the question: names the moment in a passage about several things."""
    freshness: float


PASSAGE_WEIGHTS = Weights(lexical=0.2, dense=0.5, lines=0.3, freshness=0.2)
FACT_WEIGHTS = Weights(lexical=0.2, dense=0.8, lines=0.0, freshness=0.3)


def cosines(rows: Floats, vector: Floats) -> Floats:
    """The dot product of each row (shape (n, dims)) with a vector; of what has length 1, the cosine. Shape (n,).

    Not `rows @ vector`: that shares its work out to threads which spin while they wait for each other, and with
    another process on a core twelve thousand rows then took 8 ms instead of half a millisecond. It also gives the same
    cosine for the same row, whatever rows stand beside it.
    """
    return np.asarray(np.einsum("ij,j->i", rows, vector), dtype=np.float32)


def normalised(values: Floats, allowed: Mask) -> Floats:
    """Allowed values stretched to 0..1, the rest 0; values that are all alike say nothing and become 0."""
    within = values[allowed]
    if within.size == 0 or float(np.ptp(within)) < 1e-9:
        return np.zeros_like(values)
    low, span = float(within.min()), float(np.ptp(within))
    return np.asarray(np.where(allowed, (values - low) / span, 0.0), dtype=np.float32)


def freshness(episodes: Rows, horizon: int) -> Floats:
    """1 for what the newest watched episode shows, fading with the episodes since; 0..1."""
    age: Floats = np.maximum(horizon - episodes, 0).astype(np.float32)
    return np.asarray(np.exp(-age / FRESH_EPISODES), dtype=np.float32)


def fused(weights: Weights, *, lexical: Floats, dense: Floats, lines: Floats, fresh: Floats, allowed: Mask) -> Floats:
    """The weighted mean of the normalised arms, 0..1, 0 where not allowed.

    Score fusion (min-max and a convex combination) after Bruch, Gai and Ingber, "An Analysis of Fusion Functions for
    Hybrid Retrieval" (2023): unlike reciprocal ranks it keeps how sure each arm is.
    """
    total = weights.lexical + weights.dense + weights.lines + weights.freshness
    score: Floats = (
        weights.lexical * normalised(lexical, allowed)
        + weights.dense * normalised(dense, allowed)
        + weights.lines * normalised(lines, allowed)
        + weights.freshness * fresh * allowed
    )
    return np.asarray(score / total, dtype=np.float32)


def group_maxima(values: Floats, groups: Rows, size: int, allowed: Mask) -> Floats:
    """The best allowed value of each of `size` groups (`groups`: the group of each row); 0 for a group without any."""
    best = np.full(size, -np.inf, dtype=np.float32)
    np.maximum.at(best, groups[allowed], values[allowed])
    return np.where(np.isfinite(best), best, 0.0).astype(np.float32)


def span_maxima(values: Floats, spans: Rows) -> Floats:
    """The best value of each span; `spans` has shape (spans, 2), half-open, none of them empty."""
    if not len(spans):
        return np.zeros(0, dtype=np.float32)
    closed = np.append(values, np.float32(-np.inf))  # so that a span may end with the last value
    return np.asarray(np.maximum.reduceat(closed, spans.ravel())[::2], dtype=np.float32)


def best_first(scores: Floats, allowed: Mask) -> list[int]:
    """Allowed rows, best score first, story order among equals."""
    order = np.argsort(-scores, kind="stable")
    found: list[int] = order[allowed[order]].tolist()
    return found


def pick(
    scene_scores: Floats, window_scores: Floats, scene_of: Rows, allowed: Mask, *, k: int, neighbours: int = 0
) -> list[tuple[int, float]]:
    """Up to `k` windows of distinct scenes, then windows beside them: (window, score), best first.

    Each of the best `k` scenes is shown by its best window. When there are fewer scenes than `k`, and for up to
    `neighbours` more, windows next to a chosen one follow, those of better scenes first.
    """
    windows = np.array(best_first(window_scores, allowed), dtype=np.int64)
    scenes_found, firsts = np.unique(scene_of[windows], return_index=True)
    scenes_allowed = np.zeros(len(scene_scores), dtype=np.bool_)
    scenes_allowed[scenes_found] = True
    best_window = dict(zip(scenes_found.tolist(), windows[firsts].tolist(), strict=True))
    scenes = best_first(scene_scores, scenes_allowed)[:k]
    picked = [(best_window[scene], float(scene_scores[scene])) for scene in scenes]
    room = k - len(picked) + neighbours
    if not picked or room <= 0:
        return picked
    lowest = picked[-1][1]
    return picked + [(window, lowest) for window in _beside([row for row, _ in picked], scene_of, allowed, room)]


def _beside(chosen: Sequence[int], scene_of: Rows, allowed: Mask, room: int) -> list[int]:
    """Windows of the chosen scenes that are not chosen, nearest to the chosen window first, later before earlier."""
    found: list[tuple[int, int, int]] = []
    for place, window in enumerate(chosen):
        for other in np.flatnonzero((scene_of == scene_of[window]) & allowed):
            if int(other) != window:
                distance = int(other) - window
                found.append((abs(distance), place, -distance))
    found.sort()
    return [chosen[place] - minus_distance for _, place, minus_distance in found[:room]]
