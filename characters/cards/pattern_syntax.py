r"""Reads the regular expressions of lorebook keys: the part of JavaScript's syntax that needs no backtracking.

Literals, `.`, classes, `\d \w \s \b` and their opposites, `^ $`, groups, `|`, `* + ? {m,n}`, the flags i, m, s, u, g.
Everything else is refused by name: a pattern must never mean something else than its author wrote.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

PATTERN_CHARS_MAX = 500
NESTING_MAX = 20
REPEAT_MAX = 100
_FLAGS = frozenset("gimsu")
_SIMPLE = {"n": "\n", "r": "\r", "t": "\t", "f": "\f", "v": "\v", "0": "\0"}
_CLASSES = frozenset("dDwWsS")
_QUANTIFIERS = "*+?{"


class UnusablePattern(ValueError):
    """A key that is no pattern, or one that would need backtracking. `reason` never quotes it."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Flags:
    """How a pattern reads its text."""

    ignore_case: bool = True
    multiline: bool = False
    dot_all: bool = False


@dataclass(frozen=True, slots=True)
class CharSet:
    """Characters: ranges (a single one is a range of one), named classes, or all but those."""

    ranges: tuple[tuple[str, str], ...] = ()
    classes: tuple[str, ...] = ()
    negated: bool = False
    is_dot: bool = False

    def has(self, char: str, flags: Flags) -> bool:
        """Whether one character belongs."""
        if self.is_dot:
            return flags.dot_all or char not in "\n\r\u2028\u2029"
        forms = {char, char.lower(), char.upper()} if flags.ignore_case else {char}
        return any(self._holds(form) for form in forms) != self.negated

    def _holds(self, char: str) -> bool:
        return any(first <= char <= last for first, last in self.ranges) or any(
            _in_class(char, name) for name in self.classes
        )


@dataclass(frozen=True, slots=True)
class Node:
    """A piece of a pattern."""

    kind: Literal["chars", "assert", "sequence", "choice", "repeat"]
    chars: CharSet | None = None
    parts: tuple[Node, ...] = ()
    assertion: str = ""
    least: int = 0
    most: int | None = None


def is_word(char: str) -> bool:
    """Whether `char` counts as part of a word: a letter or digit of any script, or `_`; not "" at an end."""
    return char.isalnum() or char == "_"


def _in_class(char: str, name: str) -> bool:
    kind = name.lower()
    inside = is_word(char) if kind == "w" else char.isdecimal() if kind == "d" else char.isspace()
    return inside != name.isupper()


def parse_pattern(written: str, *, case_sensitive: bool = False) -> tuple[Node, Flags]:
    """The pattern and its flags. Raises UnusablePattern."""
    if len(written) > PATTERN_CHARS_MAX:
        raise UnusablePattern(f"it is longer than {PATTERN_CHARS_MAX} characters")
    body, flags = _flagged(written, Flags(ignore_case=not case_sensitive))
    reader = _Reader(body)
    node = reader.choice(0)
    if not reader.at_end:
        raise UnusablePattern("a bracket is closed that was not opened")
    return node, flags


def _flagged(written: str, bare: Flags) -> tuple[str, Flags]:
    end = written.rfind("/")
    if not written.startswith("/") or end == 0:
        return written, bare
    letters = written[end + 1 :]
    if not set(letters) <= _FLAGS:
        raise UnusablePattern("it has a flag that is not one of g, i, m, s, u")
    return written[1:end], Flags("i" in letters, "m" in letters, "s" in letters)


