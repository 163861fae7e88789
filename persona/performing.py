"""Performs one reply: the model's stream is cut into segments, each is reviewed, and only then does it leave.

A refused segment is asked again once without naming what was refused, and after that the character deflects. Nothing
unreviewed may ever be yielded, and the model's stream is closed whichever way a performance ends.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable
from contextlib import aclosing
from dataclasses import dataclass, replace

from persona.errors import ModelFailed, ModelTimedOut
from persona.opening import Opening
from persona.patience import in_time
from persona.ports import ChatModel
from persona.repetition import TASTE
from persona.reviewing import OTHER_LANGUAGE, OTHER_NAME, Review
from persona.scripts import is_unspaced
from persona.segments import SegmentCutter, ends_a_sentence, ends_unspaced
from persona.types import (
    Answering,
    Limits,
    Message,
    ModelPart,
    PerformanceEvent,
    Performed,
    Prompt,
    Spoken,
    UsagePart,
    Verdict,
)
from persona.wording import ASK_AGAIN, NAME_AS_APPROVED, SAY_OTHERWISE, say_it_in

ATTEMPTS_MAX = 2
ALLOWED = Verdict(True)
WIND_DOWN_CHARS = 400
"""This close to the limit a reply ends at the next sentence's end, instead of being cut off in the middle of one."""


async def perform(
    model: ChatModel,
    prompt: Prompt,
    review: Review,
    limits: Limits,
    deflections: tuple[str, ...],
    pick: Callable[[int], int],
) -> AsyncGenerator[PerformanceEvent, None]:
    """Spoken segments, which join to the reply, and then one Performed.

    `pick(n)` chooses in 0..n-1 among the deflections that pass the same review. The reply is what the model said but
    for a leading `NAME:`, outer white space and names put right. Raises ModelTimedOut when the model, or all of this,
    is silent for too long, and ModelFailed as the model does, or with `empty` when it said nothing; also what the
    review's shield raises.
    """
    reply, silence = _Reply(review, limits), _Silence(limits.silence_s)
    asked, verdict = prompt, ALLOWED
    for attempt in range(1, ATTEMPTS_MAX + 1):
        async with (
            aclosing(model.stream(asked)) as stream,
            aclosing(in_time(stream, limits.first_token_s, limits.between_tokens_s)) as parts,
            aclosing(reply.take(parts, _names(prompt), again=attempt > 1)) as events,
            aclosing(silence.broken(events)) as heard,
        ):
            async for event in heard:
                yield event
        verdict = reply.verdict
        if verdict.allowed and (reply.fresh or attempt == 1):
            if not reply.delivered:
                raise ModelFailed("too_long" if reply.over else "empty")
            yield Performed(False, usage=reply.usage, attempts=attempt)
            return
        asked = _asked_again(prompt, reply.delivered, verdict.rule)
    if said := reply.deflect(deflections, pick):
        yield said
    yield Performed(True, verdict.rule or reply.first_rule, reply.usage, ATTEMPTS_MAX)


