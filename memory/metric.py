"""A metric for the vectors of one show: what tells its facts apart counts, what tells wordings of one apart less so.

Pure. It is learnt from the wordings of a canon and never sees a reply.
"""

from __future__ import annotations

import numpy as np

from memory.ranking import Rows
from memory.searching import Matrix

SHRINKAGE = 3.0
"""How much of the mean variance is added to that of every direction: few wordings must not rule (docs/shield.md)."""
REPEATS_MIN = 100
"""Wordings beyond the first of each fact. With fewer, the metric is the plain one."""


def wording_metric(wordings: Matrix, facts: Rows) -> Matrix:
    """The matrix by which row vectors are multiplied before they are compared; shape (dims, dims).

    `wordings` has shape (W, dims), `facts` says which fact each is of; shape (W,), ascending. It is the
    inverse square root of the shrunk covariance within facts: within-class covariance normalisation (Hatch, Kajarekar
    and Stolcke, 2006).
    """
    dims = wordings.shape[1]
    _, rows, sizes = np.unique(facts, return_inverse=True, return_counts=True)
    repeats = len(wordings) - len(sizes)
    if repeats < REPEATS_MIN:
        return np.eye(dims, dtype=np.float32)
    sums = np.zeros((len(sizes), dims))
    np.add.at(sums, rows, wordings)
    within = wordings - (sums / sizes[:, None])[rows]
    covariance = within.T @ within / repeats
    shrunk = covariance + max(SHRINKAGE * float(np.trace(covariance)) / dims, 1e-9) * np.eye(dims)
    variances, directions = np.linalg.eigh(shrunk)
    return np.asarray((directions / np.sqrt(variances)) @ directions.T, dtype=np.float32)
