"""Clients in a process of their own: they open sockets and keep them, and take part in rounds of replies.

`python -m bench.gateway.load`; reads lines of JSON, prints a line for each. `{"encore": URL, "tokens": [...]}`,
`{"relay": URL, "sockets": N}` or `{"litellm": URL, "key": KEY, "sockets": N}` opens sockets; `{"round": KIND,
"streams": N, "spread_s": S}` has so many of them ask, over S seconds, and tells when words came; `{"stop": true}` ends
it.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
import uuid
from dataclasses import dataclass, field
from typing import Any, Protocol

import aiohttp
from websockets.asyncio.client import ClientConnection, connect
from websockets.typing import Subprotocol

SHOW, CHARACTER = "lantern-contract", "tamsin"
CONNECTING = 50
QUESTION = "How is the weather on the lane tonight, number {}?"


@dataclass(slots=True)
class Heard:
    """One reply: seconds to its first words, and for each later delta the gap before it and the tokens in it."""

    first_s: float = 0.0
    gaps: list[tuple[float, int]] = field(default_factory=list)
    text: str = ""
    frames: int = 0
    status: str = ""

    def words(self, text: str, since: float, at: float) -> None:
        """Some came."""
        if self.frames == 0:
            self.first_s = at - since
        else:
            self.gaps.append((at - since, len(text.replace(",", " ,").replace(".", " .").split())))
        self.frames += 1
        self.text += text


class Speaker(Protocol):
    """One client that can be answered."""

    async def ask(self, number: int) -> Heard:
        """One reply, whole."""
        ...


class RelayClient:
    """Talks with the relay."""

    def __init__(self, socket: ClientConnection) -> None:
        self._socket = socket

    async def ask(self, number: int) -> Heard:
        """See Speaker."""
        heard, since = Heard(status="completed"), time.perf_counter()
        await self._socket.send(QUESTION.format(number))
        while (event := json.loads(await self._socket.recv()))["type"] != "reply.done":
            at = time.perf_counter()
            heard.words(event["text"], since, at)
            since = at
        return heard


class EncoreClient:
    """Talks with Encore, in one conversation."""

    def __init__(self, socket: ClientConnection, conversation: str) -> None:
        self._socket, self._conversation = socket, conversation

    async def ask(self, number: int) -> Heard:
        """See Speaker."""
        heard, since = Heard(), time.perf_counter()
        ids = {"id": uuid.uuid4().hex, "client_msg_id": str(uuid.uuid4()), "conversation": self._conversation}
        await self._socket.send(json.dumps({"type": "message.send", **ids, "text": QUESTION.format(number)}))
        while (event := json.loads(await self._socket.recv()))["type"] != "reply.done":
            if event["type"] == "error":
                return Heard(status=event["code"])
            if event["type"] == "reply.delta":
                at = time.perf_counter()
                heard.words(event["text"], since, at)
                since = at
        heard.status = event["status"]
        return heard


class LiteLLMClient:
    """Talks with a LiteLLM proxy, by server-sent events."""

    def __init__(self, http: aiohttp.ClientSession, url: str, key: str) -> None:
        self._http, self._url, self._headers = http, f"{url}/chat/completions", {"Authorization": f"Bearer {key}"}

    async def ask(self, number: int) -> Heard:
        """See Speaker."""
        heard, since = Heard(status="completed"), time.perf_counter()
        asked = {
            "model": "paced",
            "stream": True,
            "messages": [{"role": "user", "content": QUESTION.format(number)}],
        }
        async with self._http.post(self._url, json=asked, headers=self._headers) as answer:
            async for line in answer.content:
                if line.startswith(b"data: {"):
                    choices = json.loads(line[6:]).get("choices")
                    text = choices[0]["delta"].get("content") if choices else None
                    if text:
                        at = time.perf_counter()
                        heard.words(text, since, at)
                        since = at
        return heard


async def _encore(http: aiohttp.ClientSession, url: str, token: str, gate: asyncio.Semaphore) -> EncoreClient:
    async with gate:
        async with http.post(f"{url}/v1/realtime/tickets", headers={"Authorization": f"Bearer {token}"}) as answer:
            ticket = (await answer.json())["ticket"]
        socket = await connect(
            url.replace("http", "ws", 1) + "/v1/realtime",
            subprotocols=[Subprotocol("encore.v1"), Subprotocol(f"ticket.{ticket}")],
            proxy=None,
            compression=None,
        )
        await socket.send(json.dumps({"type": "hello", "id": "h", "protocol": "encore.v1", "client": "bench/1"}))
        await socket.recv()
        await socket.send(json.dumps({"type": "conversation.open", "id": "o", "show": SHOW, "character": CHARACTER}))
        opened = json.loads(await socket.recv())
        return EncoreClient(socket, opened["conversation"])


async def _relay(url: str, gate: asyncio.Semaphore) -> RelayClient:
    async with gate:
        return RelayClient(await connect(url.replace("http", "ws", 1), proxy=None, compression=None))


async def opened(http: aiohttp.ClientSession, job: dict[str, Any]) -> tuple[str, list[Speaker]]:
    """The clients that a job asks for, and their kind."""
    gate = asyncio.Semaphore(CONNECTING)
    if "encore" in job:
        return "encore", list(await asyncio.gather(*(_encore(http, job["encore"], t, gate) for t in job["tokens"])))
    if "relay" in job:
        return "relay", list(await asyncio.gather(*(_relay(job["relay"], gate) for _ in range(job["sockets"]))))
    return "litellm", [LiteLLMClient(http, job["litellm"], job["key"]) for _ in range(job["sockets"])]


async def take_part(speakers: list[Speaker], job: dict[str, Any], number: int) -> dict[str, Any]:
    """One round."""
    streams, spread_s = job["streams"], job.get("spread_s", 0.0)

    async def one(place: int) -> Heard:
        await asyncio.sleep(spread_s * place / streams)
        return await speakers[place].ask(number * 10_000 + place)

    heard = await asyncio.gather(*(one(place) for place in range(streams)))
    return {
        "first_ms": [round(reply.first_s * 1e3, 3) for reply in heard],
        "gaps": [(round(gap * 1e3, 1), words) for reply in heard for gap, words in reply.gaps],
        "frames": sum(reply.frames for reply in heard),
        "texts": sorted({reply.text for reply in heard}),
        "statuses": sorted({reply.status for reply in heard}),
    }


async def main() -> None:
    """Do what the lines say."""
    lines = asyncio.StreamReader(limit=2**26)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    kept: dict[str, list[Speaker]] = {}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0)) as http:
        number = 0
        while line := await lines.readline():
            job = json.loads(line)
            if "stop" in job:
                return
            if "round" in job:
                number += 1
                said = await take_part(kept[job["round"]], job, number)
            else:
                kind, speakers = await opened(http, job)
                kept.setdefault(kind, []).extend(speakers)
                said = {"opened": len(speakers)}
            print(json.dumps(said), flush=True)


if __name__ == "__main__":
    asyncio.run(main())
