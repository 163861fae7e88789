"""Turns: taking a message, performing it detached from any socket, cancelling it, and cleaning up after dead processes.

The only place where money and words meet. Taking a message is one transaction: the idempotency check, the hold, the
turn, the fan's words and the first events are there together or not at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import uuid
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from typing import Any

from billing.errors import HoldNotOverdue, InsufficientCredits
from billing.types import TurnKind
from characters.errors import UnknownCharacter
from characters.meeting import met_by
from gateway.auth import Claims
from gateway.casting import Casting
from gateway.conversations import effective_horizon, price_scope
from gateway.costs import ModelPrice
from gateway.crisis_protocol import CrisisAnswer, CrisisProtocol
from gateway.errors import Draining, MessageIdConflict, NotEnoughCredits, TooOften, TurnFinished, TurnInProgress
from gateway.events import Credits, LogEvent, MessageAccepted, TurnStatusEvent
from gateway.fixed_reply import CrisisReply, Performs
from gateway.limits import RateLimits
from gateway.logs import where
from gateway.measures import Measures
from gateway.performance import Performance
from gateway.ports import LiveEvents, Unit, Units
from gateway.preparing import Preparing
from gateway.protocol import MessageSend
from gateway.rates import APP_MESSAGES, MESSAGES
from gateway.records import Conversation, Logged, Turn
from gateway.replies import Replies
from gateway.settling import Ending, Settler
from gateway.tracing import Tracer
from persona.crisis import crisis_in

HOLD_TTL_S = 120
OVERDUE_MAX = 100
BEAT_S = 5
QUIET_S = 20
"""A running turn whose owner has not been heard of for this long is settled by somebody else."""

Sells = Callable[[str, int], Awaitable[tuple[dict[str, Any], ...]]]
"""What is for sale, as it goes over the wire, to a fan of a region who lacks so many credits."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that has its turn. `replay` holds the turn's events so far when the message had come before."""

    conversation: Conversation
    turn: Turn
    replay: tuple[Logged, ...] = ()


