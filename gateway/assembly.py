"""The gateway of one process, put together from a store and a stage, and its life: start, work, drain."""

from __future__ import annotations

import asyncio
import logging
import uuid
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any

from fastapi import APIRouter, Depends, FastAPI

from billing.cashier import Cashier
from billing.units import DAY_MS
from characters.release import ReleaseId
from gateway.ad_callbacks import ad_router
from gateway.app import make_app
from gateway.bootstrap import (
    VERSION,
    Stage,
    Store,
    make_remembrance,
    make_replies,
    make_summarising,
    now_ms,
    open_ad_keys,
    open_cashier,
    open_limits,
    open_live,
    open_scribe,
)
from gateway.connection import Services
from gateway.conversations import ConversationService
from gateway.disclosure import DISCLOSURE
from gateway.event_routes import event_router
from gateway.exporting import Archive
from gateway.gifts import Gifts
from gateway.http import FanServices, dealing, signed_in
from gateway.limits import RateLimits
from gateway.logs import where
from gateway.me_routes import Registry
from gateway.notes_routes import NotesDesk
from gateway.ports import LiveEvents
from gateway.realtime import realtime_router
from gateway.remembering import Remembrance
from gateway.shop_routes import Counter, offer_view, shop_router, till_router
from gateway.sockets import Sockets
from gateway.summarising import Summarising
from gateway.tickets import TicketDesk
from gateway.turns import BEAT_S, TurnService
from gateway.wallet_routes import Purse
from gateway.watching import ALONE_S, LogWatch
from persona.ports import ChatModel, Scribe

EVICT_S = 1.0
READ_S = 2.0
MEND_S = 5.0
SEAL_S = 60.0
POLL_S = 20.0
RECONCILE_S = 21_600.0
"""Often enough that a server which is restarted every day has done it."""
RECONCILE_DAYS = 3
NONCES_S = 3_600.0

log = logging.getLogger(__name__)


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


@asynccontextmanager
async def assembled(store: Store, stage: Stage, model: ChatModel) -> AsyncIterator[Gateway]:
    """A gateway whose housekeeping runs while the block does. Raises InvalidSetting.

    Turns that a dead process left running are settled first: the data directory is ours alone when it is embedded.
    """
    owner = uuid.uuid4().hex
    async with (
        open_live(store.settings, owner) as live,
        open_limits(store.settings) as limits,
        open_scribe(store.settings) as scribe,
        _put_together(store, stage, model, scribe, owner, live, limits) as gateway,
    ):
        yield gateway


@asynccontextmanager
async def _put_together(
    store: Store,
    stage: Stage,
    model: ChatModel,
    scribe: Scribe | None,
    owner: str,
    live: LiveEvents,
    limits: RateLimits,
) -> AsyncIterator[Gateway]:
    settings = store.settings
    voice = settings.voice != "off"
    conversations = ConversationService(store.units, store.catalogue, store.casting, clock=now_ms, voice=voice)
    remembrance, summarising = make_remembrance(store, stage, scribe), make_summarising(store, stage, scribe)
    turns = TurnService(
        owner=owner,
        units=store.units,
        live=live,
        transcripts=store.transcripts,
        casting=store.casting,
        replies=make_replies(store, stage, model),
        remembrance=remembrance,
        summarising=summarising,
        clock=now_ms,
        voice=voice,
        model_price=settings.model_price,
        limits=limits,
    )
    services = Services(
        units=store.units,
        live=live,
        conversations=conversations,
        turns=turns,
        clock=now_ms,
        disclosure=DISCLOSURE,
        model_name=model.name,
        heartbeat_s=settings.heartbeat_s,
        sockets_per_fan=settings.sockets_per_fan,
        limits=limits,
    )
    sockets, desk = Sockets(settings.sockets_per_fan), TicketDesk(store.units, clock=now_ms)
    fan = _fan_services(store, conversations, desk, remembrance, turns, limits)
    app = make_app(fan, ready=turns.ready, reach=lambda: live.reach, version=VERSION)
    app.include_router(event_router(services, Depends(signed_in(fan))))
    app.include_router(realtime_router(services, sockets, desk, settings.apps, native_clients=settings.native_clients))
    if settings.embedded_database:
        await turns.sweep(quiet_s=0.0)
    async with (
        _ads(store) as ads,
        _shop(store) as cashier,
        _housekeeping(turns, remembrance, summarising, stage, store, model, sockets),
        _listening(store, turns, live),
    ):
        app.include_router(ads)
        if cashier is not None:
            turns.sells = partial(_offers, cashier)
            app.include_router(shop_router(Counter(cashier, settings.apps), Depends(signed_in(fan)), dealing(fan)))
            app.include_router(till_router(cashier))
        try:
            yield Gateway(app, turns, sockets, settings.drain_s)
        finally:
            await turns.drained(within_s=0)  # whatever ends the block: no turn outlives the store it writes to


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
        tasks = [
            asyncio.create_task(_every(POLL_S, cashier.poll), name="poll orders"),
            asyncio.create_task(_every(RECONCILE_S, lambda: reconciled(cashier, now_ms())), name="reconcile"),
        ]
        try:
            yield cashier
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)


