"""The rate card's own desk in memory: proposals and share terms over the state of the books in memory."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from billing import pricing, proposals, shares
from billing.errors import UnknownProposal
from billing.memory_state import State
from billing.types import PriceProposal, PriceVersion, ShareTerms


@dataclass(frozen=True)
class MemoryCard:
    """`billing.ports.RateCard` over dictionaries; `state` gives those of the books it belongs to."""

    state: Callable[[], State]

    async def propose(self, draft: PriceVersion, *, now_ms: int) -> PriceProposal:
        state = self.state()
        before = state.proposals.get(draft.id)
        kept = proposals.proposed(draft, before, tuple(state.prices.values()), now_ms=now_ms)
        state.proposals[draft.id] = kept
        return kept

    async def approve(self, proposal: str, *, approver: str, now_ms: int) -> PriceVersion:
        state = self.state()
        decided, version = proposals.approved(self._known(proposal), approver=approver, now_ms=now_ms)
        if pricing.admit(version, tuple(state.prices.values())):
            state.prices[version.id] = version
        state.proposals[proposal] = decided
        return version

    async def withdraw(self, proposal: str, *, actor: str, now_ms: int) -> PriceProposal:
        decided = proposals.withdrawn(self._known(proposal), actor=actor, now_ms=now_ms)
        self.state().proposals[proposal] = decided
        return decided

    async def proposals(self) -> tuple[PriceProposal, ...]:
        known = self.state().proposals.values()
        return tuple(sorted(known, key=lambda each: (each.proposed_at_ms, each.version.id)))

    async def add_share(self, terms: ShareTerms) -> None:
        state = self.state()
        if shares.admit(terms, tuple(state.shares.values())):
            state.shares[terms.id] = terms

    async def shares(self) -> tuple[ShareTerms, ...]:
        return tuple(sorted(self.state().shares.values(), key=lambda each: (each.effective_from_ms, each.id)))

    def _known(self, proposal: str) -> PriceProposal:
        found = self.state().proposals.get(proposal)
        if found is None:
            raise UnknownProposal(proposal)
        return found
