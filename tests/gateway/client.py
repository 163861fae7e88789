"""The project's own small client of `encore.v1`, for its tests: a ticket, a socket, and a log checked as it comes.

Whatever it reads it also checks, so that every test that uses it proves the log's law (contiguous numbers, a replayed
event is the same text, one `reply.done` for each turn) and that every event is as documented. Every wait is bounded.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import uuid
from collections.abc import AsyncIterator, Iterable, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from typing import Any

import httpx
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed
from websockets.typing import Origin, Subprotocol

from gateway.audio import AudioFrame, read_frame
from tests.gateway.frames import hold_against_schema
from tests.gateway.lead import WAIT_S as WAIT_S

PROTOCOL = "encore.v1"
TICKET_REFUSED = 4501
Event = dict[str, Any]


class Refused(AssertionError):
    """The server answered with an `error` event that the test did not ask for."""

    def __init__(self, event: Event) -> None:
        super().__init__(f"{event['code']}: {event['message']}")
        self.event = event


class Talk:
    """One socket after `hello`, or before it. `events` holds everything that came, in order."""

    def __init__(self, socket: ClientConnection, resume: Sequence[Event] = ()) -> None:
        self._socket = socket
        self.events: list[Event] = []
        self.heads: dict[str, tuple[str, int]] = {m["conversation"]: (m["epoch"], m["seq"]) for m in resume}
        self._held: dict[tuple[str, str, int], Event] = {}
        self.welcome: Event = {}
        self.audio: list[AudioFrame] = []
        """The frames of audio that came, in order."""

    # Sending

    async def send(self, type_: str, **fields: Any) -> str:
        """Send an event; returns its id."""
        event = {"type": type_, "id": uuid.uuid4().hex, **fields}
        await self._socket.send(json.dumps(event))
        return str(event["id"])

    async def send_raw(self, frame: str | bytes, *, text: bool | None = None) -> None:
        """Send a frame as it is; `text` says which kind bytes go as."""
        await self._socket.send(frame, text=text)

    async def post(
        self, conversation: str, text: str, client_msg_id: str | None = None, *, voice: bool | None = None
    ) -> str:
        """Send a message without waiting; returns its `client_msg_id`."""
        message_id = client_msg_id or str(uuid.uuid4())
        aloud = {} if voice is None else {"voice": voice}
        await self.send("message.send", client_msg_id=message_id, conversation=conversation, text=text, **aloud)
        return message_id

    async def drop(self) -> None:
        """Lose the connection, without a word."""
        self._socket.transport.abort()
        await asyncio.wait_for(self._socket.wait_closed(), WAIT_S)

    # Receiving

    async def next(self) -> Event:
        """The next event, checked against the log so far."""
        while isinstance(frame := await asyncio.wait_for(self._socket.recv(), WAIT_S), bytes):
            self.audio.append(read_frame(frame))
        event: Event = json.loads(frame)
        hold_against_schema(event)
        self._check(event)
        self.events.append(event)
        return event

    async def until(self, type_: str, **fields: Any) -> Event:
        """The next event of this type with these fields. Raises Refused for an error that was not waited for."""
        while True:
            event = await self.next()
            if event["type"] == type_ and all(event.get(name) == value for name, value in fields.items()):
                return event
            if event["type"] == "error":
                raise Refused(event)

    async def until_error(self, **fields: Any) -> Event:
        """The next error; it has to have these fields."""
        while True:
            event = await self.next()
            if event["type"] == "error":
                assert {name: event.get(name) for name in fields} == fields
                return event

    async def closed(self) -> int:
        """Read to the close; returns its code."""
        try:
            while True:
                await self.next()
        except ConnectionClosed:
            return self.close_code

    @property
    def close_code(self) -> int:
        """How the socket was closed; 1006 when nobody said."""
        code = self._socket.close_code
        assert code is not None, "the socket is open"
        return code

    # What a fan does

    async def hello(self, resume: Sequence[Event] = ()) -> Event:
        """Say hello; returns the welcome."""
        await self.send("hello", protocol=PROTOCOL, client="tests/1.0", resume=list(resume))
        self.welcome = await self.until("welcome")
        for lost in (answer for answer in self.welcome["resumed"] if not answer["recovered"]):
            self.heads.pop(lost["conversation"], None)
        return self.welcome

    async def open(self, show: str, character: str, **more: Any) -> Event:
        """Open a conversation; returns `conversation.opened`."""
        await self.send("conversation.open", show=show, character=character, **more)
        return await self.until("conversation.opened")

    async def say(self, conversation: str, text: str, client_msg_id: str | None = None) -> Event:
        """One whole turn; returns its `reply.done`."""
        turn = await self.begin(conversation, text, client_msg_id)
        return await self.until("reply.done", turn=turn)

    async def begin(self, conversation: str, text: str, client_msg_id: str | None = None) -> str:
        """Send a message and wait until it is accepted; returns its turn."""
        message_id = await self.post(conversation, text, client_msg_id)
        return str((await self.until("message.accepted", client_msg_id=message_id))["turn"])

    def mark(self, conversation: str) -> Event:
        """Where this client stands in a log, for `hello.resume`."""
        epoch, seq = self.heads[conversation]
        return {"conversation": conversation, "epoch": epoch, "seq": seq}

    def of_turn(self, turn: str) -> list[Event]:
        """The log events of a turn, each once, in order."""
        events = {e["seq"]: e for e in self.events if e.get("turn") == turn and "seq" in e}
        return [events[seq] for seq in sorted(events)]

    def _check(self, event: Event) -> None:
        if event["type"] == "conversation.opened":
            self.heads.setdefault(event["conversation"], (event["epoch"], event["seq"]))
            assert self.heads[event["conversation"]] == (event["epoch"], event["seq"]), "opened at another place"
        elif event["type"] == "reply.snapshot":
            epoch, head = self.heads[event["conversation"]]
            assert epoch == event["epoch"], "another epoch"
            assert head <= event["through_seq"], "a snapshot of what has gone by"
            self.heads[event["conversation"]] = (epoch, event["through_seq"])
        elif "seq" in event:
            place = (event["conversation"], event["epoch"], event["seq"])
            assert self._held.setdefault(place, event) == event, "a replayed event differs"
            epoch, head = self.heads.get(event["conversation"], (event["epoch"], event["seq"] - 1))
            assert epoch == event["epoch"], "another epoch"
            assert event.get("from_seq", event["seq"]) <= head + 1, f"a gap before {event['seq']}, after {head}"
            self.heads[event["conversation"]] = (epoch, max(head, event["seq"]))


def text_of(events: Iterable[Event]) -> str:
    """The reply that the deltas add up to; every offset is where the text before it ends."""
    text = ""
    for event in events:
        if event["type"] == "reply.delta":
            assert event["offset"] == len(text)
            text += event["text"]
    return text


def types_of(events: Iterable[Event]) -> list[str]:
    """The types of events, `turn.status` with its state."""
    return [f"{e['type']}:{e['state']}" if e["type"] == "turn.status" else str(e["type"]) for e in events]


def sha256_of(text: str) -> str:
    """As in `reply.done`."""
    return hashlib.sha256(text.encode()).hexdigest()


@dataclass(frozen=True, slots=True)
class Fan:
    """A fan of a host app, somewhere outside."""

    base: str
    token: str
    origin: str | None = None

    async def call(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One HTTP request in the fan's name."""
        headers = {"authorization": f"Bearer {self.token}"} if self.token else {}
        if self.origin is not None:
            headers["origin"] = self.origin
        async with httpx.AsyncClient(base_url=self.base, trust_env=False, verify=False, timeout=WAIT_S) as http:
            return await http.request(method, path, headers=headers, **more)

    async def get(self, path: str, **params: str) -> Event:
        """A GET that is answered with 200; returns the JSON."""
        answer = await self.call("GET", path, params=params)
        assert answer.status_code == 200, answer.text
        body: Event = answer.json()
        return body

    async def ticket(self) -> str:
        """A new ticket."""
        answer = await self.call("POST", "/v1/realtime/tickets")
        assert answer.status_code == 201, answer.text
        return str(answer.json()["ticket"])

    @asynccontextmanager
    async def socket(
        self,
        *,
        ticket: str | None = None,
        protocols: Sequence[str] = (PROTOCOL,),
        resume: Sequence[Event] = (),
    ) -> AsyncIterator[Talk]:
        """A socket on which nothing has been said yet."""
        offered = [*protocols, f"ticket.{ticket or await self.ticket()}"]
        async with connect(
            self.base.replace("http", "ws", 1) + "/v1/realtime",
            subprotocols=[Subprotocol(name) for name in offered],
            origin=None if self.origin is None else Origin(self.origin),
            proxy=None,
            compression=None,
            open_timeout=WAIT_S,
            close_timeout=WAIT_S,
        ) as socket:
            yield Talk(socket, resume)

    @asynccontextmanager
    async def talk(self, *, resume: Sequence[Event] = ()) -> AsyncIterator[Talk]:
        """A socket that has been welcomed; in a crowd a ticket may wait too long, and then another one is taken."""
        async with AsyncExitStack() as sockets:
            while True:
                talk = await sockets.enter_async_context(self.socket(resume=resume))
                try:
                    await talk.hello(resume)
                except ConnectionClosed:
                    if talk.close_code != TICKET_REFUSED:
                        raise
                    await sockets.aclose()
                    continue
                break
            yield talk
