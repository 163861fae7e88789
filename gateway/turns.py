"""Turns: taking a message, performing it detached from any socket, cancelling it, and cleaning up after dead processes.

Taking is one transaction (gateway/accepting.py) and settling another (gateway/settling.py). A process that dies between
them leaves a turn that any other may settle.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from typing import Any

from billing.errors import HoldNotOverdue, InsufficientCredits
from characters.release import Cast, ReleaseId
from gateway.accepting import HOLD_TTL_S, Accepted, Accepting, Aloud, Taken
from gateway.auth import Claims
from gateway.costs import ModelPrice, VoicePrice
from gateway.errors import Draining, NotEnoughCredits, TooOften, TurnFinished
from gateway.feeling import Feelings
from gateway.fixed_reply import FixedReply, Performs
from gateway.limits import RateLimits
from gateway.logs import where
from gateway.measures import Measures
from gateway.performance import Performance, Speaks
from gateway.ports import LiveEvents, Units
from gateway.preparing import Preparing
from gateway.protocol import MessageSend, TurnRegenerate
from gateway.rates import APP_MESSAGE_BYTES, APP_MESSAGES, MESSAGE_BYTES, MESSAGES
from gateway.records import Turn
from gateway.replies import Replies, ReplyRequest
from gateway.settling import Ending, Settler
from gateway.speakers import Mute, Speakers
from gateway.tracing import Tracer
from gateway.voicing import Part, Voicing, tell_degraded
from persona.hunches import Hunch
from persona.relationship import step_of

OVERDUE_MAX = 100
BEAT_S = 5
QUIET_S = 20
"""A running turn whose owner has not been heard of for this long is settled by somebody else."""

Sells = Callable[[str, int], Awaitable[tuple[dict[str, Any], ...]]]
"""What is for sale, as it goes over the wire, to a fan of a region who lacks so many credits."""

log = logging.getLogger(__name__)


class TurnService:
    """Takes messages and performs turns, for one process (`owner`)."""

    def __init__(
        self,
        *,
        owner: str,
        units: Units,
        live: LiveEvents,
        accepting: Accepting,
        replies: Replies,
        preparing: Preparing,
        clock: Callable[[], int],
        model_price: ModelPrice,
        limits: RateLimits,
        measures: Measures,
        tracer: Tracer,
        speakers: Speakers,
        feelings: Feelings,
        voice_price: VoicePrice,
    ) -> None:
        self._owner, self._units, self._live = owner, units, live
        self._accepting, self._replies, self._clock = accepting, replies, clock
        self._preparing, self._limits = preparing, limits
        self._measures, self._tracer = measures, tracer
        self._speakers, self._feelings = speakers, feelings
        self._settler = Settler(
            units,
            clock=clock,
            cost=lambda used: model_price.of(replies.model_name, used),
            voice_cost=lambda voiced: voice_price.of(voiced.engine, voiced.asked_chars, voiced.duration_ms),
        )
        self._performances: dict[str, Performs] = {}
        self._unsettled: dict[str, tuple[Turn, Ending]] = {}
        self._tasks: set[asyncio.Task[None]] = set()
        self.draining = False
        self.sells: Sells = _sells_nothing

    @property
    def running(self) -> int:
        """Turns being performed here."""
        return len(self._performances)

    async def ready(self) -> bool:
        """Whether a turn could be taken: this process is not about to end, and its database answers with a price."""
        if self.draining:
            return False
        try:
            async with self._units.read() as unit:
                return bool(await unit.books.prices())
        except Exception as error:  # whatever keeps the database from answering, the answer is no
            log.error("not ready: %s", where(error))
            return False

    async def take(self, claims: Claims, message: MessageSend | TurnRegenerate, *, aloud: bool = True) -> Taken:
        """Give a message its turn and start performing it, or find the turn it has.

        `aloud`: whether whoever asks has a way to hear audio.

        Raises UnknownConversation, UnknownTurn, NotTheLastTurn, MessageIdConflict, TurnInProgress, Draining,
        NotEnoughCredits, BudgetReached, NoPrice, TooOften, NoCrisisProtocol.
        """
        wait_ms = await self._wait_ms(claims, message)
        if wait_ms and not await self._is_known(claims, message):
            raise TooOften(wait_ms)
        if isinstance(message, MessageSend):
            self._preparing.expect(message.text)
        try:
            hunch = await self._feelings.of(message.text) if isinstance(message, MessageSend) else None
            return await self._take(claims, message, aloud=aloud, hunch=hunch)
        except InsufficientCredits as short:  # the transaction is over: what is for sale is read outside of it
            packs = await self.sells(claims.region, short.needed - short.available)
            raise NotEnoughCredits(short.needed, short.available, packs) from short

    async def _wait_ms(self, claims: Claims, message: MessageSend | TurnRegenerate) -> int:
        """After how many milliseconds a message of this fan may come; 0 for now."""
        size = len(message.text.encode()) if isinstance(message, MessageSend) else 0
        for rule, key, amount in (
            (MESSAGES, claims.fan, 1),
            (MESSAGE_BYTES, claims.fan, size),
            (APP_MESSAGES, claims.app, 1),
            (APP_MESSAGE_BYTES, claims.app, size),
        ):
            if wait_ms := await self._limits.take(rule, key, amount):
                return wait_ms
        return 0

    async def _is_known(self, claims: Claims, message: MessageSend | TurnRegenerate) -> bool:
        """Whether the message has come before: that is no new work, and is never too often."""
        async with self._units.read() as unit:
            return await unit.turns.by_message(claims.fan, message.client_msg_id) is not None

    async def _take(
        self, claims: Claims, message: MessageSend | TurnRegenerate, *, aloud: bool, hunch: Hunch | None
    ) -> Taken:
        async with self._units.begin() as unit:
            if (known := await self._accepting.known(unit, claims, message)) is not None:
                return known
            with self._tracer.span("accept"):
                if self.draining:
                    raise Draining
                accepted = await self._accepting.accept(unit, claims, message, aloud=aloud, hunch=hunch)
        self._measures.turn_accepted()
        self._live.publish(accepted.events)
        if isinstance(accepted.aloud, Mute):
            tell_degraded(self._live, accepted.turn, accepted.aloud.code)
        if accepted.answer is None:
            self._start(accepted.turn, self._performance(accepted, claims))
        else:
            if accepted.answer.kind == "crisis":
                self._measures.crisis_answered()
            reply = FixedReply(accepted.turn, accepted.answer, units=self._units, live=self._live, clock=self._clock)
            self._start(accepted.turn, reply)
        return Taken(accepted.conversation, accepted.turn)

    def _performance(self, accepted: Accepted, claims: Claims) -> Performance:
        return Performance(
            accepted.turn,
            [self._speaks(accepted, claims, cast) for cast in accepted.cast],
            replies=self._replies,
            units=self._units,
            live=self._live,
            clock=self._clock,
            measures=self._measures,
            tracer=self._tracer,
            voicing=self._voicing(accepted),
            step=step_of(accepted.fan_text),
            towards=accepted.called,
        )

    def _speaks(self, accepted: Accepted, claims: Claims, cast: Cast) -> Speaks:
        """One of those who answer, with what only they may be asked with."""
        turn, conversation = accepted.turn, accepted.conversation
        other = next((one for one in accepted.cast if one is not cast), None)

        def request(heard: str) -> Awaitable[ReplyRequest]:
            return self._preparing.request(
                turn, conversation, claims, accepted.fan_text, cast, other=other, heard=heard
            )

        return Speaks(request, None if other is None else cast.sheet.slug)

    def _voicing(self, accepted: Accepted) -> Voicing | None:
        aloud, voice = accepted.aloud, self._speakers.voice
        if not isinstance(aloud, Aloud) or voice is None:
            return None
        cast = accepted.cast[0]
        release = ReleaseId(accepted.conversation.show, accepted.conversation.release_version)
        part = Part(
            voice,
            aloud.role,
            lambda: self._speakers.authored(cast, release),
            preface=aloud.preface,
            store=self._speakers.store,
            patience=self._speakers.patience,
        )
        return Voicing(accepted.turn, part, self._live, self._measures)

    def _start(self, turn: Turn, performance: Performs) -> None:
        self._performances[turn.id] = performance  # from here on it can be cancelled
        task = asyncio.create_task(self._perform(turn, performance), name=f"turn {turn.id}")
        self._tasks.add(task)
        task.add_done_callback(self._forget)

    def _forget(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        error = None if task.cancelled() else task.exception()
        if error is not None:
            self._measures.turn_unsettled()
            log.error("%s was not settled yet: %s", task.get_name(), where(error))

    async def _perform(self, turn: Turn, performance: Performs) -> None:
        with self._tracer.span("turn", turn=turn.id, conversation=turn.conversation, horizon=turn.horizon):
            await self._perform_and_settle(turn, performance)

    async def _perform_and_settle(self, turn: Turn, performance: Performs) -> None:
        try:
            ending = await performance.run()
        except Exception as error:  # most likely the log cannot be written; whatever it was, nobody performs this now
            log.error("turn %s broke: %s", turn.id, where(error))
            ending = Ending("failed", "interrupted")
        finally:
            del self._performances[turn.id]
        self._unsettled[turn.id] = (turn, ending)
        settling = asyncio.ensure_future(self._settle(turn, ending))
        try:
            await asyncio.shield(settling)
        except asyncio.CancelledError:
            await settling  # the process is about to end, but not before this is in the books
            raise

    async def _settle(self, turn: Turn, ending: Ending) -> None:
        """Settle; should the books fail just then, the ending is kept and the sweep tries again."""
        with self._tracer.span("settle", status=ending.status):
            settled = await self._settler.settle(turn, ending)
        if settled is not None:
            ours = turn.owner == self._owner
            self._measures.turn_ended(ending.status, ending.code or "", charged=settled.charged, ours=ours)
            self._live.publish(settled.events)
        self._unsettled.pop(turn.id, None)

    async def cancel(self, claims: Claims, turn: str, *, heard_ms: int | None = None) -> None:
        """Stop a reply, wherever it is performed. Raises UnknownTurn, and TurnFinished for one that has ended.

        `heard_ms`: how much of its audio the fan heard; known only where it is performed.

        What is performed elsewhere is marked in the same breath as it is seen to run, and its owner is told; should
        that one not hear of it, it sees the mark before it logs another word, or when it beats.
        """
        async with self._units.read() as unit:
            known = await unit.turns.get(turn, fan=claims.fan)
        if known.state != "running":
            raise TurnFinished(turn)
        if known.owner == self._owner:
            if not self.stop(turn, heard_ms):
                raise TurnFinished(turn)  # it is being settled
            return
        async with self._units.begin() as unit:
            if not await unit.turns.ask_to_cancel(turn, now_ms=self._clock()):
                raise TurnFinished(turn)
        self._live.cancel(turn, owner=known.owner)

    def stop(self, turn: str, heard_ms: int | None = None) -> bool:
        """Stop a reply that is performed here; False when it is not."""
        performance = self._performances.get(turn)
        if performance is not None:
            performance.cancel(heard_ms)
        return performance is not None

    async def stop_unwanted(self) -> None:
        """Stop the replies performed here whose cancel was asked for elsewhere."""
        turns = list(self._performances)
        if not turns:
            return
        async with self._units.read() as unit:
            unwanted = await unit.turns.unwanted(turns)
        for turn in unwanted:
            self.stop(turn)

    async def leave(self, fan: str) -> None:
        """End every turn that is performed here for a fan, as if they had cancelled it; returns when it is settled."""
        theirs = {f"turn {one.turn.id}" for one in self._performances.values() if one.turn.fan == fan}
        for performance in self._performances.values():
            if performance.turn.fan == fan:
                performance.cancel()
        await asyncio.gather(*(task for task in self._tasks if task.get_name() in theirs), return_exceptions=True)

    async def beat(self) -> None:
        """Say that the turns performed here are alive, keep their holds, and stop those that are unwanted."""
        turns = list(self._performances)
        if not turns:
            return
        now_ms = self._clock()
        async with self._units.begin() as unit:
            await unit.turns.beat(turns, now_ms=now_ms)
            await unit.books.extend(turns, expires_at_ms=now_ms + HOLD_TTL_S * 1000)
        await self.stop_unwanted()

    async def sweep(self, *, quiet_s: float = QUIET_S) -> int:
        """Settle turns whose owner is gone, and holds that nobody will settle. Returns how many turns it ended.

        A turn without its `reply.done` was not delivered to its end, for both are written at once: it is free. One
        that was performed here, and could not be settled then, is settled as it ended.
        """
        now_ms = self._clock()
        for turn, ending in tuple(self._unsettled.values()):
            await self._try_to_settle(turn, ending)
        async with self._units.read() as unit:
            quiet = await unit.turns.abandoned(quiet_since_ms=now_ms - int(quiet_s * 1000))
            overdue = await unit.books.overdue(now_ms=now_ms, limit=OVERDUE_MAX)
        ours = self._performances.keys() | self._unsettled.keys()
        lost = [turn for turn in quiet if turn.id not in ours]
        for turn in lost:
            await self._try_to_settle(turn, Ending("failed", "interrupted"))
        for held in set(overdue) - {turn.id for turn in lost} - ours:
            await self._expire(held)
        async with self._units.begin() as unit:
            await unit.books.lapse(now_ms=now_ms, limit=OVERDUE_MAX)
        return len(lost)

    async def _try_to_settle(self, turn: Turn, ending: Ending) -> None:
        try:
            await self._settle(turn, ending)
        except Exception as error:  # one turn that cannot be settled keeps no other waiting; the next sweep tries again
            log.error("turn %s was not settled yet: %s", turn.id, where(error))

    async def _expire(self, turn: str) -> None:
        """End an overdue hold, unless its turn has just been heard of."""
        try:
            async with self._units.begin() as unit:
                await unit.books.expire(turn, now_ms=self._clock())
        except HoldNotOverdue:
            return

    async def drained(self, *, within_s: float) -> None:
        """Let running turns end; after `within_s` those that still run are ended as interrupted."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=within_s)
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)


async def _sells_nothing(_region: str, _shortfall: int) -> tuple[dict[str, Any], ...]:
    return ()
