"""Live events between processes, through the channels of a Redis or Valkey server.

A conversation has a channel, on which its events are published, and so has each process, for cancels and its own signs
of life. Nothing is kept there: what a process cannot say or hear for a while is in the log, where `missed` has it
looked up. No turn ever waits for Redis, and no fault of it leaves this module but as `reach`.
"""

from __future__ import annotations

import asyncio
import logging
from collections import deque
from collections.abc import AsyncIterator, Callable, Collection, Iterable, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff
from redis.exceptions import RedisError

from gateway.dispatches import (
    SignOfLife,
    Told,
    Unwanted,
    pack_sign_of_life,
    pack_told,
    pack_unwanted,
    unpack,
)
from gateway.errors import InvalidSetting, NotADispatch
from gateway.live import LocalEvents
from gateway.logs import where
from gateway.ports import Listener, Reach
from gateway.records import Logged

CONVERSATION, PROCESS = "encore:live:", "encore:process:"
"""What the channels' names begin with; ids follow, which no two installations share."""
BEAT_S = 1.0
ANSWER_S = 2.0
"""How long the server may take for anything, a sign of life there and back included."""
RETRY_S = 0.5
LEAVE_S = 1.0
BATCH = 500
OUTGOING_MAX = 2_000

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class _Message:
    """Something to publish. Of several about the same thing the newest says it all, for a reader sees the gap."""

    channel: str
    about: str
    data: bytes


