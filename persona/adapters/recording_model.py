"""Keeps what is sent to a model, to prove what was not: a wrapper around any other.

It writes prompts to a file only when given one, because prompts hold fans' words; a recording never belongs in a
log.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncGenerator
from contextlib import aclosing
from dataclasses import asdict
from pathlib import Path

from persona.ports import ChatModel
from persona.types import Message, ModelPart, Prompt


class RecordingModel:
    """A ChatModel that passes everything on and remembers the messages, oldest first.

    With `path`, each request is appended as one JSON line, `{"model": …, "messages": [{"role", "content"}, …]}`, before
    the model sees it; `writing` is held meanwhile, by everybody who writes there.
    """

    def __init__(self, model: ChatModel, path: Path | None = None, writing: asyncio.Lock | None = None) -> None:
        self._model, self._path = model, path
        self._writing = writing or asyncio.Lock()
        self.requests: list[tuple[Message, ...]] = []

    @property
    def name(self) -> str:
        return self._model.name

    async def stream(self, prompt: Prompt) -> AsyncGenerator[ModelPart, None]:
        await self._record(prompt)
        async with aclosing(self._model.stream(prompt)) as parts:
            async for part in parts:
                yield part

    async def warm(self) -> None:
        await self._model.warm()

    async def aclose(self) -> None:
        await self._model.aclose()

    async def _record(self, prompt: Prompt) -> None:
        self.requests.append(prompt.messages)
        if self._path is None:
            return
        row = {"model": self.name, "messages": [asdict(message) for message in prompt.messages]}
        async with self._writing:
            await asyncio.to_thread(_append, self._path, json.dumps(row, ensure_ascii=False) + "\n")


def _append(path: Path, line: str) -> None:
    with path.open("a", encoding="utf-8") as file:
        file.write(line)
