"""A model in a process of its own that says the same words at the same pace to whoever asks. OpenAI-compatible.

`python -m bench.gateway.paced TOKENS PAUSE_MS`; prints its port. A token is a word; every token is one event.
"""

from __future__ import annotations

import asyncio
import json
import sys

SAID = "The kettle is on , the rain is loud , and I am in no hurry at all tonight ."
WORDS = SAID.split()
HEAD = b"HTTP/1.1 200 OK\r\ncontent-type: text/event-stream\r\ntransfer-encoding: chunked\r\n\r\n"


def token(number: int) -> str:
    """The text of a token: a word and the space before it."""
    word = WORDS[number % len(WORDS)]
    return word if number == 0 or word in ",." else f" {word}"


def reply(tokens: int) -> str:
    """All that is said."""
    return "".join(map(token, range(tokens)))


def framed(data: str) -> bytes:
    """One server-sent event as one chunk of HTTP."""
    body = f"data: {data}\n\n".encode()
    return f"{len(body):x}\r\n".encode() + body + b"\r\n"


def chunk(text: str, end: str | None = None) -> bytes:
    """One event of a chat completion's stream."""
    choice = {"index": 0, "delta": {"content": text} if text else {}, "finish_reason": end}
    return framed(
        json.dumps({"id": "c", "object": "chat.completion.chunk", "created": 1, "model": "paced", "choices": [choice]})
    )


async def answer(
    reader: asyncio.StreamReader, writer: asyncio.StreamWriter, chunks: list[bytes], pause_s: float
) -> None:
    """Every request of one connection."""
    loop = asyncio.get_running_loop()
    try:
        while await reader.readline():
            length = 0
            while (header := await reader.readline()).strip():
                name, _, value = header.decode("latin-1").partition(":")
                length = int(value) if name.lower() == "content-length" else length
            await reader.readexactly(length)
            writer.write(HEAD + chunks[0])
            began = loop.time()
            for number, one in enumerate(chunks[1:], start=1):
                if (wait := began + number * pause_s - loop.time()) > 0:
                    await asyncio.sleep(wait)
                writer.write(one)
            writer.write(chunk("", "stop") + framed("[DONE]") + b"0\r\n\r\n")
            await writer.drain()
    except ConnectionError:
        return
    finally:
        writer.close()


async def main() -> None:
    """Serve until the parent goes."""
    tokens, pause_s = int(sys.argv[1]), float(sys.argv[2]) / 1000
    chunks = [chunk(token(number)) for number in range(tokens)]
    server = await asyncio.start_server(
        lambda reader, writer: answer(reader, writer, chunks, pause_s), "127.0.0.1", 0, limit=2**20, backlog=2048
    )
    print(server.sockets[0].getsockname()[1], flush=True)
    async with server:
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
