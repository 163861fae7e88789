"""multilingual-e5-small as an ONNX graph: the layers of a BERT encoder after its embeddings, and before its pooling.

It has the model's arithmetic and nothing else: tokens come in as vectors and leave as vectors.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from memory.adapters import onnx_wire
from memory.adapters.e5_file import BLOCK, E5File

FUSED = "com.microsoft"
"""Operators of onnxruntime's own, each several of ONNX's in one."""
OPSETS = {"": 18, FUSED: 1}
EIGHT_BITS = 4
"""The number that tells an operator to multiply in eight-bit integers, what it is given scaled block by block too."""
TOKENS, LENGTHS, OUT = "tokens", "lengths", "out"


def graph(file: E5File) -> bytes:
    """The model: `tokens` (texts, length, dims) and `lengths` (texts,) in, `out` (texts, length, dims)."""
    layers = [_layer(file, number) for number in range(file.layers)]
    weights = {"embed.scale": file.dense("emb.ln.w"), "embed.shift": file.dense("emb.ln.b")}
    first = onnx_wire.node("LayerNormalization", [TOKENS, *weights], ["x0"], axis=2, epsilon=file.epsilon)
    last = onnx_wire.node("Identity", [f"x{file.layers}"], [OUT])
    shape = ("texts", "length", file.dims)
    return onnx_wire.model(
        [first, *(node for nodes, _ in layers for node in nodes), last],
        [
            *(onnx_wire.tensor(name, values) for name, values in weights.items()),
            *(tensor for _, tensors in layers for tensor in tensors),
        ],
        inputs=[onnx_wire.value(TOKENS, "float", shape), onnx_wire.value(LENGTHS, "int32", ("texts",))],
        outputs=[onnx_wire.value(OUT, "float", shape)],
        opsets=OPSETS,
    )


def _layer(file: E5File, number: int) -> tuple[list[bytes], list[bytes]]:
    """The nodes and the weights of one layer, from `x{number}` to the next: attention, then two dense steps."""

    def own(name: str) -> str:
        return f"l{number}.{name}"

    x, after, kept = f"x{number}", f"x{number + 1}", _Weights(file, number)
    heads = [own("q"), own("k"), own("v")]
    nodes = [
        kept.product(x, ("q", "k", "v"), file.dims, own("qkv")),
        onnx_wire.node("Split", [own("qkv")], heads, axis=2, num_outputs=3),
        onnx_wire.node(
            "MultiHeadAttention",
            [*heads, kept.dense("q.b", "k.b", "v.b"), LENGTHS],
            [own("seen")],
            domain=FUSED,
            num_heads=file.heads,
        ),
        kept.product(own("seen"), ("ao",), file.dims, own("ao")),
        kept.sum(own("ao"), x, "ao.b", "aln", own("a")),
        kept.product(own("a"), ("fi",), file.dims, own("fi")),
        onnx_wire.node("BiasGelu", [own("fi"), kept.dense("fi.b")], [own("gelu")], domain=FUSED),
        kept.product(own("gelu"), ("fo",), file.inner, own("fo")),
        kept.sum(own("fo"), own("a"), "fo.b", "oln", after),
    ]
    return nodes, kept.tensors


class _Weights:
    """The weights that a layer's nodes asked for."""

    def __init__(self, file: E5File, number: int) -> None:
        self._file, self._layer = file, f"l{number}."
        self.tensors: list[bytes] = []

    def product(self, source: str, matrices: Sequence[str], width: int, result: str) -> bytes:
        """`source` times one or several four-bit matrices side by side."""
        parts = [self._file.packed(f"{self._layer}{matrix}.w", width) for matrix in matrices]
        packed = np.concatenate([part for part, _ in parts])
        scales = np.concatenate([scale for _, scale in parts])
        names = [f"{result}.w", f"{result}.s"]
        self.tensors += [onnx_wire.tensor(names[0], packed), onnx_wire.tensor(names[1], scales.ravel())]
        return onnx_wire.node(
            "MatMulNBits",
            [source, *names],
            [result],
            domain=FUSED,
            K=width,
            N=len(packed),
            bits=4,
            block_size=BLOCK,
            accuracy_level=EIGHT_BITS,
        )

    def sum(self, step: str, before: str, bias: str, scaling: str, result: str) -> bytes:
        """What a step gave, what went into it and a bias, added up and normalised."""
        weights = [self.dense(f"{scaling}.w"), self.dense(f"{scaling}.b"), self.dense(bias)]
        return onnx_wire.node(
            "SkipLayerNormalization", [step, before, *weights], [result], domain=FUSED, epsilon=self._file.epsilon
        )

    def dense(self, *names: str) -> str:
        """One or several tensors end to end; returns their name."""
        name = self._layer + "".join(names)
        values = np.concatenate([self._file.dense(self._layer + one) for one in names])
        self.tensors.append(onnx_wire.tensor(name, values))
        return name
