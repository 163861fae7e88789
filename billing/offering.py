"""The life of a proposed pack or promotion: one person writes it, another approves it, and only then is it offered.

Deciding is pure; the functions over a unit keep what was decided and put up what was approved in one transaction of the
caller. Nothing here offers anything that a second person has not seen.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal, Protocol, get_args

from billing import packs, promotions
from billing.errors import IdempotencyConflict, InvalidPack, InvalidPromotion, ProposalDecided, UnknownProposal
from billing.gift_ports import Promotions
from billing.packs import Pack
from billing.promotions import Promotion
from billing.types import ProposalStatus

OfferKind = Literal["pack", "promotion"]
OFFER_KINDS: tuple[OfferKind, ...] = get_args(OfferKind)


@dataclass(frozen=True, slots=True)
class OfferProposal:
    """A pack or a promotion that somebody proposed, and what has become of it. Its `approver` is empty."""

    offer: Pack | Promotion
    proposed_at_ms: int
    status: ProposalStatus = "proposed"
    decided_by: str = ""
    decided_at_ms: int | None = None

    @property
    def kind(self) -> OfferKind:
        return "pack" if isinstance(self.offer, Pack) else "promotion"

    @property
    def name(self) -> str:
        return self.offer.id if isinstance(self.offer, Pack) else self.offer.name


class Proposals(Protocol):
    """Where proposals are kept."""

    async def find(self, kind: OfferKind, name: str) -> OfferProposal | None: ...
    async def add(self, proposal: OfferProposal) -> bool: ...
    async def keep(self, proposal: OfferProposal) -> None: ...


class Shelf(Protocol):
    """Where packs are put up."""

    async def add_pack(self, pack: Pack, *, now_ms: int) -> None: ...
    async def packs(self) -> tuple[Pack, ...]: ...


class OfferingUnit(Protocol):
    """The part of a transaction that offering needs."""

    @property
    def offers(self) -> Proposals: ...
    @property
    def shop(self) -> Shelf: ...
    @property
    def promotions(self) -> Promotions: ...


def approved(proposal: OfferProposal, *, approver: str, now_ms: int) -> tuple[OfferProposal, Pack | Promotion]:
    """The decided proposal and what is put up; the same when this approver approved it before.

    Raises ProposalDecided, InvalidPack and InvalidPromotion (it would have ended already).
    """
    offer = replace(proposal.offer, approver=approver)
    if (proposal.status, proposal.decided_by) == ("approved", approver):
        return proposal, offer
    if proposal.status != "proposed":
        raise ProposalDecided(proposal.name, proposal.status)
    if offer.ends_at_ms is not None and offer.ends_at_ms <= now_ms:
        if isinstance(offer, Pack):
            raise InvalidPack(offer.id, "its end lies in the past")
        raise InvalidPromotion(offer.name, "its end lies in the past")
    return replace(proposal, status="approved", decided_by=approver, decided_at_ms=now_ms), offer


def withdrawn(proposal: OfferProposal, *, actor: str, now_ms: int) -> OfferProposal:
    """The proposal given up; as it is when it was before. Raises ProposalDecided (it was approved)."""
    if proposal.status == "approved":
        raise ProposalDecided(proposal.name, proposal.status)
    if proposal.status == "withdrawn":
        return proposal
    return replace(proposal, status="withdrawn", decided_by=actor, decided_at_ms=now_ms)


async def propose(unit: OfferingUnit, draft: Pack | Promotion, *, now_ms: int) -> OfferProposal:
    """Keep a draft that waits for its approver; the same again changes nothing.

    Raises InvalidPack, InvalidPromotion, InvalidAmount, IdempotencyConflict (the name is that of another one).
    """
    assert draft.approver == "", "a draft waits for its approver"
    if isinstance(draft, Pack):
        packs.check(draft)
        taken = {pack.id for pack in await unit.shop.packs()}
    else:
        promotions.check(draft)
        taken = {each.name for each in await unit.promotions.offered(draft.kind)}
    proposal = OfferProposal(draft, now_ms)
    while True:  # of two at once the second finds the name taken, and looks again
        before = await unit.offers.find(proposal.kind, proposal.name)
        if before is not None:
            if before.offer != draft:
                raise IdempotencyConflict(proposal.name)
            return before
        if proposal.name in taken:
            raise IdempotencyConflict(proposal.name)
        if await unit.offers.add(proposal):
            return proposal


async def approve(unit: OfferingUnit, kind: OfferKind, name: str, *, approver: str, now_ms: int) -> OfferProposal:
    """Put up what somebody else proposed. Raises UnknownProposal, SameApprover, and what `approved` raises."""
    proposal = await _known(unit, kind, name)
    decided, offer = approved(proposal, approver=approver, now_ms=now_ms)
    if decided is proposal:
        return proposal  # it was put up then, and may have been retired since
    if isinstance(offer, Pack):
        await unit.shop.add_pack(offer, now_ms=now_ms)
    else:
        await unit.promotions.offer(offer)
    await unit.offers.keep(decided)
    return decided


async def withdraw(unit: OfferingUnit, kind: OfferKind, name: str, *, actor: str, now_ms: int) -> OfferProposal:
    """Give a proposal up. Raises UnknownProposal, ProposalDecided."""
    decided = withdrawn(await _known(unit, kind, name), actor=actor, now_ms=now_ms)
    await unit.offers.keep(decided)
    return decided


async def _known(unit: OfferingUnit, kind: OfferKind, name: str) -> OfferProposal:
    found = await unit.offers.find(kind, name)
    if found is None:
        raise UnknownProposal(name)
    return found
