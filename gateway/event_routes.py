"""The conversation without a socket: open it, send a message and read the log as server-sent events.

For clients whose network lets no WebSocket through. Events are the same bytes as on a socket, with ids `epoch:seq`, and
a client that went away goes on after the last one it has. Nothing is kept for such a client: it reads the log.
Source of the format: the HTML standard, section 9.2, https://html.spec.whatwg.org/multipage/server-sent-events.html.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Header
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, ConfigDict, StrictBool

from gateway.auth import Claims
from gateway.connection import Services
from gateway.conversations import ConversationService
from gateway.disclosure import disclosure_policy
from gateway.errors import StaleMark, UnknownTurn
from gateway.events import ConversationOpened
from gateway.limits import allow
from gateway.ports import LiveEvents, Units
from gateway.protocol import (
    ConversationOpen,
    Count,
    FanText,
    Locale,
    MessageId,
    MessageSend,
    Mode,
    Name,
    Partner,
    ReportNote,
    ReportReason,
    TurnRegenerate,
)
from gateway.rates import MESSAGES
from gateway.records import Conversation, Logged
from gateway.sending import LOG_PAGE
from gateway.turns import TurnService
from gateway.views import REFUSALS
from persona.locales import language_of

TICK_S = 2.0
"""How soon an idle stream sees that the server is about to end."""
QUIET_TICKS = 7
"""An idle stream says so after so many ticks: proxies close what is silent for long."""
STREAM: dict[int | str, dict[str, Any]] = {
    200: {"content": {"text/event-stream": {"schema": {"type": "string"}}}, "description": "The log's events."}
}


class OpenWish(BaseModel):
    """As `conversation.open` on a socket."""

    model_config = ConfigDict(extra="forbid", serialize_by_alias=True)
    show: Name
    character: Name
    locale: Locale | None = None
    mode: Mode = "canon"
    partner: Partner = None
    horizon: Count | None = None


class AgainWish(BaseModel):
    """As `turn.regenerate` on a socket."""

    model_config = ConfigDict(extra="forbid")
    client_msg_id: MessageId


class ReportWish(BaseModel):
    """As `turn.report` on a socket."""

    model_config = ConfigDict(extra="forbid")
    reason: ReportReason
    note: ReportNote = ""


class ReportView(BaseModel):
    """A report is kept; credits that came back for it."""

    turn: str
    refunded: int


class Message(BaseModel):
    """As `message.send` on a socket."""

    model_config = ConfigDict(extra="forbid")
    client_msg_id: MessageId
    text: FanText
    voice: StrictBool = False


class _Ear:
    """Hears that there is something new; what it is stands in the log."""

    def __init__(self) -> None:
        self.news = asyncio.Event()

    def hear(self, events: Sequence[Logged]) -> None:
        """See gateway.ports.Listener."""
        self.news.set()

    def speak(self, piece: bytes | str) -> bool:
        """See gateway.ports.Listener. There is no audio over plain HTTP."""
        return False

    @property
    def is_behind(self) -> bool:
        """See gateway.ports.Listener."""
        return False


def report_router(services: Services, fan_of: Any) -> APIRouter:
    """The route to report a reply; `fan_of` is the dependency that says who asks."""
    router = APIRouter(prefix="/v1/turns", responses=REFUSALS)

    @router.post("/{turn}/report")
    async def report(turn: str, wish: ReportWish, fan: Claims = fan_of) -> ReportView:
        await allow(services.limits, MESSAGES, fan.fan)
        reported = await services.reporting.report(fan, turn, reason=wish.reason, note=wish.note)
        return ReportView(turn=reported.turn, refunded=reported.refunded)

    return router


def event_router(services: Services, fan_of: Any) -> APIRouter:
    """The routes; `fan_of` is the dependency that says who asks."""
    router = APIRouter(prefix="/v1/conversations", responses=REFUSALS)
    streams = EventStreams(services.units, services.live, services.turns)

    @router.post("")
    async def open_conversation(wish: OpenWish, fan: Claims = fan_of) -> ConversationOpened:
        return await _open(services.conversations, services.units, fan, wish)

    @router.post("/{conversation}/messages", response_class=StreamingResponse, responses=STREAM)
    async def send(conversation: str, message: Message, fan: Claims = fan_of) -> StreamingResponse:
        sent = MessageSend(type="message.send", conversation=conversation, **message.model_dump())
        taken = await services.turns.take(fan, sent, aloud=False)
        first = taken.turn.first_seq - 1
        return _stream(streams.read(taken.conversation, after=first, until=taken.turn.id))

    @router.post("/{conversation}/turns/{turn}/regenerate", response_class=StreamingResponse, responses=STREAM)
    async def regenerate(conversation: str, turn: str, wish: AgainWish, fan: Claims = fan_of) -> StreamingResponse:
        """Another reply in place of the last one."""
        async with services.units.read() as unit:
            if (await unit.turns.get(turn, fan=fan.fan)).conversation != conversation:
                raise UnknownTurn
        asked = TurnRegenerate(type="turn.regenerate", turn=turn, client_msg_id=wish.client_msg_id)
        taken = await services.turns.take(fan, asked)
        return _stream(streams.read(taken.conversation, after=taken.turn.first_seq - 1, until=taken.turn.id))

    @router.get("/{conversation}/events", response_class=StreamingResponse, responses=STREAM)
    async def events(
        conversation: str, fan: Claims = fan_of, last_event_id: Annotated[str, Header(max_length=200)] = ""
    ) -> StreamingResponse:
        async with services.units.read() as unit:
            known = await unit.conversations.get(conversation, fan=fan.fan)
        return _stream(streams.read(known, after=_place(known, last_event_id)))

    return router


class EventStreams:
    """Reads logs to whoever listens over plain HTTP."""

    def __init__(self, units: Units, live: LiveEvents, turns: TurnService) -> None:
        self._units, self._live, self._turns = units, live, turns

    async def read(self, conversation: Conversation, *, after: int, until: str | None = None) -> AsyncIterator[str]:
        """The log after a place, and on as it grows: to the end of the turn `until`, or until the server drains."""
        ear, quiet = _Ear(), 0
        self._live.follow(conversation.id, ear)
        try:
            while True:
                ear.news.clear()
                async with self._units.read() as unit:
                    page = await unit.log.read(conversation.id, after=after, limit=LOG_PAGE)
                for logged in page:
                    after = logged.seq
                    yield f"id: {conversation.epoch}:{logged.seq}\ndata: {logged.wire}\n\n"
                    if logged.turn == until and logged.type == "reply.done":
                        return
                if page:
                    quiet = 0
                elif await _heard(ear):
                    continue
                elif self._turns.draining and not self._turns.running:
                    return
                else:
                    quiet += 1
                    if quiet % QUIET_TICKS == 0:
                        yield ": nothing new\n\n"
        finally:
            self._live.leave(ear)


async def _heard(ear: _Ear) -> bool:
    """Whether there was news within a tick."""
    try:
        async with asyncio.timeout(TICK_S):
            return await ear.news.wait()
    except TimeoutError:
        return False


async def _open(service: ConversationService, units: Units, fan: Claims, wish: OpenWish) -> ConversationOpened:
    opened = await service.open(fan, ConversationOpen(type="conversation.open", **wish.model_dump()))
    async with units.read() as unit:
        head = (await unit.conversations.get(opened.conversation.id, fan=fan.fan)).head_seq
    told = disclosure_policy().told(language_of(opened.conversation.locale))
    return opened.event(head).model_copy(update={"disclosure": told})


def _place(conversation: Conversation, mark: str) -> int:
    """The `seq` of an `epoch:seq` mark; the log's head when there is none. Raises StaleMark."""
    if not mark:
        return conversation.head_seq
    epoch, _, seq = mark.rpartition(":")
    if epoch != conversation.epoch or not (seq.isascii() and seq.isdecimal()) or int(seq) > conversation.head_seq:
        raise StaleMark(conversation.id)
    return int(seq)


def _stream(events: AsyncIterator[str]) -> StreamingResponse:
    return StreamingResponse(events, media_type="text/event-stream", headers={"x-accel-buffering": "no"})
