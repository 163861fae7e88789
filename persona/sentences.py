"""Cuts what leaves of a reply into sentences to be spoken, and says which of its characters a voice can read.

Pure. A voice must never read what nobody would say aloud: stage directions between asterisks or in brackets, markup,
pictures. Every character that is read knows its place in the reply, so that a spoken word can be found in the text.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

from persona.scripts import is_unspaced
from persona.segments import ends_a_sentence, ends_unspaced

SENTENCE_CHARS_MAX = 280
"""A sentence without an end is read from here on at the next word's end: nobody waits for a whole page."""
_DIRECTIONS = re.compile(
    r"(?<!\*)\*(?!\*)[^*\n]{1,200}\*(?!\*)|\([^()\n]{1,200}\)|（[^（）\n]{1,200}）|\[[^\[\]\n]{1,200}\]"
)
_MARKUP = frozenset("*_~`#|<>{}[]")
_PICTURES = frozenset({"So", "Sk", "Cs", "Cn", "Cf", "Co"})
_VARIANTS = frozenset("\ufe0e\ufe0f\u20e3")


@dataclass(frozen=True, slots=True)
class Utterance:
    """One sentence as a voice reads it. `places[i]` is where `text[i]` stands in the reply, in code points."""

    text: str
    places: tuple[int, ...]

    @property
    def start(self) -> int:
        """The place of its first character."""
        return self.places[0]


class SentenceCutter:
    """Feed it what leaves of a reply, in whole segments, and it gives back the utterances that are complete.

    What ends a segment and reads as a sentence's end is one: no voice waits for the words behind it.
    """

    def __init__(self) -> None:
        self._pending = ""
        self._offset = 0

    def feed(self, text: str) -> list[Utterance]:
        """More of the reply; the utterances it completed, in order."""
        self._pending += text
        found = []
        while cut := _cut(self._pending):
            found += self._take(cut)
        if ends_a_sentence(self._pending) and _is_closed(self._pending):
            found += self._take(len(self._pending))
        return found

    def flush(self) -> list[Utterance]:
        """The reply has ended: what is left of it."""
        return self._take(len(self._pending))

    def _take(self, cut: int) -> list[Utterance]:
        sentence, self._pending = self._pending[:cut], self._pending[cut:]
        utterance = speakable(sentence, self._offset)
        self._offset += cut
        return [] if utterance is None else [utterance]


def speakable(sentence: str, offset: int = 0) -> Utterance | None:
    """What a voice reads of a sentence that stands at `offset`; None when there is nothing to be said of it."""
    silent = {place for found in _DIRECTIONS.finditer(sentence) for place in range(*found.span())}
    chars: list[str] = []
    places: list[int] = []
    for place, char in enumerate(sentence):
        if place in silent or char in _MARKUP or _is_picture(char):
            continue
        if char.isspace():
            if not chars or chars[-1] == " ":
                continue
            char = " "
        chars.append(char)
        places.append(offset + place)
    if chars and chars[-1] == " ":
        chars.pop()
        places.pop()
    if not any(char.isalnum() for char in chars):
        return None
    return Utterance("".join(chars), tuple(places))


def _cut(text: str) -> int:
    """Where the first whole sentence ends, or 0. Its end is seen by what follows: white space, or an unspaced script.

    A stage direction is not cut in two, so that neither half of it is read aloud.
    """
    for place in range(1, len(text)):
        before, after = text[place - 1], text[place]
        may_end = after.isspace() or (ends_unspaced(before) and not _closes(after))
        too_long = place >= SENTENCE_CHARS_MAX and (after.isspace() or is_unspaced(after))
        if not (may_end or too_long) or not text[:place].strip():
            continue
        if place >= 2 * SENTENCE_CHARS_MAX:
            return place
        if (after == "\n" or too_long or ends_a_sentence(text[:place])) and _is_closed(text[:place]):
            return place
    return 0


def _is_closed(text: str) -> bool:
    """Whether no stage direction is open at its end."""
    opened = sum(map(text.count, "([（")) - sum(map(text.count, ")]）"))
    return opened <= 0 and text.count("*") % 2 == 0


def _closes(char: str) -> bool:
    return char in "\"'”’»)]}」』】）›*_~。！？．｡.!?…" or unicodedata.category(char)[0] == "M"


def _is_picture(char: str) -> bool:
    return (unicodedata.category(char) in _PICTURES and char != "°") or char in _VARIANTS
