"""Accepting what a fan asks for: who may, at what price, and the turn's beginning, in the transaction of its caller.

The idempotency check, the hold, the turn, the fan's words and the first events are there together or not at all. It
never performs and never settles.
"""

from __future__ import annotations

import hashlib
import json
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace

from billing.types import TurnKind
from characters.errors import UnknownCharacter
from characters.meeting import met_by
from characters.release import Cast, ReleaseId
from gateway.auth import Claims
from gateway.casting import Casting
from gateway.conversations import admit, effective_horizon, price_scope
from gateway.crisis_protocol import CrisisProtocol
from gateway.disclosure import DisclosurePolicy
from gateway.errors import MessageIdConflict, NotTheLastTurn, TurnInProgress
from gateway.events import Credits, DisclosureEvent, HelpView, LogEvent, MessageAccepted, TurnStatusEvent
from gateway.feeling import by_rules, only_leaves
from gateway.fixed_reply import FixedAnswer
from gateway.ports import Unit
from gateway.protocol import MessageSend, TurnRegenerate
from gateway.records import Conversation, Logged, Turn
from gateway.speakers import NO_VOICE, Mute, Speakers
from memory.aloud import first_speaker
from memory.ports import Transcripts
from memory.types import ASIDE, REPLACED
from persona.calling import called
from persona.goodbye import goodbye
from persona.hunches import Hunch
from persona.locales import language_of
from persona.voices import Role

HOLD_TTL_S = 120
LOOK_BACK_TURNS = 8
"""So many turns are looked at for who began the last one."""
FAILED_OF_OURS = ("failed", "refused")
"""How a reply ended that is given once more for nothing."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that has its turn. `replay` holds the turn's events so far when the message had come before."""

    conversation: Conversation
    turn: Turn
    replay: tuple[Logged, ...] = ()


@dataclass(frozen=True, slots=True)
class Accepted(Taken):
    """A message that has a new turn, and its first events. `answer`: what a fan is told instead of a reply."""

    fan_text: str = ""
    events: tuple[Logged, ...] = ()
    answer: FixedAnswer | None = None
    cast: tuple[Cast, ...] = ()
    """Who answers, in order."""
    called: tuple[str, ...] = ()
    """Those of them whom the message calls by name, in a scene."""
    aloud: Aloud | Mute | None = None
    """How the reply is heard, or why it is not; None when nobody asked to hear it."""


@dataclass(frozen=True, slots=True)
class Aloud:
    """How a reply is read aloud, and what the voice says before it."""

    role: Role
    preface: str = ""


@dataclass(frozen=True, slots=True)
class _Wish:
    """What is asked for: words of the fan's, or another reply to those of the turn `replaces`."""

    conversation: Conversation
    text: str
    voice: bool
    replaces: Turn | None = None


