"""Opening conversations and reading them back."""

from __future__ import annotations

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
from gateway.errors import InvalidEvent, TooYoung
from gateway.events import CharacterView, ConversationOpened, PriceView, ReplySnapshot
from gateway.experimenting import begun_with
from gateway.ports import Unit, Units
from gateway.protocol import ConversationOpen
from gateway.records import Conversation, Logged
from gateway.speakers import Mute, Speakers
from gateway.spoken import part_views, spoken_in

Clock = Callable[[], int]
"""Milliseconds since the epoch, UTC."""
STRETCH_MAX = 32
"""So many missed events of a reply under way are still sent one by one."""


def effective_horizon(claims: Claims, show: str, cap: int | None) -> int:
    """How far a fan is taken to have watched: what the host app says, lowered by what the fan asked for."""
    watched = claims.horizon(show)
    return watched if cap is None else min(watched, cap)


def price_scope(conversation: Conversation, region: str) -> PriceScope:
    """What the rate card is asked for; a pair goes by both of its slugs, `gideon+tamsin`."""
    character = "+".join(conversation.characters)
    return PriceScope(conversation.show, character, conversation.mode, conversation.locale, region)


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
    partner: Cast | None = None
    """Who else is there, in a scene."""
    text_worth: str | None = None
    """The same of a message whose reply is only read; None where a voice costs nothing more."""

    def event(self, seq: int) -> ConversationOpened:
        """The answer to the client, given the last `seq` it has been sent."""
        return ConversationOpened(
            id=uuid.uuid4().hex,
            conversation=self.conversation.id,
            epoch=self.conversation.epoch,
            seq=seq,
            character=self._view(self.cast),
            partner=None if self.partner is None else self._view(self.partner),
            horizon=self.horizon,
            greeting=self.greeting,
            mode=None if self.conversation.mode == "canon" else self.conversation.mode,
            speaks=True if self.speaks else None,
            price=PriceView(
                text=self.price.amounts.text,
                voice=self.price.amounts.voice,
                currency_hint=self.worth,
                text_hint=self.text_worth,
            ),
        )

    def _view(self, cast: Cast) -> CharacterView:
        slug = None if self.partner is None else cast.sheet.slug
        name = cast.sheet.name_in(self.conversation.locale)
        return CharacterView(slug=slug, name=name, version=cast.version, avatar=None)


