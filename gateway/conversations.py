"""Opening conversations and reading them back."""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from billing.types import Money, PriceScope, Quote
from billing.wording import price_of
from characters.ports import Catalogue
from characters.release import Cast, ReleaseId
from gateway.auth import Claims
from gateway.casting import Casting
from gateway.crisis_protocol import crisis_protocol
from gateway.errors import TooYoung
from gateway.events import (
    CharacterView,
    ConversationOpened,
    PriceView,
    ReplyDelta,
    ReplySnapshot,
    SpeakingState,
    TurnStatusEvent,
    parse_log_event,
)
from gateway.ports import Unit, Units
from gateway.protocol import ConversationOpen
from gateway.records import Conversation, Logged
from gateway.speakers import Mute, Speakers

Clock = Callable[[], int]
"""Milliseconds since the epoch, UTC."""
STRETCH_MAX = 32
"""So many missed events of a reply under way are still sent one by one."""


def effective_horizon(claims: Claims, show: str, cap: int | None) -> int:
    """How far a fan is taken to have watched: what the host app says, lowered by what the fan asked for."""
    watched = claims.horizon(show)
    return watched if cap is None else min(watched, cap)


def price_scope(conversation: Conversation, region: str) -> PriceScope:
    """What the rate card is asked for."""
    return PriceScope(conversation.show, conversation.character, conversation.mode, conversation.locale, region)


@dataclass(frozen=True, slots=True)
class Opened:
    """A conversation as it is opened on a socket; `wire` waits for the place in the log."""

    conversation: Conversation
    cast: Cast
    horizon: int
    greeting: str
    price: Quote
    worth: str | None
    """What a message costs in money, from the lots that would really burn; None when they were gifts."""
    speaks: bool = False
    """Whether a reply can be read aloud."""
    text_worth: str | None = None
    """The same of a message whose reply is only read; None where a voice costs nothing more."""

    def event(self, seq: int) -> ConversationOpened:
        """The answer to the client, given the last `seq` it has been sent."""
        return ConversationOpened(
            id=uuid.uuid4().hex,
            conversation=self.conversation.id,
            epoch=self.conversation.epoch,
            seq=seq,
            character=CharacterView(name=self.cast.sheet.name, version=self.cast.version, avatar=None),
            horizon=self.horizon,
            greeting=self.greeting,
            mode="what_if" if self.conversation.mode == "what_if" else None,
            speaks=True if self.speaks else None,
            price=PriceView(
                text=self.price.amounts.text,
                voice=self.price.amounts.voice,
                currency_hint=self.worth,
                text_hint=self.text_worth,
            ),
        )


class ConversationService:
    """Opens conversations; one for each fan, show, character and mode."""

    def __init__(
        self, units: Units, catalogue: Catalogue, casting: Casting, *, clock: Clock, speakers: Speakers
    ) -> None:
        self._units, self._catalogue, self._casting = units, catalogue, casting
        self._clock, self._speakers = clock, speakers

    async def open(self, claims: Claims, event: ConversationOpen) -> Opened:
        """Find or begin the conversation.

        Raises UnknownShow, NotPublished, UnknownCharacter, NoPrice, NoCrisisProtocol, TooYoung.

        What the fan asked for with `horizon` stays until an open names another one, from whichever device: an open
        without one changes nothing.
        """
        admit(claims)
        crisis_protocol().language_of(event.locale or claims.locale)
        watched = claims.horizon(event.show)
        met = await self._casting.find(
            event.show, event.character, effective_horizon(claims, event.show, event.horizon)
        )
        release = await self._catalogue.published(event.show)
        now_ms = self._clock()
        voice = await self._voice(met, event.locale or claims.locale)
        async with self._units.begin() as unit:
            conversation = await unit.conversations.find(claims.fan, event.show, met.sheet.slug, event.mode)
            if conversation is None:
                conversation = _begun(claims, event, met, release, now_ms)
                await unit.conversations.add(conversation)
                await unit.books.open_wallet(claims.fan, now_ms=now_ms)
            elif event.horizon is not None:
                conversation = replace(conversation, horizon_cap=_cap(event.horizon, watched))
                await unit.conversations.set_horizon_cap(conversation.id, conversation.horizon_cap)
            price = await unit.books.quote(
                price_scope(conversation, claims.region),
                voice=voice,
                now_ms=now_ms,
                opened_at_ms=conversation.created_at_ms,
            )
            worth, text_worth = await _worths(unit, claims.fan, price, now_ms)
        horizon = effective_horizon(claims, event.show, conversation.horizon_cap)
        if horizon < watched:  # a cap that was kept may be below the first meeting, or below that of the name used
            await self._casting.find(event.show, event.character, horizon)
        cast = await self._casting.version(conversation.show, conversation.character, conversation.sheet_version)
        return Opened(conversation, cast, horizon, _greeting(cast, horizon), price, worth, bool(voice), text_worth)

    async def price(self, claims: Claims, show: str, cast: Cast) -> Quote:
        """What a message to this character costs now. Raises NoPrice."""
        scope = PriceScope(show, cast.sheet.slug, "canon", claims.locale, claims.region)
        async with self._units.read() as unit:
            voice = await self._voice(cast, claims.locale)
            return await unit.books.quote(scope, voice=voice, now_ms=self._clock())

    async def _voice(self, cast: Cast, locale: str) -> str | bool:
        """The voice that a fan would hear and pay; False when there is none."""
        role = await self._speakers.role(cast, locale, now_ms=self._clock())
        return False if isinstance(role, Mute) else role.voice


