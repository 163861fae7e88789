"""The stems of a fan's words: “painted”, “painting” and “paints” are one thing when two people talk.

Pure. Scenes are not searched this way (docs/recall.md: stemming merged words that scenes tell apart); talk is, because
a question about what was said seldom uses the form it was said in.
"""

from __future__ import annotations

from functools import lru_cache

from memory.words import tokenize

# Suffix, what takes its place, and how many characters must stay before it. The first that fits is taken.
_SUFFIXES = (
    ("ations", "at", 3),
    ("ation", "at", 3),
    ("ingly", "", 3),
    ("edly", "", 3),
    ("ings", "", 3),
    ("ing", "", 3),
    ("ies", "y", 2),
    ("ied", "y", 2),
    ("ed", "", 3),
    ("es", "", 3),
    ("ly", "", 3),
    ("er", "", 3),
    ("ment", "", 4),
    ("ness", "", 4),
)
_DOUBLED = frozenset("bcdfgkmnprtvz")


def stems(text: str) -> list[str]:
    """The terms of `memory.words.tokenize`, each cut to its stem; words of other languages stay nearly as they are."""
    return [stem(term) for term in tokenize(text)]


@lru_cache(maxsize=8_192)
def stem(word: str) -> str:
    """A light stem in the manner of Porter, "An algorithm for suffix stripping" (1980), with far fewer rules."""
    if not word.isascii():
        return word
    for suffix, instead, kept_min in _SUFFIXES:
        if word.endswith(suffix) and len(word) - len(suffix) >= kept_min:
            word = word[: -len(suffix)] + instead
            break
    if len(word) > 3 and word[-1] == word[-2] and word[-1] in _DOUBLED:
        word = word[:-1]
    if len(word) > 3 and word.endswith("e"):
        word = word[:-1]
    if len(word) > 3 and word.endswith("y"):
        word = word[:-1] + "i"
    return word
