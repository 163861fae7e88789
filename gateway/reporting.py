"""What a fan reports about a reply: kept for people to read, and paid back where the canon warranty says so.

A report of what breaks the story is looked at again at once, with less benefit of the doubt than while the reply was
said. It never judges by the fan's words, and nobody else's turn can be reported.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass

from billing.warranty import REFUNDS_SINCE_MS, may_refund_report
from gateway.auth import Claims
from gateway.errors import TurnInProgress
from gateway.ports import Unit, Units
from gateway.records import Conversation, Turn, TurnReport
from memory.aloud import words_of
from memory.ports import Transcripts
from persona.reviewing import Review

ABOUT_THE_STORY = frozenset({"spoiler", "canon", "out_of_character"})
"""Reasons that the warranty covers: a reply that told what it should not, or broke the story."""
ACTOR = "canon warranty"

DoubtfulReview = Callable[[Conversation, str, int, Sequence[str]], Awaitable[Review]]
"""The review, in doubt, of what a conversation's character (their slug) said at a horizon, after what was said to them:
the fan's words, and then another character's."""


@dataclass(frozen=True, slots=True)
class Reported:
    """A report that is kept, and the credits that came back for it."""

    turn: str
    refunded: int


class Reporting:
    """Takes reports."""

    def __init__(
        self, units: Units, transcripts: Transcripts, review_of: DoubtfulReview, *, clock: Callable[[], int]
    ) -> None:
        self._units, self._transcripts, self._review_of, self._clock = units, transcripts, review_of, clock

    async def report(self, claims: Claims, turn: str, *, reason: str, note: str) -> Reported:
        """Keep a report. The same turn again changes nothing and is answered as before.

        Raises UnknownTurn, TurnInProgress, and what the review's shield raises.
        """
        async with self._units.read() as unit:
            about = await unit.turns.get(turn, fan=claims.fan)
            conversation = await unit.conversations.get(about.conversation, fan=claims.fan)
        if about.state == "running":
            raise TurnInProgress(turn)
        justified = reason in ABOUT_THE_STORY and await self._breaks_the_story(about, conversation)
        async with self._units.begin() as unit:
            known = await unit.turn_reports.find(turn)
            if known is not None:
                return Reported(turn, known.refunded)
            refunded = await self._pay_back(unit, about) if justified else 0
            now_ms = self._clock()
            kept = TurnReport(turn, claims.fan, reason, note, justified=justified, refunded=refunded, at_ms=now_ms)
            await unit.turn_reports.add(kept)
        return Reported(turn, refunded)

    async def _breaks_the_story(self, turn: Turn, conversation: Conversation) -> bool:
        said = await self._transcripts.of_turns([turn.id])
        if not said or not said[0].reply_text.strip():
            return False
        before = [said[0].fan_text]
        for speaker, words in words_of(said[0]) or ((conversation.character, said[0].reply_text),):
            review = await self._review_of(conversation, speaker, turn.horizon, tuple(before))
            if not (await review.whole(words)).allowed:
                return True
            before.append(words)
        return False

    async def _pay_back(self, unit: Unit, turn: Turn) -> int:
        receipt = await unit.books.receipt_of(turn.id)
        now_ms = self._clock()
        refunds = await unit.books.refunds_of(turn.fan, since_ms=now_ms - REFUNDS_SINCE_MS)
        if receipt is None or may_refund_report(receipt, refunds=refunds, now_ms=now_ms) != "refundable":
            return 0
        paid_back = await unit.books.refund(
            turn.id, credits=None, reason="a report", actor=ACTOR, idem_key=f"report:{turn.id}", now_ms=now_ms
        )
        return paid_back.refunded
