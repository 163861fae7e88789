"""The model seam: whatever can answer a prompt, hosted or local, looks like this.

Beside it, a model that writes for us and not for a fan, the relevance an audition needs and the shield of a review. A
port must never name a vendor.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, Mapping, Sequence
from typing import Any, Protocol

from persona.breaker import Circuit
from persona.types import ModelPart, Prompt, Verdict


class ChatModel(Protocol):
    """Answers a prompt as a stream of parts.

    Closing the iterator early abandons the request at its source. Raises ModelFailed and nothing else of its own.
    """

    @property
    def name(self) -> str:
        """What is at work, as a fan may read it: `gemma-3-270m (local)`, `openai:…`."""
        ...

    def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        """Start answering. `aclose()` of what is returned abandons the reply."""
        ...

    async def warm(self) -> None:
        """Load what has to be loaded, so that the first reply does not wait for it."""
        ...

    async def aclose(self) -> None:
        """Release what is held. Harmless when called twice."""
        ...


class ModelWatch(Protocol):
    """Is told what becomes of models that are asked. Every method is quick; none ever hears a word of anybody's."""

    def asked(self, model: str, outcome: str) -> None:
        """A model was asked: `finished`, `abandoned`, `circuit_open` when it was passed over, or why it failed."""
        ...

    def fell_back(self, model: str) -> None:
        """This model is asked in the place of one before it."""
        ...

    def circuit(self, model: str, circuit: Circuit) -> None:
        """How its circuit is now."""
        ...

    def waiting(self, model: str, fans: int) -> None:
        """How many requests wait for a place at it."""
        ...


class Scribe(Protocol):
    """A model that does one piece of writing for us, off the fan's path, and is reviewed by whoever asked for it."""

    @property
    def name(self) -> str:
        """What is at work: `openai:…`."""
        ...

    async def write(
        self, instruction: str, data: str, *, tokens_max: int, schema: Mapping[str, Any] | None = None
    ) -> str:
        """What the instruction makes of the data, whole. With a JSON schema the model is asked for JSON of it.

        Nothing is promised of what comes back. Raises ModelFailed, also when it was not finished in time.
        """
        ...

    async def aclose(self) -> None:
        """Release what is held. Harmless when called twice."""
        ...


class Relevance(Protocol):
    """Tells how near texts are to a question, for choosing among ready lines."""

    async def __call__(self, question: str, candidates: Sequence[str]) -> list[float]:
        """One cosine (-1..1) for each candidate, in order. Slow work runs off the event loop."""
        ...


class Shield(Protocol):
    """Tells whether a statement gives away what the fan has not seen, or what the character cannot know.

    It is bound to one character in front of one fan. A verdict names a rule; it must never carry what the shield saw.
    """

    async def __call__(self, statement: str) -> Verdict:
        """A sentence, or as much of it as has come. Slow work runs off the event loop. "" is allowed.

        Raises what reading the canon raises; nothing that was not reviewed may leave then.
        """
        ...
