"""The title page of a Fountain script: `Key: value` lines before the first empty one.

A script may have none, and its first line may still have a colon in it (`FADE IN:`): lines are a title page only
when one of them has a key that writers use.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from characters.readers.removed import SourceLine
from characters.readers.source_text import joined, without_emphasis

_KEY = re.compile(r"([^\W\d_][^:：]{0,40}?)\s*[:：]\s*(.*)$")
_HEADING_START = re.compile(r"(?:INT|EXT|EST|I/E)[./ ]", re.IGNORECASE)
_KNOWN_WORDS = (
    "title|episode|episode title|season|series|show|credit|author|authors|source|draft date|date|contact|copyright|"
    "notes|revision|language|format|font"
)
_KNOWN = frozenset(_KNOWN_WORDS.split("|"))
_EPISODE_MARK = re.compile(r"(?:e|ep|episode|episodio|épisode|эпизод|第)\W{0,2}(\d+)", re.IGNORECASE)
_DIGITS = re.compile(r"\d+")
_AFTER_NUMBER = re.compile(r"\d\s*(?:[:：–—-]|\.\s)\s*(\S.*)$")
EPISODE_DIGITS_MAX = 5


def read_title_page(lines: Sequence[SourceLine]) -> tuple[dict[str, str], int]:
    """Keys (casefolded) with their values, and how many of `lines` the page takes; `({}, 0)` when there is none."""
    start = next((i for i, line in enumerate(lines) if not line.blank), len(lines))
    values: dict[str, list[str]] = {}
    key = ""
    taken = start
    for line in lines[start:]:
        if line.blank:
            break
        found = None if line.text[0].isspace() or _HEADING_START.match(line.text) else _KEY.match(line.text)
        if found is not None:
            key = " ".join(found.group(1).casefold().split())
            values.setdefault(key, []).append(found.group(2))
        elif key and (line.text[0].isspace() or not any(values[key])):
            values[key].append(line.text.strip())
        else:
            break
        taken += 1
    if not _KNOWN & values.keys():
        return {}, 0
    return {key: without_emphasis(joined(parts)) for key, parts in values.items()}, taken


def episode_number(page: dict[str, str]) -> int | None:
    """The number in the `Episode:` key: `12`, `12 of 40`, `Episode 12: The Gala`, `S01E12`, `第12集`."""
    value = page.get("episode", "")
    found = _EPISODE_MARK.search(value)
    digits = found.group(1) if found else next(iter(_DIGITS.findall(value)), "")
    return int(digits) if digits and len(digits) <= EPISODE_DIGITS_MAX else None


def episode_title(page: dict[str, str]) -> str:
    """The episode's own title when it has one, else the title on the page."""
    found = _AFTER_NUMBER.search(page.get("episode", ""))
    own = page.get("episode title", "") or (found.group(1).strip() if found else "")
    return own or page.get("title", "")
