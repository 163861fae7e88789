"""Units that break where a test says: by raising inside a transaction, or by killing the process at its commit.

They wrap the real ones and look only at what is appended to a log, for that tells which step of a turn it is.
"""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Literal, cast

from gateway.adapters.sql_units import SqlUnit
from gateway.events import LogEvent, ReplyDone
from gateway.ports import Conversations, EventLog, Unit, Units
from gateway.records import Conversation, Logged

Moment = Literal["before", "after"]


@dataclass
class WatchedLog:
    """An EventLog that notes what is appended."""

    log: EventLog
    appended: list[LogEvent] = field(default_factory=list)

    async def append(self, conversation: str, drafts: Sequence[LogEvent], *, now_ms: int) -> tuple[Logged, ...]:
        """See EventLog."""
        self.appended.extend(drafts)
        return await self.log.append(conversation, drafts, now_ms=now_ms)

    async def read(self, conversation: str, *, after: int, limit: int) -> tuple[Logged, ...]:
        """See EventLog."""
        return await self.log.read(conversation, after=after, limit=limit)

    async def of_turn(self, turn: str) -> tuple[Logged, ...]:
        """See EventLog."""
        return await self.log.of_turn(turn)

    async def heads(self, conversations: Sequence[str]) -> Mapping[str, int]:
        """See EventLog."""
        return await self.log.heads(conversations)

    async def newest(self, conversations: Sequence[str]) -> tuple[Logged, ...]:
        """See EventLog."""
        return await self.log.newest(conversations)


def with_parts(unit: Unit, **parts: object) -> Unit:
    """The unit with some of its stores in another's place."""
    assert isinstance(unit, SqlUnit)
    return replace(unit, **cast(Any, parts))


class WatchedUnits:
    """Units that call `step("before" | "after", events)` around each commit that appends to a log.

    What `step` raises before a commit rolls it back.
    """

    def __init__(self, units: Units, step: Callable[[Moment, Sequence[LogEvent]], None]) -> None:
        self._units, self._step = units, step

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._units.begin() as unit:
            log = WatchedLog(unit.log)
            yield with_parts(unit, log=log)
            if log.appended:
                self._step("before", log.appended)
        if log.appended:
            self._step("after", log.appended)

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """See Units."""
        return self._units.read()


class GatedUnits:
    """Units that can be made to wait at the gate before they write."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.open = asyncio.Event()
        self.open.set()
        self.waiting = asyncio.Event()
        """Set once somebody waits."""

    @asynccontextmanager
    async def begin(self) -> AsyncIterator[Unit]:
        """See Units."""
        if not self.open.is_set():
            self.waiting.set()
        await self.open.wait()
        async with self._units.begin() as unit:
            yield unit

    def read(self) -> AbstractAsyncContextManager[Unit]:
        """See Units."""
        return self._units.read()


@dataclass(frozen=True)
class InterruptedConversations:
    """Conversations whose readers are interrupted after each `get`."""

    conversations: Conversations
    interrupt: Callable[[], Awaitable[None]]

    async def get(self, conversation: str, *, fan: str) -> Conversation:
        """See Conversations."""
        found = await self.conversations.get(conversation, fan=fan)
        await self.interrupt()
        return found

    def __getattr__(self, name: str) -> Any:
        return getattr(self.conversations, name)


class InterruptedUnits:
    """Units for whose readers something happens, once, right after they have read a conversation and its head."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.happens: Callable[[], Awaitable[None]] | None = None

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """See Units."""
        return self._units.begin()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """See Units."""
        async with self._units.read() as unit:
            conversations = InterruptedConversations(unit.conversations, self._interrupt)
            yield with_parts(unit, conversations=cast(Conversations, conversations))

    async def _interrupt(self) -> None:
        happens, self.happens = self.happens, None
        if happens is not None:
            await happens()


class BooksBroken(RuntimeError):
    """What the database raises when a disk is full."""


class FailingEnds:
    """The next `times` settlements raise just before they commit, and every one of the turns in `poisoned`."""

    def __init__(self, times: int = 0) -> None:
        self.times = times
        self.poisoned: set[str] = set()
        self.failed = asyncio.Event()
        """Set at a failure; the test clears it."""

    def __call__(self, moment: Moment, appended: Sequence[LogEvent]) -> None:
        if moment == "after" or not any(isinstance(event, ReplyDone) for event in appended):
            return
        if self.times > 0 or appended[0].turn in self.poisoned:
            self.times -= 1
            self.failed.set()
            raise BooksBroken


class Outage:
    """Nothing of a reply can be written until it is `over`, from its first words on."""

    def __init__(self) -> None:
        self.over = False
        self.refused_end = asyncio.Event()
        """Set when the end of a reply could not be written."""

    def __call__(self, moment: Moment, appended: Sequence[LogEvent]) -> None:
        if moment == "after" or self.over or step_of(appended) not in ("reply.delta", "reply.done"):
            return
        if step_of(appended) == "reply.done":
            self.refused_end.set()
        raise BooksBroken


STEPS = ("message.accepted", "reply.done", "reply.delta", "turn.status")


def step_of(appended: Sequence[LogEvent]) -> str:
    """Which step of a turn a commit is: the first of STEPS among its events."""
    types = {event.type for event in appended}
    return next(step for step in STEPS if step in types)


class UnreadableUnits:
    """Units that cannot be read while they are `broken`."""

    def __init__(self, units: Units) -> None:
        self._units = units
        self.broken = False
        self.refused = asyncio.Event()
        """Set once somebody could not read."""

    def begin(self) -> AbstractAsyncContextManager[Unit]:
        """See Units."""
        return self._units.begin()

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Unit]:
        """See Units."""
        if self.broken:
            self.refused.set()
            raise BooksBroken
        async with self._units.read() as unit:
            yield unit


@dataclass(frozen=True)
class DyingProcess:
    """Kills this process, as a power cut would, at the commit of the step `at`."""

    moment: Moment
    at: str

    def __call__(self, moment: Moment, appended: Sequence[LogEvent]) -> None:
        if moment == self.moment and step_of(appended) == self.at:
            os.kill(os.getpid(), signal.SIGKILL)
