"""Orders on the Desk: money given back through the till, and what answers a dispute, as text to be sent there."""

from __future__ import annotations

import uuid

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from billing.helping import evidence_of
from billing.ledger import REASON_LENGTH_MAX
from gateway.desk.drafts import once, reason
from gateway.desk.fan_pages import HERE, REFUND_MAX
from gateway.desk.services import DeskServices
from gateway.staff.door import Acting, StaffDoor, Visit, to
from gateway.staff.errors import FormInvalid
from gateway.staff.rendering import PAGE_HEADERS


def add_order_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/orders/{id}`."""
    seen, refunding = door.sees("fans.read"), door.acts("fans.refund")

    @router.get("/orders/{id}")
    async def order(id: str, visit: Visit = seen) -> Response:
        async with desk.units.read() as unit:
            found = await unit.shop.order(id)
            lots, refunds = await unit.books.lots_of(id), await unit.shop.refunds_of(id)
        return door.page(
            visit,
            "desk/order.html",
            here=HERE,
            order=found,
            lots=lots,
            refunds=refunds,
            open=desk.cashier is not None,
            once=uuid.uuid4().hex,
        )

    @router.get("/orders/{id}/evidence")
    async def evidence(id: str, visit: Visit = seen) -> Response:
        async with desk.units.read() as unit:
            pack = await evidence_of(unit, id)
        await visit.log("order.evidence", subject=id)
        parts = (
            ("product_description", pack.product_description),
            ("service_date", pack.service_date),
            ("access_activity_log", pack.access_activity_log),
            ("uncategorized_text", pack.uncategorized_text),
        )
        text = "\n\n".join(f"{name}\n{content}" for name, content in parts)
        attached = f'attachment; filename="evidence-{uuid.uuid4().hex[:8]}.txt"'
        return PlainTextResponse(f"{text}\n", headers={**PAGE_HEADERS, "content-disposition": attached})

    @router.post("/orders/{id}/refund")
    async def refund(id: str, acting: Acting = refunding) -> Response:
        form, visit = acting.form, acting.visit
        if desk.cashier is None:
            raise FormInvalid("Nothing is for sale here, so there is no till to ask.", status=409)
        credits = form.number("credits", 1, REFUND_MAX) if form.text("credits") else None
        note, key = reason(form)[:REASON_LENGTH_MAX], once(form)
        after = await desk.cashier.refund(
            id, credits, reason="requested_by_customer", note=note, actor=visit.name, idem_key=key
        )
        await visit.log("order.refunded", subject=id, detail=f"{after.refunded_minor} {after.currency} in all: {note}")
        return to(f"/desk/orders/{id}")
