"""A relay that only relays: one message in, the model's tokens out, a frame for each. The floor of what can be spent.

`python -m bench.gateway.relay MODEL_URL`; prints its port. It knows no fan, no price, no log and no canon.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from functools import partial

import aiohttp
from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

DATA, DONE = b"data: ", b"data: [DONE]"


async def relay(http: aiohttp.ClientSession, url: str, socket: ServerConnection) -> None:
    """Answer every message of a socket."""
    with contextlib.suppress(ConnectionClosed):  # the clients end before the servers do
        async for said in socket:
            await _answer(http, url, socket, str(said))


async def _answer(http: aiohttp.ClientSession, url: str, socket: ServerConnection, said: str) -> None:
    asked = {"model": "paced", "stream": True, "messages": [{"role": "user", "content": said}]}
    async with http.post(url, json=asked) as answer:
        async for line in answer.content:
            if line.startswith(DATA) and not line.startswith(DONE):
                text = json.loads(line[len(DATA) :])["choices"][0]["delta"].get("content")
                if text:
                    await socket.send(json.dumps({"type": "reply.delta", "text": text}))
    await socket.send('{"type": "reply.done"}')


async def main() -> None:
    """Serve until the parent goes."""
    url = f"{sys.argv[1]}/chat/completions"
    async with (
        aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http,
        serve(partial(relay, http, url), "127.0.0.1", 0, compression=None, backlog=2048) as server,
    ):
        print(next(iter(server.sockets)).getsockname()[1], flush=True)
        await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main())
