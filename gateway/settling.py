"""The end of a turn: one transaction in which the hold is settled, the words are kept and `reply.done` is logged.

Whoever ends a turn — its performance, a cancel, a crash that another process cleans up after — comes through here, and
the guarded update in `Turns.finish` lets exactly one of them through.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from billing.types import Receipt, TurnCost, Usage
from gateway.costs import TokensUsed
from gateway.events import (
    ConversationUpdated,
    Credits,
    LogEvent,
    RapportView,
    ReceiptView,
    ReplyDone,
    SourceView,
    TurnStatus,
    WalletLow,
    WalletView,
)
from gateway.ports import Unit, Units
from gateway.records import Conversation, Logged, Turn
from gateway.spoken import spoken_in, text_sha256
from gateway.voicing import Voiced
from memory.notes import Owner
from persona.relationship import Step, is_worth_telling, moved

REMEMBERED: frozenset[TurnStatus] = frozenset({"completed", "cancelled"})
"""What a fan said in a turn that ended otherwise was not answered, and is not remembered."""


@dataclass(frozen=True, slots=True)
class Ending:
    """How a turn ended. `code` says why when it did not complete."""

    status: TurnStatus
    code: str | None = None
    sources: tuple[SourceView, ...] = ()
    used: TokensUsed | None = None
    """None when the model was never asked."""
    voiced: Voiced | None = None
    """What came of its voice; None when nothing was read aloud."""
    step: Step | None = None
    """How what the fan wrote moves the character towards them; None where nobody answered it."""
    towards: tuple[str, ...] = ()
    """In a scene: whom it was said to, and moves; everybody, when it is empty."""
    kept_as: str | None = None
    """How the transcript keeps a turn that no prompt, note or summary may use; None for one that they may."""


@dataclass(frozen=True, slots=True)
class Settled:
    """A turn that was ended just now: what was logged, and the credits that it cost."""

    events: tuple[Logged, ...]
    charged: int


class _EndedBefore(Exception):
    """Somebody else ended the turn first."""


class Settler:
    """Ends turns, each exactly once."""

    def __init__(
        self,
        units: Units,
        *,
        clock: Callable[[], int],
        cost: Callable[[TokensUsed], TurnCost] | None = None,
        voice_cost: Callable[[Voiced], TurnCost] | None = None,
    ) -> None:
        self._units, self._clock, self._cost, self._voice_cost = units, clock, cost, voice_cost

    async def settle(self, turn: Turn, ending: Ending) -> Settled | None:
        """End a turn that is still running; nothing happens to one that has ended (None)."""
        try:
            return await self._end(turn, ending)
        except _EndedBefore:
            return None

    async def _end(self, turn: Turn, ending: Ending) -> Settled:
        now_ms = self._clock()
        async with self._units.begin() as unit:
            await unit.turns.standing(turn.id)  # from here on nobody adds words to it: what is read now is all of it
            events = await unit.log.of_turn(turn.id)
            spoken = spoken_in(events)
            text = spoken.text
            receipt = view_of(await self._charge(unit, turn, ending, delivered=bool(text), now_ms=now_ms))
            for cost in self._costs(ending):
                await unit.books.note_cost(turn.id, cost, now_ms=now_ms)
            heard_chars = None if ending.voiced is None else ending.voiced.heard_chars
            if not await unit.turns.finish(turn.id, ending.status, receipt, heard_chars=heard_chars, now_ms=now_ms):
                raise _EndedBefore  # so that what was charged just now is taken back with the transaction
            kept_as = ending.kept_as or ending.status
            await unit.transcripts.finish(turn.id, reply_text=text, status=kept_as, parts=spoken.parts)
            news = await self._tell(unit, turn, ending, now_ms=now_ms)
            wallet = await unit.books.wallet(turn.fan)
            done = ReplyDone(
                id="",
                turn=turn.id,
                status=ending.status,
                text_sha256=text_sha256(text),
                receipt=receipt,
                wallet=WalletView(available=wallet.available, held=wallet.held),
                sources=ending.sources,
                code=ending.code,
            )
            events = await unit.log.append(turn.conversation, [*news, *_low(turn, done), done], now_ms=now_ms)
        return Settled(events, receipt.charged.text + receipt.charged.voice)

    def _costs(self, ending: Ending) -> Iterator[TurnCost]:
        """What the turn cost us, whatever became of it."""
        if ending.used is not None and self._cost is not None:
            yield self._cost(ending.used)
        if ending.voiced is not None and self._voice_cost is not None:
            yield self._voice_cost(ending.voiced)

    async def _tell(self, unit: Unit, turn: Turn, ending: Ending, *, now_ms: int) -> list[LogEvent]:
        """Leave the turn to be read for notes and to be summarised, in the same transaction, so that no crash loses it.

        Notes and relationships are of canon talk only; of a scene each has their own. What the fan is told is returned.
        """
        news: list[LogEvent] = []
        if ending.status not in REMEMBERED or ending.kept_as is not None:
            return news
        conversation = await unit.conversations.get(turn.conversation, fan=turn.fan)
        for slug in conversation.characters if conversation.is_played else ():
            owner = Owner(turn.fan, conversation.show, slug)
            await unit.notes.tell(owner, turn.id, now_ms=turn.created_at_ms)
            if ending.step is not None and slug in (ending.towards or conversation.characters):
                news += await _move(unit, conversation, owner, turn, ending.step, now_ms=now_ms)
        await unit.summaries.tell(turn.conversation, fan=turn.fan, now_ms=turn.created_at_ms)
        return news

    async def _charge(self, unit: Unit, turn: Turn, ending: Ending, *, delivered: bool, now_ms: int) -> Receipt:
        if ending.status == "completed" or (ending.status == "cancelled" and delivered):
            voiced = ending.voiced
            usage = Usage(
                text=True,
                voice=voiced is not None and voiced.delivered,
                tokens=ending.used.reply if ending.used else 0,
                chars=voiced.chars if voiced is not None and voiced.delivered else 0,
            )
            return await unit.books.capture(turn.id, usage, now_ms=now_ms)
        reason = ending.code or ("cancelled_before_words" if ending.status == "cancelled" else ending.status)
        return await unit.books.void(turn.id, reason, now_ms=now_ms)


async def _move(
    unit: Unit, conversation: Conversation, owner: Owner, turn: Turn, step: Step, *, now_ms: int
) -> list[LogEvent]:
    """Move how the character stands with the fan; what there is to tell of it."""
    before = await unit.rapports.get(owner)
    after = moved(before, step)
    if after != before:
        await unit.rapports.put(owner, after, now_ms=now_ms)
    if not is_worth_telling(before, after):
        return []
    shown = RapportView(familiarity=after.familiarity, warmth=after.warmth, trust=after.trust)
    named = owner.character if conversation.partner else None
    return [ConversationUpdated(id="", turn=turn.id, relationship=shown, character=named)]


def _low(turn: Turn, done: ReplyDone) -> list[LogEvent]:
    """What tells a fan that there is too little left for another message like this one, which was paid."""
    price = done.receipt.charged.text + done.receipt.charged.voice
    if not price or done.wallet.available >= price:
        return []
    return [WalletLow(id="", turn=turn.id, available=done.wallet.available, next_price=price)]


def view_of(receipt: Receipt) -> ReceiptView:
    """A receipt as it goes over the wire."""
    return ReceiptView(
        id=receipt.id,
        charged=Credits(text=receipt.charged.text, voice=receipt.charged.voice),
        price_version=receipt.price_version,
        refunded=receipt.refunded or None,
    )