async def reconciled(cashier: Cashier, at_ms: int) -> int:
    """Compare the till with the orders of the last days, look again at what differs, and tell the operator.

    Returns how many payments differed. What a look cannot mend is found again the next time.
    """
    found = await cashier.reconcile(at_ms - RECONCILE_DAYS * DAY_MS, at_ms, repair=True)
    if found.findings:
        kinds = ", ".join(sorted({finding.kind for finding in found.findings}))
        log.warning("reconcile: %d payments differ (%s); see `encore reconcile`", len(found.findings), kinds)
    return len(found.findings)


async def _offers(cashier: Cashier, region: str, shortfall: int) -> tuple[dict[str, Any], ...]:
    """What is for sale to a fan who is short. A message is refused all the same when the shop cannot say."""
    offers = await cashier.offers(region=region or None, shortfall=shortfall)
    return tuple(offer_view(offer).model_dump() for offer in offers)


@asynccontextmanager
async def _housekeeping(
    turns: TurnService,
    remembrance: Remembrance,
    summarising: Summarising,
    stage: Stage,
    store: Store,
    model: ChatModel,
    sockets: Sockets,
) -> AsyncIterator[None]:
    tasks = [
        asyncio.create_task(_every(EVICT_S, sockets.evict_stuck), name="evict"),
        asyncio.create_task(_every(BEAT_S, turns.beat), name="beat"),
        asyncio.create_task(_every(BEAT_S, turns.sweep), name="sweep"),
        asyncio.create_task(_every(READ_S, remembrance.catch_up), name="read turns"),
        asyncio.create_task(_every(READ_S, summarising.catch_up), name="summarise"),
        asyncio.create_task(_every(MEND_S, stage.memory.mend), name="mend the index"),
        asyncio.create_task(_every(SEAL_S, store.seal), name="seal"),
        asyncio.create_task(_every(NONCES_S, store.forget_nonces), name="forget nonces"),
        asyncio.create_task(_warmed(stage, store, model), name="warm up"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


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

    tasks = [
        asyncio.create_task(watch.run(), name="watch the logs"),
        asyncio.create_task(_every(ALONE_S, stop_unwanted), name="stop what is unwanted"),
    ]
    try:
        yield
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


async def _every(interval_s: float, step: Callable[[], Awaitable[object]]) -> None:
    """Take a step now and then. One that fails is told of and taken again next time: housekeeping never ends."""
    while True:
        await asyncio.sleep(interval_s)
        try:
            await step()
        except Exception as error:  # whatever it was, the next round finds the same work still to do
            log.error("housekeeping: %s", where(error))


async def _warmed(stage: Stage, store: Store, model: ChatModel) -> None:
    """Warm up; what cannot be loaded is told to the operator now and to whoever needs it later."""
    try:
        await _warm(stage, store, model)
    except Exception as error:  # whatever it was, turns that do not need it go on
        log.error("warming up: %s", where(error))


async def _warm(stage: Stage, store: Store, model: ChatModel) -> None:
    """Load what the first reply would otherwise wait for. A failure here is told to whoever needs the part."""
    await model.warm()
    for listing in await store.catalogue.shows():
        if listing.published is not None:
            await stage.read_through(store, ReleaseId(listing.slug, listing.published))
