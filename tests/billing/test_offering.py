"""Packs and promotions that one person proposes and another approves, over the double and the real stores alike."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from billing import offering
from billing.errors import (
    IdempotencyConflict,
    InvalidAmount,
    InvalidPack,
    InvalidPromotion,
    ProposalDecided,
    SameApprover,
    UnknownProposal,
)
from billing.packs import Pack
from billing.promotions import Promotion
from tests.billing.builders import NOW_MS
from tests.billing.counters import Units
from tests.billing.shop_builders import EXACT, PASS, SMALL, pack

DRAFT = replace(SMALL, approver="")
CODE = Promotion("lantern", "code", "Opening night", NOW_MS, "ana", "", credits=5, lot_days=9, per_hour_max=3)


async def proposed(units: Units, draft: Pack | Promotion) -> offering.OfferProposal:
    async with units.begin() as unit:
        return await offering.propose(unit, draft, now_ms=NOW_MS)


async def approved(units: Units, draft: Pack | Promotion, by: str = "ben", now_ms: int = NOW_MS) -> None:
    kind: offering.OfferKind = "pack" if isinstance(draft, Pack) else "promotion"
    name = draft.id if isinstance(draft, Pack) else draft.name
    async with units.begin() as unit:
        await offering.approve(unit, kind, name, approver=by, now_ms=now_ms)


async def test_nothing_is_offered_before_somebody_else_approves(units: Units) -> None:
    for draft in (DRAFT, CODE):
        assert await proposed(units, draft) == await proposed(units, draft)
        with pytest.raises(SameApprover):
            await approved(units, draft, by="Ana ")
    async with units.begin() as unit:
        assert (await unit.shop.packs(), await unit.promotions.offered("code")) == ((), ())
        assert [one.status for one in await unit.offers.proposals()] == ["proposed", "proposed"]
    for draft in (DRAFT, CODE):
        for _ in range(2):
            await approved(units, draft)
    async with units.begin() as unit:
        assert await unit.shop.packs() == (SMALL,)
        assert await unit.promotions.offered("code") == (replace(CODE, approver="ben"),)
        found = await unit.offers.proposals()
    assert {(one.kind, one.name, one.status, one.decided_by) for one in found} == {
        ("pack", "small", "approved", "ben"),
        ("promotion", "lantern", "approved", "ben"),
    }
    assert {one.offer for one in found} == {DRAFT, CODE}


async def test_what_was_approved_and_taken_off_stays_off(units: Units) -> None:
    for draft in (DRAFT, CODE):
        await proposed(units, draft)
        await approved(units, draft)
    async with units.begin() as unit:
        await unit.shop.retire_pack("small", actor="ana", now_ms=NOW_MS)
        await unit.promotions.retire("lantern", now_ms=NOW_MS)
    for draft in (DRAFT, CODE):
        await approved(units, draft)
    async with units.begin() as unit:
        assert (await unit.shop.packs(), await unit.promotions.offered("code")) == ((), ())


async def test_who_decides_second_is_told_what_was_decided_first(units: Units) -> None:
    await proposed(units, DRAFT)
    async with units.begin() as unit:
        given_up = await offering.withdraw(unit, "pack", "small", actor="ana", now_ms=NOW_MS)
        assert await offering.withdraw(unit, "pack", "small", actor="eve", now_ms=NOW_MS) == given_up
    with pytest.raises(ProposalDecided):
        await approved(units, DRAFT)
    await proposed(units, CODE)
    await approved(units, CODE)
    with pytest.raises(ProposalDecided):
        await approved(units, CODE, by="kim")
    async with units.begin() as unit:
        with pytest.raises(ProposalDecided):
            await offering.withdraw(unit, "promotion", "lantern", actor="ana", now_ms=NOW_MS)
        with pytest.raises(UnknownProposal):
            await offering.withdraw(unit, "promotion", "small", actor="ana", now_ms=NOW_MS)
    with pytest.raises(UnknownProposal):
        await approved(units, pack("other"))


async def test_a_name_is_that_of_one_offer(units: Units) -> None:
    async with units.begin() as unit:
        await unit.shop.add_pack(PASS, now_ms=NOW_MS)
        await unit.promotions.offer(replace(CODE, name="there", approver="ben"))
    await proposed(units, DRAFT)
    await proposed(units, CODE)
    for draft in (
        replace(DRAFT, credits=501),
        replace(PASS, approver=""),
        replace(CODE, credits=6),
        replace(CODE, name="there"),
    ):
        with pytest.raises(IdempotencyConflict):
            await proposed(units, draft)


async def test_of_many_at_once_one_proposal_is_kept(units: Units) -> None:
    found = await asyncio.gather(*(proposed(units, DRAFT) for _ in range(6)))
    assert set(found) == {offering.OfferProposal(DRAFT, NOW_MS)}
    async with units.begin() as unit:
        assert len(await unit.offers.proposals()) == 1


@pytest.mark.parametrize(
    ("draft", "error"),
    [
        (replace(DRAFT, prices=()), InvalidPack),
        (replace(DRAFT, starts_at_ms=9, ends_at_ms=9), InvalidPack),
        (replace(DRAFT, starts_at_ms=-1), InvalidPack),
        (replace(EXACT, approver="", bonus=1), InvalidPack),
        (replace(CODE, bonus_bps=5), InvalidPromotion),
        (replace(CODE, credits=10**12), InvalidAmount),
    ],
)
async def test_what_is_unsound_is_not_even_proposed(
    units: Units, draft: Pack | Promotion, error: type[Exception]
) -> None:
    with pytest.raises(error):
        await proposed(units, draft)
    async with units.begin() as unit:
        assert await unit.offers.proposals() == ()


async def test_what_would_have_ended_already_is_not_approved(units: Units) -> None:
    for draft, error in (
        (replace(DRAFT, ends_at_ms=NOW_MS + 5), InvalidPack),
        (replace(CODE, ends_at_ms=NOW_MS + 5), InvalidPromotion),
    ):
        await proposed(units, draft)
        with pytest.raises(error, match="its end lies in the past"):
            await approved(units, draft, now_ms=NOW_MS + 5)


@pytest.mark.parametrize(
    ("starts", "ends", "sold"),
    [(0, None, True), (NOW_MS, None, True), (NOW_MS + 1, None, False), (0, NOW_MS, False), (0, NOW_MS + 1, True)],
)
async def test_a_pack_is_sold_from_one_moment_until_another(
    units: Units, starts: int, ends: int | None, sold: bool
) -> None:
    kept = replace(SMALL, starts_at_ms=starts, ends_at_ms=ends)
    async with units.begin() as unit:
        await unit.shop.add_pack(kept, now_ms=NOW_MS)
    async with units.begin() as unit:
        assert await unit.shop.packs() == (kept,)
    assert kept.on_sale(NOW_MS) is sold
