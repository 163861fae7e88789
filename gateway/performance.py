"""One turn under way, of one character or of two in turn: it is performed whether or not anybody listens, and says how
it ended.

The model's stream runs in a task of its own, so that a cancel or a stall never interrupts a transaction: this task only
takes reviewed segments from it, logs them, and tells whoever listens.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import logging
from collections.abc import Awaitable, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, replace

from gateway.costs import TokensUsed
from gateway.error_codes import code_of
from gateway.events import LogEvent, ReplyDelta, SourceView, TurnStatus, TurnStatusEvent
from gateway.logs import where
from gateway.measures import Measures
from gateway.ports import LiveEvents, Units
from gateway.records import Turn
from gateway.replies import Replies, ReplyRequest
from gateway.settling import Ending
from gateway.tracing import Tracer
from gateway.voicing import Voicing
from memory.errors import MemoryFault
from memory.types import Recall
from persona.errors import PersonaError
from persona.relationship import Step
from persona.tokens import approximate_tokens
from persona.types import Answering, Performed, Spoken, UsagePart

QUOTE_CHARS_MAX = 160
THINKING_S = 0.15
BETWEEN_SPEAKERS = "\n\n"

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Speaks:
    """Somebody who answers. `request` is given what was said aloud in this turn before them."""

    request: Callable[[str], Awaitable[ReplyRequest]]
    speaker: str | None = None
    """Who their words are told to be of; None where only one ever speaks."""


@dataclass(frozen=True, slots=True)
class _Thinking:
    """The prompt is on its way to the model."""

    speaker: str | None
    prompt_tokens: int


@dataclass(frozen=True, slots=True)
class _Words:
    """Reviewed words of somebody's."""

    speaker: str | None
    text: str


@dataclass(frozen=True, slots=True)
class _Yielded:
    """Somebody has said all of theirs, and another is next."""

    usage: UsagePart | None


@dataclass(frozen=True, slots=True)
class _Ended:
    """The stream is over; `error` says why when it did not perform to its end."""

    error: BaseException | None


_Item = _Words | _Yielded | Performed | Answering | _Thinking | _Ended


