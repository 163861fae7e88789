"""Packs and promotions on the Desk: what is for sale, given, or waits for a second person, and taking it off."""

from __future__ import annotations

from functools import partial

from fastapi import APIRouter, Response

from billing.packs import Pack
from billing.promotions import PROMOTION_KINDS, Promotion
from gateway.desk.services import DeskServices
from gateway.staff.door import Acting, StaffDoor, Visit, to

HERE = "/desk/packs"


def add_pack_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/packs`."""
    seen, sent = door.sees("prices.read"), door.acts("packs.write")

    @router.get("/packs")
    async def packs(visit: Visit = seen) -> Response:
        async with desk.units.read() as unit:
            shelf = await unit.shop.packs()
            promotions = [each for kind in PROMOTION_KINDS for each in await unit.promotions.offered(kind)]
            waiting = [each for each in await unit.offers.proposals() if each.status == "proposed"]
        return door.page(
            visit,
            "desk/packs.html",
            here=HERE,
            packs=shelf,
            promotions=promotions,
            waiting=waiting,
            phase=partial(_phase, now_ms=desk.clock()),
        )

    @router.post("/packs/{id}/retire")
    async def retire(id: str, acting: Acting = sent) -> Response:
        async with desk.units.begin() as unit:
            await unit.shop.retire_pack(id, actor=acting.visit.name, now_ms=desk.clock())
        await acting.visit.log("pack.retired", subject=id)
        return to(HERE)

    @router.post("/promotions/{name}/retire")
    async def retire_promotion(name: str, acting: Acting = sent) -> Response:
        async with desk.units.begin() as unit:
            await unit.promotions.retire(name, now_ms=desk.clock())
        await acting.visit.log("promotion.retired", subject=name)
        return to(HERE)


def _phase(offer: Pack | Promotion, now_ms: int) -> str:
    """Where something stands that nobody has taken off."""
    if now_ms < offer.starts_at_ms:
        return "scheduled"
    return "past" if offer.ends_at_ms is not None and offer.ends_at_ms <= now_ms else "offered"
