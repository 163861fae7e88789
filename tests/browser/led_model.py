"""A model that a browser test leads: what it says and how slowly, beside a demo that is a process of its own.

It runs in a thread, for a demo outlives the event loop of one test. It must never be reachable from outside.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager

from tests.fakes.openai_server import OpenAIServer, openai_server


@contextmanager
def led_model() -> Iterator[OpenAIServer]:
    """The model while the block runs; set its `text` and `pause_s` before a message is sent."""
    state = OpenAIServer()
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
