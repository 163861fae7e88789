"""A card from a sheet: what a fan of the character's first episode may meet in the card's own fields, all of it sealed
under `extensions.encore`.

Other programs know no episodes, so nothing dated later may stand where they would read it out. A card that the sheet
came from keeps every field that the sheet does not change.
"""

from __future__ import annotations

import copy
from typing import Any

from characters.cards.card import Card, Json, as_v3
from characters.cards.card_sheet import Role, seal, sheet_of
from characters.cards.lorebook import ReadBook, write_book
from characters.sheet import Sheet

_EMPTY: Json = {"name": "", "description": "", "personality": "", "scenario": "", "first_mes": "", "mes_example": ""}


def card_of_sheet(sheet: Sheet, *, first_episode: int) -> Card:
    """A V3 card of a sheet that came from no card."""
    empty = as_v3(Card("v1", dict(_EMPTY)))
    data = empty.fields | _plain(sheet, first_episode)
    if sheet.lore is not None:
        data["character_book"] = write_book(None, None, sheet.lore.at(first_episode))
    return _sealed(Card("v3", {**empty.document, "data": data}), sheet)


def updated_card(card: Card, sheet: Sheet, *, first_episode: int) -> Card:
    """The card that `sheet` came from, or an older version of it, with what has changed since.

    A sheet that the card still stands for gives back the card itself. Raises NotACard.
    """
    read = sheet_of(card, Role(sheet.slug, sheet.cue))
    if read.sheet == sheet:
        return card
    target = as_v3(card) if card.version == "v1" else card
    data = copy.copy(target.fields)
    before, after = _plain(read.sheet, first_episode), _plain(sheet, first_episode)
    data |= {name: value for name, value in after.items() if value != before[name]}
    _update_book(data, read.book, sheet, first_episode)
    return _sealed(Card(target.version, {**target.document, "data": data}), sheet)


def updated_lorebook(card: Card | None, read: ReadBook | None, sheet: Sheet) -> Card:
    """A lorebook of its own with a sheet's whole lore, from the one that it came from when there is one."""
    lore = sheet.lore
    if card is not None and read is not None and lore == read.lore:
        return card
    raw = None if card is None else card.book
    around: Json = card.document if card is not None and card.version == "lorebook" else {}
    if "data" not in around:
        around = {}
    book = write_book(raw, read, lore) if lore is not None else {"extensions": {}, "entries": []}
    return Card("lorebook", {**around, "spec": "lorebook_v3", "data": book})


def _update_book(data: Json, book: ReadBook | None, sheet: Sheet, first_episode: int) -> None:
    """Entries of a later episode stay in the card's own book only where it had them already, with their bounds."""
    written = () if book is None else book.lore.entries
    entries = () if sheet.lore is None else sheet.lore.entries
    kept = tuple(entry for entry in entries if entry.holds_at(first_episode) or entry in written)
    if sheet.lore is None or (not kept and book is None):
        data.pop("character_book", None)
        return
    lore = sheet.lore.model_copy(update={"entries": kept})
    if book is None or lore != book.lore:
        data["character_book"] = write_book(data.get("character_book") if book is not None else None, book, lore)


def _plain(sheet: Sheet, first_episode: int) -> Json:
    """The card's own fields, as a fan of the first episode may meet them. Secrets are in none of them."""
    met = sheet.at(first_episode)
    greetings = [greeting.text for greeting in met.greetings] or [""]
    samples = (f"<START>\n{{{{user}}}}: {one.fan}\n{{{{char}}}}: {one.reply}" for one in met.examples)
    return {
        "name": met.name,
        "description": "\n\n".join([met.essence, *(fact.text for fact in met.facts), *met.boundaries]),
        "personality": "\n".join([met.voice.description, *(f"Says: {says.text}" for says in met.voice.says)]),
        "scenario": "\n".join(want.text for want in met.wants),
        "first_mes": greetings[0],
        "alternate_greetings": greetings[1:],
        "mes_example": "\n".join(samples),
    }


def _sealed(card: Card, sheet: Sheet) -> Card:
    extensions: Any = card.fields.get("extensions")
    kept = extensions if isinstance(extensions, dict) else {}
    ours = {"sheet": sheet.model_dump(mode="json", exclude_defaults=True), "seal": seal(card)}
    data = {**card.fields, "extensions": {**kept, "encore": ours}}
    return Card(card.version, {**card.document, "data": data})
