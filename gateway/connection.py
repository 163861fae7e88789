"""The shell around a session: one socket, one reading task, one task that answers.

The reader always reads, so that pings are answered and a cancel is heard while a reply streams. Everything else is done
by the conductor, one thing after another, so that what a client sees has one order. A listener that is too slow to
hear live events loses nothing: it reads them from the log.
"""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import assert_never

from gateway.auth import Claims
from gateway.conversations import Clock, ConversationService, snapshot
from gateway.disclosure import DisclosurePolicy
from gateway.error_codes import code_of, event_of
from gateway.errors import InvalidEvent, NotAnEvent, TooOften, UnknownConversation
from gateway.events import Goodbye, LimitsView, ResumedView, TurnReported, WalletView, Welcome
from gateway.intake import Intake
from gateway.limits import RateLimits
from gateway.logs import where
from gateway.measures import Measures
from gateway.outbox import Audio, Beside, Heard, Outbox
from gateway.ports import LiveEvents, Socket, Unit, Units
from gateway.protocol import (
    ClientEvent,
    ConversationOpen,
    Hello,
    MessageSend,
    ResumeMark,
    TurnCancel,
    TurnRegenerate,
    TurnReport,
    parse,
)
from gateway.rates import FRAMES, MESSAGES
from gateway.records import Logged
from gateway.reporting import Reporting
from gateway.sending import Sender
from gateway.session import Cancel, CatchUp, Close, Effect, Greet, Open, Report, Send, Session, Submit
from gateway.turns import TurnService
from persona.locales import language_of

HELLO_S = 10.0
QUEUE_MAX = 128
CLOSE_NO_EVENT = 4505
CLOSE_NO_HELLO = 4502
CLOSE_DRAINED = 4000
CLOSE_BROKEN = 1011
CLOSE_FLOOD = 4013

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Services:
    """What every connection of a process shares."""

    units: Units
    live: LiveEvents
    conversations: ConversationService
    turns: TurnService
    reporting: Reporting
    clock: Clock
    disclosure: DisclosurePolicy
    model_name: str
    heartbeat_s: float
    sockets_per_fan: int
    limits: RateLimits
    measures: Measures


@dataclass(frozen=True, slots=True)
class _Refuse:
    """An error to tell the client."""

    error: Exception
    ref: str | None
    turn: str | None = None


@dataclass(frozen=True, slots=True)
class _End:
    """Close with this code, or just stop when the socket is gone (None)."""

    code: int | None


_Item = ClientEvent | Heard | Audio | Beside | _Refuse | _End | Goodbye


