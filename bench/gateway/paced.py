"""A model in a process of its own that says the same words at the same pace to whoever asks. OpenAI-compatible.

`python -m bench.gateway.paced TOKENS PAUSE_MS`; prints its port. A token is a word; every token is one event.
"""

from __future__ import annotations

import asyncio
import sys

from bench.completions import HEAD, chunk, serve_model

SAID = "The kettle is on , the rain is loud , and I am in no hurry at all tonight ."
WORDS = SAID.split()


def token(number: int) -> str:
    """The text of a token: a word and the space before it."""
    word = WORDS[number % len(WORDS)]
    return word if number == 0 or word in ",." else f" {word}"


async def main() -> None:
    """Serve until the parent goes."""
    tokens, pause_s = int(sys.argv[1]), float(sys.argv[2]) / 1000
    chunks = [chunk(token(number)) for number in range(tokens)]
    loop = asyncio.get_running_loop()

    async def speak(writer: asyncio.StreamWriter) -> None:
        writer.write(HEAD + chunks[0])
        began = loop.time()
        for number, one in enumerate(chunks[1:], start=1):
            if (wait := began + number * pause_s - loop.time()) > 0:
                await asyncio.sleep(wait)
            writer.write(one)

    await serve_model(speak)


if __name__ == "__main__":
    asyncio.run(main())
