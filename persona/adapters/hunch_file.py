"""The fitted hunches as a file of numbers beside the code: vectors, a byte for each dimension, and their weights."""

from __future__ import annotations

import io
from importlib.resources import files
from typing import Any, get_args

import numpy as np

from persona.crisis import CrisisKind
from persona.hunches import FEELINGS, Fitted, Floats, Hunches

FILE = "hunches.npz"
KINDS: tuple[CrisisKind, ...] = get_args(CrisisKind)


def hunches_for(model_id: str) -> Hunches | None:
    """The hunches for an embedder; None when they were fitted for another one. Raises OSError, ValueError."""
    fitted = read((files("persona") / FILE).read_bytes())
    return Hunches(fitted) if fitted.model_id == model_id else None


def read(data: bytes) -> Fitted:
    """A file's contents. Raises ValueError, KeyError for what is none."""
    with np.load(io.BytesIO(data), allow_pickle=False) as held:
        exemplars = held["exemplars"].astype(np.float32)
        exemplars /= np.maximum(np.linalg.norm(exemplars, axis=1, keepdims=True), 1e-9)
        numbers = {name: dict(zip(FEELINGS, held[name].tolist(), strict=True)) for name in ("thresholds", "support")}
        return Fitted(
            model_id=str(held["model_id"]),
            exemplars=exemplars,
            mean=held["mean"],
            weights=held["weights"],
            thresholds=numbers["thresholds"],
            support=numbers["support"],
            kinds=tuple(None if kind < 0 else KINDS[kind] for kind in held["kinds"].tolist()),
        )


def written(fitted: Fitted) -> bytes:
    """The file's contents; the same for the same numbers."""
    arrays: dict[str, Any] = {
        "model_id": np.array(fitted.model_id),
        "exemplars": rounded(fitted.exemplars),
        "mean": fitted.mean.astype(np.float32),
        "weights": fitted.weights.astype(np.float32),
        "thresholds": np.array([fitted.thresholds[feeling] for feeling in FEELINGS]),
        "support": np.array([fitted.support[feeling] for feeling in FEELINGS]),
        "kinds": np.array([-1 if kind is None else KINDS.index(kind) for kind in fitted.kinds], dtype=np.int8),
    }
    held = io.BytesIO()
    np.savez_compressed(held, **arrays)
    return held.getvalue()


def rounded(exemplars: Floats) -> Any:
    """Vectors as whole numbers of one byte; their length is made 1 again when they are read."""
    largest = np.maximum(np.abs(exemplars).max(axis=1, keepdims=True), 1e-9)
    return np.rint(exemplars / largest * 127).astype(np.int8)
