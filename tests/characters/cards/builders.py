"""Cards and card files made here, and the strategies that make more of them."""

from __future__ import annotations

import base64
import io
import json
import struct
import zipfile
import zlib
from typing import Any

from hypothesis import strategies as st

from characters.cards.png import Chunk, plain_portrait, write_chunks

Json = dict[str, Any]


def v3(**fields: Any) -> Json:
    """A V3 document with everything a card needs and `fields` besides."""
    data: Json = {
        "name": "Tamsin Orr",
        "description": "{{char}} mends lanterns on Tallow Lane.",
        "personality": "Warm and quick.",
        "scenario": "",
        "first_mes": "Come in, {{user}}.",
        "mes_example": "<START>\n{{user}}: Is it wire?\n{{char}}: It is handmade.",
        "alternate_greetings": [],
        "group_only_greetings": [],
        "extensions": {},
    }
    return {"spec": "chara_card_v3", "spec_version": "3.0", "data": data | fields}


def v1(**fields: Any) -> Json:
    """A V1 document."""
    return {name: v3()["data"][name] for name in ("name", "description", "personality", "first_mes")} | fields


def a_book(*entries: Json, **about: Any) -> Json:
    return {"extensions": {}, "entries": list(entries), **about}


def an_entry(content: str = "Lanterns are old.", **fields: Any) -> Json:
    base = {"keys": ["lantern"], "content": content, "enabled": True, "insertion_order": 1, "extensions": {}}
    return base | {"use_regex": False} | fields


def text_chunk(document: Any, *, keyword: str = "ccv3", kind: bytes = b"tEXt", raw: bytes | None = None) -> Chunk:
    """A card in a text chunk of any of the three kinds."""
    text = raw if raw is not None else base64.b64encode(json.dumps(document).encode())
    name = keyword.encode()
    if kind == b"zTXt":
        return Chunk(kind, name + b"\0\0" + zlib.compress(text))
    if kind == b"iTXt":
        return Chunk(kind, name + b"\0\1\0en\0\0" + zlib.compress(text))
    return Chunk(kind, name + b"\0" + text)


def a_png(*chunks: Chunk) -> bytes:
    """A picture with these chunks in the middle of it."""
    header, *rest = plain_portrait()
    return write_chunks([header, *chunks, *rest])


def a_zip(members: dict[str, bytes], *, method: int = zipfile.ZIP_DEFLATED) -> bytes:
    """An archive as Python's own library writes it."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def a_charx(document: Json, **others: bytes) -> bytes:
    return a_zip({"card.json": json.dumps(document).encode(), **others})


def with_entry_count(archive: bytes, count: int) -> bytes:
    """An archive whose end says that there are so many members."""
    at = archive.rfind(b"PK\x05\x06")
    return archive[: at + 8] + struct.pack("<HH", count, count) + archive[at + 12 :]


_TEXTS = st.text(st.characters(codec="utf-8"), max_size=20)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**15), 10**15)
    | st.floats(allow_nan=False, allow_infinity=False)
    | _TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_TEXTS, inner, max_size=3),
    max_leaves=8,
)
_UNKNOWN = st.dictionaries(_TEXTS.map(lambda name: f"x_{name}"), VALUES, max_size=3)
ENTRIES = st.builds(
    lambda content, keys, unknown: an_entry(content, keys=keys, **unknown),
    _TEXTS,
    st.lists(_TEXTS, max_size=3),
    _UNKNOWN,
)


@st.composite
def documents(draw: st.DrawFn) -> Json:
    """Cards of V1, V2 and V3, with fields that no spec knows in every object of them."""
    texts = {n: draw(_TEXTS) for n in ("description", "personality", "scenario", "first_mes", "mes_example")}
    unknown = draw(_UNKNOWN)
    version = draw(st.sampled_from(["v1", "v2", "v3"]))
    name = draw(_TEXTS.filter(lambda text: bool(text.strip())))
    if version == "v1":
        return {"name": name, **texts, **unknown}
    card = v3(name=name, **texts, **unknown, extensions=draw(_UNKNOWN))
    card["data"]["character_book"] = a_book(*draw(st.lists(ENTRIES, max_size=3)), **draw(_UNKNOWN))
    if version == "v2":
        card |= {"spec": "chara_card_v2", "spec_version": "2.0"}
    return card | draw(_UNKNOWN)
