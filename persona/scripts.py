"""Which characters belong to scripts written without spaces between words, for everything here that reads words.

A table of Unicode blocks and nothing else; it must never guess a language.
"""

from __future__ import annotations

import re

UNSPACED = (
    "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff"  # Thai, Lao, Myanmar, Khmer
    "\u1100-\u11ff\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
)
"""The inside of a character class: Han, kana and South-East Asian scripts, Hangul too: its particles join the word."""
_UNSPACED_CHAR = re.compile(f"[{UNSPACED}]")


def is_unspaced(char: str) -> bool:
    """Whether the character is a letter of a script that writes no spaces between words."""
    return _UNSPACED_CHAR.match(char) is not None