class TurnService:
    """Takes messages and performs turns, for one process (`owner`)."""

    def __init__(
        self,
        *,
        owner: str,
        units: Units,
        live: LiveEvents,
        casting: Casting,
        replies: Replies,
        preparing: Preparing,
        clock: Callable[[], int],
        voice: bool,
        model_price: ModelPrice,
        limits: RateLimits,
        measures: Measures,
        tracer: Tracer,
        protocol: CrisisProtocol,
    ) -> None:
        self._owner, self._units, self._live = owner, units, live
        self._casting, self._replies, self._clock, self._voice = casting, replies, clock, voice
        self._preparing, self._limits = preparing, limits
        self._measures, self._tracer = measures, tracer
        self._settler = Settler(units, clock=clock, cost=lambda used: model_price.of(replies.model_name, used))
        self._protocol = protocol
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

    async def take(self, claims: Claims, message: MessageSend) -> Taken:
        """Give a message its turn and start performing it, or find the turn it has.

        Raises UnknownConversation, MessageIdConflict, TurnInProgress, Draining, NotEnoughCredits, BudgetReached,
        NoPrice, TooOften, NoCrisisProtocol.
        """
        wait_ms = await self._limits.take(MESSAGES, claims.fan) or await self._limits.take(APP_MESSAGES, claims.app)
        if wait_ms and not await self._is_known(claims, message):
            raise TooOften(wait_ms)
        self._preparing.expect(message.text)
        try:
            return await self._take(claims, message)
        except InsufficientCredits as short:  # the transaction is over: what is for sale is read outside of it
            packs = await self.sells(claims.region, short.needed - short.available)
            raise NotEnoughCredits(short.needed, short.available, packs) from short

    async def _is_known(self, claims: Claims, message: MessageSend) -> bool:
        """Whether the message has come before: that is no new work, and is never too often."""
        async with self._units.read() as unit:
            return await unit.turns.by_message(claims.fan, message.client_msg_id) is not None

    async def _take(self, claims: Claims, message: MessageSend) -> Taken:
        body_hash = _body_hash(message)
        async with self._units.begin() as unit:
            known = await unit.turns.by_message(claims.fan, message.client_msg_id)
            if known is not None:
                if known.body_hash != body_hash:
                    raise MessageIdConflict
                conversation = await unit.conversations.get(known.conversation, fan=claims.fan)
                return Taken(conversation, known, await unit.log.of_turn(known.id))
            conversation = await unit.conversations.get(message.conversation, fan=claims.fan)
            answer = self._in_danger(message.text, conversation, claims)
            with self._tracer.span("accept", conversation=conversation.id):
                kind: TurnKind = "message" if answer is None else "crisis"
                turn, events = await self._accept(unit, claims, message, conversation, body_hash, kind)
        self._measures.turn_accepted()
        self._live.publish(events)
        if answer is None:
            self._start(turn, self._performance(turn, conversation, claims, message.text))
            return Taken(conversation, turn)
        self._measures.crisis_answered()
        self._start(turn, CrisisReply(turn, answer, units=self._units, live=self._live, clock=self._clock))
        return Taken(conversation, turn)

    def _in_danger(self, text: str, conversation: Conversation, claims: Claims) -> CrisisAnswer | None:
        """What a fan in danger is told in place of a reply. Raises NoCrisisProtocol, also for who is in none."""
        self._protocol.language_of(conversation.locale)
        kind = crisis_in(text)
        return None if kind is None else self._protocol.answer(kind, conversation.locale, claims.region)

    async def _accept(
        self,
        unit: Unit,
        claims: Claims,
        message: MessageSend,
        conversation: Conversation,
        body_hash: str,
        kind: TurnKind,
    ) -> tuple[Turn, tuple[Logged, ...]]:
        busy = await unit.turns.running(conversation.id)
        if busy is not None:
            raise TurnInProgress(busy.id)
        if self.draining:
            raise Draining
        horizon = effective_horizon(claims, conversation.show, conversation.horizon_cap)
        cast = await self._casting.version(conversation.show, conversation.character, conversation.sheet_version)
        if not met_by([cast], horizon):  # the host app has taken progress back
            raise UnknownCharacter(conversation.show, conversation.character)
        now_ms = self._clock()
        turn = Turn(
            id=f"t-{uuid.uuid4().hex}",
            conversation=conversation.id,
            fan=claims.fan,
            client_msg_id=message.client_msg_id,
            body_hash=body_hash,
            state="running",
            first_seq=conversation.head_seq + 1,
            owner=self._owner,
            horizon=horizon,
            created_at_ms=now_ms,
        )
        quote = await unit.books.quote(
            price_scope(conversation, claims.region),
            voice=self._voice and message.voice,
            now_ms=now_ms,
            kind=kind,
            opened_at_ms=conversation.created_at_ms,
        )
        held = await unit.books.hold(turn.id, claims.fan, quote, now_ms=now_ms, ttl_ms=HOLD_TTL_S * 1000)
        drafts: list[LogEvent] = [
            MessageAccepted(
                id="",
                turn=turn.id,
                client_msg_id=message.client_msg_id,
                hold=Credits(text=held.text, voice=held.voice),
            ),
            TurnStatusEvent(id="", turn=turn.id, state="recalling"),
        ]
        events = await unit.log.append(conversation.id, drafts, now_ms=now_ms)
        turn = replace(turn, first_seq=events[0].seq)
        await unit.turns.add(turn)
        await unit.transcripts.begin(
            conversation.id, turn.id, fan_text=message.text, horizon=turn.horizon, now_ms=now_ms
        )
        return turn, events

    def _performance(self, turn: Turn, conversation: Conversation, claims: Claims, fan_text: str) -> Performance:
        return Performance(
            turn,
            lambda: self._preparing.request(turn, conversation, claims, fan_text),
            replies=self._replies,
            units=self._units,
            live=self._live,
            clock=self._clock,
            measures=self._measures,
            tracer=self._tracer,
        )

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

    async def cancel(self, claims: Claims, turn: str) -> None:
        """Stop a reply, wherever it is performed. Raises UnknownTurn, and TurnFinished for one that has ended.

        What is performed elsewhere is marked in the same breath as it is seen to run, and its owner is told; should
        that one not hear of it, it sees the mark before it logs another word, or when it beats.
        """
        async with self._units.read() as unit:
            known = await unit.turns.get(turn, fan=claims.fan)
        if known.state != "running":
            raise TurnFinished(turn)
        if known.owner == self._owner:
            if not self.stop(turn):
                raise TurnFinished(turn)  # it is being settled
            return
        async with self._units.begin() as unit:
            if not await unit.turns.ask_to_cancel(turn, now_ms=self._clock()):
                raise TurnFinished(turn)
        self._live.cancel(turn, owner=known.owner)

    def stop(self, turn: str) -> bool:
        """Stop a reply that is performed here; False when it is not."""
        performance = self._performances.get(turn)
        if performance is not None:
            performance.cancel()
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


def _body_hash(message: MessageSend) -> str:
    body = json.dumps([message.conversation, message.text, message.voice], ensure_ascii=False)
    return hashlib.sha256(body.encode()).hexdigest()
