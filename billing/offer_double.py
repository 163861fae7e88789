"""Proposals of packs and promotions in memory, for tests and for trying things out. Nothing is durable."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from billing.offering import OfferKind, OfferProposal


class MemoryOffers:
    """`billing.offer_ports.Offers` over a dictionary. No method waits for anything."""

    def __init__(self) -> None:
        self._kept: dict[tuple[OfferKind, str], OfferProposal] = {}

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryOffers]:
        """Keep what is done inside, or, when it raises, nothing of it."""
        before = dict(self._kept)
        try:
            yield self
        except BaseException:  # whatever ends the block early, also a cancellation, takes its changes back
            self._kept = before
            raise

    async def find(self, kind: OfferKind, name: str) -> OfferProposal | None:
        return self._kept.get((kind, name))

    async def add(self, proposal: OfferProposal) -> bool:
        return self._kept.setdefault((proposal.kind, proposal.name), proposal) is proposal

    async def keep(self, proposal: OfferProposal) -> None:
        assert (proposal.kind, proposal.name) in self._kept, "a proposal that was found is there"
        self._kept[proposal.kind, proposal.name] = proposal

    async def proposals(self) -> tuple[OfferProposal, ...]:
        return tuple(sorted(self._kept.values(), key=lambda one: (one.proposed_at_ms, one.kind, one.name)))
