"""The texts of a card made fit for a sheet: macros read, mark-up and hidden characters gone, lengths bounded.

A card's words are data. Whatever a program could take for an order of its own (tags, scripts, images that call home,
the marks with which models are told who speaks) is taken out; what a person reads stays.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

from characters.readers.source_text import source_lines

TEXT_CHARS_MAX = 60_000
NESTED_MAX = 5

MARKUP = "tags, scripts or images were taken out"
MACROS = "macros that Encore does not read were taken out"
HIDDEN = "invisible or control characters were taken out"
CUT = "it is too long and was cut"

# Each of these eats what it looks at, so that no text makes them look twice.
_HALF = re.compile("[\ud800-\udfff]")
_CONTAINER = re.compile(r"<(script|style|iframe|object|svg|template)\b.*?(?:</\1\s*>|\Z)", re.I | re.S)
_COMMENT = re.compile(r"<!--.*?(?:-->|\Z)", re.S)
_TAG = re.compile(r"<<?[/!?|]*[A-Za-z][^<>]{0,1000}>>?")
_IMAGE = re.compile(r"!\[[^\[\]]{0,200}\]\([^()]{0,2000}\)")
_MODEL_MARK = re.compile(r"\[/?(?:INST|SYS|SYSTEM)\]", re.I)
_OPENINGS = re.compile(r"[<\[{]")
_NAME_TAG = re.compile(r"<(user|bot|char)>", re.I)
_MACRO = re.compile(r"\{\{([^{}]{0,2000})\}\}")
_CHOICE = re.compile(r"(?:random|pick)::?(.*)", re.I | re.S)
_SENTENCE_END = re.compile(r"[.!?…。！？]['\"”’»]?(?=\s)|[。！？]|\n")


@dataclass(slots=True)
class Cleaner:
    """Makes texts of one card fit. `name` stands for `{{char}}`, `fan` for `{{user}}`; `done` says what it did."""

    name: str
    fan: str = "the fan"
    done: set[str] = field(default_factory=set)

    def clean(self, text: str, *, chars_max: int = TEXT_CHARS_MAX) -> str:
        """The text, at most `chars_max` characters of it."""
        visible = visible_text(text[:TEXT_CHARS_MAX])
        if any(_hidden(char) for char in text[:TEXT_CHARS_MAX]):
            self.done.add(HIDDEN)
        plain = self._plain(visible)
        lines = [line.rstrip() for line in plain.split("\n")]
        whole = re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()
        if len(text) > TEXT_CHARS_MAX or len(whole) > chars_max:
            self.done.add(CUT)
        return shortened(whole, chars_max)

    def _plain(self, text: str) -> str:
        """The text without macros and mark-up: what is taken out may not join what stood around it into more."""
        for _ in range(NESTED_MAX):
            before = text
            text = _NAME_TAG.sub(lambda found: self.fan if found.group(1).lower() == "user" else self.name, text)
            text = _MACRO.sub(self._macro, text).replace("{{", "").replace("}}", "")
            text = self._without_markup(text)
            if text == before:
                return text
        return _OPENINGS.sub("", text)  # whoever nests deeper than this means no good

    def _macro(self, found: re.Match[str]) -> str:
        inside = found.group(1).strip()
        known = {"char": self.name, "user": self.fan, "bot": self.name}.get(inside.lower())
        if known is not None:
            return known
        if inside.startswith("//") or inside.lower().startswith("comment"):
            return ""
        self.done.add(MACROS)
        choice = _CHOICE.fullmatch(inside)
        return re.split(r"(?<!\\),", choice.group(1))[0].strip(" :").replace("\\,", ",") if choice else ""

    def _without_markup(self, text: str) -> str:
        plain = text
        for pattern in (_CONTAINER, _COMMENT, _TAG, _IMAGE, _MODEL_MARK):
            plain = pattern.sub("", plain)
        if plain != text:
            self.done.add(MARKUP)
        return plain


def visible_text(text: str) -> str:
    """The text without control, bidi and half characters."""
    return "\n".join(source_lines(_HALF.sub("", text)))


def _hidden(char: str) -> bool:
    return not char.isprintable() and char not in "\n\r\t\u00a0\u200c\u200d\u2028\u2029\u3000"


def shortened(text: str, chars_max: int) -> str:
    """At most `chars_max` characters, up to the end of a sentence or a word when there is one in the last half."""
    return text if len(text) <= chars_max else next(pieces(text, chars_max))


def pieces(text: str, chars_max: int) -> Iterator[str]:
    """The whole text in pieces of at most `chars_max` characters, cut where a sentence, else a word, ends."""
    text = text.strip()
    while len(text) > chars_max:
        head = text[: chars_max + 1]
        ends = [found.end() for found in _SENTENCE_END.finditer(head) if chars_max // 2 <= found.end() <= chars_max]
        space = head.rfind(" ")
        end = ends[-1] if ends else space if space >= chars_max // 2 else chars_max
        yield text[:end].strip()
        text = text[end:].strip()
    if text:
        yield text
