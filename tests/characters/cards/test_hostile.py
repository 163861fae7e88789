"""Files made to hurt end in one clear error, after a bounded amount of memory and with nothing written."""

from __future__ import annotations

import base64
import contextlib
import json
import struct
import tracemalloc
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards import charx, inflating, png
from characters.cards.card_file import open_card
from characters.cards.card_sheet import Role, sheet_of
from characters.cards.json_text import parse_json
from characters.cards.refusal import NotACard
from tests.characters.cards.builders import a_charx, a_png, a_zip, text_chunk, v3, with_entry_count

CARD = json.dumps(v3()).encode()
ROLE = Role("tamsin", "TAMSIN")
MEMORY_MAX = 120_000_000


def _broken_checksum() -> bytes:
    good = a_png(text_chunk(v3()))
    return good[:40] + bytes([good[40] ^ 1]) + good[41:]


def _huge_chunk() -> bytes:
    return png.SIGNATURE + struct.pack(">I4s", 2**31 - 1, b"tEXt") + b"ccv3\0"


def _bomb(size: int) -> bytes:
    return zlib.compress(b"\0" * size, 9)


def _text_bomb(kind: bytes) -> bytes:
    head = b"ccv3\0\0" if kind == b"zTXt" else b"ccv3\0\1\0\0\0"
    return a_png(png.Chunk(kind, head + _bomb(200_000_000)))


def _lying_zip() -> bytes:
    """A member that says it is small and unpacks to 200 MB."""
    engine = zlib.compressobj(9, zlib.DEFLATED, -15)
    packed = engine.compress(b" " * 200_000_000) + engine.flush()
    return charx.write_members([charx.Member(charx.CARD_NAME, 8, 0, packed, 1_000)])


def _overlapping_zip() -> bytes:
    """A thousand members that are all the same ten megabytes."""
    archive = charx.write_members([charx.Member("a", 0, 0, b"x" * 10_000_000, 10_000_000)])
    at = archive.rfind(b"PK\x01\x02")
    end = archive.rfind(b"PK\x05\x06")
    directory = archive[at:end] * 1_000
    tail = struct.pack("<HHHHIIH", 0, 0, 1_000, 1_000, len(directory), at, 0)
    return archive[:at] + directory + b"PK\x05\x06" + tail


def _patched(mark: bytes, offset: int, field: bytes) -> bytes:
    """An archive with other bytes in the last record of this mark."""
    archive = bytearray(a_charx(v3()))
    at = archive.rfind(mark) + offset
    archive[at : at + len(field)] = field
    return bytes(archive)


def _in_directory(offset: int, field: bytes) -> bytes:
    return _patched(b"PK\x01\x02", offset, field)


def _in_end(offset: int, field: bytes) -> bytes:
    return _patched(b"PK\x05\x06", offset, field)


def _almost_all() -> bytes:
    """A packed size that the whole file could hold, but not what is left of it."""
    return struct.pack("<I", len(a_charx(v3())) - 9)


def _misnamed() -> bytes:
    return _in_directory(8, b"\0\x08").replace(b"card.json", b"card\xff\xffson")


def _boasting_zip() -> bytes:
    """Forty members that say they are nine megabytes each."""
    return charx.write_members(charx.Member(f"{n}", 8, 0, b"x" * 50_000, 9_000_000) for n in range(40))


def _large_card() -> bytes:
    return charx.write_members([charx.Member(charx.CARD_NAME, 0, 0, b" " * 17_000_000, 17_000_000)])


def _twins() -> bytes:
    member = charx.packed("a.txt", b"x")
    return charx.write_members([member, member])


