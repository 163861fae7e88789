"""The characters of a script before anybody looks for cues: what is stripped, folded and joined.

Applied before any mark-up is looked for, so that an invisible character can neither hide a note from its removal
nor reach a prompt. Never changes how many lines a text has.
"""

from __future__ import annotations

import re
import unicodedata

_LINE_END = re.compile(r"\r\n|\r|\n")
# Bidi controls, zero-width spaces and tag characters: they change what a person sees without changing what a model
# reads. The joiners U+200C and U+200D stay: several scripts need them.
_INVISIBLE = re.compile("[\u00ad\u061c\u180e\u200b\u200e\u200f\u202a-\u202e\u2060-\u2069\ufeff\U000e0000-\U000e007f]")
_SPACE_LIKE = re.compile("[\t\x0b\x0c\x85\u2028\u2029]")
_CONTROL = re.compile("[\x00-\x08\x0e-\x1f\x7f-\x84\x86-\x9f]")
_ESCAPED = re.compile(r"\\([*_])")
_STARS = re.compile(r"(?<![\\*])(\*{1,3})(?=[^\s*])([^*\n]*?[^\s*\\])\1(?!\*)")
_UNDERLINE = re.compile(r"(?<![\w\\])_(?=\S)([^_\n]*[^\s_\\])_(?!\w)")
_UNSPACED = re.compile("[\u2e80-\u303f\u3040-\u30ff\u3400-\u9fff\uf900-\ufaff\uff00-\uff60]")


def source_lines(text: str) -> list[str]:
    """The lines of a file: CRLF, CR and LF end one, control and bidi characters are gone, letters are NFC."""
    return [_clean(line) for line in _LINE_END.split(text)]


def _clean(line: str) -> str:
    line = _CONTROL.sub("", _INVISIBLE.sub("", _SPACE_LIKE.sub(" ", line)))
    return unicodedata.normalize("NFC", line)


def without_emphasis(text: str) -> str:
    """Fountain's `*italic*`, `**bold**`, `***both***` and `_underline_` as plain text; `\\*` is a star.

    Stars with a space inside the opening one are stars, and an underscore within a word is an underscore.
    """
    for _ in range(2):  # bold around italic shows itself only when the italic is gone
        text = _UNDERLINE.sub(r"\1", _STARS.sub(r"\2", text))
    return _ESCAPED.sub(r"\1", text)


def joined(pieces: list[str]) -> str:
    """Wrapped lines as one text: a space between them, none between two characters of an unspaced script."""
    parts: list[str] = []
    for piece in (" ".join(piece.split()) for piece in pieces):
        if not piece:
            continue
        if parts and not (is_unspaced(parts[-1][-1]) and is_unspaced(piece[0])):
            parts.append(" ")
        parts.append(piece)
    return "".join(parts)


def is_unspaced(letter: str) -> bool:
    """Whether this character belongs to a script that is written without spaces between words."""
    return _UNSPACED.match(letter) is not None


def flowing(text: str) -> str:
    """Text of a format in which line breaks mean nothing (XML): cleaned and on one line."""
    return joined(source_lines(text))
