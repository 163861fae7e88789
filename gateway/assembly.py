"""The gateway of one process, put together from a store and a stage, and its life: start, work, drain."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from billing.cashier import Cashier
from characters.release import ReleaseId
from gateway.accepting import Accepting
from gateway.ad_callbacks import ad_router
from gateway.app import make_app
from gateway.backstage import open_backstage
from gateway.bootstrap import (
    VERSION,
    Stage,
    Store,
    make_feelings,
    make_remembrance,
    make_replies,
    make_reporting,
    make_summarising,
    now_ms,
    open_ad_keys,
    open_cashier,
    open_limits,
    open_live,
    open_measures,
    open_scribe,
    open_seats,
    open_speakers,
    open_tracer,
)
from gateway.bootstrap.desk import open_desk, open_watch
from gateway.connection import Services
from gateway.conversations import ConversationService
from gateway.crisis_protocol import crisis_protocol
from gateway.disclosure import disclosure_policy
from gateway.event_routes import event_router, report_router
from gateway.exporting import Archive
from gateway.gifts import Gifts
from gateway.housekeeping import Chore, doing, reconciled
from gateway.http import FanServices, dealing, signed_in
from gateway.limits import RateLimits
from gateway.me_routes import Registry
from gateway.measures import Measures
from gateway.metrics_route import metrics_router
from gateway.notes_routes import NotesDesk
from gateway.ports import LiveEvents
from gateway.preparing import Preparing
from gateway.realtime import realtime_router
from gateway.remembering import Remembrance
from gateway.seats import RENEW_S, Seats
from gateway.shop_routes import Counter, offer_view, shop_router, till_router
from gateway.sockets import Sockets
from gateway.speakers import Speakers
from gateway.summarising import Summarising
from gateway.tickets import TicketDesk
from gateway.tracing import Tracer
from gateway.turns import BEAT_S, TurnService
from gateway.wallet_routes import Purse
from gateway.watching import ALONE_S, LogWatch
from gateway.widget_routes import widget_files, widget_router
from persona.ports import ChatModel, Scribe

EVICT_S = 1.0
READ_S = 2.0
MEND_S = 5.0
SEAL_S = 60.0
FIGURES_S = 60.0
VERIFY_S = 6 * 3600.0
ALERTS_S = 300.0
POLL_S = 20.0
RECONCILE_S = 21_600.0
"""Often enough that a server which is restarted every day has done it."""
NONCES_S = 3_600.0


@dataclass(frozen=True, slots=True)
class Gateway:
    """A gateway that is ready to serve."""

    app: FastAPI
    turns: TurnService
    sockets: Sockets
    drain_s: float

    async def drain(self) -> None:
        """Take leave: no new turns, goodbye, running turns to their end, then every socket closed."""
        self.turns.draining = True
        await self.sockets.goodbye()
        await self.turns.drained(within_s=self.drain_s)
        await self.sockets.close()


@dataclass(frozen=True, slots=True)
class _Outside:
    """What is opened for a gateway beside its store and its stage."""

    live: LiveEvents
    limits: RateLimits
    seats: Seats
    scribe: Scribe | None
    measures: Measures
    tracer: Tracer
    persona_version: int | None
    speakers: Speakers


@asynccontextmanager
async def assembled(
    store: Store, stage: Stage, model: ChatModel, persona_version: int | None = None
) -> AsyncIterator[Gateway]:
    """A gateway whose housekeeping runs while the block does. Raises InvalidSetting.

    Turns that a dead process left running are settled first: the data directory is ours alone when it is embedded.
    `persona_version` is kept with every turn.
    """
    owner = uuid.uuid4().hex
    async with (
        open_live(store.settings, owner) as live,
        open_limits(store.settings) as limits,
        open_seats(store.settings) as seats,
        open_scribe(store.settings) as scribe,
        open_tracer(store.settings) as tracer,
        open_speakers(store) as speakers,
    ):
        measures = open_measures(store.settings)
        outside = _Outside(live, limits, seats, scribe, measures, tracer, persona_version, speakers)
        async with _put_together(store, stage, model, owner, outside) as gateway:
            yield gateway


@asynccontextmanager
async def _put_together(
    store: Store, stage: Stage, model: ChatModel, owner: str, outside: _Outside
) -> AsyncIterator[Gateway]:
    settings, live, limits = store.settings, outside.live, outside.limits
    speakers = outside.speakers
    conversations = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, speakers=speakers)
    remembrance = make_remembrance(store, stage, outside.scribe)
    summarising = make_summarising(store, stage, outside.scribe)
    turns = _turns(store, stage, model, owner, outside, remembrance, summarising)
    services = Services(
        units=store.units,
        live=live,
        conversations=conversations,
        turns=turns,
        reporting=make_reporting(store, stage),
        clock=now_ms,
        disclosure=disclosure_policy(),
        model_name=model.name,
        heartbeat_s=settings.heartbeat_s,
        sockets_per_fan=settings.sockets_per_fan,
        limits=limits,
        measures=outside.measures,
    )
    sockets, desk = Sockets(outside.seats, settings.sockets_per_fan), TicketDesk(store.units, clock=now_ms)
    fan = _fan_services(store, conversations, desk, remembrance, turns, limits)
    app = _routed(fan, services, sockets, desk, settings.metrics_token)
    watch = open_watch(store, outside.measures)
    chores = (
        Chore("verify the books", VERIFY_S, watch.verify),
        Chore("read alerts", ALERTS_S, watch.alerts),
        *_chores(turns, remembrance, summarising, stage, store, sockets),
        Chore("renew seats", RENEW_S, outside.seats.renew),
    )
    if settings.embedded_database:
        await turns.sweep(quiet_s=0.0)
    async with (
        _ads(store) as ads,
        _shop(store) as cashier,
        doing(*chores, once=partial(_warm, stage, store, model, outside.speakers)),
        _listening(store, turns, live),
        open_backstage(app, store, stage, model, speakers.voice, limits, open_desk(store, cashier, watch)),
    ):
        app.include_router(ads)
        if cashier is not None:
            _open_counter(app, cashier, fan, turns)
        try:
            yield Gateway(app, turns, sockets, settings.drain_s)
        finally:
            await turns.drained(within_s=0)  # whatever ends the block: no turn outlives the store it writes to


def _turns(
    store: Store,
    stage: Stage,
    model: ChatModel,
    owner: str,
    outside: _Outside,
    remembrance: Remembrance,
    summarising: Summarising,
) -> TurnService:
    return TurnService(
        owner=owner,
        units=store.units,
        live=outside.live,
        accepting=Accepting(
            owner=owner,
            casting=store.casting,
            transcripts=store.transcripts,
            protocol=crisis_protocol(),
            disclosure=disclosure_policy(),
            clock=now_ms,
            speakers=outside.speakers,
            persona_version=outside.persona_version,
        ),
        replies=make_replies(store, stage, model, outside.measures),
        preparing=Preparing(
            units=store.units,
            transcripts=store.transcripts,
            remembrance=remembrance,
            summarising=summarising,
            embedder=stage.embedder,
        ),
        clock=now_ms,
        model_price=store.settings.model_price,
        limits=outside.limits,
        measures=outside.measures,
        tracer=outside.tracer,
        speakers=outside.speakers,
        feelings=make_feelings(stage),
        voice_price=store.settings.voice.price,
    )


def _routed(fan: FanServices, services: Services, sockets: Sockets, desk: TicketDesk, metrics_token: str) -> FastAPI:
    """The application with everything that every gateway has."""
    app = make_app(fan, ready=services.turns.ready, reach=lambda: services.live.reach, version=VERSION)
    app.include_router(metrics_router(services.measures.exposition, metrics_token))
    app.include_router(event_router(services, Depends(signed_in(fan))))
    app.include_router(report_router(services, Depends(signed_in(fan))))
    app.include_router(widget_router(widget_files()))
    app.include_router(realtime_router(services, sockets, desk, fan.apps, native_clients=fan.native_clients))
    return app


def _open_counter(app: FastAPI, cashier: Cashier, fan: FanServices, turns: TurnService) -> None:
    """Sell: the routes, and the offers for a fan who is short of credits."""
    turns.sells = partial(_offers, cashier)
    app.include_router(shop_router(Counter(cashier, fan.apps, fan.units), Depends(signed_in(fan)), dealing(fan)))
    app.include_router(till_router(cashier))


def _chores(
    turns: TurnService,
    remembrance: Remembrance,
    summarising: Summarising,
    stage: Stage,
    store: Store,
    sockets: Sockets,
) -> tuple[Chore, ...]:
    return (
        Chore("evict", EVICT_S, sockets.evict_stuck),
        Chore("beat", BEAT_S, turns.beat),
        Chore("sweep", BEAT_S, turns.sweep),
        Chore("read turns", READ_S, remembrance.catch_up),
        Chore("summarise", READ_S, summarising.catch_up),
        Chore("mend the index", MEND_S, stage.memory.mend),
        Chore("seal", SEAL_S, store.seal),
        Chore("fill figures", FIGURES_S, store.figuring().catch_up),
        Chore("forget nonces", NONCES_S, store.forget_nonces),
    )


def _fan_services(
    store: Store,
    conversations: ConversationService,
    desk: TicketDesk,
    remembrance: Remembrance,
    turns: TurnService,
    limits: RateLimits,
) -> FanServices:
    apps, erasure = store.settings.apps, store.erasure()

    async def erase(fan: str) -> None:
        await turns.leave(fan)
        await erasure.erase(fan)

    return FanServices(
        apps=apps,
        native_clients=store.settings.native_clients,
        units=store.units,
        transcripts=store.transcripts,
        casting=store.casting,
        conversations=conversations,
        desk=desk,
        gifts=Gifts(store.units, clock=now_ms),
        purse=Purse(now_ms, store.settings.rewards, lambda app: apps[app].secret or apps[app].jwks),
        limits=limits,
        notes=NotesDesk(store.units, remembrance, store.database.scrub),
        me=Registry(Archive(store.units, store.transcripts), erase, now_ms),
    )


@asynccontextmanager
async def _ads(store: Store) -> AsyncIterator[APIRouter]:
    """The route that tells of watched ads; an empty router when they give nothing."""
    if store.settings.rewards is None:
        yield APIRouter()
        return
    async with open_ad_keys(store.settings.rewards.keys) as check:
        yield ad_router(store.units, store.settings.rewards, check, now_ms)


@asynccontextmanager
async def _shop(store: Store) -> AsyncIterator[Cashier | None]:
    """The cashier, who looks after open orders while the block runs; None when nothing is for sale."""
    if store.settings.stripe is None:
        yield None
        return
    async with open_cashier(store, store.settings.stripe) as cashier:
        reconcile = Chore("reconcile", RECONCILE_S, lambda: reconciled(cashier, now_ms()))
        async with doing(Chore("poll orders", POLL_S, cashier.poll), reconcile):
            yield cashier


async def _offers(cashier: Cashier, region: str, shortfall: int) -> tuple[dict[str, Any], ...]:
    """What is for sale to a fan who is short. A message is refused all the same when the shop cannot say."""
    offers = await cashier.offers(region=region or None, shortfall=shortfall)
    return tuple(offer_view(offer).model_dump() for offer in offers)


@asynccontextmanager
async def _listening(store: Store, turns: TurnService, live: LiveEvents) -> AsyncIterator[None]:
    """Hear of what other processes do: by live events, and from the database."""
    watch = LogWatch(store.units, live)
    live.attend(cancelled=turns.stop, missed=watch.missed)
    if store.settings.embedded_database and live.reach == "local":  # there are no others
        yield
        return

    async def stop_unwanted() -> None:
        if live.reach != "shared":  # else their owner is told
            await turns.stop_unwanted()

    watching = asyncio.create_task(watch.run(), name="watch the logs")
    try:
        async with doing(Chore("stop what is unwanted", ALONE_S, stop_unwanted)):
            yield
    finally:
        watching.cancel()
        await asyncio.gather(watching, return_exceptions=True)


async def _warm(stage: Stage, store: Store, model: ChatModel, speakers: Speakers) -> None:
    """Load what the first reply would otherwise wait for. A failure here is told to whoever needs the part."""
    await model.warm()
    if speakers.voice is not None:
        await speakers.voice.warm()
    for listing in await store.catalogue.shows():
        if listing.published is not None:
            await stage.read_through(store, ReleaseId(listing.slug, listing.published))