HOSTILE: dict[str, tuple[Callable[[], bytes], str]] = {
    "nothing": (lambda: b"", "neither JSON nor PNG nor CHARX"),
    "a text": (lambda: b"Hello.", "neither JSON nor PNG nor CHARX"),
    "another picture": (lambda: b"GIF89a" + b"\0" * 100, "neither JSON"),
    "a picture without a card": (a_png, "no card in the picture"),
    "a picture cut short": (lambda: a_png(text_chunk(v3()))[:-20], "ends too early"),
    "a picture of a signature": (lambda: png.SIGNATURE, "ends too early"),
    "a wrong checksum": (_broken_checksum, "checksum is wrong"),
    "a chunk of two gigabytes": (_huge_chunk, "ends too early"),
    "too many chunks": (lambda: a_png(*[png.Chunk(b"teXt", b"")] * 20_001), "more than 20000 chunks"),
    "no IHDR": (lambda: png.write_chunks([png.Chunk(b"IEND", b"")]), "begins with another chunk"),
    "a zTXt bomb": (lambda: _text_bomb(b"zTXt"), "unpacks to more than"),
    "an iTXt bomb": (lambda: _text_bomb(b"iTXt"), "unpacks to more than"),
    "a damaged zTXt": (lambda: a_png(png.Chunk(b"zTXt", b"ccv3\0\0garbage")), "is damaged"),
    "a zTXt cut short": (lambda: a_png(png.Chunk(b"zTXt", b"ccv3\0\0" + _bomb(9_999)[:-9])), "ends too early"),
    "an unknown compression": (lambda: a_png(png.Chunk(b"zTXt", b"ccv3\0\7x")), "not known"),
    "no base64": (lambda: a_png(text_chunk(None, raw=b"!!!!")), "not base64"),
    "base64 of nothing": (lambda: a_png(text_chunk(None, raw=b"")), "not JSON"),
    "an archive cut short": (lambda: a_charx(v3())[:-30], "cut short"),
    "an archive without a card": (lambda: a_zip({"other.json": CARD}), "no card.json"),
    "a zip bomb": (lambda: a_zip({"card.json": b" " * 200_000_000}), "packed more than"),
    "a zip bomb that lies": (_lying_zip, "unpacks to more than"),
    "a bomb beside the card": (lambda: a_zip({"card.json": CARD, "b": b" " * 200_000_000}), "packed more than"),
    "members over each other": (_overlapping_zip, "larger than the file"),
    "too many members": (lambda: a_zip({"card.json": CARD} | {f"{n}": b"" for n in range(2_000)}), "2000 members"),
    "a directory that lies": (lambda: with_entry_count(a_charx(v3()), 60), "directory is damaged"),
    "a way out": (lambda: a_zip({"card.json": CARD, "../../evil": b"x"}), "leads out"),
    "an absolute way out": (lambda: a_zip({"card.json": CARD, "/etc/evil": b"x"}), "leads out"),
    "a way out with backslashes": (lambda: a_zip({"card.json": CARD, "..\\evil": b"x"}), "leads out"),
    "a way out by drive": (lambda: a_zip({"card.json": CARD, "c:/evil": b"x"}), "leads out"),
    "a name with a bell": (lambda: a_zip({"card.json": CARD, "a\7b": b"x"}), "leads out"),
    "a link": (lambda: _in_directory(38, struct.pack("<I", 0o120777 << 16)), "is a link"),
    "an encrypted member": (lambda: _in_directory(8, b"\1\0"), "encrypted"),
    "a member of unknown compression": (lambda: _in_directory(10, b"\x63\0"), "not known"),
    "a member somewhere else": (lambda: _in_directory(42, struct.pack("<I", 9)), "damaged"),
    "a member longer than the file": (lambda: _in_directory(20, _almost_all()), "cut short"),
    "a name longer than the directory": (lambda: _in_directory(28, struct.pack("<H", 250)), "directory is damaged"),
    "a name that is not UTF-8": (_misnamed, "not UTF-8"),
    "a wrong checksum in an archive": (lambda: _in_directory(16, b"1234"), "checksum is wrong"),
    "an archive of several parts": (lambda: _in_end(4, b"\1\0"), "several parts"),
    "an archive of 64 bits": (lambda: _in_end(16, b"\xff" * 4), "64-bit"),
    "a directory before the file": (lambda: _in_end(12, struct.pack("<I", 10**6)), "directory is damaged"),
    "members that boast": (_boasting_zip, "unpacks to more than"),
    "twins": (_twins, "same name"),
    "an archive of 33 MB": (lambda: a_charx(v3()) + b"\0" * 33_000_000, "larger than"),
    "a picture of 33 MB": (lambda: a_png() + b"\0" * 33_000_000, "larger than"),
    "a card of 17 MB": (_large_card, "unpacks to more than"),
    "an array in a picture": (lambda: a_png(text_chunk([])), "no card"),
    "iTXt of unknown compression": (lambda: a_png(png.Chunk(b"iTXt", b"ccv3\0\1\7\0\0x")), "not known"),
    "JSON of 5,000 arrays": (lambda: b'{"a":' + b"[" * 5_000 + b"]" * 5_000 + b"}", "more than 64 deep"),
    "JSON of 200,000 objects": (lambda: b'{"a":' * 200_000, "more than 64 deep"),
    "a string of 40 MB": (lambda: b'{"name":"' + b"a" * 40_000_000 + b'"}', "bytes"),
    "a string of 5 MB": (lambda: b'{"name":"' + b"a" * 5_000_000 + b'"}', "a string of more than"),
    "an unclosed string": (lambda: b'{"name":"' + b'\\"' * 2_000_000, "not JSON"),
    "a million values": (lambda: b'{"a":[' + b"1," * 1_000_000 + b"1]}", "values"),
    "a number of 5,000 digits": (lambda: b'{"a":' + b"9" * 5_000 + b"}", "cannot be read"),
    "an endless number": (lambda: b'{"a":1e999}', "cannot be read"),
    "not a number": (lambda: b'{"a":NaN}', "a number that is none"),
    "a key given twice": (lambda: b'{"name":"A","name":"B"}', "twice"),
    "half a character": (lambda: b'{"name":"\xff"}', "not UTF-8"),
    "JSON cut short": (lambda: CARD[:-9], "not JSON"),
    "JSON of something else": (lambda: b'{"a": 1}', "no character card"),
    "a card without a name": (lambda: json.dumps(v3(name="  ")).encode(), "needs the name"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_a_hostile_file_is_refused_in_one_sentence_and_in_bounded_memory(
    case: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    make, why = HOSTILE[case]
    content = make()
    monkeypatch.chdir(tmp_path)
    tracemalloc.start()
    try:
        with pytest.raises(NotACard) as refused:
            open_card(content)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert why in refused.value.reason
    assert len(refused.value.where + refused.value.reason) < 200
    assert peak < MEMORY_MAX
    assert list(tmp_path.iterdir()) == []


def test_a_bomb_is_unpacked_to_its_bound_and_no_further() -> None:
    packed = _bomb(50_000_000)
    tracemalloc.start()
    try:
        with pytest.raises(NotACard, match="unpacks"):
            inflating.inflated(packed, bytes_max=1_000, frame=inflating.ZLIB, where="here")
        assert tracemalloc.get_traced_memory()[1] < 500_000
    finally:
        tracemalloc.stop()


@given(st.data())
def test_a_file_with_a_byte_changed_is_read_or_refused_and_nothing_else(data: st.DataObject) -> None:
    good = data.draw(
        st.sampled_from([a_png(text_chunk(v3(), kind=b"zTXt")), a_charx(v3(), **{"assets/a.png": b"x"}), CARD])
    )
    at, byte = data.draw(st.integers(0, len(good) - 1)), data.draw(st.integers(0, 255))
    cut = data.draw(st.booleans())
    content = good[:at] if cut else good[:at] + bytes([byte]) + good[at + 1 :]
    with contextlib.suppress(NotACard):  # anything else fails this test
        card = open_card(content).card
        if card.is_character:
            assert sheet_of(card, ROLE).sheet.cue == ROLE.cue


@given(st.binary(max_size=200))
def test_no_bytes_make_the_parser_do_anything_but_read_or_refuse(content: bytes) -> None:
    for prefix in (b"", b"{", png.SIGNATURE, b"PK\x03\x04"):
        with contextlib.suppress(NotACard):  # anything else fails this test
            open_card(prefix + content)


def test_json_at_the_depth_bound_is_read() -> None:
    deep = b"[" * 64 + b"]" * 64
    assert parse_json(deep) is not None
    with pytest.raises(NotACard, match="deep"):
        parse_json(b"[" + deep + b"]")


def test_a_bracket_in_a_string_is_no_depth() -> None:
    assert parse_json(json.dumps("[" * 1_000 + '\\"{').encode()) == "[" * 1_000 + '\\"{'


def test_text_that_is_not_base64_but_json_is_read() -> None:
    assert open_card(a_png(text_chunk(None, raw=CARD))).card.document == v3()
    wrapped = base64.encodebytes(CARD)
    assert open_card(a_png(text_chunk(None, raw=wrapped))).card.document == v3()


def test_text_that_is_not_compressed_in_itxt_is_read() -> None:
    chunk = png.Chunk(b"iTXt", b"ccv3\0\0\0en\0\0" + CARD)
    assert open_card(a_png(chunk)).card.document == v3()


def test_folders_and_stored_members_are_read() -> None:
    content = a_zip({"assets/": b"", "card.json": CARD}, method=zipfile.ZIP_STORED)
    assert open_card(content).card.document == v3()
