"""What a gateway shares with others: live events, limits and seats, the till, and the ad network's keys.

Each may be away when the gateway starts, and is opened only when the settings ask for it.
"""

from __future__ import annotations

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from importlib.resources import files

import yaml

from billing.cashier import Cashier
from billing.packs import Pack, packs_of
from billing.rewards import SignatureCheck
from gateway.bootstrap.store import Store, now_ms
from gateway.limits import LocalLimits, RateLimits, Unlimited
from gateway.live import LocalEvents
from gateway.ports import LiveEvents, Units
from gateway.seats import LocalSeats, Seats
from gateway.settings import Settings, StripeAccount


@asynccontextmanager
async def open_live(settings: Settings, owner: str) -> AsyncIterator[LiveEvents]:
    """Live events of the process `owner`: shared with others through a server when one is set, which need not be up.

    Raises InvalidSetting.
    """
    if not settings.redis_url:
        yield LocalEvents()
        return
    from gateway.adapters.redis_live import open_redis_events

    async with open_redis_events(settings.redis_url, owner=owner) as events:
        yield events


@asynccontextmanager
async def open_limits(settings: Settings) -> AsyncIterator[RateLimits]:
    """How often fans may ask, counted for all processes when they share a Redis. Raises InvalidSetting."""
    if not settings.limits:
        yield Unlimited()
    elif not settings.redis_url:
        yield LocalLimits(now_ms)
    else:
        from gateway.adapters.redis_limits import open_redis_limits

        async with open_redis_limits(settings.redis_url, LocalLimits(now_ms)) as limits:
            yield limits


@asynccontextmanager
async def open_seats(settings: Settings) -> AsyncIterator[Seats]:
    """How many sockets a fan has, counted for all processes when they share a Redis. Raises InvalidSetting."""
    if not settings.redis_url:
        yield LocalSeats()
        return
    from gateway.adapters.redis_seats import open_redis_seats

    async with open_redis_seats(settings.redis_url) as seats:
        yield seats


@asynccontextmanager
async def open_cashier(store: Store, account: StripeAccount) -> AsyncIterator[Cashier]:
    """The cashier of a Stripe account, and packs to sell: the shipped ones until there are others."""
    from billing.adapters.stripe_till import StripeTill

    await _fill_the_shelves(store.units)
    till = StripeTill(account.key, base_url=account.api_base or None)
    try:
        yield Cashier(
            store.units,
            till,
            clock=now_ms,
            new_id=lambda: f"o-{uuid.uuid4().hex}",
            livemode=account.livemode,
            secrets=account.webhook_secrets,
        )
    finally:
        await till.aclose()


def _shipped_packs() -> tuple[Pack, ...]:
    return packs_of(yaml.safe_load(files("billing").joinpath("packs.yaml").read_text("utf-8")))


async def _fill_the_shelves(units: Units) -> None:
    async with units.begin() as unit:
        if not await unit.shop.packs():
            for pack in _shipped_packs():
                await unit.shop.add_pack(pack, now_ms=now_ms())


@asynccontextmanager
async def open_ad_keys(address: str) -> AsyncIterator[SignatureCheck]:
    """AdMob's published keys, fetched when the first callback comes. "" is AdMob's own address."""
    from billing.adapters.admob_keys import KEYS_ADDRESS, open_keys

    async with open_keys(now_ms=now_ms, address=address or KEYS_ADDRESS) as keys:
        yield keys