async def _worths(unit: Unit, fan: str, price: Quote, now_ms: int) -> tuple[str | None, str | None]:
    """What a message costs in money with its voice, and without one; the second is None where no voice costs more."""
    amounts = price.amounts
    whole = worth_of(await unit.books.value(fan, amounts.total, now_ms=now_ms))
    if not amounts.voice:
        return whole, None
    return whole, worth_of(await unit.books.value(fan, amounts.text, now_ms=now_ms))


def worth_of(amounts: Sequence[Money]) -> str | None:
    """Money as a hint for people, each currency once; None for nothing."""
    told = [price_of(money.currency, money.micros) for money in amounts if money.micros]
    return " + ".join(text for text in told if text) or None


def _cap(asked: int, watched: int) -> int | None:
    """What is kept of a horizon that a fan named: one that lowers nothing lifts the cap, also for later episodes."""
    return asked if asked < watched else None


def _begun(claims: Claims, event: ConversationOpen, met: Cast, release: ReleaseId, now_ms: int) -> Conversation:
    """A conversation that begins now, on the canon and the sheet that are published now."""
    return Conversation(
        id=f"c-{uuid.uuid4().hex}",
        fan=claims.fan,
        show=event.show,
        character=met.sheet.slug,
        mode=event.mode,
        locale=event.locale or claims.locale,
        release_version=release.version,
        sheet_version=met.version,
        epoch=uuid.uuid4().hex,
        head_seq=0,
        horizon_cap=None if event.horizon is None else _cap(event.horizon, claims.horizon(event.show)),
        created_at_ms=now_ms,
        disclosed_at_ms=now_ms,  # by the welcome, or whatever led here
    )


def _greeting(cast: Cast, horizon: int) -> str:
    """The newest greeting that a fan of this horizon may hear."""
    held = cast.sheet.at(horizon).greetings
    return max(held, key=lambda greeting: greeting.from_episode).text if held else ""


def admit(claims: Claims) -> None:
    """Raises TooYoung for a fan whom nobody may chat with."""
    if claims.age == "child":
        raise TooYoung


async def snapshot(unit: Unit, conversation: Conversation, head: int) -> ReplySnapshot | None:
    """The reply that is under way at the place `head` of a log, as it stands there; None when none is.

    It is read from the log alone, which only grows: whatever ends meanwhile, the answer for a place stays the same, and
    what comes after that place is told by the log.
    """
    newest = await unit.log.read(conversation.id, after=head - 1, limit=1) if head else ()
    return await _under_way(unit, newest[0]) if newest else None


async def abridged(unit: Unit, missed: Sequence[Logged]) -> tuple[Sequence[Logged], ReplySnapshot | None]:
    """Events of one log that a client missed; a long stretch of a reply still under way is left to a snapshot of it.

    The snapshot reaches to the log's head as it is now, so that what comes next is live.
    """
    before = before_words(missed)
    if len(missed) - len(before) <= STRETCH_MAX:
        return missed, None
    (newest,) = await unit.log.newest([missed[-1].conversation])
    shown = await _under_way(unit, newest)
    if shown is None or shown.turn != missed[-1].turn:
        return missed, None
    return before, shown


def before_words(events: Sequence[Logged]) -> Sequence[Logged]:
    """The events without those at their end that a snapshot of one turn's reply could stand for."""
    end = len(events)
    while end and events[end - 1].type in ("reply.delta", "turn.status") and events[end - 1].turn == events[-1].turn:
        end -= 1
    return events[:end]


async def _under_way(unit: Unit, newest: Logged) -> ReplySnapshot | None:
    """The reply to which an event belongs, up to that event; None when it ends there."""
    if newest.type == "reply.done":
        return None
    events = [event for event in await unit.log.of_turn(newest.turn) if event.seq <= newest.seq]
    text, state = reply_so_far(events)
    return ReplySnapshot(
        id=uuid.uuid4().hex,
        conversation=newest.conversation,
        turn=newest.turn,
        text=text,
        epoch=newest.epoch,
        through_seq=newest.seq,
        state=state,
    )


def reply_so_far(events: list[Logged] | tuple[Logged, ...]) -> tuple[str, SpeakingState]:
    """The text and the state that the events of one turn add up to."""
    text = ""
    state: SpeakingState = "recalling"
    for logged in events:
        event = parse_log_event(logged.wire)
        if isinstance(event, ReplyDelta):
            text += event.text
        elif isinstance(event, TurnStatusEvent):
            state = event.state
    return text, state


def text_sha256(text: str) -> str:
    """Lower-case hex over the UTF-8 bytes of a whole reply."""
    return hashlib.sha256(text.encode()).hexdigest()
