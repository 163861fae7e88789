"""An OpenAI-compatible model whose every sentence says when it was sent.

Started by `bench/stuck_readers.py` as `python -m bench.stamping_model SENTENCES PAUSE_MS`; it prints its port. Times
are in µs of the machine's monotonic clock, which its processes share.
"""

from __future__ import annotations

import asyncio
import re
import sys
import time

from bench.completions import HEAD, chunk, serve_model

STAMP = re.compile(r"\d{7,}")


def sentence() -> str:
    """A sentence of now."""
    return f"The clock on the landing says {time.monotonic_ns() // 1_000} and the kettle is on. "


def delays_ms(text: str, at_ns: int) -> list[float]:
    """How long ago each sentence in a text was sent, in ms."""
    return [at_ns / 1e6 - int(stamp) / 1e3 for stamp in STAMP.findall(text)]


async def main() -> None:
    """Serve until the parent goes."""
    sentences, pause_s = int(sys.argv[1]), float(sys.argv[2]) / 1_000

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD)
        for _ in range(sentences):
            await asyncio.sleep(pause_s)
            writer.write(chunk(sentence()))

    await serve_model(speak)


if __name__ == "__main__":
    asyncio.run(main())
