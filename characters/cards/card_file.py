"""Card files, known by what is in them: JSON, PNG with a card inside, CHARX; read from bytes and written to bytes.

A file whose card has not changed is given back byte for byte; a changed card goes into the same picture or archive,
and everything else in there stays where it was.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from characters.cards import charx, png
from characters.cards.card import Card, Json, as_v3, read_card
from characters.cards.decorators import split_decorators
from characters.cards.json_text import json_bytes, parse_json
from characters.cards.refusal import NotACard

CardFormat = Literal["json", "png", "charx"]
FILE_BYTES_MAX = max(png.PNG_BYTES_MAX, charx.CHARX_BYTES_MAX)
BACKFILLED = (
    "This character card is Character Card V3, but it is loaded as a Character Card V2. Please use a Character Card V3 "
    "compatible application to use this character card properly."
)
"""The sentence that SPEC_V3.md asks for ("PNG/APNG")."""
_PICTURE_NAME = "assets/icon/images/main.png"


@dataclass(frozen=True, slots=True)
class CardFile:
    """A file and the card in it."""

    format: CardFormat
    card: Card
    content: bytes


def looks_like_card(content: bytes) -> bool:
    """Whether it is a picture, an archive or a JSON object, by its first bytes; a sheet in YAML is none of them."""
    return content.startswith(png.SIGNATURE) or charx.looks_like_zip(content) or _text_begins(content) == b"{"


def open_card(content: bytes) -> CardFile:
    """Raises NotACard for a file that is damaged, hostile, too large, or no card."""
    if content.startswith(png.SIGNATURE):
        keyword, text = png.card_json(png.read_chunks(content))
        return CardFile("png", read_card(parse_json(text, keyword)), content)
    if charx.looks_like_zip(content):
        text = charx.card_member(charx.read_members(content))
        return CardFile("charx", read_card(parse_json(text, charx.CARD_NAME)), content)
    if _text_begins(content) == b"{":
        return CardFile("json", read_card(parse_json(content)), content)
    raise NotACard("the file", "it is neither JSON nor PNG nor CHARX")


def write_card(card: Card, format_: CardFormat, original: CardFile | None = None) -> bytes:
    """The card as a file of this format, in the picture or archive of `original` when that is of the same format."""
    if original is not None and original.format == format_ and original.card == card:
        return original.content
    if format_ == "png":
        return png.write_chunks(png.with_card(_picture(original), _in_picture(card)))
    if format_ == "charx":
        return charx.write_members(_in_archive(as_v3(card), original))
    return json_bytes(card.document)


def left_behind(format_: CardFormat, original: CardFile | None) -> tuple[str, ...]:
    """What of `original` has no place in a file of another format."""
    if original is None or original.format == format_:
        return ()
    if original.format == "charx":
        assets = [member for member in charx.read_members(original.content) if member.name != charx.CARD_NAME]
        kept = 1 if format_ == "png" and _main_picture(original) is not None else 0
        return (f"{len(assets) - kept} files of the archive",) if len(assets) > kept else ()
    return ("the picture",) if original.format == "png" and format_ == "json" else ()


def _text_begins(content: bytes) -> bytes:
    return content[:64].removeprefix(b"\xef\xbb\xbf").lstrip()[:1]


def _picture(original: CardFile | None) -> tuple[png.Chunk, ...]:
    if original is not None and original.format == "png":
        return png.read_chunks(original.content)
    picture = None if original is None else _main_picture(original)
    return picture or png.plain_portrait()


def _main_picture(original: CardFile) -> tuple[png.Chunk, ...] | None:
    """The picture of an archive's character when it is a PNG."""
    if original.format != "charx":
        return None
    wanted = {_PICTURE_NAME}
    assets = original.card.fields.get("assets")
    for asset in assets if isinstance(assets, list) else ():
        if isinstance(asset, dict) and asset.get("type") == "icon" and isinstance(asset.get("uri"), str):
            wanted.add(asset["uri"].partition("://")[2])
    for member in charx.read_members(original.content):
        if member.name in wanted:
            try:
                return png.read_chunks(charx.unpacked(member, bytes_max=png.PNG_BYTES_MAX))
            except NotACard:
                continue
    return None


def _in_picture(card: Card) -> dict[str, bytes]:
    if card.version != "v3":
        return {"chara": json_bytes(card.document)}
    return {"chara": json_bytes(_as_v2(card)), "ccv3": json_bytes(card.document)}


def _as_v2(card: Card) -> Json:
    """What a program that knows only V2 gets: no decorators, no word of Encore's own, and a note that there is more."""
    data = dict(card.fields)
    extensions = data.get("extensions")
    if isinstance(extensions, dict):
        data["extensions"] = {name: value for name, value in extensions.items() if name != "encore"}
    book = data.get("character_book")
    entries = book.get("entries") if isinstance(book, dict) else None
    if isinstance(book, dict) and isinstance(entries, list):
        data["character_book"] = {**book, "entries": [_without_decorators(entry) for entry in entries]}
    notes = data.get("creator_notes")
    data["creator_notes"] = f"{BACKFILLED}\n\n{notes if isinstance(notes, str) else ''}".strip()
    return {"spec": "chara_card_v2", "spec_version": "2.0", "data": data}


def _without_decorators(entry: object) -> object:
    if not isinstance(entry, dict) or not isinstance(entry.get("content"), str):
        return entry
    return {**entry, "content": split_decorators(entry["content"])[1]}


def _in_archive(card: Card, original: CardFile | None) -> list[charx.Member]:
    made = charx.packed(charx.CARD_NAME, json_bytes(card.document))
    if original is not None and original.format == "charx":
        members = charx.read_members(original.content)
        return [made if member.name == charx.CARD_NAME else member for member in members]
    if original is not None and original.format == "png":
        chunks = png.with_card(png.read_chunks(original.content), {})
        return [made, charx.packed(_PICTURE_NAME, png.write_chunks(chunks))]
    return [made]
