"""multilingual-e5-small in this process: from text to the mean of its tokens' vectors, by onnxruntime.

Everything here blocks, and may be called from several threads at once. A text is never kept.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from memory.adapters.e5_file import E5File
from memory.adapters.e5_graph import LENGTHS, OUT, TOKENS, graph
from memory.adapters.e5_pieces import Pieces

RUN_PIECES = 1_024
"""About how many pieces of words are computed at once: enough to keep the processor's arithmetic busy, and over in a
fraction of a second."""

Matrix = NDArray[np.float32]
Part = list[int]
"""The pieces of a text, or of a part of a long one, between the marks for its beginning and its end."""


class E5:
    """The model, loaded."""

    def __init__(self, path: Path, *, threads: int) -> None:
        """Raises OSError, ValueError for another file, and what onnxruntime raises (RuntimeError)."""
        self._file = file = E5File(path)
        self.dims = file.dims
        self._pieces = Pieces(file.pieces, file.scores.tolist(), file.unknown, file.replacements)
        self._places = file.dense("emb.pos").reshape(-1, file.dims) + file.dense("emb.type")[: file.dims]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = threads
        # Threads that spin while they wait for each other take the cores that others have work for.
        options.add_session_config_entry("session.intra_op.allow_spinning", "0")
        self._session = onnxruntime.InferenceSession(graph(file), options, providers=["CPUExecutionProvider"])

    def parts(self, text: str) -> list[Part]:
        """A text cut into as few parts as the model's length allows, at least one."""
        file, pieces = self._file, self._pieces.cut(text)
        room = file.positions - 2
        return [[file.first, *pieces[at : at + room], file.last] for at in range(0, len(pieces), room)]

    def means(self, parts: Sequence[Part]) -> Matrix:
        """The mean vector of each part, of whatever length; shape (parts, dims). Longer ones fill the shorter up."""
        lengths = np.array([len(part) for part in parts], dtype=np.int32)
        tokens = np.zeros((len(parts), int(lengths.max()), self.dims), dtype=np.float32)
        for row, part in enumerate(parts):
            words = self._file.rows("emb.word", self.dims, np.array(part, dtype=np.int64))
            tokens[row, : len(part)] = words + self._places[: len(part)]
        (out,) = self._session.run([OUT], {TOKENS: tokens, LENGTHS: lengths})
        return np.stack([out[row, :length].mean(axis=0) for row, length in enumerate(lengths)])


def runs(parts: Sequence[Part]) -> Iterator[list[int]]:
    """Rows of `parts` to be computed together, longest first: of about one length, RUN_PIECES or a single part."""
    run: list[int] = []
    for row in sorted(range(len(parts)), key=lambda row: -len(parts[row])):
        if run and len(parts[run[0]]) * (len(run) + 1) > RUN_PIECES:
            yield run
            run = []
        run.append(row)
    if run:
        yield run


def joined(parts: Sequence[Part], means: Sequence[NDArray[np.float32]]) -> NDArray[np.float32]:
    """The vector of a text, of length 1: the mean of its parts', each with the weight of its pieces."""
    weights = np.array([len(part) - 2 for part in parts], dtype=np.float32)
    mean = (np.stack(means) * weights[:, None]).sum(axis=0) / weights.sum()
    return np.asarray(mean / max(float(np.linalg.norm(mean)), 1e-9), dtype=np.float32)
