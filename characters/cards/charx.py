"""Cards in CHARX files: a zip with `card.json` and assets, read from its bytes and never unpacked to anywhere.

The zip format is PKWARE's APPNOTE.TXT 6.3 (sections 4.3.7, 4.3.12, 4.3.16); CHARX is SPEC_V3.md, "CHARX". Only names
that stay inside the archive, plain files, and sizes within bounds are let through; members that are not asked for
are carried over as they are packed.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterable
from dataclasses import dataclass

from characters.cards.inflating import RAW, inflated
from characters.cards.json_text import JSON_BYTES_MAX
from characters.cards.refusal import NotACard

CARD_NAME = "card.json"
CHARX_BYTES_MAX = 32_000_000
MEMBERS_MAX = 2_000
NAME_BYTES_MAX = 300
UNPACKED_BYTES_MAX = 256_000_000
"""Of all members together, as they say themselves; only `card.json` is ever unpacked."""
RATIO_MAX = 200
RATIO_FREE_BYTES = 1_000_000
"""Below this size a member may be packed as tightly as it likes."""

_END, _CENTRAL, _LOCAL = b"PK\x05\x06", b"PK\x01\x02", b"PK\x03\x04"
_END_SIZE, _CENTRAL_SIZE, _LOCAL_SIZE = 22, 46, 30
_STORED, _DEFLATED = 0, 8
_UTF8 = 0x800
_LINK, _KIND = 0o120000, 0o170000
_DOS_EPOCH = (0, 0x21)
"""Midnight of 1980-01-01: what is written depends on nothing but its content."""


@dataclass(frozen=True, slots=True)
class Member:
    """One file of the archive, still packed."""

    name: str
    method: int
    crc: int
    packed: bytes
    size: int


def looks_like_zip(content: bytes) -> bool:
    """Whether there is a zip archive in it, at the beginning or behind something else."""
    return content.startswith(_LOCAL) or (content[:2] == b"\xff\xd8" and _END in content[-65_557:])


def read_members(content: bytes) -> tuple[Member, ...]:
    """The files of an archive, folders left out. Raises NotACard."""
    if len(content) > CHARX_BYTES_MAX:
        raise NotACard("the file", f"it is larger than {CHARX_BYTES_MAX} bytes")
    end = content.rfind(_END, max(0, len(content) - 65_535 - _END_SIZE))
    if end < 0 or len(content) - end < _END_SIZE:
        raise NotACard("the file", "the archive is cut short")
    disk, first_disk, _, count, size, offset = struct.unpack_from("<HHHHII", content, end + 4)
    if disk or first_disk or 0xFFFFFFFF in (size, offset):
        raise NotACard("the file", "it is an archive of several parts or of the 64-bit kind")
    if count > MEMBERS_MAX:
        raise NotACard("the file", f"it has more than {MEMBERS_MAX} members")
    shift = end - size - offset  # what stands before the archive, such as a picture
    if shift < 0:
        raise NotACard("the file", "the archive's directory is damaged")
    members: dict[str, Member] = {}
    at, total, room = end - size, 0, len(content)
    for number in range(1, count + 1):
        where = f"member {number}"
        member, at = _member(content, at, end, shift, where, room)
        total += member.size
        room -= len(member.packed)
        if total > UNPACKED_BYTES_MAX:
            raise NotACard("the file", f"it unpacks to more than {UNPACKED_BYTES_MAX} bytes")
        if member.name.endswith("/"):
            continue
        if member.name in members:
            raise NotACard(where, "another member has the same name")
        members[member.name] = member
    return tuple(members.values())


def card_member(members: Iterable[Member]) -> bytes:
    """The JSON of the card. Raises NotACard when there is none, or when it is damaged."""
    member = next((member for member in members if member.name == CARD_NAME), None)
    if member is None:
        raise NotACard("the file", f"there is no {CARD_NAME} in the archive")
    return unpacked(member)


def unpacked(member: Member, *, bytes_max: int = JSON_BYTES_MAX) -> bytes:
    """What a member holds. Raises NotACard."""
    where = member.name
    if member.size > bytes_max:
        raise NotACard(where, f"it unpacks to more than {bytes_max} bytes")
    data = member.packed
    if member.method == _DEFLATED:
        data = inflated(member.packed, bytes_max=bytes_max, frame=RAW, where=where)
    if len(data) != member.size or zlib.crc32(data) != member.crc:
        raise NotACard(where, "its checksum is wrong")
    return data


def packed(name: str, data: bytes) -> Member:
    """A member that holds `data`."""
    engine = zlib.compressobj(9, zlib.DEFLATED, RAW)
    return Member(name, _DEFLATED, zlib.crc32(data), engine.compress(data) + engine.flush(), len(data))


def write_members(members: Iterable[Member]) -> bytes:
    """An archive of these members; the same members give the same bytes."""
    body, directory, count = bytearray(), bytearray(), 0
    for member in members:
        name = member.name.encode()
        fields = struct.pack(
            "<HHHHHIIIHH",
            20,
            _UTF8,
            member.method,
            *_DOS_EPOCH,
            member.crc,
            len(member.packed),
            member.size,
            len(name),
            0,
        )
        directory += _CENTRAL + struct.pack("<H", 20) + fields + struct.pack("<HHHII", 0, 0, 0, 0, len(body)) + name
        body += _LOCAL + fields + name + member.packed
        count += 1
    end = struct.pack("<HHHHIIH", 0, 0, count, count, len(directory), len(body), 0)
    return bytes(body + directory) + _END + end


def _member(content: bytes, at: int, end: int, shift: int, where: str, room: int) -> tuple[Member, int]:
    """The member at this place of the directory, and where the next one is."""
    if at + _CENTRAL_SIZE > end or content[at : at + 4] != _CENTRAL:
        raise NotACard(where, "the archive's directory is damaged")
    flags, method, _, _, crc, packed_size, size = struct.unpack_from("<HHHHIII", content, at + 8)
    name_size, extra_size, comment_size, _, _, attributes, local = struct.unpack_from("<HHHHHII", content, at + 28)
    following = at + _CENTRAL_SIZE + name_size + extra_size + comment_size
    if following > end or name_size > NAME_BYTES_MAX:
        raise NotACard(where, "the archive's directory is damaged")
    raw_name = content[at + _CENTRAL_SIZE : at + _CENTRAL_SIZE + name_size]
    if flags & 0x1 or flags & 0x2040:
        raise NotACard(where, "it is encrypted")
    if method not in (_STORED, _DEFLATED):
        raise NotACard(where, "it is compressed in a way that is not known")
    if (attributes >> 16) & _KIND == _LINK:
        raise NotACard(where, "it is a link")
    if size > RATIO_FREE_BYTES and size > packed_size * RATIO_MAX:
        raise NotACard(where, f"it is packed more than {RATIO_MAX} to one")
    if packed_size > room:  # members that lie over each other would be copied again and again
        raise NotACard("the file", "its members are larger than the file")
    name = _safe_name(raw_name, flags, where)
    return Member(name, method, crc, _packed_bytes(content, local + shift, packed_size, where), size), following


def _packed_bytes(content: bytes, at: int, size: int, where: str) -> bytes:
    if content[at : at + 4] != _LOCAL or at + _LOCAL_SIZE > len(content):
        raise NotACard(where, "the archive is damaged")
    name_size, extra_size = struct.unpack_from("<HH", content, at + 26)
    start = at + _LOCAL_SIZE + name_size + extra_size
    if start + size > len(content):
        raise NotACard(where, "the archive is cut short")
    return content[start : start + size]


def _safe_name(raw: bytes, flags: int, where: str) -> str:
    """A member's path, which must stay inside the archive."""
    try:
        name = raw.decode("utf-8" if flags & _UTF8 else "cp437")
    except UnicodeDecodeError as error:
        raise NotACard(where, "its name is not UTF-8") from error
    parts = name.removesuffix("/").split("/")
    outside = any(part in ("", ".", "..") for part in parts) or "\\" in name or ":" in parts[0]
    if outside or any(not char.isprintable() for char in name):
        raise NotACard(where, "its name leads out of the archive")
    return name
