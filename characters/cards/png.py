"""Cards in PNG files: chunks are walked with their checksums, text is unpacked to a bound, and pixels stay as they are.

The format is RFC 2083 / ISO 15948; cards are base64 in a text chunk called `ccv3` or, before that, `chara`
(SPEC_V3.md, "PNG/APNG"). Never decodes a picture.
"""

from __future__ import annotations

import binascii
import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from characters.cards.inflating import ZLIB, inflated
from characters.cards.refusal import NotACard

SIGNATURE = b"\x89PNG\r\n\x1a\n"
PNG_BYTES_MAX = 32_000_000
CHUNKS_MAX = 20_000
TEXT_BYTES_MAX = 22_000_000
"""Of one text chunk, unpacked: a card of the largest size in base64."""
CARD_KEYWORDS = ("ccv3", "chara")
"""The better first."""
PORTRAIT_SIZE = (256, 384)
PORTRAIT_COLOUR = (52, 58, 78)

_TEXT_TYPES = frozenset({b"tEXt", b"zTXt", b"iTXt"})


@dataclass(frozen=True, slots=True)
class Chunk:
    """One chunk; its checksum has been seen to be right."""

    type: bytes
    data: bytes


def read_chunks(content: bytes) -> tuple[Chunk, ...]:
    """Every chunk up to IEND. Raises NotACard for a file that is cut short, damaged or too large."""
    if not content.startswith(SIGNATURE):
        raise NotACard("the file", "it is not a PNG picture")
    if len(content) > PNG_BYTES_MAX:
        raise NotACard("the file", f"it is larger than {PNG_BYTES_MAX} bytes")
    chunks: list[Chunk] = []
    at = len(SIGNATURE)
    while not chunks or chunks[-1].type != b"IEND":
        where = f"chunk {len(chunks) + 1}"
        if len(chunks) >= CHUNKS_MAX:
            raise NotACard("the file", f"it has more than {CHUNKS_MAX} chunks")
        if len(content) - at < 12:
            raise NotACard(where, "the file ends too early")
        length, kind = struct.unpack_from(">I4s", content, at)
        end = at + 8 + length
        if end + 4 > len(content):
            raise NotACard(where, "the file ends too early")
        data = content[at + 8 : end]
        if struct.unpack_from(">I", content, end)[0] != zlib.crc32(data, zlib.crc32(kind)):
            raise NotACard(where, "its checksum is wrong")
        chunks.append(Chunk(kind, data))
        at = end + 4
    if chunks[0].type != b"IHDR":
        raise NotACard("chunk 1", "a PNG picture begins with another chunk")
    return tuple(chunks)


def write_chunks(chunks: Iterable[Chunk]) -> bytes:
    """A PNG file of these chunks."""
    return SIGNATURE + b"".join(
        struct.pack(">I", len(chunk.data))
        + chunk.type
        + chunk.data
        + struct.pack(">I", zlib.crc32(chunk.data, zlib.crc32(chunk.type)))
        for chunk in chunks
    )


def card_json(chunks: Iterable[Chunk]) -> tuple[str, bytes]:
    """The best card in the picture: its keyword and its JSON. Raises NotACard when there is none."""
    named: dict[str, Chunk] = {}
    for chunk in chunks:
        keyword = _keyword(chunk)
        if keyword is not None:
            named.setdefault(keyword, chunk)
    for keyword in CARD_KEYWORDS:
        if keyword in named:
            return keyword, _decoded(_text(named[keyword], keyword), keyword)
    raise NotACard("the file", "there is no card in the picture")


def with_card(chunks: Iterable[Chunk], cards: dict[str, bytes]) -> tuple[Chunk, ...]:
    """The same picture with these cards (keyword to JSON) and no other; every other chunk is where it was."""
    kept = [chunk for chunk in chunks if _keyword(chunk) is None]
    made = [
        Chunk(b"tEXt", keyword.encode() + b"\0" + binascii.b2a_base64(cards[keyword], newline=False))
        for keyword in cards
    ]
    return (*kept[:-1], *made, *kept[-1:])


def plain_portrait() -> tuple[Chunk, ...]:
    """A picture of one colour, for a card that has none."""
    width, height = PORTRAIT_SIZE
    row = b"\0" + bytes(PORTRAIT_COLOUR) * width
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    return Chunk(b"IHDR", header), Chunk(b"IDAT", zlib.compress(row * height, 9)), Chunk(b"IEND", b"")


def _keyword(chunk: Chunk) -> str | None:
    """Which card this chunk holds, if one."""
    if chunk.type not in _TEXT_TYPES:
        return None
    name = chunk.data[:80].partition(b"\0")[0].decode("latin-1").lower()
    return name if name in CARD_KEYWORDS else None


def _text(chunk: Chunk, where: str) -> bytes:
    body = chunk.data.partition(b"\0")[2]
    if chunk.type == b"tEXt":
        return body
    if chunk.type == b"zTXt":
        if body[:1] != b"\0":
            raise NotACard(where, "it is compressed in a way that is not known")
        return inflated(body[1:], bytes_max=TEXT_BYTES_MAX, frame=ZLIB, where=where)
    flag, rest = body[:2], body[2:]
    text = rest.partition(b"\0")[2].partition(b"\0")[2]  # behind the language and the translated keyword
    if flag == b"\0\0":
        return text
    if flag == b"\1\0":
        return inflated(text, bytes_max=TEXT_BYTES_MAX, frame=ZLIB, where=where)
    raise NotACard(where, "it is compressed in a way that is not known")


def _decoded(text: bytes, where: str) -> bytes:
    if text.lstrip()[:1] == b"{":
        return text  # some programs leave the base64 out
    try:
        return binascii.a2b_base64(b"".join(text.split()), strict_mode=True)
    except binascii.Error as error:
        raise NotACard(where, "it is not base64") from error
