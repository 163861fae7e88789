"""A character card as it was written: the document with everything in it, and its fields as far as they are what they
should be.

The specs are malfoyslastname/character-card-spec-v2 (V1 and V2) and kwaroran/character-card-spec-v3. A card is
never repaired: a field of another kind is treated as absent and stays in the document.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any, Literal

from characters.cards.refusal import NotACard

CardVersion = Literal["v1", "v2", "v3", "lorebook", "world_info"]
"""`lorebook` and `world_info` hold entries and no character."""

V1_FIELDS = ("name", "description", "personality", "scenario", "first_mes", "mes_example")
_SPEC = re.compile(r"chara_card_v([1-9]\d?)")
_V3_DEFAULTS: dict[str, Any] = {
    "creator_notes": "",
    "system_prompt": "",
    "post_history_instructions": "",
    "alternate_greetings": [],
    "group_only_greetings": [],
    "tags": [],
    "creator": "",
    "character_version": "",
    "extensions": {},
}

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Card:
    """A card or a lorebook of its own. `document` is what the file says, whole; it must not be changed in place."""

    version: CardVersion
    document: Json

    @property
    def fields(self) -> Json:
        """Where the fields are: the document of V1 and world info, its `data` otherwise."""
        if self.version in ("v1", "world_info"):
            return self.document
        data = self.document.get("data", self.document)
        return data if isinstance(data, dict) else {}

    @property
    def is_character(self) -> bool:
        """Whether there is a character in it, and not entries alone."""
        return self.version in ("v1", "v2", "v3")

    def text(self, name: str) -> str:
        """A text field; "" when it is absent or no text."""
        value = self.fields.get(name)
        return value if isinstance(value, str) else ""

    def texts(self, name: str) -> tuple[str, ...]:
        """The texts of an array; what is none is left out."""
        value = self.fields.get(name)
        return tuple(item for item in value if isinstance(item, str)) if isinstance(value, list) else ()

    @property
    def book(self) -> Json | None:
        """The lorebook in it, in the shape of V2 and V3."""
        if self.version == "lorebook":
            return self.fields
        if self.version == "world_info":
            return book_of_world_info(self.document)
        value = self.fields.get("character_book")
        return value if isinstance(value, dict) else None

    @property
    def encore(self) -> Any:
        """What Encore itself wrote under `extensions`; None when there is nothing."""
        extensions = self.fields.get("extensions")
        return extensions.get("encore") if isinstance(extensions, dict) else None


def read_card(document: Any) -> Card:
    """Which kind of card a document is. Raises NotACard when it is none."""
    if not isinstance(document, dict):
        raise NotACard("the file", "it is JSON, but no card")
    spec = document.get("spec")
    data = document.get("data")
    if spec == "lorebook_v3" and isinstance(data, dict):
        return Card("lorebook", document)
    found = _SPEC.fullmatch(spec) if isinstance(spec, str) else None
    if found is not None and isinstance(data, dict):
        return _named(Card("v2" if int(found.group(1)) < 3 else "v3", document))
    if isinstance(document.get("name"), str) and any(isinstance(document.get(name), str) for name in V1_FIELDS[1:]):
        return _named(Card("v1", document))
    if isinstance(document.get("entries"), dict):
        return Card("world_info", document)
    if isinstance(document.get("entries"), list):
        return Card("lorebook", document)
    raise NotACard("the file", "it is JSON, but no character card and no lorebook")


def _named(card: Card) -> Card:
    if not card.text("name").strip():
        raise NotACard("name", "a card needs the name of its character")
    return card


def as_v3(card: Card) -> Card:
    """The same character in the shape of V3, with every field that it had."""
    if card.version == "v3" or not card.is_character:
        return card
    data = {**_V3_DEFAULTS, **dict.fromkeys(V1_FIELDS, ""), **card.fields}
    data = {name: value for name, value in data.items() if name not in ("spec", "spec_version", "data")}
    around = {} if card.version == "v1" else {k: v for k, v in card.document.items() if k != "data"}
    return Card("v3", {**around, "spec": "chara_card_v3", "spec_version": "3.0", "data": data})


def book_of_world_info(document: Json) -> Json:
    """SillyTavern's world info as a lorebook: `entries` is an object there, and its fields have other names."""
    entries = [_world_entry(entry) for entry in document["entries"].values() if isinstance(entry, dict)]
    book: Json = {"extensions": {}, "entries": entries}
    for name in ("name", "description", "scan_depth", "token_budget", "recursive_scanning"):
        if name in document:
            book[name] = document[name]
    return book


def _world_entry(entry: Json) -> Json:
    renamed = {
        "keys": entry.get("key", []),
        "secondary_keys": entry.get("keysecondary", []),
        "insertion_order": entry.get("order", 100),
        "enabled": not entry.get("disable", False),
        "case_sensitive": entry.get("caseSensitive"),
        "extensions": entry.get("extensions", {}),
        "position": "before_char" if entry.get("position") == 0 else "after_char",
    }
    known = {"key", "keysecondary", "order", "disable", "caseSensitive", "extensions", "position"}
    return renamed | {name: value for name, value in entry.items() if name not in known}
