"""The life of a proposed price: one person writes it, another approves it, and only then does it join the rate card.

Pure: it decides, and the books write. It never lets a price take effect in the past or without a second person.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from billing import pricing
from billing.errors import IdempotencyConflict, InvalidPrice, OverlappingPrice, ProposalDecided
from billing.types import PriceProposal, PriceVersion


def proposed(
    draft: PriceVersion, before: PriceProposal | None, card: Sequence[PriceVersion], *, now_ms: int
) -> PriceProposal:
    """The proposal of a draft, or the one there is when it says the same. Raises what `RateCard.propose` raises."""
    assert draft.approver == "", "a draft waits for its approver"
    pricing.check(draft)
    if before is not None:
        if before.version != draft:
            raise IdempotencyConflict(draft.id)
        return before
    for version in card:
        if version.id == draft.id:
            raise IdempotencyConflict(draft.id)
        if (version.scope, version.effective_from_ms) == (draft.scope, draft.effective_from_ms):
            raise OverlappingPrice(version.id)
    return PriceProposal(draft, now_ms)


def approved(proposal: PriceProposal, *, approver: str, now_ms: int) -> tuple[PriceProposal, PriceVersion]:
    """The decided proposal and the version that joins the card; the same when this approver approved it before.

    Raises ProposalDecided, InvalidPrice (it would have taken effect already).
    """
    version = replace(proposal.version, approver=approver)
    if (proposal.status, proposal.decided_by) == ("approved", approver):
        return proposal, version
    if proposal.status != "proposed":
        raise ProposalDecided(version.id, proposal.status)
    if version.effective_from_ms < now_ms:
        raise InvalidPrice("effective_from_ms", "does not lie in the past")
    return replace(proposal, status="approved", decided_by=approver, decided_at_ms=now_ms), version


def withdrawn(proposal: PriceProposal, *, actor: str, now_ms: int) -> PriceProposal:
    """The proposal given up; as it is when it was before. Raises ProposalDecided (it was approved)."""
    if proposal.status == "approved":
        raise ProposalDecided(proposal.version.id, proposal.status)
    if proposal.status == "withdrawn":
        return proposal
    return replace(proposal, status="withdrawn", decided_by=actor, decided_at_ms=now_ms)