class Accepting:
    """Accepts for one process (`owner`)."""

    def __init__(
        self,
        *,
        owner: str,
        casting: Casting,
        transcripts: Transcripts,
        protocol: CrisisProtocol,
        disclosure: DisclosurePolicy,
        clock: Callable[[], int],
        speakers: Speakers,
        persona_version: int | None = None,
    ) -> None:
        self._owner, self._casting, self._transcripts = owner, casting, transcripts
        self._protocol, self._disclosure = protocol, disclosure
        self._clock, self._speakers = clock, speakers
        self._persona_version = persona_version

    async def known(self, unit: Unit, claims: Claims, message: MessageSend | TurnRegenerate) -> Taken | None:
        """The turn that this message had begun before. Raises MessageIdConflict for another body under its id."""
        turn = await unit.turns.by_message(claims.fan, message.client_msg_id)
        if turn is None:
            return None
        if turn.body_hash != _body_hash(message):
            raise MessageIdConflict
        conversation = await unit.conversations.get(turn.conversation, fan=claims.fan)
        return Taken(conversation, turn, await unit.log.of_turn(turn.id))

    async def accept(
        self,
        unit: Unit,
        claims: Claims,
        message: MessageSend | TurnRegenerate,
        *,
        aloud: bool = True,
        hunch: Hunch | None = None,
    ) -> Accepted:
        """Begin a turn. Where audio cannot go (`aloud` is false) a wish for voice is none.

        `hunch`: what the message is taken for; None asks the rules.

        Raises UnknownConversation, UnknownTurn, NotTheLastTurn, TurnInProgress, InsufficientCredits, BudgetReached,
        NoPrice, NoCrisisProtocol, TooYoung, UnknownCharacter.
        """
        admit(claims)
        wish = await self._wish(unit, claims, message)
        conversation, now_ms = wish.conversation, self._clock()
        busy = await unit.turns.running(conversation.id)
        if busy is not None:
            raise TurnInProgress(busy.id)
        turn = self._turn(claims, message, conversation, now_ms)
        cast, calls = await self._in_order(wish, await self._met(claims, conversation), turn.horizon)
        answer = await self._fixed(wish, claims, cast, turn, hunch or by_rules(wish.text))
        heard = await self._aloud(unit, claims, conversation, cast, now_ms) if aloud and wish.voice else None
        quote = await unit.books.quote(
            price_scope(conversation, claims.region),
            voice=heard.role.voice if isinstance(heard, Aloud) else False,
            now_ms=now_ms,
            kind=_kind(wish, answer),
            opened_at_ms=conversation.created_at_ms,
        )
        held = await unit.books.hold(turn.id, claims.fan, quote, now_ms=now_ms, ttl_ms=HOLD_TTL_S * 1000)
        if wish.replaces is not None:
            await _put_aside(unit, wish.replaces)
        drafts: list[LogEvent] = [
            MessageAccepted(
                id="",
                turn=turn.id,
                client_msg_id=message.client_msg_id,
                hold=Credits(text=held.text, voice=held.voice),
                replaces=None if wish.replaces is None else wish.replaces.id,
            ),
            *await self._disclosed(unit, claims, conversation, turn, now_ms),
            TurnStatusEvent(id="", turn=turn.id, state="recalling"),
        ]
        events = await unit.log.append(conversation.id, drafts, now_ms=now_ms)
        turn = replace(turn, first_seq=events[0].seq, replaces=None if wish.replaces is None else wish.replaces.id)
        await unit.turns.add(turn)
        await unit.transcripts.begin(conversation.id, turn.id, fan_text=wish.text, horizon=turn.horizon, now_ms=now_ms)
        return Accepted(conversation, turn, (), wish.text, events, answer, cast, calls, heard)

    async def _aloud(
        self, unit: Unit, claims: Claims, conversation: Conversation, cast: tuple[Cast, ...], now_ms: int
    ) -> Aloud | Mute:
        """How the reply is heard. That this is an AI is said aloud too: before the first reply and when it is time.

        A scene is not read aloud: a turn has one voice.
        """
        if len(cast) > 1:
            return NO_VOICE
        role = await self._speakers.role(cast[0], conversation.locale, now_ms=now_ms)
        if isinstance(role, Mute):
            return role
        told_at_ms = conversation.disclosed_aloud_at_ms
        if not self._disclosure.is_due(claims.age, claims.region, told_at_ms=told_at_ms, now_ms=now_ms):
            return Aloud(role)
        await unit.conversations.set_disclosed_aloud(conversation.id, at_ms=now_ms)
        return Aloud(role, self._disclosure.told(self._protocol.language_of(conversation.locale)).text)

    async def _wish(self, unit: Unit, claims: Claims, message: MessageSend | TurnRegenerate) -> _Wish:
        if isinstance(message, MessageSend):
            conversation = await unit.conversations.get(message.conversation, fan=claims.fan)
            return _Wish(conversation, message.text, message.voice)
        turn = await unit.turns.get(message.turn, fan=claims.fan)
        conversation = await unit.conversations.get(turn.conversation, fan=claims.fan)
        (newest,) = await unit.turns.page(conversation.id, before=None, limit=1)
        if newest.turn != turn.id:
            raise NotTheLastTurn(turn.id)
        (said,) = await self._transcripts.of_turns([turn.id])
        return _Wish(conversation, said.fan_text, voice=False, replaces=turn)

    async def _met(self, claims: Claims, conversation: Conversation) -> tuple[Cast, ...]:
        horizon = effective_horizon(claims, conversation.show, conversation.horizon_cap)
        cast = [await self._casting.version(conversation.show, slug, at) for slug, at in conversation.performed]
        for one in cast:
            if not met_by([one], horizon):  # the host app has taken progress back
                raise UnknownCharacter(conversation.show, one.sheet.slug)
        return tuple(cast)

    async def _in_order(
        self, wish: _Wish, cast: tuple[Cast, ...], horizon: int
    ) -> tuple[tuple[Cast, ...], tuple[str, ...]]:
        """Who answers, one after the other, and whom the message calls; the same again for another reply to it."""
        if len(cast) == 1:
            return cast, ()
        before = None if wish.replaces is None else wish.replaces.id
        talk = await self._transcripts.recent(wish.conversation.id, limit=LOOK_BACK_TURNS, before=before)
        began = first_speaker([one for one in talk if one.status not in ASIDE])
        slugs = [one.sheet.slug for one in cast]
        names = [(one.sheet.slug, *one.sheet.at(horizon).names) for one in cast]
        calling = called(wish.text, names, began=None if began is None else slugs.index(began))
        return tuple(cast[n] for n in calling.order), tuple(slugs[n] for n in calling.called)

    def _turn(
        self, claims: Claims, message: MessageSend | TurnRegenerate, conversation: Conversation, now_ms: int
    ) -> Turn:
        return Turn(
            id=f"t-{uuid.uuid4().hex}",
            conversation=conversation.id,
            fan=claims.fan,
            client_msg_id=message.client_msg_id,
            body_hash=_body_hash(message),
            state="running",
            first_seq=conversation.head_seq + 1,
            owner=self._owner,
            horizon=effective_horizon(claims, conversation.show, conversation.horizon_cap),
            created_at_ms=now_ms,
            persona_version=self._persona_version,
        )

    async def _fixed(
        self, wish: _Wish, claims: Claims, cast: tuple[Cast, ...], turn: Turn, hunch: Hunch
    ) -> FixedAnswer | None:
        """What is told in place of a reply: to a fan in danger, to one who asks sincerely whether anybody is there, and
        to one who leaves, whom no model gets to hold back.

        Raises NoCrisisProtocol, whatever the fan wrote.
        """
        locale = wish.conversation.locale
        language = self._protocol.language_of(locale)
        if hunch.danger is not None:
            told = self._protocol.answer(hunch.danger, locale, claims.region)
            near = tuple(HelpView(name=one.name, contact=one.contact) for one in told.resources)
            return FixedAnswer("crisis", told.text, told.notice, near)
        if hunch.sincere:
            names = " & ".join(one.sheet.name_in(locale) for one in cast)
            return FixedAnswer("disclosure", self._disclosure.asked(language, names))
        if only_leaves(hunch, wish.text):
            speaker = cast[0].sheet.slug if len(cast) > 1 else None
            return FixedAnswer("goodbye", await self._goodbye(wish.conversation, cast[0], turn), speaker=speaker)
        return None

    async def _goodbye(self, conversation: Conversation, cast: Cast, turn: Turn) -> str:
        """One that the character's author wrote in the fan's language; else a plain one."""
        language, sheet = language_of(conversation.locale), cast.sheet.at(turn.horizon)
        said = sheet.locales.get(language)
        written = () if said is None else said.goodbyes
        if not written:
            release = await self._casting.release(ReleaseId(conversation.show, conversation.release_version))
            written = sheet.goodbyes if language_of(release.locale) == language else ()
        if not written:
            return goodbye(conversation.locale)
        return written[int(turn.id[2:10], 16) % len(written)].text

    async def _disclosed(
        self, unit: Unit, claims: Claims, conversation: Conversation, turn: Turn, now_ms: int
    ) -> list[LogEvent]:
        """That this is an AI, once more when it is time."""
        if not self._disclosure.is_due(
            claims.age, claims.region, told_at_ms=conversation.disclosed_at_ms, now_ms=now_ms
        ):
            return []
        await unit.conversations.set_disclosed(conversation.id, at_ms=now_ms)
        told = self._disclosure.told(self._protocol.language_of(conversation.locale))
        return [DisclosureEvent(id="", turn=turn.id, text=told.text)]


def _kind(wish: _Wish, answer: FixedAnswer | None) -> TurnKind:
    if answer is not None:
        return answer.kind
    failed = wish.replaces is not None and wish.replaces.state in FAILED_OF_OURS
    return "regenerate_after_failure" if failed else "message"


async def _put_aside(unit: Unit, turn: Turn) -> None:
    """A turn whose reply is replaced: it stays to be read, and no prompt, note or summary uses it any more."""
    await unit.transcripts.put_aside(turn.id, status=REPLACED)
    await unit.notes.hush([turn.id], fan=turn.fan)
    await unit.summaries.forget([turn.id], fan=turn.fan)


def _body_hash(message: MessageSend | TurnRegenerate) -> str:
    body = (
        [message.conversation, message.text, message.voice]
        if isinstance(message, MessageSend)
        else ["turn.regenerate", message.turn]
    )
    return hashlib.sha256(json.dumps(body, ensure_ascii=False).encode()).hexdigest()
