"""Rolling summaries at work: shown to a prompt, and brought up to date off the fan's path.

A talk waits in the database until its summaries are up to date, so that a process that dies in between loses nothing.
What a model wrote is reviewed like a reply before it is kept; a fan's words are never logged.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from gateway.logs import where
from gateway.ports import Units
from gateway.records import Conversation
from memory.condensing import condense
from memory.ports import Transcripts
from memory.summaries import (
    SUMMARY_CHARS_MAX,
    Mark,
    Summary,
    TalkUnderWay,
    Window,
    by_horizon,
    ended,
    rolled,
)
from memory.types import Exchange
from persona.errors import ModelFailed
from persona.guard import Guard
from persona.reviewing import Review
from persona.summary_writing import ModelSummariser
from persona.tokens import CountTokens

TALKS_AT_ONCE = 20
TURNS_AT_ONCE = 16
"""So many turns are told in one go: what a model is given stays short."""
NEWEST_TURNS = 40
HIGH_TURNS, LOW_TURNS = 24, 12
"""A talk is told in short once more turns than the high mark are not, and then all but those of the low mark are: a
model is not asked for every turn."""
HIGH_SHARE, LOW_SHARE = 4, 8
"""The same in tokens, as one part in so many of a prompt's budget."""
FAILED_MAX = 500
BY_RULES = "rules"


@dataclass(frozen=True, slots=True)
class Reviewed:
    """How what is told of a talk is reviewed. `names`: of a scene's speakers, by slug; empty where one speaks."""

    review: Review
    names: Mapping[str, str]


ReviewOf = Callable[[Conversation, int], Awaitable[Reviewed]]
"""The review of what a conversation's characters say at a horizon."""

log = logging.getLogger(__name__)


class Summarising:
    """Tells the talks of a process's database in short. Without a model it is done by rules."""

    def __init__(
        self,
        units: Units,
        transcripts: Transcripts,
        review_of: ReviewOf,
        *,
        prompt_tokens: int,
        count: CountTokens,
        model: ModelSummariser | None = None,
    ) -> None:
        self._units, self._transcripts, self._review_of = units, transcripts, review_of
        self._count, self._model = count, model
        self._high = Window(HIGH_TURNS, prompt_tokens // HIGH_SHARE)
        self._low = Window(LOW_TURNS, prompt_tokens // LOW_SHARE)
        self._failed: set[str] = set()

    async def of_talk(self, conversation: str, *, fan: str, horizon: int) -> tuple[Summary, ...]:
        """What a prompt may hold of this conversation's earlier turns, the lowest horizon first."""
        async with self._units.read() as unit:
            return await unit.summaries.of_talk(conversation, fan=fan, horizon=horizon)

    async def catch_up(self) -> int:
        """Bring the talks that wait up to date; returns how many were. One that fails waits for the next time."""
        async with self._units.read() as unit:
            waiting = await unit.summaries.waiting(limit=TALKS_AT_ONCE + len(self._failed))
        waiting = tuple(talk for talk in waiting if talk.conversation not in self._failed) or waiting
        done = 0
        for talk in waiting:
            try:
                done += await self._bring_up(talk)
            except Exception as error:  # one talk that cannot be told keeps no other waiting
                log.error("conversation %s was not summarised yet: %s", talk.conversation, where(error))
                if len(self._failed) < FAILED_MAX:
                    self._failed.add(talk.conversation)
            else:
                self._failed.discard(talk.conversation)
        return done

    async def _bring_up(self, talk: TalkUnderWay) -> bool:
        """Whether the talk is up to date; False when it has moved on meanwhile, and waits."""
        newest = ended(await self._transcripts.recent(talk.conversation, limit=NEWEST_TURNS))
        high, low = (window.start(newest, self._cost) for window in (self._high, self._low))
        if high is not None and low is not None and await self._untold(talk, high, limit=1):
            while turns := await self._untold(talk, low, limit=TURNS_AT_ONCE):
                for same in by_horizon(turns):
                    if not await self._fold(talk, same):
                        return False
                    talk = replace(talk, version=talk.version + 1)
        async with self._units.begin() as unit:
            await unit.summaries.done(talk)
        return True

    async def _untold(self, talk: TalkUnderWay, before: Mark, *, limit: int) -> tuple[Exchange, ...]:
        async with self._units.read() as unit:
            return await unit.summaries.untold(talk, before=before, limit=limit)

    async def _fold(self, talk: TalkUnderWay, turns: Sequence[Exchange]) -> bool:
        """Tell these turns, which are of one horizon. Everything slow happens before the transaction."""
        horizon = turns[0].horizon
        async with self._units.read() as unit:
            conversation = await unit.conversations.get(talk.conversation, fan=talk.fan)
            below = await unit.summaries.of_talk(talk.conversation, fan=talk.fan, horizon=horizon)
        old = next((one for one in below if one.horizon == horizon), None)
        text, by = await self._told(conversation, old.text if old else "", turns, horizon)
        new = rolled(old, turns, text, conversation=talk.conversation, by=by)
        async with self._units.begin() as unit:
            return await unit.summaries.keep(talk, new)

    async def _told(
        self, conversation: Conversation, old: str, turns: Sequence[Exchange], horizon: int
    ) -> tuple[str, str]:
        """The text, and what wrote it.

        A scene is told by rules: what a model wrote would be of two who know different things, and no review is both's.
        """
        reviewed = await self._review_of(conversation, horizon)
        review, names = reviewed.review, reviewed.names
        if self._model is not None and not names:
            try:
                text = await self._model.write(old, turns)
                verdict = await review.whole(text)
            except ModelFailed as failure:
                log.warning("conversation %s is summarised by rules: %s", conversation.id, failure.reason)
            else:
                if verdict.allowed:
                    return text, self._model.name
                log.warning("conversation %s is summarised by rules: %s", conversation.id, verdict.rule)
        guard = Guard(review.rules)

        def condensed() -> str:
            return condense(
                old,
                turns,
                chars_max=SUMMARY_CHARS_MAX,
                admissible=lambda line: guard.review("", line).allowed,
                names=names,
            )

        return await asyncio.to_thread(condensed), BY_RULES

    def _cost(self, exchange: Exchange) -> int:
        return self._count(exchange.fan_text) + self._count(exchange.reply_text)
