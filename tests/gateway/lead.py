"""A chat model that the test leads: it says what it is told, when it is told, and waits in between.

It behaves as any ChatModel does towards its caller. Two replies under way are two `Part`s, in the order of asking.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator

from persona.errors import ModelFailed
from persona.types import ModelPart, Prompt, TextPart

WAIT_S = 10.0
TEXT = "The roof leaks. I mend it at night. Nobody has asked me to."


class Part:
    """One reply under way."""

    def __init__(self, prompt: Prompt) -> None:
        self.prompt = prompt
        self._said: asyncio.Queue[str | ModelFailed | None] = asyncio.Queue()
        self.over = asyncio.Event()
        """Set when the stream was left, at its end or before."""

    def say(self, text: str) -> None:
        """Some more text."""
        self._said.put_nowait(text)

    def end(self) -> None:
        """The reply is complete."""
        self._said.put_nowait(None)

    def fail(self, reason: str = "connection") -> None:
        """The provider breaks off."""
        self._said.put_nowait(ModelFailed(reason))

    async def stream(self) -> AsyncGenerator[ModelPart, None]:
        """What was said so far and will be said, until the end."""
        try:
            while (said := await self._said.get()) is not None:
                if isinstance(said, ModelFailed):
                    raise said
                yield TextPart(said)
        finally:
            self.over.set()


class LedModel:
    """Says `text` to everybody; while `text` is None every reply waits for the test, which takes it with `asked()`."""

    name = "led"

    def __init__(self, text: str | None = TEXT) -> None:
        self.text = text
        self.prompts: list[Prompt] = []
        self._parts: asyncio.Queue[Part] = asyncio.Queue()

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        """See ChatModel."""
        self.prompts.append(prompt)
        part = Part(prompt)
        if self.text is not None:
            part.say(self.text)
            part.end()
        else:
            self._parts.put_nowait(part)
        async for said in part.stream():
            yield said

    async def asked(self) -> Part:
        """The next reply that waits for the test."""
        return await asyncio.wait_for(self._parts.get(), WAIT_S)

    async def warm(self) -> None:
        """Nothing to load."""

    async def aclose(self) -> None:
        """Nothing to release."""
