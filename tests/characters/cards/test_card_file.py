"""Cards go through JSON, PNG and CHARX without losing a field, a chunk or an asset."""

from __future__ import annotations

import io
import json
import zipfile
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from characters.cards import charx, png
from characters.cards.card import Card, as_v3, read_card
from characters.cards.card_file import BACKFILLED, CardFile, left_behind, looks_like_card, open_card, write_card
from characters.cards.card_sheet import Role, sheet_of
from characters.cards.json_text import json_bytes, parse_json
from characters.cards.sheet_card import card_of_sheet, updated_card
from tests.characters.cards.builders import (
    Json,
    a_book,
    a_charx,
    a_png,
    an_entry,
    documents,
    text_chunk,
    v1,
    v3,
)

ROLE = Role("tamsin", "TAMSIN")


def a_file(document: Json) -> CardFile:
    return open_card(json.dumps(document).encode())


def exact(value: Any) -> str:
    """Equal only for the same document: 1 is not 1.0 and not true."""
    return json.dumps(value, sort_keys=True)


@given(documents(), st.sampled_from(["json", "png", "charx"]))
def test_an_unchanged_card_comes_back_byte_for_byte_after_a_sheet_was_made_of_it(document: Json, kind: str) -> None:
    content = {
        "json": lambda: json.dumps(document).encode(),
        "png": lambda: a_png(text_chunk(document, keyword="chara")),
        "charx": lambda: a_charx(document),
    }[kind]()
    file = open_card(content)
    sheet = sheet_of(file.card, ROLE).sheet
    assert write_card(updated_card(file.card, sheet, first_episode=1), file.format, file) == content


@given(documents(), st.sampled_from(["json", "png"]))
def test_a_card_keeps_every_field_in_another_kind_of_file(document: Json, kind: Any) -> None:
    again = open_card(write_card(a_file(document).card, kind))
    assert exact(again.card.document) == exact(document)


@given(documents())
def test_a_charx_holds_the_card_as_v3_with_every_field(document: Json) -> None:
    card = a_file(document).card
    again = open_card(write_card(card, "charx")).card
    assert (again.version, again.document["spec"]) == ("v3", "chara_card_v3")
    assert exact(again.fields) == exact(as_v3(card).fields)
    assert exact({k: v for k, v in again.fields.items() if k in card.fields}) == exact(card.fields)


@given(documents(), st.text(min_size=1, max_size=50).filter(lambda text: text.strip().isprintable() and text.strip()))
def test_a_change_of_the_sheet_changes_its_field_and_no_other(document: Json, essence: str) -> None:
    card = a_file(document).card
    before = sheet_of(card, ROLE).sheet
    after = before.model_copy(update={"essence": essence.strip()})
    if after == before:
        return
    updated = updated_card(card, after, first_episode=1)
    assert sheet_of(updated, ROLE).sheet == after
    wanted = as_v3(card).fields if card.version == "v1" else card.fields
    changed = {name for name in updated.fields if exact(updated.fields[name]) != exact(wanted.get(name))}
    assert changed <= {"description", "extensions"}
    assert {k: v for k, v in updated.fields["extensions"].items() if k != "encore"} == wanted["extensions"]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(), lambda s: st.lists(s) | st.dictionaries(st.text(), s)
    )
)
def test_json_is_written_so_that_it_is_read_the_same(value: Any) -> None:
    assert parse_json(json_bytes(value)) == value


@pytest.mark.parametrize("kind", [b"tEXt", b"zTXt", b"iTXt"])
@pytest.mark.parametrize("keyword", ["ccv3", "chara", "Chara"])
def test_a_card_is_found_in_every_kind_of_text_chunk(kind: bytes, keyword: str) -> None:
    assert open_card(a_png(text_chunk(v3(), keyword=keyword, kind=kind))).card.document == v3()


def test_the_newer_card_goes_before_the_older_wherever_it_stands() -> None:
    old, new = text_chunk(v1(), keyword="chara"), text_chunk(v3(nickname="Tam"))
    assert open_card(a_png(old, new)).card.text("nickname") == "Tam"
    assert open_card(a_png(new, old)).card.text("nickname") == "Tam"


def test_a_changed_card_goes_into_the_same_picture_and_no_other_chunk_moves() -> None:
    comment = png.Chunk(b"tEXt", b"Comment\0drawn by hand")
    file = open_card(a_png(comment, text_chunk(v1(), keyword="chara"), png.Chunk(b"tIME", b"1234567")))
    written = write_card(Card("v3", v3(nickname="New")), "png", file)
    assert open_card(written).card.text("nickname") == "New"
    kept = [chunk for chunk in png.read_chunks(file.content) if not chunk.data.startswith(b"chara")]
    now = png.read_chunks(written)
    assert [chunk for chunk in now if not chunk.data.startswith((b"chara\0", b"ccv3\0"))] == kept