class Connection:
    """One socket of one fan, from accept to close."""

    def __init__(self, socket: Socket, claims: Claims, services: Services) -> None:
        self._socket, self._claims, self._services = socket, claims, services
        self._session = Session()
        self._items: asyncio.Queue[_Item] = asyncio.Queue(QUEUE_MAX)
        self._outbox = Outbox()
        self._sender = Sender(socket, self._session, self._outbox, services.units)
        self._hello_came = False
        self._intake = Intake()
        self.closed = asyncio.Event()
        """Set when the socket has been served to its end."""

    async def run(self) -> None:
        """Serve the socket until it ends; the turns it began go on without it."""
        reader = asyncio.create_task(self._read(), name="reader")
        try:
            await self._conduct()
        except ConnectionError:
            pass  # the client is gone; what it missed is in the log
        except Exception as error:  # the boundary of a socket: it ends with a code, and its neighbours go on
            log.error("a socket broke: %s", where(error))
            await self._socket.close(CLOSE_BROKEN)
        finally:
            self._services.live.leave(self)
            reader.cancel()
            await asyncio.gather(reader, return_exceptions=True)
            self.closed.set()

    # What others may call, at any time

    def hear(self, events: Sequence[Logged]) -> None:
        """See gateway.ports.Listener. A full outbox is no loss: the conductor then reads the log."""
        self._queue(self._outbox.hear(events))

    def speak(self, piece: bytes | str) -> bool:
        """See gateway.ports.Listener."""
        return self._queue(self._outbox.speak(piece) if isinstance(piece, bytes) else self._outbox.beside(piece))

    @property
    def is_behind(self) -> bool:
        """See gateway.ports.Listener."""
        return self._outbox.is_behind

    def is_stuck(self, now_s: float) -> bool:
        """Whether the client has not taken a frame for too long; `now_s` is the event loop's time."""
        return self._sender.is_stuck(now_s)

    def evict(self) -> None:
        """Close a stuck client's socket; nobody waits for it any more."""
        self._services.measures.evicted()
        self._sender.evict()

    async def goodbye(self, reconnect_in_ms: int) -> None:
        """Tell the client that the server is about to end."""
        await self._items.put(Goodbye(id=_new_id(), reconnect_in_ms=reconnect_in_ms))

    async def end(self) -> None:
        """Close with CLOSE_DRAINED after everything that is queued has been sent."""
        await self._items.put(_End(CLOSE_DRAINED))

    # Reading

    async def _read(self) -> None:
        """Frames to items. Only a cancel is acted on at once: it must not wait behind a reply that is being sent."""
        try:
            async with asyncio.timeout(HELLO_S) as limit:
                while (frame := await self._socket.receive()) is not None:
                    if not await self._take_in(frame):
                        return
                    if self._hello_came:
                        limit.reschedule(None)
        except TimeoutError:
            await self._items.put(_End(CLOSE_NO_HELLO))
            return
        await self._items.put(_End(None))

    async def _take_in(self, frame: str | bytes) -> bool:
        """Queue what a frame holds; False when nothing more will be read."""
        wait_ms = self._intake.take(len(frame), asyncio.get_running_loop().time() * 1000)
        if self._intake.is_flood:
            await self._items.put(_End(CLOSE_FLOOD))
            return False
        if wait_ms:
            await self._items.put(_Refuse(TooOften(wait_ms), None))
            return True
        if isinstance(frame, bytes):
            await self._items.put(_End(CLOSE_NO_EVENT))
            return False
        try:
            event = parse(frame)
        except NotAnEvent:
            await self._items.put(_End(CLOSE_NO_EVENT))
            return False
        except InvalidEvent as error:
            await self._items.put(_Refuse(error, error.ref))
            return True
        self._hello_came = self._hello_came or isinstance(event, Hello)
        if isinstance(event, TurnCancel) and self._session.greeted:
            await self._cancel(event)
        else:
            await self._items.put(event)
        return True

    async def _cancel(self, event: TurnCancel) -> None:
        try:
            await self._services.turns.cancel(self._claims, event.turn, heard_ms=event.heard_ms)
        except Exception as error:  # whatever it was, the reader reads on
            await self._items.put(_Refuse(error, event.id, event.turn))

    def _queue(self, piece: Heard | Audio | Beside | None) -> bool:
        """Whether it will be sent, unless the client gets too slow for it."""
        if piece is None:
            return False
        try:
            self._items.put_nowait(piece)
        except asyncio.QueueFull:
            self._outbox.lost(piece)
            return False
        return True

    # Answering

    async def _conduct(self) -> None:
        while True:
            item = await self._items.get()
            if self._items.empty():
                await self._sender.make_up()
            match item:
                case Heard() | Audio() | Beside():
                    await self._sender.pass_on(item)
                case _Refuse(error, ref, turn):
                    await self._refuse(error, ref, turn)
                case Goodbye():
                    await self._sender.send(item.wire())
                case _End(code):
                    if code is not None:
                        await self._socket.close(code)
                    return
                case _:
                    if not await self._answer(item):
                        return

    async def _answer(self, event: ClientEvent) -> bool:
        """Do what a client asked for, or say why not; False when the socket was closed over it."""
        try:
            effect = self._session.receive(event, pong_id=_new_id())
            if isinstance(effect, Close):
                await self._socket.close(effect.code)
                return False
            if effect is not None:
                await self._carry_out(effect)
        except ConnectionError:
            raise
        except Exception as error:  # whatever refuses one event, the socket and its neighbours go on
            await self._refuse(error, event.id, None)
        return True

    async def _refuse(self, error: Exception, ref: str | None, turn: str | None) -> None:
        trace_id = _new_id()
        if code_of(error).class_ == "internal":
            log.error("trace %s: %s", trace_id, where(error))
        about = {"ref": ref} if turn is None else {"ref": ref, "turn": turn}
        await self._sender.send(event_of(error, _new_id(), trace_id, **about).wire())

    async def _carry_out(self, effect: Effect) -> None:
        match effect:
            case Send() | CatchUp():
                await self._sender.carry_out([effect])
            case Greet(hello):
                await self._greet(hello)
            case Open(event):
                await self._open(event)
            case Submit(event):
                await self._submit(event)
            case Report(event):
                await self._report(event)
            case Cancel(event):
                await self._services.turns.cancel(self._claims, event.turn, heard_ms=event.heard_ms)
            case Close(code):
                await self._socket.close(code)
            case _:
                assert_never(effect)

    # The three things a client can ask of the services

    async def _greet(self, hello: Hello) -> None:
        services = self._services
        async with services.units.read() as unit:
            wallet = await unit.books.wallet(self._claims.fan)
            resumed = [await self._resume(unit, mark) for mark in hello.resume]
        welcome = Welcome(
            id=_new_id(),
            session=_new_id(),
            heartbeat_s=services.heartbeat_s,
            limits=LimitsView(
                sockets_max=services.sockets_per_fan,
                messages_a_minute=int(MESSAGES.a_minute),
                frames_a_minute=int(FRAMES.a_minute),
            ),
            server_time=datetime.fromtimestamp(services.clock() / 1000, UTC).isoformat(timespec="milliseconds"),
            wallet=WalletView(available=wallet.available, held=wallet.held),
            disclosure=services.disclosure.told(language_of(self._claims.locale)),
            model=services.model_name,
            resumed=tuple(resumed),
        )
        await self._sender.send(welcome.wire())
        for mark, answer in zip(hello.resume, resumed, strict=True):
            services.measures.resumed(recovered=answer.recovered)
            if answer.recovered:
                await self._sender.catch_up(CatchUp(mark.conversation, mark.seq))

    async def _resume(self, unit: Unit, mark: ResumeMark) -> ResumedView:
        """Attach a conversation where the client left it, if it is this fan's and its log goes on from there."""
        lost = ResumedView(conversation=mark.conversation, recovered=False)
        try:
            known = await unit.conversations.get(mark.conversation, fan=self._claims.fan)
        except UnknownConversation:
            return lost
        self._services.live.follow(known.id, self)
        head = (await unit.conversations.get(known.id, fan=known.fan)).head_seq
        if mark.epoch != known.epoch or mark.seq > head:
            return lost
        self._session.attach(known.id, known.epoch, mark.seq)
        return ResumedView(conversation=known.id, recovered=True, from_=mark.seq + 1, to=head)

    async def _open(self, event: ConversationOpen) -> None:
        """Open a conversation, at the head of its log or, followed here already, where it has been sent to.

        Either way the next log event here is the one after that place, and a reply under way there is shown first.
        """
        conversation = (opened := await self._services.conversations.open(self._claims, event)).conversation
        head = self._session.place(conversation.id)
        if head is not None:
            await self._sender.catch_up(CatchUp(conversation.id, head))
            head = self._session.place(conversation.id)
        self._services.live.follow(conversation.id, self)
        async with self._services.units.read() as unit:
            if head is None:
                head = (await unit.conversations.get(conversation.id, fan=conversation.fan)).head_seq
            running = await snapshot(unit, conversation, head)
        self._session.attach(conversation.id, conversation.epoch, head)
        await self._sender.send(opened.event(head).wire())
        if running is not None:
            await self._sender.send(running.wire())

    async def _report(self, event: TurnReport) -> None:
        reported = await self._services.reporting.report(self._claims, event.turn, reason=event.reason, note=event.note)
        answer = TurnReported(id=_new_id(), turn=reported.turn, refunded=reported.refunded or None)
        await self._sender.send(answer.wire())

    async def _submit(self, event: MessageSend | TurnRegenerate) -> None:
        """Begin a turn. Its events come as live ones, or, when the message had come before, once more from the log."""
        taken = await self._services.turns.take(self._claims, event)
        conversation = taken.conversation
        if self._session.place(conversation.id) is None:
            self._services.live.follow(conversation.id, self)
            self._session.attach(conversation.id, conversation.epoch, taken.turn.first_seq - 1)
            await self._sender.catch_up(CatchUp(conversation.id, taken.turn.first_seq - 1))
            return
        if not taken.replay:
            return
        place = self._session.place(conversation.id) or 0
        for logged in taken.replay:
            if logged.seq <= place:
                await self._sender.send(logged.wire)
        await self._sender.catch_up(CatchUp(conversation.id, place))


def _new_id() -> str:
    return uuid.uuid4().hex