class _Reader:
    """A recursive descent over one pattern."""

    def __init__(self, text: str) -> None:
        self._text, self._at = text, 0

    @property
    def at_end(self) -> bool:
        return self._at >= len(self._text)

    def choice(self, depth: int) -> Node:
        if depth > NESTING_MAX:
            raise UnusablePattern(f"its groups are nested more than {NESTING_MAX} deep")
        parts = [self._sequence(depth)]
        while self._take("|"):
            parts.append(self._sequence(depth))
        return parts[0] if len(parts) == 1 else Node("choice", parts=tuple(parts))

    def _sequence(self, depth: int) -> Node:
        parts: list[Node] = []
        while not self.at_end and self._text[self._at] not in "|)":
            parts.append(self._quantified(self._atom(depth)))
        return Node("sequence", parts=tuple(parts))

    def _atom(self, depth: int) -> Node:
        char = self._next()
        if char == "(":
            self._group_head()
            inner = self.choice(depth + 1)
            if not self._take(")"):
                raise UnusablePattern("a group is not closed")
            return inner
        if char == "[":
            return Node("chars", chars=self._class())
        if char == ".":
            return Node("chars", chars=CharSet(is_dot=True))
        if char in "^$":
            return Node("assert", assertion=char)
        if char == "\\":
            return self._escaped()
        if char in _QUANTIFIERS:
            raise UnusablePattern("there is nothing to repeat before a quantifier")
        return Node("chars", chars=CharSet(((char, char),)))

    def _group_head(self) -> None:
        if not self._take("?") or self._take(":"):
            return
        if self._take("<") and not self.at_end and is_word(self._text[self._at]):
            end = self._text.find(">", self._at)
            if end > 0:
                self._at = end + 1
                return
        raise UnusablePattern("look-around and inline flags are not supported")

    def _escaped(self) -> Node:
        char = self._next()
        if char in "bB":
            return Node("assert", assertion=char)
        if char in _CLASSES:
            return Node("chars", chars=CharSet(classes=(char,)))
        if char in "123456789k":
            raise UnusablePattern("back-references are not supported")
        literal = self._literal(char)
        return Node("chars", chars=CharSet(((literal, literal),)))

    def _literal(self, char: str) -> str:
        """The character behind a backslash."""
        digits = {"x": 2, "u": 4}.get(char)
        if digits is not None:
            code = self._text[self._at : self._at + digits]
            self._at += digits
            if len(code) < digits or not set(code) <= set("0123456789abcdefABCDEF"):
                raise UnusablePattern("an escape is not complete")
            return chr(int(code, 16))
        if char in _SIMPLE:
            return _SIMPLE[char]
        if char.isalnum():
            raise UnusablePattern("it has an escape that is not supported")
        return char

    def _class(self) -> CharSet:
        negated = self._take("^")
        ranges: list[tuple[str, str]] = []
        classes: list[str] = []
        while not self._take("]"):
            first = self._member(classes)
            if first is None:
                continue
            is_range = self._text[self._at : self._at + 1] == "-" and self._text[self._at + 1 : self._at + 2] != "]"
            last: str | None = first
            if is_range:
                self._at += 1
                last = self._member(classes)
            if last is None or last < first:
                raise UnusablePattern("a range of characters has no order")
            ranges.append((first, last))
        return CharSet(tuple(ranges), tuple(classes), negated)

    def _member(self, classes: list[str]) -> str | None:
        """One character of a class; None when it was a class of its own."""
        char = self._next()
        if char != "\\":
            return char
        char = self._next()
        if char in _CLASSES:
            classes.append(char)
            return None
        return "\b" if char == "b" else self._literal(char)

    def _quantified(self, node: Node) -> Node:
        if self.at_end or self._text[self._at] not in _QUANTIFIERS:
            return node
        char = self._next()
        least, most = {"*": (0, None), "+": (1, None), "?": (0, 1)}.get(char) or self._counted()
        if self._take("+"):
            raise UnusablePattern("possessive quantifiers are not supported")
        self._take("?")  # greedy or not, what is found is found
        if not self.at_end and self._text[self._at] in _QUANTIFIERS:
            raise UnusablePattern("a quantifier follows another")
        return Node("repeat", parts=(node,), least=least, most=most)

    def _counted(self) -> tuple[int, int | None]:
        end = self._text.find("}", self._at)
        first, comma, last = self._text[self._at : max(end, self._at)].partition(",")
        self._at = end + 1
        numbers = [number for number in (first, last) if number]
        if end < 0 or not first or not all(n.isascii() and n.isdigit() and len(n) < 5 for n in numbers):
            raise UnusablePattern("a counted repetition cannot be read")
        least = int(first)
        most = least if not comma else int(last) if last else None
        if max(least, most or 0) > REPEAT_MAX or (most is not None and most < least):
            raise UnusablePattern(f"a counted repetition goes beyond {REPEAT_MAX} or backwards")
        return least, most

    def _take(self, char: str) -> bool:
        if self._text[self._at : self._at + 1] != char:
            return False
        self._at += 1
        return True

    def _next(self) -> str:
        if self.at_end:
            raise UnusablePattern("it ends too early")
        self._at += 1
        return self._text[self._at - 1]
