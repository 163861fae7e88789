"""Makes other people's words safe to carry inside a prompt: sheets, scripts and fans' messages are data.

It strips what could hide or reorder text and bounds the length. It must never rewrite visible words: what a reader
would see is what the model gets.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterator

ELLIPSIS = "…"
_KEPT_FORMAT = {"\u200c", "\u200d"}  # joiners carry meaning in Persian, in Indic scripts and inside emoji
_BREAKS = {"\n", "\r", "\t", "\v", "\f", "\x85", "\u2028", "\u2029"}


def clean(text: str, *, chars_max: int) -> str:
    """The visible text, at most `chars_max` characters, line breaks as `\\n`.

    Control, bidi, tag, zero-width and surrogate characters (Unicode categories Cc, Cf and Cs, but for the two
    joiners) are gone; runs of blank lines become one.
    """
    lines = text.split("\n")
    if not all(line.isprintable() for line in lines):  # nearly every text is, and a prompt has hundreds of them
        lines = "".join(_kept(text.replace("\r\n", "\n"))).split("\n")
    lines = [line.rstrip() for line in lines]
    solid = [line for n, line in enumerate(lines) if line or (n > 0 and lines[n - 1])]
    return bounded("\n".join(solid).strip(), chars_max=chars_max)


def _kept(text: str) -> Iterator[str]:
    for char in text:
        if char in _BREAKS:
            yield " " if char == "\t" else "\n"
        elif char in _KEPT_FORMAT or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}:
            yield char


def one_line(text: str, *, chars_max: int) -> str:
    """`clean`, on a single line: for names and items of a list, which must not begin a line of their own."""
    return bounded(" ".join(clean(text, chars_max=len(text) + 1).split()), chars_max=chars_max)


def quoted_lines(text: str, *, chars_max: int) -> str:
    """`clean`, every line marked with `> `, so that no line of it can pass for a line of the prompt."""
    return "\n".join(f"> {line}" for line in clean(text, chars_max=chars_max).split("\n"))


def bounded(text: str, *, chars_max: int) -> str:
    """At most `chars_max` characters; what is cut shows as an ellipsis, at a word's end when there is one near."""
    if len(text) <= chars_max:
        return text
    head = text[: max(0, chars_max - 1)]
    space = head.rfind(" ")
    if space > len(head) * 3 // 4:
        head = head[:space]
    return head.rstrip() + ELLIPSIS if chars_max else ""
