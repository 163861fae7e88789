"""The cashier: everything that fans, the till, the poller and staff do with orders.

It keeps no state: an order is a row, and every answer is asked of the till again. It must never hold a transaction open
while it waits for the till, and never book what only a message said.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal

from billing.currencies import currency_of
from billing.errors import (
    NoCustomer,
    NothingToRefund,
    OrderBusy,
    TillRefused,
    TillUnavailable,
    TillUnreadable,
    UnknownAtTill,
    UnknownPack,
    WebhookRefused,
)
from billing.ledger import Lot
from billing.looking import Lead, Looker
from billing.orders import Order, RefundRequest, next_look, started
from billing.packs import Pack
from billing.reconciling import Finding, Reconciliation, agreed_of, agrees, compare, refundable
from billing.shop import Offer, offered, offers
from billing.shop_ports import ShopUnits
from billing.till import CheckoutRequest, RefundReason, Till
from billing.units import DAY_MS, HOUR_MS
from billing.webhooks import Subject, check_signature, parse_event, subject_of

WebhookOutcome = Literal["applied", "duplicate", "ignored", "unknown"]
ORDER_PLACE = "{ORDER}"
"""In a success or cancel URL: becomes the order's id."""
INBOX_DAYS = 40
"""The till sends an event again for three days and forgets it after thirty."""
LATE_MS = 7 * DAY_MS
"""How long before its grant a charge may have been made and still be found by a reconciliation."""


@dataclass(frozen=True, slots=True)
class OpenCheckout:
    """Where the fan pays for which order, and until when."""

    order: str
    url: str
    expires_at_ms: int


@dataclass(frozen=True, slots=True)
class PollReport:
    """What a poll did; `reached` is False when the till stopped answering, and the rest waits for the next poll."""

    looked: int
    failed: int
    reached: bool


