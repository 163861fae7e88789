"""Words as recall counts and compares them, for scripts with and without spaces.

Pure. It must never drop a word because of the language it is in: what it does not understand it keeps as it stands.
"""

from __future__ import annotations

import re
import unicodedata

# Thai, Lao, Burmese, Khmer, kana, Han and Hangul: written without spaces, or with particles stuck to the word.
_JOINED = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff"
# The vowel signs of Indic scripts are marks, not letters, to Python; a word would fall apart at them.
_LETTER = rf"(?:(?![{_JOINED}])[^\W_]|[\u0900-\u0963\u0966-\u0dff])"
_RUN = re.compile(rf"[{_JOINED}]+|{_LETTER}+(?:'{_LETTER}+)*")
_JOINED_CHAR = re.compile(f"[{_JOINED}]")
_SPACED_WORD = re.compile(rf"[^\s{_JOINED}]+")
# Accents of Latin, Greek and Cyrillic, points of Hebrew and Arabic. A Thai or Indic vowel sign is no accent.
_ACCENTS = re.compile("[\u0300-\u036f\u0591-\u05c7\u064b-\u065f]")
_APOSTROPHES = str.maketrans("’‘ʼ`", "''''")

_STOP_TEXT = """
a an the and or but if of to in on at for with from by as is are was were be been am do does did done have has
had i you u he she it we they me him her them my your ur his its our their this that these those what who whom
which when where why how so just not no yes then than there here about up out off over into can could would will
should really tho though like get got hey ok im youre dont didnt isnt wasnt thats whats
"""
STOP_WORDS = frozenset(_STOP_TEXT.split())
"""What English questions are made of and scenes are not about (what it is worth: docs/recall.md)."""


def tokenize(text: str) -> list[str]:
    """The terms of a text, in order: words without case, accents, plural and stop words.

    Scripts without spaces give every character and every pair of neighbours, as CJK analysers do.
    """
    terms: list[str] = []
    for run in _RUN.findall(folded(text)):
        if is_joined(run):
            terms.extend(run)
            terms.extend(run[start : start + 2] for start in range(len(run) - 1))
        else:
            word = run.removesuffix("'s").replace("'", "")
            if word not in STOP_WORDS:
                terms.append(_singular(word))
    return terms


def units(text: str) -> list[str]:
    """The words of a text as they follow each other, folded; of scripts without spaces, the characters."""
    found: list[str] = []
    for run in _RUN.findall(folded(text)):
        if is_joined(run):
            found.extend(run)
        else:
            found.append(run.replace("'", ""))
    return found


def is_joined(word: str) -> bool:
    """Whether a word is written without spaces around it."""
    return _JOINED_CHAR.match(word) is not None


def word_count(text: str) -> int:
    """How many words `text` has; two characters of a script without spaces count as one word."""
    return len(_SPACED_WORD.findall(text)) + (len(_JOINED_CHAR.findall(text)) + 1) // 2


def folded(text: str) -> str:
    """A text without case, accents and the differences between signs that look alike."""
    text = text.translate(_APOSTROPHES)
    if text.isascii():  # most of what is said, and several times as fast
        return text.casefold()
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return unicodedata.normalize("NFKC", _ACCENTS.sub("", decomposed))


def _singular(word: str) -> str:
    # Only the plural goes: longer stemmers were measured and merged words that scenes tell apart (docs/recall.md).
    return word[:-1] if len(word) > 3 and word.endswith("s") and not word.endswith("ss") else word
