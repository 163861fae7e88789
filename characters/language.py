"""Which of the languages that Encore has rules for a script is written in, by its letters and its small words.

Pure. A language without rules of its own counts as English: its rules then find next to nothing, which is right.
"""

from __future__ import annotations

import re
from typing import Literal

from characters.script import Script

Language = Literal["en", "es", "zh"]
_HAN = re.compile(r"[\u3400-\u9fff]")
_LETTER = re.compile(r"[^\W\d_]")
_SPANISH_WORDS = "de la el que y en los las un una por con no se lo su para es mi tu del al"
_ENGLISH_WORDS = "the of and to a in is it you that he was for on are with his they i at be this"
_SPANISH, _ENGLISH = frozenset(_SPANISH_WORDS.split()), frozenset(_ENGLISH_WORDS.split())
_KANA_OR_HANGUL = re.compile(r"[\u3040-\u30ff\uac00-\ud7af]")


def language_of(script: Script) -> Language:
    """The language of most of what is said and seen."""
    text = "\n".join(line.text for scene in script.scenes() for line in scene.lines)
    letters = len(_LETTER.findall(text))
    if len(_HAN.findall(text)) * 2 > letters and not _KANA_OR_HANGUL.search(text):
        return "zh"
    words = re.findall(r"[^\W\d_]+", text.casefold())
    spanish = sum(word in _SPANISH for word in words)
    return "es" if spanish > sum(word in _ENGLISH for word in words) else "en"