class Performance:
    """Performs one turn. `run` is awaited once; `cancel` may come at any time."""

    def __init__(
        self,
        turn: Turn,
        cast: Sequence[Speaks],
        *,
        replies: Replies,
        units: Units,
        live: LiveEvents,
        clock: Callable[[], int],
        measures: Measures,
        tracer: Tracer,
        voicing: Voicing | None = None,
        step: Step | None = None,
        towards: tuple[str, ...] = (),
    ) -> None:
        """`cast`: who answers, in order. `step`: how the message moves those it is for (`towards`; all if none)."""
        self.turn, self._cast, self._replies, self._towards = turn, cast, replies, towards
        self._units, self._live, self._clock = units, live, clock
        self._measures, self._tracer, self._voicing, self._step = measures, tracer, voicing, step
        self._last_ms = turn.created_at_ms
        self._items: asyncio.Queue[_Item] = asyncio.Queue()
        self._stream: asyncio.Task[None] | None = None
        self._cancelled = False
        self._offset = 0
        self._speaker: str | None = None
        self._sources: tuple[SourceView, ...] = ()
        self._used: TokensUsed | None = None
        self._before = TokensUsed(0, 0)
        """What those took who spoke before."""

    def cancel(self, heard_ms: int | None = None) -> None:
        """The fan wants no more of it. What was delivered stays and is priced.

        `heard_ms`: how much of its audio they heard, by their own player.
        """
        self._cancelled = True
        if self._voicing is not None:
            self._voicing.stop(heard_ms)
        if self._stream is not None:
            self._stream.cancel()

    async def run(self) -> Ending:
        """Perform the turn and say how it ended; settling it is the caller's.

        Being cancelled itself means that the process ends: the turn is then left as interrupted.
        """
        self._stream = asyncio.create_task(self._act(), name=f"stream {self.turn.id}")
        self._stream.add_done_callback(self._note_end)
        if self._cancelled:
            self._stream.cancel()
        elif self._voicing is not None:
            self._voicing.start()
        try:
            return await self._voiced(await self._performed())
        except asyncio.CancelledError:
            return self._end("failed", "interrupted")
        finally:
            self._stream.cancel()
            if self._voicing is not None:
                self._voicing.stop()

    async def _performed(self) -> Ending:
        """Log what comes until it ends."""
        while True:
            items = await self._next_items()
            self._count(items)
            ending = await self._log(self._drafts(items)) or self._ending(items)
            if ending is not None:
                return ending

    async def _voiced(self, ending: Ending) -> Ending:
        """The same ending, when its text has been read aloud too, or was stopped."""
        if self._voicing is None:
            return ending
        whole = ending.status in ("completed", "refused")
        voiced = await (self._voicing.finish() if whole else self._voicing.abandon())
        if whole and self._cancelled and ending.status == "completed":
            ending = replace(ending, status="cancelled")
        return replace(ending, voiced=voiced)

    async def _next_items(self) -> list[_Item]:
        """Whatever has come since the last look, at least one item: what came together is logged together.

        A model that begins within THINKING_S is not said to be thinking first: its words would wait for that.
        """
        items = [await self._items.get()]
        if isinstance(items[0], _Thinking) and self._items.empty():
            with contextlib.suppress(TimeoutError):
                items.append(await asyncio.wait_for(self._items.get(), THINKING_S))
        while not self._items.empty():
            items.append(self._items.get_nowait())
        return items

    async def _act(self) -> None:
        """Let one speak after the other. Who is refused has the last word: the turn is free, so another's would be."""
        heard = ""
        for place, one in enumerate(self._cast, 1):
            said, end = await self._speak(one, heard)
            if end.refused or place == len(self._cast):
                self._items.put_nowait(end)
                return
            self._items.put_nowait(_Yielded(end.usage))
            heard += said

    async def _speak(self, one: Speaks, heard: str) -> tuple[str, Performed]:
        """Recall, compose, and queue what the model says; what that was, and its end."""
        with self._tracer.span("recall and compose"):
            began_ms = self._clock()
            prepared = await self._replies.prepare(await one.request(heard))
            self._measures.recalled((self._clock() - began_ms) / 1000)
        self._sources = together(self._sources, sources_of(prepared.recall))
        self._items.put_nowait(_Thinking(one.speaker, prepared.prompt.manifest.used_tokens))
        said, end = "", Performed(refused=False)
        with self._tracer.span("perform", model=self._replies.model_name):
            async with aclosing(self._replies.perform(prepared)) as events:
                async for event in events:
                    if isinstance(event, Spoken):
                        opening = BETWEEN_SPEAKERS if heard and not said else ""
                        said += event.text
                        self._items.put_nowait(_Words(one.speaker, opening + event.text))
                    elif isinstance(event, Performed):
                        end = event
                    else:
                        self._items.put_nowait(event)
                    await asyncio.sleep(0)  # a model that sends all at once must not keep its first words waiting
        return said, end

    def _count(self, items: Sequence[_Item]) -> None:
        """What the turn has taken so far: as the provider tells, and as counted here until it does."""
        text = ""
        for item in items:
            if isinstance(item, _Words):
                text += item.text
            elif isinstance(item, _Thinking):
                self._used = self._before.plus(item.prompt_tokens, 0)
            elif isinstance(item, Answering) and self._used is not None:
                self._used = replace(self._used, model=item.model)
            elif isinstance(item, Performed | _Yielded) and self._used is not None:
                usage = item.usage or UsagePart(*self._since(text))
                told = self._before.plus(usage.prompt_tokens, usage.reply_tokens)
                self._used = self._before = replace(told, model=self._used.model)
                text = ""
        if text and self._used is not None:
            self._used = self._used.plus(0, approximate_tokens(text))

    def _since(self, text: str) -> tuple[int, int]:
        """Prompt and reply tokens of whoever speaks now, with `text` that was not counted yet."""
        used = self._used or self._before
        more = approximate_tokens(text) if text else 0
        return used.prompt - self._before.prompt, used.reply - self._before.reply + more

    def _note_end(self, stream: asyncio.Task[None]) -> None:
        error = asyncio.CancelledError() if stream.cancelled() else stream.exception()
        self._items.put_nowait(_Ended(error))

    def _ending(self, items: list[_Item]) -> Ending | None:
        """How the turn ended, by the first item that ends it; None while it goes on."""
        for item in items:
            if isinstance(item, Performed):
                return self._end("refused", "canon_review") if item.refused else self._end("completed")
            if isinstance(item, _Ended):
                return self._failure(item.error)
        return None

    def _failure(self, error: BaseException | None) -> Ending:
        if self._cancelled and isinstance(error, asyncio.CancelledError):
            return self._end("cancelled")
        if isinstance(error, PersonaError | MemoryFault):
            log.warning("turn %s failed: %s", self.turn.id, where(error))
            return self._end("failed", code_of(error).code)
        log.error("turn %s broke: %s", self.turn.id, where(error))
        return self._end("failed", "internal")

    def _end(self, status: TurnStatus, code: str | None = None) -> Ending:
        return Ending(status, code, self._sources, self._used, step=self._step, towards=self._towards)

    def _drafts(self, items: list[_Item]) -> list[LogEvent]:
        """What to log for these items: segments of one speaker that came together are one delta."""
        drafts: list[LogEvent] = []
        told = [item for item in items if isinstance(item, _Words | _Thinking)]
        for (kind, speaker), some in itertools.groupby(told, lambda item: (type(item), item.speaker)):
            if kind is _Thinking:
                drafts.append(TurnStatusEvent(id="", turn=self.turn.id, state="thinking", speaker=speaker))
            else:
                drafts += self._words(speaker, "".join(item.text for item in some if isinstance(item, _Words)))
        return drafts

    def _words(self, speaker: str | None, text: str) -> list[LogEvent]:
        """The events of words that were said."""
        drafts: list[LogEvent] = []
        if self._offset == 0 or speaker != self._speaker:
            drafts.append(TurnStatusEvent(id="", turn=self.turn.id, state="speaking", speaker=speaker))
        drafts.append(ReplyDelta(id="", turn=self.turn.id, offset=self._offset, text=text, speaker=speaker))
        self._offset, self._speaker = self._offset + len(text), speaker
        return drafts

    async def _log(self, drafts: list[LogEvent]) -> Ending | None:
        """Log and tell, unless the turn has ended elsewhere or is unwanted: then nothing more of it is said."""
        if not drafts:
            return None
        async with self._units.begin() as unit:
            standing = await unit.turns.standing(self.turn.id)
            if standing == "running":
                events = await unit.log.append(self.turn.conversation, drafts, now_ms=self._clock())
        if standing == "ended":
            log.warning("turn %s was ended by another process while this one performed it", self.turn.id)
            return self._end("failed", "interrupted")
        if standing == "unwanted":
            return self._end("cancelled")
        self._live.publish(events)
        if self._voicing is not None:
            for draft in drafts:
                if isinstance(draft, ReplyDelta):
                    self._voicing.feed(draft.text)
        if any(isinstance(draft, ReplyDelta) for draft in drafts):
            self._words_came(first=len(drafts) > 1)
        return None

    def _words_came(self, *, first: bool) -> None:
        now_ms = self._clock()
        after_s, self._last_ms = max(0, now_ms - self._last_ms) / 1000, now_ms
        (self._measures.first_words if first else self._measures.more_words)(after_s)


def together(one: tuple[SourceView, ...], other: tuple[SourceView, ...]) -> tuple[SourceView, ...]:
    """The scenes that two recalled, each once."""
    known = {(source.episode, source.scene) for source in one}
    return (*one, *(source for source in other if (source.episode, source.scene) not in known))


def sources_of(recall: Recall) -> tuple[SourceView, ...]:
    """The scenes that were recalled, best first, each once, with words of its best passage."""
    best: dict[tuple[int, int], SourceView] = {}
    for scored in recall.passages:
        passage = scored.passage
        quote = passage.text if len(passage.text) <= QUOTE_CHARS_MAX else passage.text[: QUOTE_CHARS_MAX - 1] + "…"
        place = (passage.episode, passage.scene)
        best.setdefault(place, SourceView(episode=passage.episode, scene=passage.scene, quote=quote))
    return tuple(best.values())
