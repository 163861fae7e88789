"""The offline doubles of the model seam, of a scribe and of relevance: no weights, no network, misbehaving on demand.

It serves tests, demonstrations and load runs. It must behave like a real model towards its caller: streamed in
pieces, closable at any point, failing only with ModelFailed.
"""

from __future__ import annotations

import asyncio
import math
import re
from collections.abc import AsyncGenerator, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from persona.errors import ModelFailed
from persona.terms import tokens
from persona.tokens import approximate_tokens
from persona.types import ModelPart, Prompt, TextPart, UsagePart, Verdict

_PIECE = re.compile(r"\s*\S+|\s+\Z")


@dataclass(frozen=True, slots=True)
class ScriptedReply:
    """One reply and how it goes wrong, if it does. Counts are in pieces (a word with the space before it)."""

    text: str
    stall_after: int | None = None
    """After so many pieces, silence until the caller gives up."""
    fail_after: int | None = None
    """After so many pieces, ModelFailed(`reason`)."""
    reason: str = "connection"


class ScriptedModel:
    """A ChatModel without a model.

    `replies` are said one per request, the last one over and over; or they are made from the prompt by a function;
    or, when there are none, a sample answer of the sheet is said. `prompts` holds what was asked, `open_streams` how
    many replies are being streamed at this moment.
    """

    def __init__(
        self, replies: Sequence[str | ScriptedReply] | Callable[[Prompt], str] = (), *, name: str = "scripted"
    ) -> None:
        self._replies = replies
        self._name = name
        self.prompts: list[Prompt] = []
        self.open_streams = 0
        self.stalled = asyncio.Event()
        """Set once a reply has fallen silent."""
        self.warmed = False
        self.closed = False

    @property
    def name(self) -> str:
        return self._name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        reply = self._next(prompt)
        pieces: list[str] = _PIECE.findall(reply.text)
        self.open_streams += 1
        try:
            for number, piece in enumerate([*pieces, None]):
                if number == reply.fail_after:
                    raise ModelFailed(reply.reason)
                if number == reply.stall_after:
                    self.stalled.set()
                    await asyncio.Event().wait()
                if piece is not None:
                    await asyncio.sleep(0)  # a real stream lets others run between two pieces
                    yield TextPart(piece)
            asked = sum(approximate_tokens(message.content) for message in prompt.messages)
            yield UsagePart(asked, approximate_tokens(reply.text))
        finally:
            self.open_streams -= 1

    async def warm(self) -> None:
        self.warmed = True

    async def aclose(self) -> None:
        self.closed = True

    def _next(self, prompt: Prompt) -> ScriptedReply:
        self.prompts.append(prompt)
        if callable(self._replies):
            return ScriptedReply(self._replies(prompt))
        if not self._replies:
            return ScriptedReply(sheet_reply(prompt))
        reply = self._replies[min(len(self.prompts), len(self._replies)) - 1]
        return reply if isinstance(reply, ScriptedReply) else ScriptedReply(reply)


def sheet_reply(prompt: Prompt) -> str:
    """Something the character may always say: a sample answer of its sheet, else a deflection or a greeting."""
    brief = prompt.stage.brief
    sheet = brief.sheet.at(brief.horizon)
    for ready in (tuple(example.reply for example in sheet.examples), *_texts(prompt)):
        if ready:
            return ready[len(brief.history) % len(ready)]
    return sheet.tagline


def _texts(prompt: Prompt) -> tuple[tuple[str, ...], tuple[str, ...]]:
    sheet = prompt.stage.brief.sheet.at(prompt.stage.brief.horizon)
    return tuple(part.text for part in sheet.deflections), tuple(part.text for part in sheet.greetings)


class ScriptedScribe:
    """A Scribe without a model: it writes what it is told, one piece a request, the last one over and over.

    `written` holds what was asked: instruction and data.
    """

    def __init__(self, *replies: str | ModelFailed, name: str = "scripted") -> None:
        self._replies, self._name = replies, name
        self.written: list[tuple[str, str]] = []

    @property
    def name(self) -> str:
        return self._name

    async def write(
        self, instruction: str, data: str, *, tokens_max: int, schema: Mapping[str, Any] | None = None
    ) -> str:
        self.written.append((instruction, data))
        reply = self._replies[min(len(self.written), len(self._replies)) - 1]
        if isinstance(reply, ModelFailed):
            raise reply
        if not reply.strip():
            raise ModelFailed("empty")
        return reply

    async def aclose(self) -> None:
        pass


class WordRelevance:
    """A Relevance without an embedder: the cosine of two texts as sets of folded words."""

    async def __call__(self, question: str, candidates: Sequence[str]) -> list[float]:
        asked = _words(question)
        return [_set_cosine(asked, _words(candidate)) for candidate in candidates]


def _words(text: str) -> frozenset[str]:
    return frozenset(token.word for token in tokens(text))


def _set_cosine(left: frozenset[str], right: frozenset[str]) -> float:
    return len(left & right) / math.sqrt(len(left) * len(right)) if left and right else 0.0


async def open_shield(statement: str) -> Verdict:
    """A Shield that refuses nothing, for a stage without a canon."""
    return Verdict(True)


class PhraseShield:
    """A Shield that refuses a statement with one of its phrases, whatever the case."""

    def __init__(self, phrases: Iterable[str], rule: str = "later_fact") -> None:
        self._phrases, self._rule = tuple(phrase.casefold() for phrase in phrases), rule

    async def __call__(self, statement: str) -> Verdict:
        """See Shield."""
        found = any(phrase in statement.casefold() for phrase in self._phrases)
        return Verdict(False, self._rule) if found else Verdict(True)
