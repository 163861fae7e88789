"""The fan's HTTP routes. Each is the same small slice: who asks, one unit of work, one typed answer."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Header, Request, Security
from fastapi.security import HTTPBearer

from characters.release import Cast
from gateway.auth import Claims, origin_allowed, verify
from gateway.casting import Casting
from gateway.conversations import ConversationService
from gateway.errors import AuthFailed, WrongOrigin
from gateway.gifts import Gifts, source_of
from gateway.limits import RateLimits, allow
from gateway.me_routes import Registry, me_router
from gateway.messages import list_messages
from gateway.notes_routes import NotesDesk, notes_router
from gateway.ports import Units
from gateway.protocol import Locale
from gateway.rates import DEALINGS, TICKETS
from gateway.records import Conversation
from gateway.settings import App
from gateway.tickets import TICKET_TTL_S, TicketDesk
from gateway.views import (
    REFUSALS,
    CharacterList,
    CharacterListed,
    ConversationList,
    ConversationListed,
    MessageList,
    PriceOfMessage,
    TicketView,
)
from gateway.wallet_routes import Purse, address_of, wallet_router
from memory.ports import Transcripts

BEARER = "bearer "
HOST_TOKEN = HTTPBearer(
    auto_error=False,
    bearerFormat="JWT",
    scheme_name="hostToken",
    description="The fan's token, signed by the host app (docs/protocol.md).",
)


@dataclass(frozen=True, slots=True)
class FanServices:
    """What the fan's routes need."""

    apps: Mapping[str, App]
    native_clients: bool
    units: Units
    transcripts: Transcripts
    casting: Casting
    conversations: ConversationService
    desk: TicketDesk
    gifts: Gifts
    purse: Purse
    limits: RateLimits
    notes: NotesDesk
    me: Registry


def fan_router(services: FanServices) -> APIRouter:
    """The routes under `/v1` that a host token opens."""
    router = APIRouter(prefix="/v1", responses=REFUSALS)
    router.include_router(_talk_router(services))
    fan_of = Depends(signed_in(services))
    router.include_router(wallet_router(services.units, fan_of, services.purse, dealing(services)))
    router.include_router(notes_router(services.notes, fan_of))
    router.include_router(me_router(services.me, fan_of))
    return router


def signed_in(services: FanServices) -> Callable[..., Claims]:
    """The dependency that says who asks. Raises AuthFailed, KeysUnreachable, and WrongOrigin for another app's page."""

    def signed_in(
        _in_the_documents: Annotated[object, Security(HOST_TOKEN)],
        authorization: Annotated[str, Header(include_in_schema=False)] = "",
        origin: Annotated[str | None, Header(include_in_schema=False)] = None,
    ) -> Claims:
        if authorization[: len(BEARER)].lower() != BEARER:
            raise AuthFailed("no bearer token")
        fan = verify(authorization[len(BEARER) :], services.apps)
        if origin is not None and not origin_allowed(origin, services.apps[fan.app], native_clients=False):
            raise WrongOrigin
        return fan

    return signed_in


def dealing(services: FanServices) -> Any:
    """What routes depend on that ask somebody outside, or that guess: no fan asks them often. Raises TooOften."""

    fan_of = Depends(signed_in(services))

    async def dealing(fan: Claims = fan_of) -> None:
        await allow(services.limits, DEALINGS, fan.fan)

    return Depends(dealing)


def _talk_router(services: FanServices) -> APIRouter:
    router = APIRouter()
    fan_of = Depends(signed_in(services))

    @router.post("/realtime/tickets", status_code=201)
    async def issue_ticket(
        request: Request, fan: Claims = fan_of, origin: Annotated[str | None, Header()] = None
    ) -> TicketView:
        if origin is None and not services.native_clients:
            raise WrongOrigin
        await allow(services.limits, TICKETS, fan.fan)
        await services.gifts.welcome(fan, source_of(address_of(request), services.purse.key_of(fan.app)))
        return TicketView(ticket=await services.desk.issue(fan, origin), expires_in_s=TICKET_TTL_S)

    @router.get("/shows/{show}/characters")
    async def characters(show: str, fan: Claims = fan_of, locale: Locale | None = None) -> CharacterList:
        fan = fan if locale is None else replace(fan, locale=locale)
        met = await services.casting.met(show, fan.horizon(show))
        return CharacterList(characters=tuple([await _listed(services, fan, show, cast) for cast in met]))

    @router.get("/conversations", response_model_exclude_none=True)
    async def conversations(fan: Claims = fan_of) -> ConversationList:
        async with services.units.read() as unit:
            mine = await unit.conversations.of_fan(fan.fan)
        return ConversationList(conversations=tuple(_listed_talk(one) for one in mine))

    @router.get("/conversations/{conversation}/messages")
    async def messages(conversation: str, fan: Claims = fan_of, before: str | None = None) -> MessageList:
        return await list_messages(services.units, services.transcripts, conversation, fan=fan.fan, before=before)

    return router


def _listed_talk(one: Conversation) -> ConversationListed:
    return ConversationListed(
        id=one.id, show=one.show, character=one.character, partner=one.partner or None, mode=one.mode
    )


async def _listed(services: FanServices, fan: Claims, show: str, cast: Cast) -> CharacterListed:
    price = (await services.conversations.price(fan, show, cast)).amounts
    return CharacterListed(
        slug=cast.sheet.slug,
        name=cast.sheet.name_in(fan.locale),
        avatar=None,
        tagline=cast.sheet.to_fan(fan.horizon(show), fan.locale).tagline,
        price=PriceOfMessage(text=price.text, voice=price.voice),
    )
