"""A sheet from a card: each field of the card has its place in the sheet, or a line in the report that says why not.

A card cannot give orders: its prompts are kept and not used. A sheet that Encore itself wrote into a card comes back
whole, unless somebody has changed the card's own fields since.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from characters.cards.card import V1_FIELDS, Card
from characters.cards.card_text import Cleaner, pieces, shortened, visible_text
from characters.cards.findings import Finding
from characters.cards.lorebook import ReadBook, read_book
from characters.cards.refusal import NotACard
from characters.parts import LONG_TEXT_CHARS_MAX, PARTS_MAX, SHORT_TEXT_CHARS_MAX
from characters.sheet import DatedText, Exchange, Lore, Sheet, Voice

SEALED_FIELDS = (*V1_FIELDS, "alternate_greetings", "character_book")
"""What a card says of a character and Encore reads: a change to one of them makes the sheet inside out of date."""
EXAMPLES_MAX = 40
TO_YOU = "you"
PLAIN_VOICE = "As in the sample answers."
PLAIN_WANT = "You want a good talk with the fan."
PLAIN_GREETING = "Hello, you."
PLAIN_DEFLECTIONS = ("Let's talk about something else.", "I would rather not say.")

_NO_ORDERS = "a card gives no orders"
_NOT_PROMPTED = "it is about the card, not the character"
_UNUSED = {
    "system_prompt": _NO_ORDERS,
    "post_history_instructions": _NO_ORDERS,
    "creator_notes": _NOT_PROMPTED,
    "creator_notes_multilingual": _NOT_PROMPTED,
    "tags": _NOT_PROMPTED,
    "creator": _NOT_PROMPTED,
    "character_version": _NOT_PROMPTED,
    "source": _NOT_PROMPTED,
    "creation_date": _NOT_PROMPTED,
    "modification_date": _NOT_PROMPTED,
    "group_only_greetings": "there are no group chats",
    "assets": "pictures and sounds are not used",
}
_USED = frozenset((*SEALED_FIELDS, "nickname", "extensions", "spec", "spec_version", "data"))
_START = re.compile(r"<START>", re.I)
_FAN_LINE = re.compile(r"\s*(?:\{\{user\}\}|<user>|you|user)\s*:\s*(.*)", re.I | re.S)
_EXAMPLE_LINES = re.compile(r"\n(?=[^\n:]{1,80}:)")


@dataclass(frozen=True, slots=True)
class Role:
    """Who the card's character is in the show."""

    slug: str
    cue: str


@dataclass(frozen=True, slots=True)
class ReadSheet:
    """The sheet of a card, its lorebook as read, and the report."""

    sheet: Sheet
    book: ReadBook | None
    findings: tuple[Finding, ...]


