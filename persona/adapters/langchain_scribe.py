"""Writes for us through any chat model that LangChain can open: the same one that performs, without its warmth.

It streams like a reply, so that a model which is silent or goes on without end is given up. It must never log what it
was given: that is a fan's words.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any

from pydantic import SecretStr

from persona.adapters.langchain_model import LangChainModel
from persona.errors import ModelFailed, ModelTimedOut
from persona.types import Message, TextPart

WRITING_S = 60.0


class LangChainScribe:
    """See persona.ports.Scribe. `model` and `base_url` as for LangChainModel."""

    def __init__(
        self, model: str, *, base_url: str | None = None, api_key: SecretStr | None = None, writing_s: float = WRITING_S
    ) -> None:
        """`writing_s`: how long a piece of writing may take, in seconds. Raises UnknownModel."""
        self._model = LangChainModel(model, base_url=base_url, api_key=api_key, temperature=0.0, timeout_s=writing_s)
        self._writing_s = writing_s
        self._model.check()

    @property
    def name(self) -> str:
        return self._model.name

    async def write(
        self, instruction: str, data: str, *, tokens_max: int, schema: Mapping[str, Any] | None = None
    ) -> str:
        asked = (Message("system", instruction), Message("user", data))
        written = ""
        try:
            async with (
                asyncio.timeout(self._writing_s),
                aclosing(self._model.answer(asked, tokens_max, **self._options(schema))) as parts,
            ):
                async for part in parts:
                    written += part.text if isinstance(part, TextPart) else ""
        except TimeoutError as late:
            raise ModelTimedOut(self._writing_s) from late
        if not written.strip():
            raise ModelFailed("empty")
        return written

    async def aclose(self) -> None:
        await self._model.aclose()

    def _options(self, schema: Mapping[str, Any] | None) -> dict[str, Any]:
        """OpenAI's form of structured output; another provider is only asked for JSON in words."""
        if schema is None or not self._model.name.startswith("openai:"):
            return {}
        described = {"name": "answer", "strict": True, "schema": dict(schema)}
        return {"response_format": {"type": "json_schema", "json_schema": described}}
