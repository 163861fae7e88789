"""Proposals of packs and promotions in a relational database, inside the caller's transaction.

A proposal is decided once: its row is locked before it is looked at.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.offer_tables import offer_proposals as table
from billing.adapters.sql_inserts import insert_new
from billing.offering import OfferKind, OfferProposal
from billing.packs import Pack, PackPrice
from billing.promotions import Promotion


class SqlOffers:
    """`billing.offer_ports.Offers` over one connection in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def find(self, kind: OfferKind, name: str) -> OfferProposal | None:
        statement = select(table).where(table.c.kind == kind, table.c.name == name).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _proposal(row)

    async def add(self, proposal: OfferProposal) -> bool:
        values = {
            "kind": proposal.kind,
            "name": proposal.name,
            "draft": asdict(proposal.offer),
            "author": proposal.offer.author,
            "proposed_at_ms": proposal.proposed_at_ms,
            **_decision(proposal),
        }
        new = insert_new(self._connection, table, table.c.kind, table.c.name).returning(table.c.name)
        return (await self._connection.execute(new, values)).one_or_none() is not None

    async def keep(self, proposal: OfferProposal) -> None:
        chosen = (table.c.kind == proposal.kind, table.c.name == proposal.name)
        changed = (await self._connection.execute(update(table).where(*chosen).values(_decision(proposal)))).rowcount
        assert changed == 1, "a proposal that was found is there"

    async def proposals(self) -> tuple[OfferProposal, ...]:
        ordered = select(table).order_by(table.c.proposed_at_ms, table.c.kind, table.c.name)
        return tuple(_proposal(row) for row in (await self._connection.execute(ordered)).all())


def _decision(proposal: OfferProposal) -> dict[str, Any]:
    return {
        "status": proposal.status,
        "decided_by": proposal.decided_by,
        "decided_at_ms": proposal.decided_at_ms,
    }


def _proposal(row: Row[Any]) -> OfferProposal:
    draft = row.draft
    offer: Pack | Promotion
    if row.kind == "pack":
        offer = Pack(**{**draft, "prices": tuple(PackPrice(**price) for price in draft["prices"])})
    else:
        offer = Promotion(**draft)
    return OfferProposal(offer, row.proposed_at_ms, row.status, row.decided_by, row.decided_at_ms)
