"""What a message feels like, by its nearest of kin among labelled lines: danger, a sincere question, a goodbye.

Rules know only the words that somebody thought of; of lines by another author they found a quarter of those in danger.
Kernel ridge regression over the embedder's vectors (Saunders et al., 1998), fitted by `python -m bench.hunches`, finds
what means the same. Pure; it holds vectors of our own labelled lines, never of a fan's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from persona.crisis import CrisisKind

Feeling = Literal["danger", "sincere", "leaving"]
FEELINGS: tuple[Feeling, ...] = ("danger", "sincere", "leaving")
WIDTH = 1.0
"""Of the kernel exp(-WIDTH |x - y|²) over vectors of length 1."""
Floats = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class Fitted:
    """What was fitted over `n` labelled lines, for the embedder `model_id` of `dims` dimensions."""

    model_id: str
    exemplars: Floats
    """(n, dims), centred by `mean`, rows of length 1."""
    mean: Floats
    """(dims,)"""
    weights: Floats
    """(n, 3), a column for each of FEELINGS."""
    thresholds: Mapping[Feeling, float]
    """From which score on a message is taken for it."""
    support: Mapping[Feeling, float]
    """What is added to a score where the rules say the same."""
    kinds: Sequence[CrisisKind | None]
    """(n,) the danger that a line is labelled with."""


@dataclass(frozen=True, slots=True)
class Hunch:
    """What one message is taken for."""

    danger: CrisisKind | None = None
    sincere: bool = False
    leaving: bool = False


NO_HUNCH = Hunch()


def of_length_one(vectors: Floats, mean: Floats) -> Floats:
    """Vectors (n, dims) without what all of them share, which in this embedder is most of each."""
    centred = vectors - mean
    lengths = np.linalg.norm(centred, axis=1, keepdims=True)
    return np.asarray(centred / np.maximum(lengths, 1e-9), dtype=np.float32)


def kernel(left: Floats, right: Floats) -> Floats:
    """How alike vectors of length 1 are, (n, dims) and (m, dims) → (n, m) in 0..1."""
    return np.asarray(np.exp(-WIDTH * np.maximum(2.0 - 2.0 * (left @ right.T), 0.0)), dtype=np.float32)


class Hunches:
    """Reads messages."""

    def __init__(self, fitted: Fitted) -> None:
        self._fitted = fitted
        self._dangers = [place for place, kind in enumerate(fitted.kinds) if kind is not None]

    def of(self, vector: Floats, *, danger: CrisisKind | None, sincere: bool, leaving: bool) -> Hunch:
        """What a message is taken for, by its vector (dims,) and by what the rules say of it."""
        fitted = self._fitted
        alike = kernel(of_length_one(vector[None, :], fitted.mean), fitted.exemplars)[0]
        scores = dict(zip(FEELINGS, (alike @ fitted.weights).tolist(), strict=True))
        said: dict[Feeling, bool] = {"danger": danger is not None, "sincere": sincere, "leaving": leaving}
        felt = {
            feeling: scores[feeling] + fitted.support[feeling] * said[feeling] >= fitted.thresholds[feeling]
            for feeling in FEELINGS
        }
        kind = (danger or self._nearest_danger(alike)) if felt["danger"] else None
        return Hunch(kind, felt["sincere"], felt["leaving"])

    def _nearest_danger(self, alike: Floats) -> CrisisKind | None:
        nearest = max(self._dangers, key=lambda place: float(alike[place]))
        return self._fitted.kinds[nearest]
