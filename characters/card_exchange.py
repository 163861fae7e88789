"""Bringing a character in from a file, whatever its kind, and giving it back: the place where cards meet the catalogue.

A file is known by its content, never by its name. It is read to the end before anything is stored, and an import is a
draft like any other: publishing stays a separate act.
"""

from __future__ import annotations

import hashlib
import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, TypeVar

from pydantic import ValidationError

from characters.cards.card import Card
from characters.cards.card_file import (
    FILE_BYTES_MAX,
    CardFile,
    CardFormat,
    left_behind,
    looks_like_card,
    open_card,
    write_card,
)
from characters.cards.card_sheet import Role, sheet_of
from characters.cards.card_text import Cleaner
from characters.cards.findings import Finding
from characters.cards.lorebook import ReadBook, read_book
from characters.cards.refusal import NotACard
from characters.cards.sheet_card import card_of_sheet, updated_card, updated_lorebook
from characters.casting import find_cast, folded_name
from characters.early_names import refuse_early_names
from characters.errors import InvalidCard, UnknownCharacter
from characters.lore import Lore
from characters.ports import Catalogue
from characters.release import Cast, KeptCard
from characters.script import Script
from characters.sheet import Sheet
from characters.sheet_yaml import sheet_yaml
from characters.show_folder import parse_sheet

ExportFormat = Literal["yaml", "json", "png", "charx", "lorebook"]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class ReadCharacter:
    """A character as a file has it, cast in a show; `card` is the file itself when it is a card or a lorebook."""

    sheet: Sheet
    first_episode: int
    findings: tuple[Finding, ...] = ()
    card: KeptCard | None = None


@dataclass(frozen=True, slots=True)
class Exported:
    """A file's content, and what of the original has no place in it."""

    content: bytes
    left_behind: tuple[str, ...] = ()


async def read_character(
    catalogue: Catalogue, content: bytes, source: str, show: str, *, called: str | None = None
) -> ReadCharacter:
    """Read a sheet in YAML, a card or a lorebook, and find who it is: `called` is a name in the show.

    Raises UnknownShow, UnknownCharacter, InvalidSheet, InvalidCard (`source` names the file in them).
    """
    release = await catalogue.release(await catalogue.newest(show))
    casts = await catalogue.cast(show, published_only=False)
    if not looks_like_card(content):
        sheet = parse_sheet(content, source)
        if called is not None:
            role = _role(show, called, casts, release.script)
            sheet = sheet.model_copy(update={"slug": role.slug, "cue": role.cue})
        return ReadCharacter(sheet, _first_episode(show, sheet, release.script))
    file = _said(source, lambda: _opened(content))
    if not file.card.is_character:
        return _with_lorebook(file, source, show, find_cast(casts, called) if called else None)
    role = _role(show, called or file.card.text("name"), casts, release.script)
    read = _said(source, lambda: sheet_of(file.card, role))
    first_episode = _first_episode(show, read.sheet, release.script)
    return ReadCharacter(read.sheet, first_episode, read.findings, KeptCard("character", file.format, content))


async def import_character(
    catalogue: Catalogue, content: bytes, source: str, show: str, *, called: str | None, now_ms: int
) -> tuple[Cast, ReadCharacter]:
    """Save what a file holds as a character's next draft.

    Raises what `read_character` raises, and InvalidSheet for a name, an alias or a tagline that tells a later episode.
    """
    read = await read_character(catalogue, content, source, show, called=called)
    release = await catalogue.release(await catalogue.newest(show))
    refuse_early_names(read.sheet, read.first_episode, release.terms)
    cast = await catalogue.save_sheet(show, read.sheet, first_episode=read.first_episode, now_ms=now_ms, card=read.card)
    return cast, read


