"""Reviews what a character is about to say: the guard by its words first, then the shield by what it tells.

One review serves a streamed reply, segment by segment, and a whole text that is tried as if it were one. It sees only
verdicts: nothing that a shield looks into may come through here.
"""

from __future__ import annotations

import re

from persona.fan_language import FanLanguage
from persona.guard import Guard
from persona.ports import Shield
from persona.renderings import NO_RENDERINGS, Renderings
from persona.repetition import Habits
from persona.segments import SegmentCutter, ends_a_sentence
from persona.types import ReviewRules, Verdict

SENTENCE_CHARS_MAX = 400
SENTENCES_BEFORE = 1
OTHER_LANGUAGE = "other_language"
"""The fan does not read it."""
OTHER_NAME = "other_name"
"""A form that stands for several terms of the glossary, and is not approved for any."""
_END = re.compile(r"[.!?…。！？\n]+\s*")


class Review:
    """The review of one reply."""

    def __init__(
        self,
        rules: ReviewRules,
        shield: Shield,
        habits: Habits | None = None,
        *,
        language: FanLanguage | None = None,
        names: Renderings = NO_RENDERINGS,
    ) -> None:
        """`language`: what the reply is due in, None for whatever it is in; `names`: the approved ones of it."""
        self.rules = rules
        self._guard, self._shield, self._habits = Guard(rules), shield, habits
        self._language, self._names = language, names

    def named(self, delivered: str, segment: str) -> str | None:
        """The segment with names as they are approved, where it is in the language they are approved for.

        None when one cannot be put right: the segment is refused for OTHER_NAME.
        """
        if self._language is not None and not self._language.speaks(delivered + segment):
            return segment
        return self._names.put_right(segment)

    async def segment(self, delivered: str, segment: str, *, by_taste: bool = False) -> Verdict:
        """May `segment` follow `delivered`? `by_taste`: whether it is also asked if it is well said.

        Raises what the shield raises.
        """
        verdict = self._guard.review(delivered, segment)
        if verdict.allowed and self._language is not None and self._language.refuses(delivered, segment):
            return Verdict(False, OTHER_LANGUAGE)
        if verdict.allowed and by_taste and self._habits is not None:
            verdict = self._habits.review(delivered, segment)
        return await self._shield(statement(delivered, segment)) if verdict.allowed else verdict

    def ready_line(self, delivered: str, line: str) -> Verdict:
        """May a line that the authors wrote and dated follow? The guard alone decides: it was reviewed by people."""
        return self._guard.review(delivered, line)

    def hold(self, text: str) -> int:
        """See `segments.Hold`."""
        return max(self._guard.hold(text), self._names.hold(text))

    async def whole(self, text: str) -> Verdict:
        """The first refusal of a reply, reviewed as if it had been streamed; else that it may leave."""
        cutter, delivered = SegmentCutter(self.hold), ""
        for segment in (*cutter.feed(text), cutter.flush()):
            if not segment.strip():
                continue
            verdict = await self.segment(delivered, segment)
            if not verdict.allowed:
                return verdict
            delivered += segment
        return Verdict(True)


def statement(delivered: str, segment: str) -> str:
    """What the shield reads: the segment with the beginning of its sentence, which left before it, and the one before.

    “Who bought them all? That was me.” gives nothing away in either sentence.
    """
    tail = delivered[-SENTENCE_CHARS_MAX:]
    begins = [0, *(end.end() for end in _END.finditer(tail) if end.end() < len(tail))]
    behind = SENTENCES_BEFORE if ends_a_sentence(delivered) else SENTENCES_BEFORE + 1
    return f"{tail[begins[max(0, len(begins) - behind)] :]}{segment}".strip()
