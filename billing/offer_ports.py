"""What proposing packs and promotions needs of a database, inside one transaction of the caller. It never commits."""

from __future__ import annotations

from typing import Protocol

from billing.offering import OfferKind, OfferProposal


class Offers(Protocol):
    """Proposals of packs and promotions, each under its kind and name."""

    async def find(self, kind: OfferKind, name: str) -> OfferProposal | None:
        """A proposal; nobody else changes it before this transaction ends."""
        ...

    async def add(self, proposal: OfferProposal) -> bool:
        """Keep a new one; False, and nothing changes, when there is one of this kind and name."""
        ...

    async def keep(self, proposal: OfferProposal) -> None:
        """Write what has become of one that was found. What was proposed never changes."""
        ...

    async def proposals(self) -> tuple[OfferProposal, ...]:
        """All of them, the oldest first."""
        ...
