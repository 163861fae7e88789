"""Who said what in a reply that two characters gave, and what of it is whose.

Pure. A reply without parts is all of one character's; whoever recalls a talk gets their own words as theirs and no
others'.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from memory.types import Exchange, Part

Rows = list[list[str | int]]
"""Parts as JSON: speaker, start and end of each."""


def words_of(exchange: Exchange) -> tuple[tuple[str, str], ...]:
    """Speaker and words of each part, in order; of a reply without parts, nothing."""
    return tuple((part.speaker, exchange.reply_text[part.start : part.end]) for part in exchange.parts)


def own_words(exchange: Exchange, speaker: str) -> str:
    """What `speaker` said in a turn; "" when only the other did."""
    if not exchange.parts:
        return exchange.reply_text
    return "\n\n".join(words for who, words in words_of(exchange) if who == speaker)


def others_words(exchange: Exchange, speaker: str) -> tuple[str, str]:
    """What the other said aloud before `speaker` did, and after; after the fan's words, when `speaker` was silent."""
    spoken = words_of(exchange)
    place = next((n for n, (who, _) in enumerate(spoken) if who == speaker), 0)
    before = [words for who, words in spoken[:place] if who != speaker]
    after = [words for who, words in spoken[place:] if who != speaker]
    return "\n\n".join(before), "\n\n".join(after)


def seen_by(exchange: Exchange, speaker: str) -> Exchange:
    """A turn as `speaker` remembers it outside the scene: the fan's words, and their own."""
    return replace(exchange, reply_text=own_words(exchange, speaker), parts=()) if exchange.parts else exchange


def first_speaker(exchanges: Sequence[Exchange]) -> str | None:
    """Who began the newest reply that has parts; None when none has."""
    return next((one.parts[0].speaker for one in reversed(exchanges) if one.parts), None)


def to_rows(parts: Iterable[Part]) -> Rows | None:
    """Parts as they are stored; None for a reply of one character's."""
    return [[part.speaker, part.start, part.end] for part in parts] or None


def from_rows(rows: Rows | None) -> tuple[Part, ...]:
    """Stored parts."""
    return tuple(Part(str(speaker), int(start), int(end)) for speaker, start, end in rows or ())
