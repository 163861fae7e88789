"""From a fan's words to a reviewed reply: recall, compose, perform. Knows no money and no wire.

Turns and `encore ask` both come through here.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncGenerator
from dataclasses import dataclass, field, replace

from characters.release import Cast, Release, ReleaseId
from characters.sheet import Sheet
from gateway.casting import Casting
from gateway.shielding import Speaker, review_of
from memory.note_recall import Remembered
from memory.recalling import CanonMemory
from memory.shield import CanonShield
from memory.summaries import Summary
from memory.types import ASIDE, Exchange, Query, Recall, Viewpoint
from persona.goodbye import goodbye, is_farewell
from persona.lore import called_to_mind
from persona.performing import perform
from persona.ports import ChatModel
from persona.prompt import compose
from persona.relationship import Rapport
from persona.repetition import Habits
from persona.reviewing import Review
from persona.tokens import CountTokens
from persona.types import Brief, Limits, PerformanceEvent, Prompt

PASSAGES_RECALLED = 4
HISTORY_TURNS_MAX = 40


@dataclass(frozen=True, slots=True)
class ReplyRequest:
    """Who is asked what, by a fan who has watched how much. `key` makes free choices repeatable (the turn's id)."""

    key: str
    cast: Cast
    release: ReleaseId
    horizon: int
    history: tuple[Exchange, ...]
    """Oldest first. What was said under a higher horizon than this one is left out."""
    fan_text: str
    fan_name: str = ""
    locale: str = "en"
    minor: bool = False
    remembered: Remembered = field(default_factory=Remembered)
    """What this character remembers of this fan."""
    asked_by: str = ""
    """The fan, for a fair queue."""
    summaries: tuple[Summary, ...] = ()
    """What was said in this conversation before the history."""
    rapport: Rapport | None = None
    """How the character stands with the fan; None: nothing is said of it."""
    what_if: bool = False
    """The fan supposes what did not happen; nothing of it is canon."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """A reply about to be performed."""

    prompt: Prompt
    recall: Recall
    review: Review
    deflections: tuple[str, ...]
    key: str


class Replies:
    """Makes replies with one model and one memory."""

    def __init__(
        self,
        *,
        casting: Casting,
        memory: CanonMemory,
        shield: CanonShield,
        model: ChatModel,
        limits: Limits,
        prompt_tokens: int,
        reply_tokens: int,
        count: CountTokens,
    ) -> None:
        self._casting, self._memory, self._shield, self._model = casting, memory, shield, model
        self._limits, self._prompt_tokens, self._reply_tokens, self._count = limits, prompt_tokens, reply_tokens, count

    @property
    def model_name(self) -> str:
        """What is at work, as a fan may read it."""
        return self._model.name

    async def prepare(self, request: ReplyRequest) -> Prepared:
        """Recall and compose. Raises MemoryFault, PromptTooLarge."""
        cue = request.cast.sheet.cue
        history = tuple(exchange for exchange in request.history if exchange.horizon <= request.horizon)
        release = await self._casting.release(request.release)
        recall = await self._memory.recall(
            request.release,
            Viewpoint(cue, request.horizon),
            Query(request.fan_text, previous=_last_exchange(history)),
            k=PASSAGES_RECALLED,
        )
        sheet = request.cast.sheet.at(request.horizon)
        lore = await asyncio.to_thread(  # a large book with many patterns takes its time
            called_to_mind,
            request.cast.sheet,
            history,
            request.fan_text,
            horizon=request.horizon,
            prompt_tokens=self._prompt_tokens,
            count=self._count,
        )
        brief = Brief(
            show_title=release.title,
            sheet=sheet,
            sheet_version=request.cast.version,
            horizon=request.horizon,
            recall=recall,
            history=history,
            fan_text=request.fan_text,
            fan_name=request.fan_name,
            locale=request.locale,
            minor=request.minor,
            lore=lore,
            remembered=request.remembered,
            summaries=request.summaries,
            rapport=request.rapport,
            what_if=request.what_if,
        )
        prompt = compose(
            brief, budget_tokens=self._prompt_tokens, reply_tokens_max=self._reply_tokens, count=self._count
        )
        leaving = is_farewell(request.fan_text)
        return Prepared(
            replace(prompt, asked_by=request.asked_by),
            recall,
            self._review(request, release, sheet, history, parting=leaving),
            (goodbye(request.locale),) if leaving else tuple(part.text for part in sheet.deflections),
            request.key,
        )

    def _review(
        self, request: ReplyRequest, release: Release, sheet: Sheet, history: tuple[Exchange, ...], *, parting: bool
    ) -> Review:
        """What every segment of the reply is held against; `sheet` is cut to the horizon."""
        said = [exchange.reply_text for exchange in history if exchange.status not in ASIDE]
        return review_of(
            self._shield,
            release,
            Speaker(sheet.cue, sheet.name),
            request.horizon,
            request.fan_text,
            parting=parting,
            minor=request.minor,
            young=sheet.minor,
            habits=Habits(said, [says.text for says in sheet.voice.says]),
        )

    def perform(self, prepared: Prepared) -> AsyncGenerator[PerformanceEvent, None]:
        """The reply as reviewed segments and an end. Raises ModelFailed."""
        return perform(
            self._model,
            prepared.prompt,
            prepared.review,
            self._limits,
            prepared.deflections,
            lambda choices: _choice(prepared.key, choices),
        )


def _last_exchange(history: tuple[Exchange, ...]) -> str:
    return f"{history[-1].fan_text}\n{history[-1].reply_text}" if history else ""


def _choice(key: str, choices: int) -> int:
    """A choice that looks free and is the same whenever the same turn makes it."""
    return int.from_bytes(hashlib.sha256(key.encode()).digest()[:8]) % choices
