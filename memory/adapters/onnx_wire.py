"""Writing an ONNX model as bytes, as far as a transformer needs it, so that no further package has to.

The numbers of the fields are those of `onnx.proto` (ONNX IR version 9) in the encoding of Protocol Buffers. It writes
and never reads.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

import numpy as np
from numpy.typing import NDArray

IR_VERSION = 9
KINDS = {"float": 1, "uint8": 2, "int32": 6}
_FLOAT, _INT = 1, 2
_VARINT, _LENGTH, _FIXED32 = 0, 2, 5


def node(
    operator: str, inputs: Sequence[str], outputs: Sequence[str], *, domain: str = "", **attributes: float
) -> bytes:
    """A NodeProto. An attribute is an int or a float, as its value is."""
    written = [
        *(_text(1, name) for name in inputs),
        *(_text(2, name) for name in outputs),
        _text(4, operator),
        *(_field(5, _attribute(name, value)) for name, value in attributes.items()),
        _text(7, domain),
    ]
    return b"".join(written)


def tensor(name: str, values: NDArray[np.float32] | NDArray[np.uint8]) -> bytes:
    """A TensorProto of floats or bytes, as its values are."""
    kind = "uint8" if values.dtype == np.uint8 else "float"
    raw = np.ascontiguousarray(values, dtype="<f4" if kind == "float" else np.uint8)
    dimensions = b"".join(_int(1, length) for length in raw.shape)
    return b"".join([dimensions, _int(2, KINDS[kind]), _text(8, name), _field(9, raw.tobytes())])


def value(name: str, kind: Literal["float", "int32"], shape: Sequence[int | str]) -> bytes:
    """A ValueInfoProto; a dimension that varies has a name."""
    dimensions = [_text(2, one) if isinstance(one, str) else _int(1, one) for one in shape]
    of_tensor = _int(1, KINDS[kind]) + _field(2, b"".join(_field(1, one) for one in dimensions))
    return _text(1, name) + _field(2, _field(1, of_tensor))


def model(
    nodes: Iterable[bytes],
    tensors: Iterable[bytes],
    *,
    inputs: Iterable[bytes],
    outputs: Iterable[bytes],
    opsets: Mapping[str, int],
) -> bytes:
    """A ModelProto; `opsets`: domain -> version."""
    graph = [
        *(_field(1, one) for one in nodes),
        _text(2, "graph"),
        *(_field(5, one) for one in tensors),
        *(_field(11, one) for one in inputs),
        *(_field(12, one) for one in outputs),
    ]
    head = [_int(1, IR_VERSION), *(_field(8, _text(1, name) + _int(2, number)) for name, number in opsets.items())]
    return b"".join([*head, _tag(7, _LENGTH), _varint(sum(map(len, graph))), *graph])


def _attribute(name: str, number: float) -> bytes:
    if isinstance(number, int):
        return _text(1, name) + _int(3, number) + _int(20, _INT)
    return _text(1, name) + _tag(2, _FIXED32) + struct.pack("<f", number) + _int(20, _FLOAT)


def _text(field: int, text: str) -> bytes:
    return _field(field, text.encode("utf-8"))


def _int(field: int, number: int) -> bytes:
    return _tag(field, _VARINT) + _varint(number)


def _field(field: int, content: bytes) -> bytes:
    return b"".join([_tag(field, _LENGTH), _varint(len(content)), content])


def _tag(field: int, kind: int) -> bytes:
    return _varint(field << 3 | kind)


def _varint(number: int) -> bytes:
    written = bytearray()
    while number > 127:
        written.append(number & 127 | 128)
        number >>= 7
    written.append(number)
    return bytes(written)
