"""Prices on the Desk: the card with its past and its future, proposals, a trial on past traffic, and four eyes.

Whoever proposes a price is its author, and somebody else has to approve it: the books see to that, not the page.
"""

from __future__ import annotations

import asyncio
from dataclasses import asdict

from fastapi import APIRouter, Response

from billing import calendar, pricing
from billing.errors import UnknownProposal
from billing.impact import BPS, BatchTrial, Impact
from billing.types import PriceProposal, PriceVersion
from billing.units import DAY_MS
from billing.whatif import with_draft
from billing.wording import day
from gateway.desk.drafts import draft_of, period
from gateway.desk.services import DeskServices
from gateway.desk.trial_view import trial_view
from gateway.staff.door import Acting, StaffDoor, Visit, to
from gateway.staff.errors import FormInvalid

HERE = "/desk/prices"
TRIED_DAYS = 28


def add_price_pages(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    """`/desk/prices` and what is under it."""
    _add_card(router, door, desk)
    _add_decisions(router, door, desk)
    _add_trial(router, door, desk)


def _add_card(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen, sent = door.sees("prices.read"), door.acts("prices.propose")

    @router.get("/prices")
    async def prices(visit: Visit = seen, show: str = "", phase: str = "") -> Response:
        async with desk.units.read() as unit:
            rows = calendar.listed(await unit.books.prices(), await unit.books.card.proposals(), desk.clock())
        shows = sorted({row.version.scope.show for row in rows if row.version.scope.show})
        wanted = [row for row in rows if show in ("", row.version.scope.show) and phase in ("", row.phase)]
        return door.page(
            visit, "desk/prices.html", here=HERE, rows=wanted, shows=shows, show=show, phase=phase, draft=None
        )

    @router.get("/prices/new")
    async def new(visit: Visit = seen, like: str = "") -> Response:
        visit.need("prices.propose")
        async with desk.units.read() as unit:
            found = [version for version in await unit.books.prices() if version.id == like]
        return door.page(visit, "desk/price_new.html", here=HERE, like=found[0] if found else None)

    @router.post("/prices")
    async def propose(acting: Acting = sent) -> Response:
        draft = draft_of(acting.form, acting.visit.name)
        async with desk.units.begin() as unit:
            await unit.books.card.propose(draft, now_ms=desk.clock())
        await acting.visit.log("price.proposed", show=draft.scope.show, subject=draft.id)
        return to(f"{HERE}/{draft.id}")

    @router.get("/prices/{id}")
    async def price(id: str, visit: Visit = seen) -> Response:
        version, proposal, card = await _found(desk, id)
        rows = calendar.listed(card, [proposal] if proposal and proposal.status != "approved" else [], desk.clock())
        standing = next(row for row in rows if row.version.id == id)
        now_ms = desk.clock()
        return door.page(
            visit,
            "desk/price.html",
            here=HERE,
            standing=standing,
            version=version,
            proposal=proposal,
            changes=_changes(version, calendar.replaced(card, version)),
            own=pricing.same_person(version.author, visit.name),
            late=version.effective_from_ms < now_ms,
            tried_from=day(now_ms - TRIED_DAYS * DAY_MS),
            tried_to=day(now_ms),
        )


def _add_decisions(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    approving, giving_up = door.acts("prices.approve"), door.acts("prices.propose")

    @router.post("/prices/{id}/approve")
    async def approve(id: str, acting: Acting = approving) -> Response:
        async with desk.units.begin() as unit:
            version = await unit.books.card.approve(id, approver=acting.visit.name, now_ms=desk.clock())
        await acting.visit.log("price.approved", show=version.scope.show, subject=id)
        return to(f"{HERE}/{id}")

    @router.post("/prices/{id}/withdraw")
    async def withdraw(id: str, acting: Acting = giving_up) -> Response:
        async with desk.units.begin() as unit:
            proposal = await unit.books.card.withdraw(id, actor=acting.visit.name, now_ms=desk.clock())
        await acting.visit.log("price.withdrawn", show=proposal.version.scope.show, subject=id)
        return to(f"{HERE}/{id}")


def _add_trial(router: APIRouter, door: StaffDoor, desk: DeskServices) -> None:
    seen = door.sees("prices.read")

    @router.get("/prices/{id}/trial")
    async def trial(id: str, visit: Visit = seen, from_: str = "", to_: str = "", store_bps: str = "0") -> Response:
        version, _, card = await _found(desk, id)
        now_ms = desk.clock()
        from_day, to_day = from_ or day(now_ms - TRIED_DAYS * DAY_MS), to_ or day(now_ms)
        from_ms, until_ms = period(from_day, to_day)
        if not (store_bps.isascii() and store_bps.isdigit() and len(store_bps) <= 5 and int(store_bps) <= BPS):
            raise FormInvalid(f"The store’s cut is from 0 to {BPS} hundredths of a percent.")
        draft_card = with_draft([other for other in card if other.id != id], version, from_ms)
        found = await _tried(desk, draft_card, from_ms, until_ms, int(store_bps))
        return door.page(
            visit,
            "desk/trial.html",
            here=HERE,
            version=version,
            from_day=from_day,
            to_day=to_day,
            store_bps=int(store_bps),
            trial=trial_view(found),
        )


async def _tried(
    desk: DeskServices, card: tuple[PriceVersion, ...], from_ms: int, until_ms: int, store_bps: int
) -> Impact:
    found = BatchTrial(card, store_bps)
    async with desk.trials, desk.snapshot() as reports:
        async for batch in reports.turn_columns(from_ms=from_ms, until_ms=until_ms):
            await asyncio.to_thread(found.take, batch)  # sums over a hundred thousand turns keep nobody waiting
    return found.end()


async def _found(desk: DeskServices, id: str) -> tuple[PriceVersion, PriceProposal | None, tuple[PriceVersion, ...]]:
    """A version, or a draft, with its proposal, and the card. Raises UnknownProposal."""
    async with desk.units.read() as unit:
        card, proposals = await unit.books.prices(), await unit.books.card.proposals()
    proposal = next((each for each in proposals if each.version.id == id), None)
    version = next((each for each in card if each.id == id), None)
    if version is None and proposal is None:
        raise UnknownProposal(id)
    if version is None:
        assert proposal is not None
        version = proposal.version
    return version, proposal, card


def _changes(version: PriceVersion, before: PriceVersion | None) -> list[tuple[str, object, object]]:
    """What is different from the price that would hold without it: (name, before, with it)."""

    def figures(one: PriceVersion) -> dict[str, object]:
        told: dict[str, object] = {"text": one.amounts.text, "voice": one.amounts.voice, **asdict(one.rates)}
        return told | {f"voice {name}": credits for name, credits in one.voices}

    anew, old = figures(version), figures(before) if before else {}
    return [(name, old.get(name), anew.get(name)) for name in dict.fromkeys((*old, *anew))]