@dataclass(slots=True)
class _Reply:
    """What has been said so far in one performance, over its attempts."""

    review: Review
    limits: Limits
    delivered: str = ""
    verdict: Verdict = ALLOWED
    first_rule: str = ""
    again: bool = False
    fresh: bool = False
    """Whether the present attempt has delivered anything."""
    over: bool = False
    """Whether the limit of the reply was reached."""
    usage: UsagePart | None = None

    async def take(
        self, parts: AsyncIterator[ModelPart], names: Iterable[str], *, again: bool
    ) -> AsyncGenerator[Spoken | Answering, None]:
        """Speak what passes review; stops at the first refusal, at the limit, or at the stream's end."""
        self.verdict, self.fresh, self.again = ALLOWED, False, again
        already, received = len(self.delivered), 0
        opening = Opening(names, self.delivered if again else "")
        cutter = SegmentCutter(self.review.hold)
        async for part in parts:
            if isinstance(part, UsagePart):
                self._count(part)
                continue
            if isinstance(part, Answering):
                yield part
                continue
            received += len(part.text)
            for segment in cutter.feed(opening.feed(part.text)):
                if not (spoken := await self._review(segment)):
                    return
                yield spoken
                if self._winding_down():
                    return
            # Text without a single place to cut must not pile up without end.
            if received - (len(self.delivered) - already) > self.limits.reply_chars_max:
                self.over = True
                return
        for segment in filter(str.strip, (*cutter.feed(opening.flush()), cutter.flush().rstrip())):
            if not (spoken := await self._review(segment)):
                return
            yield spoken

    def deflect(self, deflections: tuple[str, ...], pick: Callable[[int], int]) -> Spoken | None:
        """A deflection after what was said, or None when none of them passes the review."""
        fitting = [text for text in deflections if self.review.ready_line(self.delivered, f" {text}").allowed]
        if not fitting:
            return None
        text = fitting[pick(len(fitting))].strip()
        return self._say(f" {text}" if self.delivered and _needs_space(self.delivered, text) else text)

    async def _review(self, segment: str) -> Spoken | None:
        if not self.delivered:
            segment = segment.lstrip()
        elif not self.fresh and _needs_space(self.delivered, segment):
            segment = f" {segment}"  # the second attempt goes on in the middle of a reply
        named = self.review.named(self.delivered, segment)
        if named is None:
            self._refuse(Verdict(False, OTHER_NAME))
            return None
        segment = named
        room = self.limits.reply_chars_max - len(self.delivered)
        if len(segment) > room:
            self.over = True
            return None
        verdict = await self.review.segment(self.delivered, segment, by_taste=not self.again)
        if not verdict.allowed:
            self._refuse(verdict)
            return None
        return self._say(segment)

    def _refuse(self, verdict: Verdict) -> None:
        self.verdict = verdict
        self.first_rule = self.first_rule or verdict.rule

    def _say(self, text: str) -> Spoken:
        self.delivered += text
        self.fresh = True
        return Spoken(text)

    def _winding_down(self) -> bool:
        close = len(self.delivered) >= max(
            self.limits.reply_chars_max - WIND_DOWN_CHARS, self.limits.reply_chars_max // 2
        )
        return close and ends_a_sentence(self.delivered)

    def _count(self, part: UsagePart) -> None:
        before = self.usage or UsagePart(0, 0)
        self.usage = UsagePart(before.prompt_tokens + part.prompt_tokens, before.reply_tokens + part.reply_tokens)


class _Silence:
    """The fan's wait for further words, over all attempts of one reply."""

    def __init__(self, most_s: float) -> None:
        self._most_s = most_s
        self._until = asyncio.get_running_loop().time() + most_s

    async def broken(self, events: AsyncIterator[Spoken | Answering]) -> AsyncGenerator[Spoken | Answering, None]:
        """The same events; ModelTimedOut when no words come in time. Who listens may take as long as they like."""
        while True:
            waiting = asyncio.timeout_at(self._until)
            try:
                async with waiting:
                    event = await anext(events)
            except StopAsyncIteration:
                return
            except TimeoutError as late:
                if not waiting.expired():
                    raise
                raise ModelTimedOut(self._most_s) from late
            yield event
            if isinstance(event, Spoken):
                self._until = asyncio.get_running_loop().time() + self._most_s


def _needs_space(before: str, after: str) -> bool:
    if before[-1:].isspace() or after[:1].isspace():
        return False
    return not (is_unspaced(after[:1]) or ends_unspaced(before[-1:]))


def _names(prompt: Prompt) -> tuple[str, ...]:
    sheet = prompt.stage.brief.sheet
    return sheet.names


def _asked_again(prompt: Prompt, delivered: str, rule: str) -> Prompt:
    """The same prompt, what was delivered of the reply, and the fixed request to go on by the rules, or otherwise."""
    request = SAY_OTHERWISE if rule in TASTE else ASK_AGAIN
    if rule == OTHER_LANGUAGE:
        request = say_it_in(prompt.stage.brief.answer_in)
    elif rule == OTHER_NAME:
        request = NAME_AS_APPROVED
    said = (Message("assistant", delivered),) if delivered else ()
    return replace(
        prompt,
        messages=(*prompt.messages, *said, Message("user", request)),
        delivered=delivered,
    )
