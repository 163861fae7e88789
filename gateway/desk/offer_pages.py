"""Putting up packs and promotions on the Desk: one person proposes, another approves, and then it is offered.

The books see to the second person, not the page. The till is told of a pack when a fan checks out, with its price then.
"""

from __future__ import annotations

from fastapi import APIRouter, Response

from billing import offering, pricing
from billing.errors import UnknownProposal
from billing.offering import OfferKind, OfferProposal
from billing.packs import PACK_KINDS, Pack
from billing.promotions import PROMOTION_KINDS, Promotion
from gateway.desk.offer_drafts import COMMON, CURRENCIES, INTERVALS, pack_of, promotion_of, written
from gateway.desk.services import DeskServices
from gateway.staff.door import Acting, StaffDoor, Visit, to

HERE = "/desk/packs"
PARTS: tuple[tuple[str, OfferKind], ...] = (("packs", "pack"), ("promotions", "promotion"))
"""The part of the address that each kind has."""


def add_offer_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/packs/…` and `/desk/promotions/…`."""
    _add_forms(router, door, desk)
    for part, kind in PARTS:
        _add_proposals(router, door, desk, part, kind)


def _add_forms(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen, sent = door.sees("prices.read"), door.acts("packs.write")

    @router.get("/packs/new")
    async def new_pack(visit: Visit = seen, like: str = "") -> Response:
        visit.need("packs.write")
        async with desk.units.read() as unit:
            found = next((pack for pack in await unit.shop.packs() if pack.id == like), None)
        typed = {price.currency: written(price.amount_minor, price.currency) for price in found.prices} if found else {}
        return door.page(
            visit,
            "desk/pack_new.html",
            here=HERE,
            like=found,
            kinds=PACK_KINDS,
            intervals=INTERVALS,
            common=COMMON,
            others=CURRENCIES[len(COMMON) :],
            typed=typed,
        )

    @router.get("/promotions/new")
    async def new_promotion(visit: Visit = seen) -> Response:
        visit.need("packs.write")
        return door.page(visit, "desk/promotion_new.html", here=HERE, kinds=PROMOTION_KINDS)

    async def proposed(acting: Acting, draft: Pack | Promotion, part: str) -> Response:
        async with desk.units.begin() as unit:
            proposal = await offering.propose(unit, draft, now_ms=desk.clock())
        await acting.visit.log(f"{proposal.kind}.proposed", subject=proposal.name)
        return to(f"/desk/{part}/{proposal.name}")

    @router.post("/packs")
    async def propose_pack(acting: Acting = sent) -> Response:
        return await proposed(acting, pack_of(acting.form, acting.visit.name), "packs")

    @router.post("/promotions")
    async def propose_promotion(acting: Acting = sent) -> Response:
        return await proposed(acting, promotion_of(acting.form, acting.visit.name), "promotions")


def _add_proposals(router: APIRouter, door: StaffDoor, desk: DeskServices, part: str, kind: OfferKind) -> None:
    seen, approving, giving_up = door.sees("prices.read"), door.acts("packs.approve"), door.acts("packs.write")

    @router.get(f"/{part}/{{id}}")
    async def proposal(id: str, visit: Visit = seen) -> Response:
        async with desk.units.read() as unit:
            found = next((one for one in await unit.offers.proposals() if (one.kind, one.name) == (kind, id)), None)
        if found is None:
            raise UnknownProposal(id)
        own = pricing.same_person(found.offer.author, visit.name)
        return door.page(visit, "desk/offer.html", here=HERE, part=part, proposal=found, own=own)

    async def told(acting: Acting, found: OfferProposal) -> Response:
        await acting.visit.log(f"{kind}.{found.status}", subject=found.name)
        return to(f"/desk/{part}/{found.name}")

    @router.post(f"/{part}/{{id}}/approve")
    async def approve(id: str, acting: Acting = approving) -> Response:
        approver = acting.visit.name
        async with desk.units.begin() as unit:
            found = await offering.approve(unit, kind, id, approver=approver, now_ms=desk.clock())
        return await told(acting, found)

    @router.post(f"/{part}/{{id}}/withdraw")
    async def withdraw(id: str, acting: Acting = giving_up) -> Response:
        actor = acting.visit.name
        async with desk.units.begin() as unit:
            found = await offering.withdraw(unit, kind, id, actor=actor, now_ms=desk.clock())
        return await told(acting, found)
