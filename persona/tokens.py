"""Counts tokens approximately, for when the model's own counter is not at hand.

It errs on the high side, because a prompt that is too long fails and one that is a little short does not. It must
never be used to charge for anything.
"""

from __future__ import annotations

import re
from collections.abc import Callable

from persona.scripts import UNSPACED

CountTokens = Callable[[str], int]
"""Text -> number of tokens."""

ASCII_WORD_CHARS_PER_TOKEN = 4
OTHER_WORD_CHARS_PER_TOKEN = 2

_PIECE = re.compile(
    rf"(?P<dense>[{UNSPACED}])|(?P<ascii>[A-Za-z0-9]+)|(?P<word>[^\W{UNSPACED}A-Za-z0-9]+)|(?P<other>\S)"
)


def approximate_tokens(text: str) -> int:
    """About how many tokens a byte-pair vocabulary of today makes of `text`.

    One for each character of a script written without spaces (CJK, kana, Hangul, Thai …), one for every four
    characters begun of an ASCII word, one for every two of another word, one for each sign, two for a sign beyond
    U+FFFF; white space is free, as it joins the next word.
    """
    total = 0
    for match in _PIECE.finditer(text):
        length = match.end() - match.start()
        if match.lastgroup == "ascii":
            total += -(-length // ASCII_WORD_CHARS_PER_TOKEN)
        elif match.lastgroup == "word":
            total += -(-length // OTHER_WORD_CHARS_PER_TOKEN)
        elif match.lastgroup == "other" and ord(match.group()) > 0xFFFF:
            total += 2
        else:
            total += 1
    return total
