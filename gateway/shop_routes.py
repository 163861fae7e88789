"""Buying over HTTP: what is for sale, the page to pay on, what became of an order, and the till's webhooks.

Whatever a page or a message says, the cashier asks the till again: nothing here grants anything.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, Field

from billing.cashier import ORDER_PLACE, Cashier, WebhookOutcome
from billing.errors import AccountFrozen, UnknownOrder
from billing.ledger import GRANT_CREDITS_MAX
from billing.orders import Order
from billing.shop import Offer
from gateway.auth import Claims, origin_allowed
from gateway.errors import WrongReturn
from gateway.ports import Units
from gateway.settings import App
from gateway.views import REFUSALS, CheckoutOpened, OrderView, PackList, PackOffer, PortalLink

WEBHOOK_BYTES_MAX = 512 * 1024
"""More than the till sends; the rest is not read."""
RETURN_CHARS_MAX = 2_000
BACK = "/checkout/done"
"""Where a fan comes back to whose app names no page of its own."""


@dataclass(frozen=True, slots=True)
class Counter:
    """What the routes of the shop need."""

    cashier: Cashier
    apps: Mapping[str, App]
    units: Units


class PackChosen(BaseModel):
    """What the fan buys, and the page of the app to come back to; `{ORDER}` in it becomes the order's id."""

    model_config = ConfigDict(extra="forbid")
    pack: Annotated[str, Field(min_length=1, max_length=63)]
    shortfall: Annotated[int, Field(ge=0, le=GRANT_CREDITS_MAX)] = 0
    """The credits that are missing: of an exact top-up, how many it holds at least."""
    return_url: Annotated[str, Field(max_length=RETURN_CHARS_MAX)] | None = None


class Comeback(BaseModel):
    """The page of the app that the till's own pages lead back to."""

    model_config = ConfigDict(extra="forbid")
    return_url: Annotated[str, Field(max_length=RETURN_CHARS_MAX)] | None = None


def shop_router(counter: Counter, fan_of: Any, dealing: Any) -> APIRouter:
    """The fan's routes; `fan_of` is the dependency that says who asks, `dealing` the one that no fan asks often."""
    router = APIRouter(prefix="/v1", responses=REFUSALS)
    cashier = counter.cashier

    @router.get("/packs")
    async def packs(fan: Claims = fan_of, shortfall: Annotated[int, Query(ge=0, le=GRANT_CREDITS_MAX)] = 0) -> PackList:
        offers = await cashier.offers(region=fan.region or None, shortfall=shortfall)
        return PackList(packs=tuple(offer_view(offer) for offer in offers))

    @router.post("/checkout", status_code=201, dependencies=[dealing])
    async def checkout(chosen: PackChosen, request: Request, fan: Claims = fan_of) -> CheckoutOpened:
        back = _back(chosen.return_url, request, counter.apps[fan.app])
        async with counter.units.read() as unit:
            account = await unit.accounts.account(fan.fan)
        if account is not None and account.frozen:  # nobody pays for what they could not use
            raise AccountFrozen
        page = await cashier.checkout(
            fan.fan,
            chosen.pack,
            region=fan.region or None,
            shortfall=chosen.shortfall,
            success_url=back,
            cancel_url=back,
        )
        return CheckoutOpened(order=page.order, url=page.url, expires_at_ms=page.expires_at_ms)

    @router.post("/checkout/{order}/sync", dependencies=[dealing])
    async def sync(order: str, fan: Claims = fan_of) -> OrderView:
        if order not in {mine.id for mine in await cashier.orders(fan.fan)}:
            raise UnknownOrder(order)
        return order_view(await cashier.fulfil(order))

    @router.get("/orders")
    async def orders(fan: Claims = fan_of) -> tuple[OrderView, ...]:
        return tuple(order_view(order) for order in await cashier.orders(fan.fan))

    @router.post("/portal", status_code=201, dependencies=[dealing])
    async def portal(comeback: Comeback, request: Request, fan: Claims = fan_of) -> PortalLink:
        back = _back(comeback.return_url, request, counter.apps[fan.app])
        return PortalLink(url=await cashier.portal(fan.fan, back))

    return router


def till_router(cashier: Cashier) -> APIRouter:
    """`POST /v1/webhooks/stripe`. A refused message is 400, one that could not be looked into 503: it comes again."""
    router = APIRouter(prefix="/v1/webhooks", tags=["machines"], responses={"default": REFUSALS["default"]})

    @router.post("/stripe")
    async def stripe(request: Request) -> dict[Literal["outcome"], WebhookOutcome]:
        payload = bytearray()
        async for piece in request.stream():
            payload += piece
            if len(payload) > WEBHOOK_BYTES_MAX:
                break
        return {"outcome": await cashier.webhook(bytes(payload), request.headers.get("stripe-signature", ""))}

    return router


def offer_view(offer: Offer) -> PackOffer:
    """An offer as it goes over the wire."""
    return PackOffer(
        pack=offer.pack,
        title=offer.title,
        credits=offer.credits,
        bonus=offer.bonus,
        amount_minor=offer.amount_minor,
        currency=offer.currency,
        interval=offer.interval,
        covers=offer.covers,
    )


def _back(wanted: str | None, request: Request, app: App) -> str:
    """The page to come back to: of ours, or of an origin the app allows. Raises WrongReturn."""
    if wanted is None:
        return f"{request.base_url}".rstrip("/") + f"{BACK}?order={ORDER_PLACE}"
    try:
        parts = urlsplit(wanted)
        origin = f"{parts.scheme}://{parts.netloc}"
    except ValueError as error:
        raise WrongReturn from error
    ours = f"{request.base_url}".rstrip("/")
    if parts.scheme not in ("http", "https") or not (
        origin == ours or origin_allowed(origin, app, native_clients=False)
    ):
        raise WrongReturn
    return wanted


def order_view(order: Order) -> OrderView:
    """An order as it goes over the wire."""
    return OrderView(
        order=order.id,
        pack=order.pack,
        title=order.title,
        state=order.state,
        credits=order.credits,
        bonus=order.bonus,
        amount_minor=order.amount_minor,
        currency=order.currency,
        refunded_minor=order.refunded_minor,
    )