def test_what_only_v2_reads_gets_no_decorators_and_nothing_of_ours_but_a_note() -> None:
    ours = {"encore": {"sheet": {}}, "other": 1}
    card = read_card(v3(character_book=a_book(an_entry("@@depth 3\n\nOld.")), extensions=ours))
    chunks = png.read_chunks(write_card(card, "png"))
    old = png.write_chunks([chunk for chunk in chunks if not chunk.data.startswith(b"ccv3")])
    backfilled = open_card(old).card
    assert backfilled.version == "v2"
    assert backfilled.text("creator_notes").startswith(BACKFILLED)
    assert backfilled.fields["character_book"]["entries"][0]["content"] == "Old."
    assert backfilled.fields["extensions"] == {"other": 1}


def test_assets_stay_in_their_archive_as_they_are_packed() -> None:
    assets = {"assets/icon/images/main.png": a_png(), "assets/other/a.bin": b"\0" * 999, "risu.json": b"{}"}
    file = open_card(a_charx(v3(), **assets))
    written = write_card(Card("v3", v3(nickname="New")), "charx", file)
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {name: archive.read(name) for name in assets} == assets
    assert open_card(written).card.text("nickname") == "New"


def test_a_picture_follows_its_card_from_png_to_charx_and_back() -> None:
    picture = a_png(png.Chunk(b"tEXt", b"Comment\0hers"), text_chunk(v3()))
    archive = open_card(write_card(Card("v3", v3()), "charx", open_card(picture)))
    back = write_card(archive.card, "png", archive)
    assert png.Chunk(b"tEXt", b"Comment\0hers") in png.read_chunks(back)
    assert left_behind("png", archive) == ()
    assert left_behind("json", archive) == ("1 files of the archive",)
    assert left_behind("json", open_card(picture)) == ("the picture",)


def test_an_archive_behind_a_picture_is_read() -> None:
    file = open_card(b"\xff\xd8\xff\xe0 a picture \xff\xd9" + a_charx(v3()))
    assert (file.format, file.card.document) == ("charx", v3())


@given(st.dictionaries(st.text("abc/é", min_size=1, max_size=8), st.binary(max_size=200), max_size=4))
def test_our_archives_and_pythons_are_read_by_each_other(files: dict[str, bytes]) -> None:
    safe = {name: data for name, data in files.items() if all(part not in ("", ".", "..") for part in name.split("/"))}
    ours = charx.write_members([charx.packed(name, data) for name, data in safe.items()])
    with zipfile.ZipFile(io.BytesIO(ours)) as archive:
        assert {name: archive.read(name) for name in archive.namelist()} == safe
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in safe.items():
            archive.writestr(name, data)
    assert {m.name: charx.unpacked(m) for m in charx.read_members(buffer.getvalue())} == safe


@pytest.mark.parametrize(
    ("content", "is_card"),
    [
        (b"slug: tamsin\n", False),
        (b"\xef\xbb\xbf {}", True),
        (b"PK\x03\x04", True),
        (png.SIGNATURE, True),
        (b"", False),
        (b"\xff\xd8 a photograph", False),
    ],
)
def test_a_file_is_known_by_its_content(content: bytes, is_card: bool) -> None:
    assert looks_like_card(content) is is_card


@pytest.mark.parametrize(
    ("document", "version"),
    [
        (v1(), "v1"),
        (v3() | {"spec": "chara_card_v2"}, "v2"),
        (v3(), "v3"),
        (v3() | {"spec": "chara_card_v4", "spec_version": "4.0"}, "v3"),
        ({"spec": "lorebook_v3", "data": a_book()}, "lorebook"),
        (a_book(), "lorebook"),
        ({"entries": {"0": {"key": ["a"], "content": "b"}}}, "world_info"),
    ],
)
def test_every_version_is_known(document: Json, version: str) -> None:
    assert read_card(document).version == version


def test_a_sheet_without_a_card_gets_a_picture_of_its_own() -> None:
    sheet = sheet_of(read_card(v3()), ROLE).sheet
    written = open_card(write_card(card_of_sheet(sheet, first_episode=1), "png"))
    assert sheet_of(written.card, ROLE).sheet == sheet


def test_the_picture_of_an_archive_is_found_by_its_asset_and_only_when_it_is_one() -> None:
    assets = [{"type": "icon", "uri": "embeded://assets/face.png", "name": "main", "ext": "png"}, {"type": "icon"}, 3]
    hers = png.Chunk(b"tEXt", b"Comment\0hers")
    good = open_card(a_charx(v3(assets=assets), **{"assets/face.png": a_png(hers)}))
    assert hers in png.read_chunks(write_card(good.card, "png", good))
    bad = open_card(a_charx(v3(assets=assets), **{"assets/face.png": b"no picture"}))
    assert png.read_chunks(write_card(bad.card, "png", bad))[0] == png.plain_portrait()[0]
    assert left_behind("png", bad) == ("1 files of the archive",)


def test_an_entry_that_is_none_goes_into_the_older_chunk_as_it_is() -> None:
    card = read_card(v3(character_book={"entries": [3, {"content": 4}]}))
    chunks = png.read_chunks(write_card(card, "png"))
    old = open_card(png.write_chunks([chunk for chunk in chunks if not chunk.data.startswith(b"ccv3")]))
    assert old.card.fields["character_book"]["entries"] == [3, {"content": 4}]
