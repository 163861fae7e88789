"""Lorebooks as cards carry them, read into a sheet's `lore:` and written back.

Shapes are those of SPEC_V3.md, "Lorebook"; an entry's bound is `extensions.encore.{from_episode, until_episode}`. An
entry that was not changed is written back exactly as it was read, with whatever else it holds.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import ValidationError

from characters.cards.card import Json
from characters.cards.card_text import Cleaner
from characters.cards.decorators import Decorator, chosen, split_decorators, with_decorators
from characters.cards.findings import Finding
from characters.cards.pattern_syntax import PATTERN_CHARS_MAX
from characters.cards.refusal import NotACard
from characters.lore import ALL_KEYS_MAX, ENTRIES_MAX, KEYS_MAX, LORE_CHARS_MAX, NUMBER_MAX, Lore, LoreEntry
from characters.parts import SHORT_TEXT_CHARS_MAX

NEAR_DEPTH_MAX = 4
"""`@@depth` up to this goes nearest to the message; a deeper one goes first of all."""
_DECORATOR_NAMES = (
    "activate activate_only_after activate_only_every additional_keys depth dont_activate exclude_keys "
    "ignore_on_max_context position scan_depth"
)
_KNOWN_DECORATORS = frozenset(_DECORATOR_NAMES.split())
_ENTRY_FIELD_NAMES = (
    "keys content extensions enabled insertion_order case_sensitive use_regex constant name priority id comment "
    "selective secondary_keys position"
)
_USED_FIELDS = frozenset(_ENTRY_FIELD_NAMES.split())
_BOOK_FIELD_NAMES = "name description scan_depth token_budget recursive_scanning extensions entries"
_BOOK_FIELDS = frozenset(_BOOK_FIELD_NAMES.split())
_POSITIONS = {"before_desc": "before", "after_desc": "after", "personality": "after", "scenario": "after"}


@dataclass(frozen=True, slots=True)
class ReadBook:
    """A book as a sheet holds it; `places[i]` is where entry `i` of the lore stands in the raw `entries`."""

    lore: Lore
    places: tuple[int, ...]
    findings: tuple[Finding, ...]


def read_book(book: Json, cleaner: Cleaner) -> ReadBook:
    """Raises NotACard when `entries` is no array, is too long, or has an entry with a bound that cannot be read."""
    raw_entries = book.get("entries", [])
    if not isinstance(raw_entries, list):
        raise NotACard("character_book.entries", "it is not a list")
    if len(raw_entries) > ENTRIES_MAX:
        raise NotACard("character_book.entries", f"there are more than {ENTRIES_MAX}")
    findings = [
        Finding("kept", f"character_book.{name}", "a sheet has no place for it")
        for name, value in book.items()
        if (name not in _BOOK_FIELDS or name == "description" or name == "extensions") and value
    ]
    entries, places = [], []
    for place, raw in enumerate(raw_entries):
        reader = _EntryReader(f"character_book.entries.{place}", cleaner)
        entry = reader.read(raw)
        findings += reader.findings
        if entry is not None:
            entries.append(entry)
            places.append(place)
    if sum(entry.keys_count for entry in entries) > ALL_KEYS_MAX:
        raise NotACard("character_book.entries", f"they have more than {ALL_KEYS_MAX} keys")
    about: Json = {"recursive": book.get("recursive_scanning") is True, "entries": tuple(entries)}
    name = _text(book.get("name"))
    if name:
        about["name"] = cleaner.clean(name, chars_max=SHORT_TEXT_CHARS_MAX) or None
    for ours in ("scan_depth", "token_budget"):
        number = _whole(book.get(ours))
        if number is not None:
            about[ours] = max(0, number)
    return ReadBook(Lore.model_validate(about), tuple(places), tuple(findings))


class _EntryReader:
    """Reads one entry and keeps what there is to say about it."""

    def __init__(self, where: str, cleaner: Cleaner) -> None:
        self._where, self._cleaner = where, cleaner
        self.findings: list[Finding] = []

    def read(self, raw: Any) -> LoreEntry | None:
        """None for one that can never fire or cannot be used; then the findings say why."""
        if not isinstance(raw, dict):
            self._left("it is no entry")
            return None
        bounds = self._bounds(raw)
        for name, value in raw.items():
            if name not in _USED_FIELDS and value not in (None, "", [], {}, False):
                self._note("kept", f"{name} is not used")
        chains, body = split_decorators(_text(raw.get("content")))
        acting, unknown = chosen(chains, _KNOWN_DECORATORS)
        for name in unknown:
            self._note("kept", f"the decorator @@{name} is not used")
        if raw.get("enabled") is False or ("dont_activate" in acting and "activate" not in acting):
            self._left("it is switched off")
            return None
        text = self._cleaner.clean(body, chars_max=LORE_CHARS_MAX)
        if not text:
            self._left("there is nothing in it")
            return None
        fields = {"text": text, **bounds, **self._conditions(raw, acting), **self._placing(raw, acting)}
        try:
            return LoreEntry.model_validate(fields)
        except ValidationError as error:
            problem = error.errors(include_url=False, include_input=False)[0]
            self._left(problem["msg"].removeprefix("Value error, "))
            return None

    def _bounds(self, raw: Json) -> Json:
        """A bound that cannot be read must never read as none."""
        extensions = raw.get("extensions")
        ours = extensions.get("encore") if isinstance(extensions, dict) else None
        if isinstance(extensions, dict) and set(extensions) - {"encore"}:
            self._note("kept", "extensions of other programs are not used")
        if ours is None:
            return {}
        where = f"{self._where}.extensions.encore"
        if not isinstance(ours, dict) or not set(ours) <= {"from_episode", "until_episode"}:
            raise NotACard(where, "it is not {from_episode, until_episode}")
        bounds = {name: value for name, value in ours.items() if not (name == "until_episode" and value is None)}
        numbers = all(isinstance(value, int) and not isinstance(value, bool) for value in bounds.values())
        if not numbers or bounds.get("from_episode", 1) < 0:
            raise NotACard(where, "an episode is not a number from 0")
        if "until_episode" in bounds and bounds["until_episode"] <= bounds.get("from_episode", 1):
            raise NotACard(where, "until_episode must be later than from_episode")
        return bounds

    def _conditions(self, raw: Json, acting: dict[str, Decorator]) -> Json:
        use_regex = raw.get("use_regex") is True
        constant = raw.get("constant") is True and not use_regex
        selective = raw.get("selective") is True and not use_regex
        return {
            "keys": self._keys(raw.get("keys")),
            "secondary_keys": self._keys(raw.get("secondary_keys")) if selective else (),
            "additional_keys": self._keys(_values(acting.get("additional_keys"))),
            "exclude_keys": () if use_regex else self._keys(_values(acting.get("exclude_keys"))),
            "constant": constant or "activate" in acting,
            "use_regex": use_regex,
            "case_sensitive": raw.get("case_sensitive") is True,
            "scan_depth": _least(_number(acting.get("scan_depth")), 0),
            "after_replies": _least(_number(acting.get("activate_only_after")), 0) or 0,
            "every_replies": _least(_number(acting.get("activate_only_every")), 1) or 1,
        }

    def _placing(self, raw: Json, acting: dict[str, Decorator]) -> Json:
        position = "before" if raw.get("position") == "before_char" else "after"
        depth = _number(acting.get("depth"))
        if depth is not None:
            position = "near" if depth <= NEAR_DEPTH_MAX else "before"
        if "position" in acting:
            position = _POSITIONS.get(acting["position"].value, position)
        order = _whole(raw.get("insertion_order"))
        comment = _text(raw.get("comment")) or _text(raw.get("name"))
        return {
            "position": position,
            "order": 100 if order is None else order,
            "priority": _whole(raw.get("priority")),
            "only_with_room": "ignore_on_max_context" in acting,
            "comment": self._cleaner.clean(comment, chars_max=SHORT_TEXT_CHARS_MAX) or None,
        }

    def _keys(self, value: Any) -> tuple[str, ...]:
        listed = [value] if isinstance(value, str) else value if isinstance(value, list | tuple) else []
        texts = [key for key in listed if isinstance(key, str) and key.strip()]
        name = self._cleaner.name
        keys = [key.replace("{{char}}", name) for key in texts if len(key) <= PATTERN_CHARS_MAX]
        kept = tuple("".join(char for char in key if char.isprintable()) for key in keys[:KEYS_MAX])
        kept = tuple(key for key in kept if key.strip() and len(key) <= PATTERN_CHARS_MAX)
        if len(kept) < len(listed):
            self._note("changed", "keys that are empty, too long or too many were left out")
        return kept

    def _note(self, kind: str, what: str) -> None:
        self.findings.append(Finding("changed" if kind == "changed" else "kept", self._where, what))

    def _left(self, why: str) -> None:
        self._note("kept", f"the entry is not used: {why}")


def write_book(raw: Json | None, read: ReadBook | None, lore: Lore) -> Json:
    """A V3 lorebook of `lore`: what `raw` says stays wherever `read`, which was read from it, is still the same."""
    entries: list[Any] = []
    if raw is not None and read is not None:
        left = list(lore.entries)
        used = dict(zip(read.places, read.lore.entries, strict=True))
        for place, raw_entry in enumerate(raw.get("entries", [])):
            if place not in used:
                entries.append(raw_entry)
            elif used[place] in left:
                left.remove(used[place])
                entries.append(raw_entry)
        entries += map(_written, left)
    else:
        entries = [*map(_written, lore.entries)]
    book = {"extensions": {}, **(raw or {}), "entries": entries}
    before = read.lore if read is not None else Lore()
    for ours, theirs in (
        ("name", "name"),
        ("scan_depth", "scan_depth"),
        ("token_budget", "token_budget"),
        ("recursive", "recursive_scanning"),
    ):
        value = getattr(lore, ours)
        if read is None or value != getattr(before, ours):
            book[theirs] = value
    return {name: value for name, value in book.items() if not (name == "name" and value is None)}


def _written(entry: LoreEntry) -> Json:
    decorators = [
        Decorator(name, value)
        for name, value in (
            ("scan_depth", "" if entry.scan_depth is None else str(entry.scan_depth)),
            ("activate_only_after", str(entry.after_replies or "")),
            ("activate_only_every", "" if entry.every_replies == 1 else str(entry.every_replies)),
            ("additional_keys", ",".join(entry.additional_keys)),
            ("exclude_keys", ",".join(entry.exclude_keys)),
            ("depth", str(NEAR_DEPTH_MAX) if entry.position == "near" else ""),
        )
        if value
    ]
    if entry.only_with_room:
        decorators.append(Decorator("ignore_on_max_context"))
    if entry.constant and entry.use_regex:
        decorators.append(Decorator("activate"))
    written: Json = {
        "keys": list(entry.keys),
        "secondary_keys": list(entry.secondary_keys),
        "selective": bool(entry.secondary_keys),
        "content": with_decorators(tuple(decorators), entry.text),
        "enabled": True,
        "insertion_order": entry.order,
        "constant": entry.constant,
        "use_regex": entry.use_regex,
        "case_sensitive": entry.case_sensitive,
        "position": "before_char" if entry.position == "before" else "after_char",
        "extensions": {},
    }
    if (entry.from_episode, entry.until_episode) != (1, None):
        bounds = {"from_episode": entry.from_episode, "until_episode": entry.until_episode}
        written["extensions"] = {"encore": {name: value for name, value in bounds.items() if value is not None}}
    if entry.priority is not None:
        written["priority"] = entry.priority
    if entry.comment is not None:
        written["comment"] = entry.comment
    return written


def _text(value: Any) -> str:
    return value if isinstance(value, str) else ""


def _whole(value: Any) -> int | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    return int(min(max(value, -NUMBER_MAX), NUMBER_MAX))


def _number(decorator: Decorator | None) -> int | None:
    return None if decorator is None or decorator.number is None else _whole(decorator.number)


def _least(number: int | None, least: int) -> int | None:
    return None if number is None else max(number, least)


def _values(decorator: Decorator | None) -> tuple[str, ...]:
    return () if decorator is None else decorator.values
