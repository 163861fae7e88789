"""A fan's connection to Encore: one socket at a time, come back to by itself, told what to do by a Follower.

It owns the socket, the clock and the chance, and decides nothing that the protocol says; replies are whole when `say`
returns, however many sockets they took. Of one event loop.
"""

from __future__ import annotations

import asyncio
import json
import random
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake
from websockets.typing import Subprotocol

from tests.encore_client.follower import PROTOCOL, Close, Effect, Event, Follower, Load, Reply, Send

LOST = 1006
"""How a connection ends that nobody closed."""


class ClientStopped(Exception):
    """The server will not have this client back: `code` says why."""

    def __init__(self, code: int) -> None:
        super().__init__(code)
        self.code = code


class EncoreClient:
    """Talks for one fan. `token` gives a token of the host app, anew whenever one is needed."""

    def __init__(self, base: str, token: Callable[[], Awaitable[str]]) -> None:
        self._base, self._token = base, token
        self.follower = Follower()
        self.sockets = 0
        """How many sockets it took so far."""
        self._socket: ClientConnection | None = None
        self._opened: asyncio.Queue[Event] = asyncio.Queue()
        self._news = asyncio.Condition()
        self._stopped: int | None = None

    @asynccontextmanager
    async def connected(self) -> AsyncIterator[EncoreClient]:
        """Connected for as long as the block lasts, and again whenever the connection is lost."""
        living = asyncio.create_task(self._live(), name="encore client")
        try:
            await self._until(lambda: self.follower.phase == "open")
            yield self
        finally:
            await self._carry_out(self.follower.stop())
            living.cancel()
            await asyncio.gather(living, return_exceptions=True)

    async def open(self, show: str, character: str) -> str:
        """The conversation with a character. Raises ClientStopped."""
        await self._carry_out(
            [Send({"type": "conversation.open", "id": uuid.uuid4().hex, "show": show, "character": character})]
        )
        opened: Event = await self._opened.get()
        return str(opened["conversation"])

    async def say(self, conversation: str, text: str) -> Reply:
        """Say something; returns the whole reply. Raises ClientStopped."""
        known = set(self.follower.replies)
        await self._carry_out(self.follower.say(uuid.uuid4().hex, str(uuid.uuid4()), conversation, text))

        def ended() -> bool:
            return any(self.follower.replies[turn].state == "ended" for turn in self._new(known, conversation))

        await self._until(ended)
        (turn,) = self._new(known, conversation)
        return self.follower.replies[turn]

    async def lose(self) -> None:
        """Lose the connection, as a phone in a tunnel does."""
        if self._socket is not None:
            self._socket.transport.abort()
            await self._socket.wait_closed()

    def _new(self, known: set[str], conversation: str) -> list[str]:
        """The turns of a conversation that were not known before."""
        replies = self.follower.replies
        return [turn for turn in replies if turn not in known and replies[turn].conversation == conversation]

    async def _until(self, holds: Callable[[], bool]) -> None:
        async with self._news:
            await self._news.wait_for(lambda: holds() or self._stopped is not None)
        if self._stopped is not None:
            raise ClientStopped(self._stopped)

    async def _live(self) -> None:
        token = await self._token()
        while True:
            code = await self._visit(token)
            follows = self.follower.closed(code, random.random())
            if follows.do == "stop":
                self._stopped = code
                await self._tell()
                return
            await asyncio.sleep((follows.after_ms or 0) / 1000)
            if follows.do == "renew":
                token = await self._token()

    async def _visit(self, token: str) -> int:
        """One socket, from its ticket to its end; returns how it was closed."""
        try:
            ticket = await self._ticket(token)
            offered = [Subprotocol(PROTOCOL), Subprotocol(f"ticket.{ticket}")]
            url = self._base.replace("http", "ws", 1) + "/v1/realtime"
            async with connect(url, subprotocols=offered, proxy=None) as socket:
                self._socket, self.sockets = socket, self.sockets + 1
                await self._carry_out(self.follower.connected(uuid.uuid4().hex))
                async for frame in socket:
                    await self._take(json.loads(frame))
                return socket.close_code or LOST
        except ConnectionClosed as closed:
            return LOST if closed.rcvd is None else closed.rcvd.code
        except (OSError, InvalidHandshake, httpx.HTTPError):
            return LOST
        finally:
            self._socket = None

    async def _ticket(self, token: str) -> str:
        async with httpx.AsyncClient(base_url=self._base, trust_env=False) as http:
            answer = await http.post("/v1/realtime/tickets", headers={"authorization": f"Bearer {token}"})
            answer.raise_for_status()
            return str(answer.json()["ticket"])

    async def _take(self, event: Event) -> None:
        if event["type"] == "conversation.opened":
            self._opened.put_nowait(event)
        await self._carry_out(self.follower.take(event))
        await self._tell()

    async def _tell(self) -> None:
        async with self._news:
            self._news.notify_all()

    async def _carry_out(self, effects: Sequence[Effect]) -> None:
        for effect in effects:
            match effect:
                case Send(event) if self._socket is not None:
                    await self._socket.send(json.dumps(event))
                case Close(code) if self._socket is not None:
                    await self._socket.close(code)
                case Load() | Send() | Close():
                    continue  # what a log lacks is loaded when its conversation is opened again
