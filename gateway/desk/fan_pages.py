"""A fan's account on the Desk: found by any id, read, refunded, given goodwill, frozen. Every act is written down.

What a fan and a character said to each other is not here, and never will be: an account is money and times.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from urllib.parse import quote

from fastapi import APIRouter, Response

from billing.errors import UnknownReceipt
from billing.goodwill import GoodwillCaps
from billing.helping import give_goodwill
from billing.ledger import KEY_LENGTH_MAX
from billing.refunding import refund_turn
from billing.types import Receipt
from gateway.desk.drafts import name, once, reason
from gateway.desk.services import DeskServices
from gateway.ports import Unit
from gateway.staff.door import Acting, StaffDoor, Visit, to
from gateway.staff.errors import FormInvalid

HERE = "/desk/fans"
FOUND_MAX, HOLDS_SHOWN, LINES_SHOWN = 20, 50, 50
REFUND_MAX = 1_000_000
CAPS = GoodwillCaps()


def add_fan_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/fans`, `/desk/receipts`."""
    _add_reading(router, door, desk)
    _add_receipts(router, door, desk)
    _add_acts(router, door, desk)


def _add_reading(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen = door.sees("fans.read")

    @router.get("/fans")
    async def fans(visit: Visit = seen, q: str = "") -> Response:
        found = await _owners(desk, q.strip()) if q.strip() else ()
        if len(found) == 1:
            return to(address_of(found[0]))
        return door.page(visit, "desk/fans.html", here=HERE, q=q, found=found)

    @router.get("/fans/account")
    async def account(fan: str, visit: Visit = seen, before: int | None = None) -> Response:
        async with desk.units.read() as unit:
            found = await unit.accounts.account(fan[:KEY_LENGTH_MAX])
            if found is None:
                raise FormInvalid("There is no such account.", status=404)
            wallet = await unit.books.wallet(fan)
            worth = await unit.books.value(fan, wallet.available, now_ms=desk.clock())
            lines = await unit.reports.statement(fan, before=before, limit=LINES_SHOWN)
            lots, holds = await unit.accounts.lots(fan), await unit.accounts.holds(fan, limit=HOLDS_SHOWN)
            orders, debt = await unit.shop.of_fan(fan), await unit.books.debt(fan)
            budgets = await unit.books.budgets(fan, now_ms=desk.clock())
        await visit.log("fan.seen", subject=fan)
        return door.page(
            visit,
            "desk/fan.html",
            here=HERE,
            account=found,
            wallet=wallet,
            worth=worth,
            lines=lines,
            older=lines[-1].seq if len(lines) == LINES_SHOWN else None,
            lots=lots,
            holds=holds,
            orders=orders,
            debt=debt,
            budgets=budgets,
            caps=CAPS,
            once=uuid.uuid4().hex,
        )


def _add_receipts(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen, refunding = door.sees("fans.read"), door.acts("fans.refund")

    @router.get("/receipts/{id}")
    async def receipt(id: str, visit: Visit = seen) -> Response:
        async with desk.units.read() as unit:
            found = await _receipt(unit, id)
            costs = await unit.books.costs_of(found.turn)
            left = {lot.terms.lot: lot.remaining for lot in await unit.accounts.lots(found.fan)}
        return door.page(
            visit, "desk/receipt.html", here=HERE, receipt=found, costs=costs, left=left, once=uuid.uuid4().hex
        )

    @router.post("/receipts/{id}/refund")
    async def refund(id: str, acting: Acting = refunding) -> Response:
        form, visit = acting.form, acting.visit
        credits = form.number("credits", 1, REFUND_MAX) if form.text("credits") else None
        why, key = reason(form), once(form)
        async with desk.units.begin() as unit:
            found = await _receipt(unit, id)
            after = await refund_turn(
                unit, found.turn, credits=credits, reason=why, actor=visit.name, idem_key=key, now_ms=desk.clock()
            )
        await visit.log("fan.refunded", subject=found.fan, detail=f"{after.refunded} credits of receipt {after.id}")
        return to(f"/desk/receipts/{after.id}")


def _add_acts(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    granting = door.acts("fans.grant")

    @router.post("/fans/goodwill")
    async def give(acting: Acting = granting) -> Response:
        form, visit = acting.form, acting.visit
        fan, credits = name(form, "fan"), form.number("credits", 1, CAPS.at_once)
        why, key = reason(form), once(form)
        async with desk.units.begin() as unit:
            if await unit.accounts.account(fan) is None:
                raise FormInvalid("There is no such account.", status=404)
            await give_goodwill(
                unit, fan, credits, caps=CAPS, reason=why, actor=visit.name, idem_key=key, now_ms=desk.clock()
            )
        await visit.log("fan.given", subject=fan, detail=f"{credits} credits: {why}")
        return to(address_of(fan))

    @router.post("/fans/freeze")
    async def freeze(acting: Acting = granting) -> Response:
        form, visit = acting.form, acting.visit
        fan, why, frozen = name(form, "fan"), reason(form), form.text("frozen") == "yes"
        async with desk.units.begin() as unit:
            changed = await unit.accounts.freeze(fan, frozen=frozen)
        if changed:
            await visit.log("fan.frozen" if frozen else "fan.unfrozen", subject=fan, detail=why)
        return to(address_of(fan))


def address_of(fan: str) -> str:
    """The page of an account; a fan's key has a stroke in it."""
    return f"{HERE}/account?fan={quote(fan, safe='')}"


async def _owners(desk: DeskServices, written: str) -> Sequence[str]:
    """The accounts that somebody may mean: by key, by a fan's id at any app, by a turn, a receipt, an order."""
    if len(written) > KEY_LENGTH_MAX:
        return ()
    async with desk.units.read() as unit:
        found = set(await unit.accounts.owners(written, limit=FOUND_MAX))
        for app in ("demo", *desk.apps):
            found |= set(await unit.accounts.owners(f"{app}/{written}", limit=FOUND_MAX))
    return tuple(sorted(found))[:FOUND_MAX]


async def _receipt(unit: Unit, name: str) -> Receipt:
    """The receipt with this id, or of this turn. Raises UnknownReceipt."""
    found = await unit.books.receipt_of(await unit.reports.turn_of(name))
    if found is None:
        raise UnknownReceipt(name)
    return found
