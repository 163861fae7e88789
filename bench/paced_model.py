"""An OpenAI-compatible model in a process of its own: a first sentence at once, the rest a little later.

Started by `bench/turn_latency.py`. It prints its port, and then, for each request, when it had been read: lines of
JSON, times in ns of the machine's clock.
"""

from __future__ import annotations

import asyncio
import time

from bench.completions import HEAD, chunk, serve_model, tell

FIRST = "Mind the step, it is crooked, and the notice is not, for I checked it twice. "
REST = "It burns as if nothing had ever happened to it."
PAUSE_S = 0.08


async def speak(writer: asyncio.StreamWriter) -> None:
    """One reply."""
    tell(arrived_ns=time.time_ns())
    writer.write(HEAD + chunk(FIRST))
    await asyncio.sleep(PAUSE_S)
    writer.write(chunk(REST))


if __name__ == "__main__":
    asyncio.run(serve_model(speak))
