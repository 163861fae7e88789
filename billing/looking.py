"""One look at the till for one order: ask outside of any transaction, decide, write in one commit.

Webhook, return page, poller, refunds and repairs all come through `Looker.look`; whoever comes first grants, the rest
find it done. It must never write what an older look saw over what a newer one has booked.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from billing.errors import OrderBusy, UnknownAtTill, UnknownOrder
from billing.fulfilment import Decision, Seen, decide
from billing.ledger import GRANT_CREDITS_MAX
from billing.orders import Order, next_look
from billing.promoting import first_purchase_bonus
from billing.shop_ports import ShopUnit, ShopUnits
from billing.till import Till
from billing.webhooks import Subject, TillEvent

TRIES_MAX = 40
"""Looks that may come between ours and its commit before we give up."""
APPLIED = "applied"


@dataclass(frozen=True, slots=True)
class Lead:
    """An order, and the till's object that led to it: the order itself may not know of it yet."""

    order: str
    session: str | None = None
    subscription: str | None = None


class Looker:
    """Looks at the till. `clock` gives milliseconds since the epoch, UTC."""

    def __init__(self, units: ShopUnits, till: Till, clock: Callable[[], int]) -> None:
        self._units, self._till, self._clock = units, till, clock

    async def look(self, lead: Lead, *, event: TillEvent | None = None) -> Order:
        """Bring an order in line with the till and return it; with `event`, put that into the inbox in the same commit.

        A duplicate of an event changes nothing. Raises UnknownOrder, OrderBusy and what the till raises.
        """
        for _ in range(TRIES_MAX):
            async with self._units.begin() as unit:
                before = await unit.shop.order(lead.order)
            seen = await self._ask(before, lead)
            async with self._units.begin() as unit:
                now_ms = self._clock()
                order = await unit.shop.locked(lead.order)
                if order.looks != before.looks:
                    continue  # another look was booked meanwhile, and it may have seen something newer
                if event is not None and not await unit.shop.take_in(event, APPLIED, now_ms=now_ms):
                    return order
                decision = decide(order, seen, now_ms)
                order = await _write(unit, decision, now_ms)
            for period in decision.periods:
                await self._begin(period)
            return order
        raise OrderBusy(lead.order)

    async def _begin(self, period: Order) -> None:
        """Look at a new period at once; one that was granted before is looked at when there is a reason."""
        async with self._units.begin() as unit:
            known = await unit.shop.order(period.id)
        if known.state != "paid":
            await self.look(Lead(period.id))

    async def _ask(self, order: Order, lead: Lead) -> Seen:
        if order.kind == "period":
            assert order.invoice is not None, "a period has an invoice"
            invoice = await self._till.invoice(order.invoice) if order.state != "paid" else None
            payment = order.payment or (invoice.payment if invoice else None)
            return Seen(payment=await self._till.payment(payment) if payment else None, invoice=invoice)
        session = None
        at = order.session or lead.session
        if at is not None and order.state != "paid":
            session = await self._till.session(at)
        if order.kind != "subscription":
            payment = order.payment or (session.payment if session else None)
            return Seen(session, await self._till.payment(payment) if payment else None)
        subscription = order.subscription or (session.subscription if session else None) or lead.subscription
        if subscription is None:
            return Seen(session)
        return Seen(
            session,
            subscription=await self._till.subscription(subscription),
            invoices=await self._till.invoices_of(subscription),
        )

    async def lead_of(self, subject: Subject) -> Lead | None:
        """The order that one of the till's objects belongs to; None when it is none of ours. May ask the till."""
        try:
            match subject.kind:
                case "session":
                    return await self._of_session(subject.id)
                case "payment":
                    return await self._of_payment(subject.id)
                case "invoice":
                    return await self._of_invoice(subject.id)
                case _:
                    return await self._of_subscription(subject.id)
        except (UnknownAtTill, UnknownOrder):
            return None

    async def _of_session(self, session: str) -> Lead | None:
        if known := await self._find(session=session):
            return known
        named = (await self._till.session(session)).order
        return await self._known(Lead(named, session=session)) if named else None

    async def _of_payment(self, payment: str) -> Lead | None:
        if known := await self._find(payment=payment):
            return known
        paid = await self._till.payment(payment)  # its id may be that of a charge
        if known := await self._find(payment=paid.id):
            return known
        if paid.order:
            return await self._known(Lead(paid.order))
        return await self._of_invoice(paid.invoice) if paid.invoice else None

    async def _of_invoice(self, invoice: str) -> Lead | None:
        if known := await self._find(invoice=invoice):
            return known
        cut = await self._till.invoice(invoice)
        if cut.order:
            return await self._known(Lead(cut.order, subscription=cut.subscription))
        return await self._of_subscription(cut.subscription) if cut.subscription else None

    async def _of_subscription(self, subscription: str) -> Lead | None:
        if known := await self._find(subscription=subscription):
            return known
        named = (await self._till.subscription(subscription)).order
        return await self._known(Lead(named, subscription=subscription)) if named else None

    async def _known(self, lead: Lead) -> Lead:
        async with self._units.begin() as unit:
            await unit.shop.order(lead.order)
        return lead

    async def _find(
        self,
        *,
        session: str | None = None,
        payment: str | None = None,
        invoice: str | None = None,
        subscription: str | None = None,
    ) -> Lead | None:
        async with self._units.begin() as unit:
            found = await unit.shop.find(session=session, payment=payment, invoice=invoice, subscription=subscription)
        return Lead(found.id) if found else None


async def _write(unit: ShopUnit, decision: Decision, now_ms: int) -> Order:
    order = decision.order
    if decision.purchase is not None:
        bought = decision.purchase
        gift = await first_purchase_bonus(unit.promotions, bought.fan, bought.credits, now_ms=now_ms)
        bonus = min(bought.bonus + gift, GRANT_CREDITS_MAX)
        await unit.books.purchase(replace(bought, bonus=bonus), now_ms=now_ms)
    if decision.standing is not None:
        planned = await unit.books.stand(order.id, order.fan, decision.standing, now_ms=now_ms)
        order = replace(order, pending=planned.pending)
        order = replace(order, next_look_ms=next_look(order, now_ms))
    await unit.shop.save(order)
    for period in decision.periods:
        await unit.shop.add(period)
    if decision.wrong:
        await unit.shop.note(decision.wrong, now_ms=now_ms)
    return order
