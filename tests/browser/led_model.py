"""A model that a browser test leads: what it says and how slowly, beside a demo that is a process of its own.

It runs in a thread, for a demo outlives the event loop of one test. It must never be reachable from outside.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from tests.fakes.openai_server import Behaviour, OpenAIServer, openai_server


@dataclass
class LedModel(OpenAIServer):
    """A model that may say something of its own for each character."""

    says: dict[str, str] = field(default_factory=dict)
    """A character's name -> what it says as them; `text` for the others."""

    def behaviour(self, request: dict[str, Any]) -> Behaviour:
        """How this request is answered: as whom its sheet names."""
        sheet = str(request["messages"][0]["content"])
        text = next((said for name, said in self.says.items() if f"Name: {name}." in sheet), self.text)
        return Behaviour(text, self.mode, self.after_words, self.status, self.pause_s)


@contextmanager
def led_model() -> Iterator[LedModel]:
    """The model while the block runs; set its `text` and `pause_s` before a message is sent."""
    state = LedModel()
    loop = asyncio.new_event_loop()
    ready, over = threading.Event(), asyncio.Event()

    async def serve() -> None:
        async with openai_server(state):
            ready.set()
            await over.wait()

    thread = threading.Thread(target=loop.run_until_complete, args=(serve(),), name="led model")
    thread.start()
    ready.wait()
    try:
        yield state
    finally:
        loop.call_soon_threadsafe(over.set)
        thread.join()
        loop.close()