class ConversationService:
    """Opens conversations; one for each fan, show, character or pair of them, and mode."""

    def __init__(
        self, units: Units, catalogue: Catalogue, casting: Casting, *, clock: Clock, speakers: Speakers
    ) -> None:
        self._units, self._catalogue, self._casting = units, catalogue, casting
        self._clock, self._speakers = clock, speakers

    async def open(self, claims: Claims, event: ConversationOpen) -> Opened:
        """Find or begin the conversation.

        Raises UnknownShow, NotPublished, UnknownCharacter, NoPrice, NoCrisisProtocol, TooYoung, and InvalidEvent for a
        scene that is not of two, or for two without one.

        What the fan asked for with `horizon` and `locale` stays until an open names another one, from whichever device:
        an open without one changes nothing.
        """
        admit(claims)
        crisis_protocol().language_of(event.locale or claims.locale)
        watched = claims.horizon(event.show)
        met = await self._met(event, effective_horizon(claims, event.show, event.horizon))
        pair = sorted(met, key=lambda cast: cast.sheet.slug)
        release = await self._catalogue.published(event.show)
        now_ms = self._clock()
        voice = await self._voice(met[0], event.locale or claims.locale) if len(met) == 1 else False
        async with self._units.begin() as unit:
            partner = pair[-1].sheet.slug if len(pair) > 1 else ""
            conversation = await unit.conversations.find(
                claims.fan, event.show, pair[0].sheet.slug, event.mode, partner=partner
            )
            if conversation is None:
                versions = await begun_with(unit, claims.fan, event.show, pair)
                conversation = _begun(claims, event, pair, versions, release, now_ms)
                await unit.conversations.add(conversation)
                await unit.books.open_wallet(claims.fan, now_ms=now_ms)
            else:
                conversation = await _as_asked(unit, conversation, event, watched)
            price = await unit.books.quote(
                price_scope(conversation, claims.region),
                voice=voice,
                now_ms=now_ms,
                opened_at_ms=conversation.created_at_ms,
            )
            worth, text_worth = await _worths(unit, claims.fan, price, now_ms)
        horizon = effective_horizon(claims, event.show, conversation.horizon_cap)
        if horizon < watched:  # a cap that was kept may be below the first meeting, or below that of the name used
            await self._met(event, horizon)
        kept = {slug: await self._casting.version(event.show, slug, at) for slug, at in conversation.performed}
        first, *others = [kept[cast.sheet.slug] for cast in met]
        return Opened(
            conversation,
            first,
            horizon,
            _greeting(first, horizon, conversation.locale),
            price,
            worth,
            speaks=bool(voice),
            partner=others[0] if others else None,
            text_worth=text_worth,
        )

    async def _met(self, event: ConversationOpen, horizon: int) -> tuple[Cast, ...]:
        """Who is asked for, first named first. Raises UnknownCharacter, and InvalidEvent unless two make a scene."""
        if (event.mode == "scene") != (event.partner is not None):
            raise InvalidEvent("with", event.id)
        wanted = (event.character,) if event.partner is None else (event.character, event.partner)
        met = tuple([await self._casting.find(event.show, name, horizon) for name in wanted])
        if len({cast.sheet.slug for cast in met}) < len(met):
            raise InvalidEvent("with", event.id)
        return met

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


async def _as_asked(unit: Unit, conversation: Conversation, event: ConversationOpen, watched: int) -> Conversation:
    """A conversation that is opened again, in the language and under the horizon that are named, if any are."""
    if event.horizon is not None:
        conversation = replace(conversation, horizon_cap=_cap(event.horizon, watched))
        await unit.conversations.set_horizon_cap(conversation.id, conversation.horizon_cap)
    if event.locale is not None and event.locale != conversation.locale:
        conversation = replace(conversation, locale=event.locale)
        await unit.conversations.set_locale(conversation.id, event.locale)
    return conversation


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


def _begun(
    claims: Claims,
    event: ConversationOpen,
    pair: Sequence[Cast],
    versions: Sequence[int],
    release: ReleaseId,
    now_ms: int,
) -> Conversation:
    """A conversation that begins now, on the canon that is published now and these versions of the sheets.

    `pair` may be of one.
    """
    met, *others = pair
    return Conversation(
        id=f"c-{uuid.uuid4().hex}",
        fan=claims.fan,
        show=event.show,
        character=met.sheet.slug,
        mode=event.mode,
        locale=event.locale or claims.locale,
        release_version=release.version,
        sheet_version=versions[0],
        epoch=uuid.uuid4().hex,
        head_seq=0,
        horizon_cap=None if event.horizon is None else _cap(event.horizon, claims.horizon(event.show)),
        created_at_ms=now_ms,
        disclosed_at_ms=now_ms,  # by the welcome, or whatever led here
        partner=others[0].sheet.slug if others else "",
        partner_version=versions[1] if others else 0,
    )


def _greeting(cast: Cast, horizon: int, locale: str) -> str:
    """The newest greeting that a fan of this horizon may hear, in their language if the sheet has one."""
    held = cast.sheet.to_fan(horizon, locale).greetings
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
    spoken = spoken_in(events)
    return ReplySnapshot(
        id=uuid.uuid4().hex,
        conversation=newest.conversation,
        turn=newest.turn,
        text=spoken.text,
        parts=part_views(spoken.parts),
        epoch=newest.epoch,
        through_seq=newest.seq,
        state=spoken.state,
    )
