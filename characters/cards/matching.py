"""Whether a key is spoken of in a text: whole words in scripts with spaces, anywhere inside a run in those without.

A key is found however it is composed, spaced or, unless case matters, cased. It must never be found inside another
word: “ring” is not in “spring”.
"""

from __future__ import annotations

import unicodedata

_APOSTROPHES = str.maketrans("\u2018\u2019\u201b\u02bc\u00b4`\uff07", "'''''''")
_IGNORED = str.maketrans(dict.fromkeys((0x00AD, 0x200B, 0x2060, 0xFEFF)))
_MARKS = frozenset({"Mn", "Mc", "Me"})
# Thai, Lao, Myanmar, Khmer, kana, Han; Hangul too, whose particles join the word.
_UNSPACED = (
    ("\u0e00", "\u0eff"),
    ("\u1000", "\u109f"),
    ("\u1100", "\u11ff"),
    ("\u1780", "\u17ff"),
    ("\u3040", "\u30ff"),
    ("\u3400", "\u4dbf"),
    ("\u4e00", "\u9fff"),
    ("\uac00", "\ud7af"),
    ("\uf900", "\ufaff"),
    ("\U00020000", "\U0003ffff"),
)


def folded(text: str, *, case_sensitive: bool) -> str:
    """A text or a key for comparing: NFKC, one space between words, straight apostrophes, nothing invisible."""
    plain = unicodedata.normalize("NFKC", text.translate(_APOSTROPHES).translate(_IGNORED))
    if not case_sensitive:
        plain = unicodedata.normalize("NFKC", plain.casefold())
    return " ".join(plain.split())


def spoken_of(key: str, text: str) -> bool:
    """Whether the key stands in the text as a word or words; both are `folded` alike. An empty key never does."""
    if not key:
        return False
    at = text.find(key)
    while at >= 0:
        if not _goes_on(text[at - 1 : at], key[0]) and not _goes_on(text[at + len(key) : at + len(key) + 1], key[-1]):
            return True
        at = text.find(key, at + 1)
    return False


def _goes_on(neighbour: str, edge: str) -> bool:
    """Whether the word at this edge of a key goes on beyond it."""
    if not neighbour or not _in_word(neighbour) or not _in_word(edge):
        return False
    if unicodedata.category(neighbour) in _MARKS and not _unspaced(neighbour):
        return True
    return not _unspaced(edge) and not _unspaced(neighbour)


def _in_word(char: str) -> bool:
    return char.isalnum() or char == "_" or unicodedata.category(char) in _MARKS


def _unspaced(char: str) -> bool:
    return any(first <= char <= last for first, last in _UNSPACED)