def seal(card: Card) -> str:
    """SHA-256 (hex) over the fields that Encore reads, as they stand in the card."""
    fields = {name: card.fields[name] for name in SEALED_FIELDS if name in card.fields}
    return hashlib.sha256(json.dumps(fields, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def sheet_of(card: Card, role: Role) -> ReadSheet:
    """Raises NotACard when the card has no character, or a sheet or a bound of Encore's own that cannot be read."""
    if not card.is_character:
        raise NotACard("the file", "it is a lorebook without a character")
    findings = list(_unused(card))
    inside, sealed = _sheet_inside(card)
    cleaner = Cleaner(_called(card))
    book = read_book(card.book, cleaner) if card.book is not None else None
    if inside is not None and sealed == seal(card):
        return ReadSheet(_cast_as(inside, role), book, tuple(findings))
    if inside is not None:
        findings.append(Finding("kept", "extensions.encore", "the card was changed since, so its own fields are used"))
    sheet = _Builder(card, cleaner, findings).sheet(role, book)
    if book is not None:
        findings += book.findings
    findings += (Finding("changed", "the texts", what) for what in sorted(cleaner.done))
    return ReadSheet(sheet, book, tuple(findings))


def _called(card: Card) -> str:
    """What `{{char}}` stands for."""
    plain = Cleaner("").clean(card.text("nickname").strip() or card.text("name"), chars_max=SHORT_TEXT_CHARS_MAX)
    return " ".join(plain.split()) or "The character"


def _unused(card: Card) -> list[Finding]:
    found = []
    for name, value in card.fields.items():
        if name in _UNUSED and value not in (None, "", [], {}):
            found.append(Finding("kept", name, _UNUSED[name]))
        elif name not in _USED and name not in _UNUSED:
            found.append(Finding("kept", _shown(name), "it is not known"))
    extensions = card.fields.get("extensions")
    for name in extensions if isinstance(extensions, dict) else ():
        if name != "encore":
            found.append(Finding("kept", f"extensions.{_shown(name)}", "it belongs to another program"))
    if card.version != "v1":
        around = (name for name in card.document if name not in ("spec", "spec_version", "data"))
        found += (Finding("kept", f"{_shown(name)} (beside data)", "it is not known") for name in around)
    return found


def _shown(name: str) -> str:
    return "".join(char for char in name[:60] if char.isprintable())


def _sheet_inside(card: Card) -> tuple[Sheet | None, str]:
    ours = card.encore
    if not isinstance(ours, dict) or "sheet" not in ours:
        return None, ""
    try:
        return Sheet.model_validate(_visible(ours["sheet"])), str(ours.get("seal", ""))
    except ValidationError as error:
        where = ".".join(str(part) for part in error.errors(include_input=False)[0]["loc"])
        raise NotACard(f"extensions.encore.sheet.{where}", "the sheet in the card is not valid there") from error


def _visible(value: Any) -> Any:
    if isinstance(value, str):
        return visible_text(value)
    if isinstance(value, list):
        return [_visible(item) for item in value]
    return {name: _visible(item) for name, item in value.items()} if isinstance(value, dict) else value


def _cast_as(sheet: Sheet, role: Role) -> Sheet:
    return sheet.model_copy(update={"slug": role.slug, "cue": role.cue})


class _Builder:
    """Builds a sheet of a card's own fields."""

    def __init__(self, card: Card, cleaner: Cleaner, findings: list[Finding]) -> None:
        self._card, self._cleaner, self._findings = card, cleaner, findings
        self._to_fan = Cleaner(cleaner.name, TO_YOU, cleaner.done)

    def sheet(self, role: Role, book: ReadBook | None) -> Sheet:
        name = " ".join(Cleaner("").clean(self._card.text("name"), chars_max=SHORT_TEXT_CHARS_MAX).split())
        name = name or self._cleaner.name
        about = list(pieces(self._cleaner.clean(self._card.text("description")), LONG_TEXT_CHARS_MAX))
        scenario = list(pieces(self._cleaner.clean(self._card.text("scenario")), LONG_TEXT_CHARS_MAX))
        facts = [*about[1:], *scenario]  # no more than PARTS_MAX: a cleaned text has at most a hundred pieces
        if len(about) > 1:
            self._note("changed", "description", "it is longer than an essence; the rest became facts")
        essence = about[0] if about else self._added("essence", f"You are {name}.")
        return Sheet(
            slug=role.slug,
            name=name,
            cue=role.cue,
            tagline=shortened(" ".join(essence.split("\n")[0].split()), SHORT_TEXT_CHARS_MAX),
            essence=essence,
            voice=Voice(description=self._voice()),
            wants=(DatedText(text=self._added("wants", PLAIN_WANT)),),
            facts=tuple(DatedText(text=fact) for fact in facts),
            greetings=self._greetings(),
            examples=self._examples(),
            deflections=self._deflections(),
            lore=self._lore(book),
        )

    def _voice(self) -> str:
        voice = self._cleaner.clean(self._card.text("personality"), chars_max=LONG_TEXT_CHARS_MAX)
        return voice or self._added("voice", PLAIN_VOICE)

    def _greetings(self) -> tuple[DatedText, ...]:
        written = [self._card.text("first_mes"), *self._card.texts("alternate_greetings")]
        cleaned = (self._to_fan.clean(text, chars_max=LONG_TEXT_CHARS_MAX) for text in written[:PARTS_MAX])
        greetings = tuple(DatedText(text=text) for text in cleaned if text)
        return greetings or (DatedText(text=self._added("greetings", PLAIN_GREETING)),)

    def _deflections(self) -> tuple[DatedText, ...]:
        self._added("deflections", "")
        return tuple(DatedText(text=text) for text in PLAIN_DEFLECTIONS)

    def _examples(self) -> tuple[Exchange, ...]:
        """Each block's first line of the fan and the answer that follows it; what has not this form is left out."""
        examples: list[Exchange] = []
        skipped = False
        for block in _START.split(self._card.text("mes_example"))[: 4 * EXAMPLES_MAX]:
            lines = _EXAMPLE_LINES.split(block.strip()) if block.strip() else []
            fan = _FAN_LINE.fullmatch(lines[0]) if len(lines) > 1 else None
            said = lines[1].partition(":")[2] if fan is not None and _FAN_LINE.fullmatch(lines[1]) is None else ""
            asked = self._cleaner.clean(fan.group(1) if fan else "", chars_max=LONG_TEXT_CHARS_MAX)
            reply = self._to_fan.clean(said, chars_max=LONG_TEXT_CHARS_MAX)
            if asked and reply and len(examples) < EXAMPLES_MAX:
                examples.append(Exchange(fan=asked, reply=reply))
            skipped = skipped or len(lines) > 2 or (bool(lines) and not (asked and reply))
        if skipped:
            self._note("changed", "mes_example", "only one question and its answer of each sample are used")
        return tuple(examples)

    def _lore(self, book: ReadBook | None) -> Lore | None:
        return book.lore if book is not None and book.lore.entries else None

    def _added(self, where: str, text: str) -> str:
        self._note("added", where, "a card has none; write your own")
        return text

    def _note(self, kind: str, where: str, what: str) -> None:
        self._findings.append(Finding("added" if kind == "added" else "changed", where, what))
