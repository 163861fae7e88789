"""Whether the till and the books agree, payment by payment, and what stands out now."""

from __future__ import annotations

from fastapi import APIRouter, Response

from gateway.desk.book_pages import days_of
from gateway.desk.services import DeskServices
from gateway.staff.door import Acting, StaffDoor, Visit, to
from gateway.staff.errors import FormInvalid

AGREED_SHOWN = 500
ALERTS = "/desk/alerts"


def add_till_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/reconciliation`, `/desk/alerts`."""
    _add_reconciliation(router, door, desk)
    _add_alerts(router, door, desk)


def _add_reconciliation(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen, acting_on, repairing = door.sees("books.read"), door.acts("books.read"), door.acts("fans.grant")

    @router.get("/reconciliation")
    async def reconciliation(visit: Visit = seen, from_: str = "", to_: str = "") -> Response:
        from_day, to_day, _, _ = days_of(desk, from_, to_)
        return door.page(
            visit,
            "desk/reconciliation.html",
            here="/desk/reconciliation",
            from_day=from_day,
            to_day=to_day,
            open=desk.cashier is not None,
            found=None,
            shown=AGREED_SHOWN,
        )

    async def compared(acting: Acting, *, repair: bool) -> Response:
        if desk.cashier is None:
            raise FormInvalid("Nothing is for sale here, so there is no till to ask.", status=409)
        form = acting.form
        from_day, to_day, from_ms, until_ms = days_of(desk, form.text("from_"), form.text("to_"))
        found = await desk.cashier.reconcile(from_ms, min(until_ms, max(desk.clock(), from_ms + 1)), repair=repair)
        act = "books.repaired" if repair else "books.reconciled"
        await acting.visit.log(act, detail=f"{from_day} to {to_day}: {len(found.findings)} differ")
        return door.page(
            acting.visit,
            "desk/reconciliation.html",
            here="/desk/reconciliation",
            from_day=from_day,
            to_day=to_day,
            open=True,
            found=found,
            shown=AGREED_SHOWN,
        )

    @router.post("/reconciliation")
    async def compare(acting: Acting = acting_on) -> Response:
        return await compared(acting, repair=False)

    @router.post("/reconciliation/repair")
    async def repair(acting: Acting = repairing) -> Response:
        return await compared(acting, repair=True)


def _add_alerts(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen, acting_on = door.sees("books.read"), door.acts("books.read")

    @router.get("/alerts")
    async def alerts(visit: Visit = seen) -> Response:
        return door.page(
            visit,
            "desk/alerts.html",
            here=ALERTS,
            alerts=await desk.watch.alerts(),
            verified_at_ms=desk.watch.verified_at_ms,
            violations=desk.watch.violations or (),
        )

    @router.post("/alerts/verify")
    async def verify(acting: Acting = acting_on) -> Response:
        await desk.watch.verify()
        await acting.visit.log("books.verified", detail=f"{len(desk.watch.violations or ())} violations")
        return to(ALERTS)
