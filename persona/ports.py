"""The model seam: whatever can answer a prompt, hosted or local, looks like this."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Protocol

from persona.types import ModelPart, Prompt


class ChatModel(Protocol):
    """Answers a prompt as a stream of parts.

    Closing the iterator early abandons the request at its source. Raises ModelFailed and nothing else of its own.
    """

    @property
    def name(self) -> str:
        """What is at work, as a fan may read it: `gemma-3-270m (local)`, `openai:…`."""
        ...

    def stream(self, prompt: Prompt) -> AsyncIterator[ModelPart]:
        """Start answering."""
        ...

    async def warm(self) -> None:
        """Load what has to be loaded, so that the first reply does not wait for it."""
        ...

    async def aclose(self) -> None:
        """Release what is held. Harmless when called twice."""
        ...