class RedisEvents:
    """See gateway.ports.LiveEvents. Touched only by the event loop that runs it."""

    def __init__(self, url: str, *, owner: str) -> None:
        self._url, self._owner, self._mailbox = url, owner, PROCESS + owner
        self._local = LocalEvents()
        self._cancelled: Callable[[str], object] = lambda turn: None
        self._missed: Callable[[Collection[str]], None] = lambda conversations: None
        self._outgoing: deque[_Message] = deque()
        self._leaving: list[_Message] = []
        """On its way to the server, and not answered yet."""
        self._has_outgoing, self._all_gone = asyncio.Event(), asyncio.Event()
        self._touched: set[str] = set()
        """Conversations that somebody began or ceased to follow, for the subscriptions to be brought into line."""
        self._has_touched, self._listening, self._heard_itself = asyncio.Event(), asyncio.Event(), asyncio.Event()
        self._up = self._complained = False

    # LiveEvents

    @property
    def reach(self) -> Reach:
        """See LiveEvents: "shared" when a sign of life came back through the server, and the link stands since."""
        return "shared" if self._up else "degraded"

    @property
    def followed(self) -> Collection[str]:
        """See LiveEvents."""
        return self._local.followed

    def attend(self, *, cancelled: Callable[[str], object], missed: Callable[[Collection[str]], None]) -> None:
        """See LiveEvents."""
        self._local.attend(cancelled=cancelled, missed=missed)
        self._cancelled, self._missed = cancelled, missed

    def publish(self, events: Sequence[Logged]) -> None:
        """See LiveEvents."""
        self._local.deliver(events)
        if events:
            conversation = events[0].conversation
            self._send(_Message(CONVERSATION + conversation, conversation, pack_told(self._owner, events)))

    def deliver(self, events: Sequence[Logged]) -> None:
        """See LiveEvents."""
        self._local.deliver(events)

    def cancel(self, turn: str, *, owner: str) -> None:
        """See LiveEvents."""
        if owner == self._owner:
            self._cancelled(turn)
        else:
            self._send(_Message(PROCESS + owner, turn, pack_unwanted(turn)))

    def follow(self, conversation: str, listener: Listener) -> None:
        """See LiveEvents. When the server has confirmed that it will tell of it, `missed` is told once."""
        self._local.follow(conversation, listener)
        self._touch([conversation])

    def audience(self, conversation: str) -> Sequence[Listener]:
        """See LiveEvents."""
        return self._local.audience(conversation)

    def leave(self, listener: Listener) -> None:
        """See LiveEvents."""
        conversations = self._local.followed_by(listener)
        self._local.leave(listener)
        self._touch(conversations)

    def _send(self, message: _Message) -> None:
        self._outgoing.append(message)
        if len(self._outgoing) > OUTGOING_MAX:
            self._keep_newest(self._outgoing)
        self._all_gone.clear()
        self._has_outgoing.set()

    def _keep_newest(self, messages: Iterable[_Message]) -> None:
        """Of what could not be sent, keep the newest about each thing; and of too many things, the newest."""
        newest: dict[tuple[str, str], _Message] = {}
        for message in messages:
            newest.pop((message.channel, message.about), None)
            newest[message.channel, message.about] = message
        self._outgoing = deque(newest.values())
        while len(self._outgoing) > OUTGOING_MAX // 2:
            self._outgoing.popleft()

    def _touch(self, conversations: Collection[str]) -> None:
        if conversations:
            self._touched.update(conversations)
            self._has_touched.set()

    # The link to the server

    async def run(self) -> None:
        """Keep a link to the server, a new one after each fault, for ever."""
        while True:
            try:
                await self._keep_link()
            except* Exception as faults:  # whatever ended a link, the network or what came over it, there is a next one
                if self._up or not self._complained:
                    log.warning("live events stay in this process: %s", where(_first(faults)))
                self._complained = True
            finally:
                self._lose()
            await asyncio.sleep(RETRY_S)

    def _lose(self) -> None:
        """There is no link: what was on its way may not have come, and others can no longer be heard."""
        was_up, self._up = self._up, False
        self._keep_newest([*self._leaving, *self._outgoing])
        self._leaving = []
        self._touched = set(self._local.followed)
        if was_up:
            self._missed(tuple(self._local.followed))

    async def _keep_link(self) -> None:
        """Work on one link until something fails: that ends all the rest."""
        self._listening.clear()
        redis = Redis.from_url(
            self._url,
            protocol=2,
            socket_timeout=None,  # its own would swallow a cancel that comes just then, before Python 3.12
            socket_connect_timeout=ANSWER_S,
            retry=Retry(NoBackoff(), 0),
        )
        pubsub = redis.pubsub()
        try:
            async with asyncio.timeout(ANSWER_S):
                subscribed = await self._subscribe(pubsub, set())
                await pubsub.subscribe(self._mailbox)  # confirmed after all of those before it
            async with asyncio.TaskGroup() as work:
                work.create_task(self._read(pubsub), name="listen")
                work.create_task(self._keep_subscribed(pubsub, subscribed), name="subscribe")
                work.create_task(self._write(redis), name="publish")
                work.create_task(self._beat(), name="signs of life")
        finally:
            with suppress(RedisError, OSError, TimeoutError):
                async with asyncio.timeout(LEAVE_S):
                    await pubsub.aclose()  # type: ignore[no-untyped-call]
                    await redis.aclose()

    async def _subscribe(self, pubsub: PubSub, subscribed: set[str]) -> set[str]:
        """Bring the subscriptions to what was touched into line with what is followed; returns what they are then."""
        touched, self._touched = self._touched, set()
        self._has_touched.clear()
        followed = self._local.followed
        begun = [name for name in touched if name in followed and name not in subscribed]
        ceased = [name for name in touched if name in subscribed and name not in followed]
        for start in range(0, len(begun), BATCH):
            await pubsub.subscribe(*(CONVERSATION + name for name in begun[start : start + BATCH]))
        if ceased:
            await pubsub.unsubscribe(*(CONVERSATION + name for name in ceased))
        return subscribed.union(begun).difference(ceased)

    async def _keep_subscribed(self, pubsub: PubSub, subscribed: set[str]) -> None:
        while True:
            await self._has_touched.wait()
            subscribed = await self._subscribe(pubsub, subscribed)

    async def _read(self, pubsub: PubSub) -> None:
        while True:
            message = await pubsub.get_message(timeout=None)
            if message is None:
                continue
            channel = message["channel"].decode()
            if message["type"] == "message":
                self._hear(channel, message["data"])
            elif message["type"] == "subscribe":
                self._confirmed(channel)

    def _confirmed(self, channel: str) -> None:
        if channel == self._mailbox:
            self._listening.set()
        else:
            self._missed([channel.removeprefix(CONVERSATION)])  # what was said before now did not come

    def _hear(self, channel: str, data: bytes) -> None:
        try:
            dispatch = unpack(data)
        except NotADispatch as error:
            log.warning("%s", error)
            if channel != self._mailbox:
                self._missed([channel.removeprefix(CONVERSATION)])
            return
        match dispatch:
            case Told(sender, events) if channel == CONVERSATION + events[0].conversation:
                if sender != self._owner:
                    self._local.deliver(events)
            case Unwanted(turn) if channel == self._mailbox:
                self._cancelled(turn)
            case SignOfLife() if channel == self._mailbox:
                self._heard_itself.set()
            case _:
                log.warning("a dispatch came on another's channel")

    async def _beat(self) -> None:
        """Tell ourselves that we live, through the server. Raises TimeoutError when that is not heard."""
        async with asyncio.timeout(ANSWER_S):
            await self._listening.wait()
        while True:
            self._heard_itself.clear()
            self._send(_Message(self._mailbox, "", pack_sign_of_life()))
            async with asyncio.timeout(ANSWER_S):
                await self._heard_itself.wait()
            if not self._up:
                self._up, self._complained = True, False
                log.info("live events reach every process")
                self._missed(())
            await asyncio.sleep(BEAT_S)

    async def _write(self, redis: Redis) -> None:
        while True:
            await self._has_outgoing.wait()
            self._leaving = [self._outgoing.popleft() for _ in range(min(BATCH, len(self._outgoing)))]
            pipeline = redis.pipeline(transaction=False)
            for message in self._leaving:
                pipeline.publish(message.channel, message.data)
            async with asyncio.timeout(ANSWER_S):
                await pipeline.execute()
            self._leaving = []
            if not self._outgoing:
                self._has_outgoing.clear()
                self._all_gone.set()

    async def said(self) -> None:
        """Wait until everything has left, LEAVE_S at most; what has not is found in the log."""
        with suppress(TimeoutError):
            async with asyncio.timeout(LEAVE_S if self._up else 0):
                await self._all_gone.wait()


@asynccontextmanager
async def open_redis_events(url: str, *, owner: str) -> AsyncIterator[RedisEvents]:
    """Live events that keep a link to the server while the block runs, as far as they can.

    Raises InvalidSetting for an address that is none.
    """
    try:
        await Redis.from_url(url).aclose()
    except ValueError:
        raise InvalidSetting("ENCORE_REDIS_URL", "it must be an address such as redis://127.0.0.1:6379/0") from None
    events = RedisEvents(url, owner=owner)
    running = asyncio.create_task(events.run(), name="live events")
    try:
        yield events
    finally:
        await events.said()
        running.cancel()
        await asyncio.gather(running, return_exceptions=True)


def _first(faults: BaseExceptionGroup[BaseException]) -> BaseException:
    """One of the errors in a group of groups: the one that the others followed from."""
    first = faults.exceptions[0]
    return _first(first) if isinstance(first, BaseExceptionGroup) else first
