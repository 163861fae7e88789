"""An OpenAI-compatible model whose every sentence says when it was sent.

Started by `bench/stuck_readers.py` as `python -m bench.stamping_model SENTENCES PAUSE_MS`; it prints its port. Times
are in µs of the machine's monotonic clock, which its processes share.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
import time

from bench.gateway.paced import HEAD, chunk, framed

STAMP = re.compile(r"\d{7,}")


def sentence() -> str:
    """A sentence of now."""
    return f"The clock on the landing says {time.monotonic_ns() // 1_000} and the kettle is on. "


def delays_ms(text: str, at_ns: int) -> list[float]:
    """How long ago each sentence in a text was sent, in ms."""
    return [at_ns / 1e6 - int(stamp) / 1e3 for stamp in STAMP.findall(text)]


async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, sentences: int, pause_s: float) -> None:
    """Every request of one connection."""
    try:
        while await reader.readline():
            length = 0
            while (header := await reader.readline()).strip():
                name, _, value = header.decode("latin-1").partition(":")
                length = int(value) if name.lower() == "content-length" else length
            await reader.readexactly(length)
            writer.write(HEAD)
            for _ in range(sentences):
                await asyncio.sleep(pause_s)
                writer.write(chunk(sentence()))
            writer.write(chunk("", "stop") + framed("[DONE]") + b"0\r\n\r\n")
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


async def main() -> None:
    """Serve until the parent goes."""
    sentences, pause_s = int(sys.argv[1]), float(sys.argv[2]) / 1_000
    server = await asyncio.start_server(
        lambda reader, writer: answer(reader, writer, sentences, pause_s), "127.0.0.1", 0, limit=2**20
    )
    sys.stdout.write(json.dumps({"port": server.sockets[0].getsockname()[1]}) + "\n")
    sys.stdout.flush()
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