class Cashier:
    """Checkout, fulfilment, webhooks, polling, refunds and reconciliation.

    `clock` gives milliseconds since the epoch (UTC), `new_id` ids for orders, `secrets` are those of the webhook
    endpoint, the newest first. Where the till is asked, its errors pass through: TillUnavailable is worth a retry.
    """

    def __init__(
        self,
        units: ShopUnits,
        till: Till,
        *,
        clock: Callable[[], int],
        new_id: Callable[[], str],
        livemode: bool,
        secrets: Sequence[str] = (),
    ) -> None:
        self._units, self._till, self._clock, self._new_id = units, till, clock, new_id
        self._livemode, self._secrets = livemode, secrets
        self._looker = Looker(units, till, clock)

    async def offers(self, *, region: str | None = None, shortfall: int = 0) -> tuple[Offer, ...]:
        """What is for sale in the currency of a region (ISO 3166-1 alpha-2), the exact shortfall first."""
        async with self._units.begin() as unit:
            packs = [pack for pack in await unit.shop.packs() if pack.on_sale(self._clock())]
        return offers(packs, currency_of(region, _currencies(packs)), shortfall)

    async def checkout(
        self,
        fan: str,
        pack: str,
        *,
        region: str | None = None,
        currency: str | None = None,
        shortfall: int = 0,
        success_url: str,
        cancel_url: str,
    ) -> OpenCheckout:
        """A page where the fan pays for a pack; `{ORDER}` in the URLs becomes the order's id.

        The order is kept before the till is asked, so a webhook always finds it. Raises UnknownPack, InvalidPack (a
        top-up without a shortfall).
        """
        async with self._units.begin() as unit:
            chosen = await unit.shop.pack(pack)
            if not chosen.on_sale(self._clock()):
                raise UnknownPack(pack)
            customer = self._customer(await unit.shop.of_fan(fan))
            offer = offered(chosen, currency or currency_of(region, _currencies([chosen])), shortfall)
            order = started(
                self._new_id(),
                fan,
                pack,
                chosen.kind,
                title=offer.title,
                credits=offer.credits,
                bonus=offer.bonus,
                interval=offer.interval,
                currency=offer.currency,
                amount_minor=offer.amount_minor,
                livemode=self._livemode,
                now_ms=self._clock(),
            )
            await unit.shop.add(order)
        page = await self._till.open_checkout(_request(order, success_url, cancel_url, customer))
        async with self._units.begin() as unit:
            now = await unit.shop.locked(order.id)
            if now.session is None:  # else a webhook was here first
                await unit.shop.save(replace(now, session=page.session, state="open"))
        return OpenCheckout(order.id, page.url, page.expires_at_ms)

    async def fulfil(self, order: str) -> Order:
        """Ask the till about an order and book what that means: the one function behind every way of hearing of it.

        Raises UnknownOrder, OrderBusy.
        """
        return await self._looker.look(Lead(order))

    async def orders(self, fan: str) -> tuple[Order, ...]:
        """A fan's orders, newest first."""
        async with self._units.begin() as unit:
            return await unit.shop.of_fan(fan)

    async def portal(self, fan: str, return_url: str) -> str:
        """The address of the till's page where the fan sees invoices and ends a subscription. Raises NoCustomer."""
        async with self._units.begin() as unit:
            customer = self._customer(await unit.shop.of_fan(fan))
        if customer is None:
            raise NoCustomer
        return await self._till.portal(customer, return_url)

    async def webhook(self, payload: bytes, signature: str) -> WebhookOutcome:
        """Take in a webhook: its object is fetched anew, and the effect and the inbox row are one commit.

        Raises WebhookRefused (counted; answer 400), TillUnavailable or OrderBusy (nothing was kept; answer 503, and
        the till sends it again).
        """
        now_ms = self._clock()
        try:
            check_signature(payload, signature, self._secrets, now_ms=now_ms)
            event = parse_event(payload)
            if event.livemode != self._livemode:
                raise WebhookRefused("wrong_mode")
        except WebhookRefused as refused:
            async with self._units.begin() as unit:
                await unit.shop.refuse(refused.reason, now_ms=now_ms)
            raise
        async with self._units.begin() as unit:
            if await unit.shop.knows(event.id):
                return "duplicate"
        subject = subject_of(event)
        lead = await self._looker.lead_of(subject) if subject else None
        if lead is None:
            outcome: WebhookOutcome = "unknown" if subject else "ignored"
            async with self._units.begin() as unit:
                new = await unit.shop.take_in(event, outcome, now_ms=now_ms)
            return outcome if new else "duplicate"
        await self._looker.look(lead, event=event)
        return "applied"

    async def poll(self, *, limit: int = 100) -> PollReport:
        """Look at the orders that are due, the longest due first, and forget old events."""
        async with self._units.begin() as unit:
            due = await unit.shop.due(now_ms=self._clock(), limit=limit)
            await unit.shop.forget_events(before_ms=self._clock() - INBOX_DAYS * DAY_MS)
        looked = failed = 0
        for order in due:
            try:
                await self._looker.look(Lead(order))
                looked += 1
            except TillUnavailable:
                return PollReport(looked, failed, reached=False)
            except (TillRefused, TillUnreadable, UnknownAtTill, OrderBusy):
                failed += 1
                await self._postpone(order)  # else it would be the first again, for ever
        return PollReport(looked, failed, reached=True)

    async def refund(
        self, order: str, credits: int | None = None, *, reason: RefundReason, note: str, actor: str, idem_key: str
    ) -> Order:
        """Give back the money for `credits` of an order (None: all that is left), never for more than is left.

        The request is kept, with who asked and why, before the till is asked; the same key again asks for the same.
        What leaves the lots is the level rule's matter. Raises UnknownOrder, NothingToRefund, InvalidAmount,
        IdempotencyConflict, TillRefused (such as `charge_disputed`).
        """
        assert credits is None or credits > 0, "somebody gets something back"
        found = await self._looker.look(Lead(order))
        if found.payment is None or found.kind == "subscription":
            raise NothingToRefund(order)
        async with self._units.begin() as unit:
            await unit.shop.locked(order)
            kept = {request.key: request for request in await unit.shop.refunds_of(order)}
            asked = kept.get(idem_key)
            if asked is None:
                amount = _refundable(found, await unit.books.lots_of(order), credits)
                asked = RefundRequest(idem_key, order, amount, reason, note, actor, self._clock())
            request = await unit.shop.ask_refund(asked)
        await self._till.refund(found.payment, request.amount_minor, key=f"refund:{request.key}", reason=request.reason)
        return await self._looker.look(Lead(order))

    async def reconcile(self, since_ms: int, until_ms: int, *, repair: bool) -> Reconciliation:
        """Compare the till's balance lines of [since, until) with the orders; with `repair`, look again.

        The findings are those from before the repair.
        """
        lines = [line async for line in self._till.balance(since_ms - LATE_MS, until_ms + DAY_MS)]
        payments = sorted({line.payment for line in lines if line.payment is not None})
        async with self._units.begin() as unit:
            orders = {order.id: order for order in await unit.shop.by_payments(payments)}
            orders |= {order.id: order for order in await unit.shop.paid_between(since_ms, until_ms)}
        compared = compare(lines, tuple(orders.values()), since_ms, until_ms)
        findings, agreed = list[Finding](), list(compared.agreed)
        for found in compared.findings:
            if await self._settled(found, orders):
                assert found.order is not None, "an order agrees with its payment"
                agreed.append(agreed_of(orders[found.order], found.payment, found.lines))
            else:
                findings.append(found)
        agreed.sort(key=lambda each: each.payment)
        if not repair:
            return Reconciliation(len(agreed), tuple(findings), agreed=tuple(agreed))
        repaired: dict[str, None] = {}
        for finding in findings:
            lead = await self._looker.lead_of(Subject("payment", finding.payment))
            if lead is not None:
                repaired[(await self._looker.look(lead)).id] = None
        return Reconciliation(len(agreed), tuple(findings), tuple(repaired), tuple(agreed))

    async def _settled(self, finding: Finding, orders: dict[str, Order]) -> bool:
        """Whether the payment itself agrees: it was settled in another currency than it was paid in."""
        if finding.kind != "currency" or finding.order is None:
            return False
        return agrees(orders[finding.order], await self._till.payment(finding.payment))

    async def _postpone(self, order: str) -> None:
        async with self._units.begin() as unit:
            now, now_ms = await unit.shop.locked(order), self._clock()
            again_ms = next_look(now, now_ms)
            if now.state == "paid" and again_ms is None:
                again_ms = (
                    now_ms + HOUR_MS
                )  # it was due for a reason, such as a refunded turn, that its state does not show
            await unit.shop.save(replace(now, next_look_ms=again_ms))

    def _customer(self, orders: Sequence[Order]) -> str | None:
        ours = (order.customer for order in orders if order.livemode == self._livemode and order.customer)
        return next(ours, None)


def _currencies(packs: Sequence[Pack]) -> set[str]:
    return {price.currency for pack in packs for price in pack.prices}


def _request(order: Order, success_url: str, cancel_url: str, customer: str | None) -> CheckoutRequest:
    return CheckoutRequest(
        order=order.id,
        fan=order.fan,
        title=order.title,
        credits=order.credits + order.bonus,
        amount_minor=order.amount_minor,
        currency=order.currency,
        mode="subscription" if order.kind == "subscription" else "payment",
        interval=order.interval,
        success_url=success_url.replace(ORDER_PLACE, order.id),
        cancel_url=cancel_url.replace(ORDER_PLACE, order.id),
        customer=customer,
    )


def _refundable(order: Order, lots: Sequence[Lot], credits: int | None) -> int:
    paid = [lot for lot in lots if lot.terms.paid_minor]
    if not paid:
        raise NothingToRefund(order.id)
    amount = refundable(order.amount_minor, order.refunded_minor, paid[0].granted, paid[0].remaining, credits)
    if amount == 0:
        raise NothingToRefund(order.id)
    return amount
