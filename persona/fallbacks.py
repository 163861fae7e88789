"""One model out of several: the first that may be asked and begins in time answers, the next ones stand by.

Another model is asked only before the first token: what a fan has begun to hear is never gone on with in another voice,
and a reply that breaks off then fails as it is. However many stand by, the wait for the first token is the same.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from persona.breaker import Breaker, Circuit
from persona.errors import ModelFailed, PersonaError, UnknownModel
from persona.patience import in_time, share_s
from persona.ports import ChatModel, ModelWatch
from persona.turnstile import Turnstile
from persona.types import Answering, Limits, ModelPart, Prompt, TextPart

NOT_ITS_FAULT = frozenset({"bad_request", "refused_by_provider", "busy", "nothing_to_say"})
"""Reasons that lie in the prompt or in the crowd: they are no sign that a model is ill."""
FINISHED, ABANDONED, SKIPPED = "finished", "abandoned", "circuit_open"


class UnwatchedModels:
    """A ModelWatch that looks away."""

    def asked(self, model: str, outcome: str) -> None:
        """See ModelWatch."""

    def fell_back(self, model: str) -> None:
        """See ModelWatch."""

    def circuit(self, model: str, circuit: Circuit) -> None:
        """See ModelWatch."""

    def waiting(self, model: str, fans: int) -> None:
        """See ModelWatch."""


@dataclass(frozen=True, slots=True)
class Post:
    """A model, the way to it and its circuit. One post for each model, shared by everybody who asks it."""

    model: ChatModel
    turnstile: Turnstile
    breaker: Breaker = field(default_factory=Breaker)


class FallbackModel:
    """A ChatModel of several, in order of preference; of a single one it keeps time, circuit and queue.

    Fails as the last model that was asked did, or with `circuit_open` when none may be asked. `clock` tells ms and
    never goes back.
    """

    def __init__(
        self,
        posts: Sequence[Post],
        limits: Limits,
        clock: Callable[[], int],
        watch: ModelWatch | None = None,
    ) -> None:
        if not posts:
            raise ValueError("somebody has to answer")
        self._posts, self._limits, self._clock = tuple(posts), limits, clock
        self._watch = watch or UnwatchedModels()

    def watched(self, watch: ModelWatch) -> FallbackModel:
        """The same models, ways and circuits, with somebody who watches."""
        return FallbackModel(self._posts, self._limits, self._clock, watch)

    @property
    def name(self) -> str:
        """The name of the model that is asked first."""
        return self._posts[0].model.name

    @property
    def names(self) -> tuple[str, ...]:
        """All of them, in order."""
        return tuple(post.model.name for post in self._posts)

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        loop = asyncio.get_running_loop()
        late_at = loop.time() + self._limits.first_token_s
        failure: PersonaError = ModelFailed(SKIPPED)
        failed = ""
        for number, post in enumerate(self._posts):
            if not post.breaker.may_ask(self._clock()):
                self._watch.asked(post.model.name, SKIPPED)
                failed = failed or post.model.name
                continue
            if failed:
                self._watch.fell_back(post.model.name)
            spoke = False
            patience_s = share_s(late_at - loop.time(), self._to_ask(number))
            try:
                async with aclosing(self._attempt(post, prompt, patience_s)) as parts:
                    async for part in parts:
                        if not spoke:
                            if not (isinstance(part, TextPart) and part.text):
                                continue  # what a model counts that says nothing is not of the reply
                            spoke = True
                            yield Answering(post.model.name)
                        yield part
                return
            except (ModelFailed, UnknownModel) as ended:
                if spoke:
                    raise
                failure, failed = ended, post.model.name
        raise failure

    async def warm(self) -> None:
        """Warm the first; one that stands by is loaded when it is asked, unless the first cannot be."""
        for post in self._posts[:-1]:
            try:
                return await post.model.warm()
            except UnknownModel:
                continue
        await self._posts[-1].model.warm()

    async def aclose(self) -> None:
        for post in self._posts:
            await post.model.aclose()

    def _to_ask(self, number: int) -> int:
        """How many models may still be asked, this one included."""
        now_ms = self._clock()
        return 1 + sum(post.breaker.may_ask(now_ms) for post in self._posts[number + 1 :])

    async def _attempt(self, post: Post, prompt: Prompt, patience_s: float) -> AsyncGenerator[ModelPart, None]:
        """What one model says; it has so long to begin, waiting for a place included."""
        leave = post.breaker.ask(self._clock())
        assert leave is not None, "it may be asked, and nobody has asked since"
        loop, began_s = asyncio.get_running_loop(), asyncio.get_running_loop().time()
        outcome = ABANDONED
        try:
            self._watch.waiting(post.model.name, post.turnstile.waiting)
            async with post.turnstile.place(prompt.asked_by, patience_s):
                left_s = began_s + patience_s - loop.time()
                async with (
                    aclosing(post.model.stream(prompt)) as stream,
                    aclosing(in_time(stream, left_s, self._limits.between_tokens_s)) as parts,
                ):
                    empty = True
                    async for part in parts:
                        empty = empty and not (isinstance(part, TextPart) and part.text)
                        yield part
                if empty:
                    raise ModelFailed("empty")
            outcome = FINISHED
        except ModelFailed as failure:
            outcome = failure.reason
            raise
        except UnknownModel:
            outcome = "unknown"
            raise
        finally:
            if outcome == FINISHED:
                post.breaker.succeeded(leave)
            elif outcome == ABANDONED or outcome in NOT_ITS_FAULT:
                post.breaker.abandoned(leave)
            else:
                post.breaker.failed(leave, self._clock())
            self._watch.waiting(post.model.name, post.turnstile.waiting)
            self._watch.asked(post.model.name, outcome)
            self._watch.circuit(post.model.name, post.breaker.circuit(self._clock()))