async def export_character(catalogue: Catalogue, show: str, name: str, format_: ExportFormat) -> Exported:
    """The newest version of a character as a file; a card that nobody changed comes back as it came.

    Raises UnknownShow, UnknownCharacter, InvalidCard (the kept file was written under other bounds than today's).
    """
    cast = find_cast(await catalogue.cast(show, published_only=False), name)
    if cast is None:
        raise UnknownCharacter(show, name)
    if format_ == "yaml":
        return Exported(sheet_yaml(cast.sheet).encode())
    kind: Literal["character", "lorebook"] = "lorebook" if format_ == "lorebook" else "character"
    kept = await catalogue.kept_card(show, cast.sheet.slug, kind, version=cast.version)
    return _said(f"The kept file of {cast.sheet.slug}", lambda: _exported(kept, cast, format_))


def _exported(kept: KeptCard | None, cast: Cast, format_: CardFormat | Literal["lorebook"]) -> Exported:
    original = None if kept is None else open_card(kept.content)
    if format_ == "lorebook":
        return Exported(write_card(_lorebook(original, cast.sheet), "json", original))
    if original is None:
        return Exported(write_card(card_of_sheet(cast.sheet, first_episode=cast.first_episode), format_))
    card = updated_card(original.card, cast.sheet, first_episode=cast.first_episode)
    return Exported(write_card(card, format_, original), left_behind(format_, original))


def _opened(content: bytes) -> CardFile:
    if len(content) > FILE_BYTES_MAX:
        raise NotACard("the file", f"it is larger than {FILE_BYTES_MAX} bytes")
    return open_card(content)


def _said(source: str, read: Callable[[], T]) -> T:
    """What `read` returns, its refusal in the words of this package's errors."""
    try:
        return read()
    except NotACard as error:
        raise InvalidCard(source, error.where, error.reason) from error


def _with_lorebook(file: CardFile, source: str, show: str, cast: Cast | None) -> ReadCharacter:
    """The character's newest sheet with the entries of a lorebook that it has not got yet."""
    if cast is None:
        raise InvalidCard(source, "the file", "it is a lorebook; say which character's with --as, one with a sheet")
    book = _said(source, lambda: _read_lorebook(file.card, cast.sheet))
    known = () if cast.sheet.lore is None else cast.sheet.lore.entries
    about = book.lore if cast.sheet.lore is None else cast.sheet.lore
    entries = (*known, *(entry for entry in book.lore.entries if entry not in known))
    try:
        lore = Lore.model_validate({**about.model_dump(exclude={"entries"}), "entries": entries})
    except ValidationError as error:
        raise InvalidCard(source, "entries", "with those of the sheet there are too many entries or keys") from error
    sheet = cast.sheet.model_copy(update={"lore": lore})
    return ReadCharacter(sheet, cast.first_episode, book.findings, KeptCard("lorebook", file.format, file.content))


def _read_lorebook(card: Card, sheet: Sheet) -> ReadBook:
    return read_book(card.book or {}, Cleaner(sheet.name))


def _lorebook(original: CardFile | None, sheet: Sheet) -> Card:
    card = None if original is None else original.card
    return updated_lorebook(card, None if card is None else _read_lorebook(card, sheet), sheet)


def _role(show: str, name: str, casts: tuple[Cast, ...], script: Script) -> Role:
    """Who of the show this is: one who has a sheet, else a cue of the script, also by one word of a longer name."""
    cast = find_cast(casts, name)
    if cast is not None:
        return Role(cast.sheet.slug, cast.sheet.cue)
    cues = {folded_name(cue): cue for cue in script.report.cues}
    whole = folded_name(name)
    found = {cues[part] for part in ([whole] if whole in cues else whole.split()) if part in cues}
    if len(found) != 1:
        raise UnknownCharacter(show, name)
    cue = found.pop()
    known = find_cast(casts, cue)
    return Role(known.sheet.slug if known is not None else slug_of(cue), cue)


def slug_of(name: str) -> str:
    """A slug for a name; one that has no Latin letters gets a short hash, always the same."""
    plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
    slug = re.sub(r"[^a-z0-9]+", "-", plain).strip("-")[:63].strip("-")
    return slug or f"character-{hashlib.sha256(name.encode()).hexdigest()[:8]}"


def _first_episode(show: str, sheet: Sheet, script: Script) -> int:
    first_episode = script.first_episode_of(script.report.merged.get(sheet.cue, sheet.cue))
    if first_episode is None:
        raise UnknownCharacter(show, sheet.cue)
    return first_episode
