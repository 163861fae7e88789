"""Unpacking deflated data to a bound: a bomb costs what is allowed and not a byte more."""

from __future__ import annotations

import zlib

from characters.cards.refusal import NotACard

ZLIB = zlib.MAX_WBITS
"""With the frame of RFC 1950, as in PNG."""
RAW = -zlib.MAX_WBITS
"""Without a frame, as in zip files."""


def inflated(packed: bytes, *, bytes_max: int, frame: int, where: str) -> bytes:
    """The data, at most `bytes_max` bytes of it. Raises NotACard when there is more, or when it is damaged."""
    engine = zlib.decompressobj(frame)
    try:
        data = engine.decompress(packed, bytes_max + 1)
    except zlib.error as error:
        raise NotACard(where, "its compressed data is damaged") from error
    if len(data) > bytes_max:
        raise NotACard(where, f"it unpacks to more than {bytes_max} bytes")
    if not engine.eof:
        raise NotACard(where, "its compressed data ends too early")
    return data
