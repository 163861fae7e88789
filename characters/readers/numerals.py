"""Numbers as scripts write them for episodes and scenes: digits, English words, Roman and Chinese numerals.

Small on purpose: what is not one of these is no number, and nothing is guessed from a part of it.
"""

from __future__ import annotations

import re
import unicodedata

DIGITS_MAX = 5
_ONES = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen seventeen "
    "eighteen nineteen"
)
_WORDS = {word: number for number, word in enumerate(_ONES.split())}
_TENS_WORDS = "twenty thirty forty fifty sixty seventy eighty ninety"
_TENS = {word: 10 * number for number, word in enumerate(_TENS_WORDS.split(), 2)}
_ROMAN = re.compile(r"(?=[IVXLC])(C{0,3})(XC|XL|L?X{0,3})(IX|IV|V?I{0,3})$")
_ROMAN_VALUES = {"C": 100, "XC": 90, "L": 50, "XL": 40, "X": 10, "IX": 9, "V": 5, "IV": 4, "I": 1}
_ROMAN_PART = re.compile("XC|XL|IX|IV|[CLXVI]")
_HAN_DIGITS = {digit: number for number, digit in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2, "兩": 2}
_HAN_UNITS = {"十": 10, "百": 100, "千": 1000}
HAN_NUMERALS = "".join((*_HAN_DIGITS, *_HAN_UNITS))


def parse_number(written: str) -> int | None:
    """`12`, `１２`, `twelve`, `Twenty-One`, `XII`, `十二`; None for anything else, also for more than five digits."""
    text = unicodedata.normalize("NFKC", written).strip()
    if text.isdecimal():
        return int(text) if len(text) <= DIGITS_MAX else None
    if text and all(letter in HAN_NUMERALS for letter in text):
        return _han(text)
    if _ROMAN.match(text):
        return sum(_ROMAN_VALUES[part] for part in _ROMAN_PART.findall(text))
    tens, _, ones = text.casefold().replace(" ", "-").partition("-")
    if tens in _TENS:
        return _TENS[tens] + _WORDS[ones] if 0 < _WORDS.get(ones, 0) < 10 else (_TENS[tens] if not ones else None)
    return _WORDS.get(text.casefold())


def _han(text: str) -> int | None:
    if not any(letter in _HAN_UNITS for letter in text):
        return int("".join(str(_HAN_DIGITS[letter]) for letter in text)) if len(text) <= DIGITS_MAX else None
    total, digit, smallest = 0, 0, 10_000
    for letter in text:
        if letter in _HAN_DIGITS:
            digit = _HAN_DIGITS[letter]
            continue
        unit = _HAN_UNITS[letter]
        if unit >= smallest:
            return None
        total += (digit or 1) * unit
        digit, smallest = 0, unit
    return total + digit
