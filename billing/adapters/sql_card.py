"""How prices and shares come to be, in a relational database, inside the caller's transaction.

A proposal is decided once: its row is locked before it is looked at. Nothing here changes a version of the card.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import Row, select, update
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import proposals
from billing.adapters import sql_prices, sql_shares
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import price_proposals, price_versions
from billing.errors import UnknownProposal
from billing.types import Charge, PriceProposal, PriceScope, PriceVersion, Rates, ShareTerms


class SqlCard:
    """`billing.ports.RateCard` over one connection in a transaction."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def propose(self, draft: PriceVersion, *, now_ms: int) -> PriceProposal:
        scope = [price_versions.c[part] == value for part, value in asdict(draft.scope).items()]
        at_once = price_versions.c.effective_from_ms == draft.effective_from_ms
        card = await sql_prices.read(self._connection, at_once, *scope)
        card += await sql_prices.read(self._connection, price_versions.c.id == draft.id)
        new = insert_new(self._connection, price_proposals, price_proposals.c.id).returning(price_proposals.c.id)
        while True:  # of two at once the second finds the row taken, and looks again
            before = await self._find(draft.id)
            kept = proposals.proposed(draft, before, card, now_ms=now_ms)
            if before is not None or (await self._connection.execute(new, _values(kept))).one_or_none() is not None:
                return kept

    async def approve(self, proposal: str, *, approver: str, now_ms: int) -> PriceVersion:
        decided, version = proposals.approved(await self._known(proposal), approver=approver, now_ms=now_ms)
        await sql_prices.add(self._connection, version)
        await self._keep(decided)
        return version

    async def withdraw(self, proposal: str, *, actor: str, now_ms: int) -> PriceProposal:
        decided = proposals.withdrawn(await self._known(proposal), actor=actor, now_ms=now_ms)
        await self._keep(decided)
        return decided

    async def proposals(self) -> tuple[PriceProposal, ...]:
        ordered = select(price_proposals).order_by(price_proposals.c.proposed_at_ms, price_proposals.c.id)
        return tuple(_proposal(row) for row in (await self._connection.execute(ordered)).all())

    async def add_share(self, terms: ShareTerms) -> None:
        await sql_shares.add(self._connection, terms)

    async def shares(self) -> tuple[ShareTerms, ...]:
        return await sql_shares.read(self._connection)

    async def _find(self, proposal: str) -> PriceProposal | None:
        statement = select(price_proposals).where(price_proposals.c.id == proposal).with_for_update()
        row = (await self._connection.execute(statement)).one_or_none()
        return None if row is None else _proposal(row)

    async def _known(self, proposal: str) -> PriceProposal:
        found = await self._find(proposal)
        if found is None:
            raise UnknownProposal(proposal)
        return found

    async def _keep(self, decided: PriceProposal) -> None:
        values = {key: value for key, value in _values(decided).items() if key not in ("id", "draft")}
        chosen = price_proposals.c.id == decided.version.id
        await self._connection.execute(update(price_proposals).where(chosen).values(values))


def _values(proposal: PriceProposal) -> dict[str, Any]:
    return {
        "id": proposal.version.id,
        "draft": asdict(proposal.version),
        "proposed_at_ms": proposal.proposed_at_ms,
        "status": proposal.status,
        "decided_by": proposal.decided_by,
        "decided_at_ms": proposal.decided_at_ms,
    }


def _proposal(row: Row[Any]) -> PriceProposal:
    draft = row.draft
    version = PriceVersion(
        id=draft["id"],
        scope=PriceScope(**draft["scope"]),
        amounts=Charge(**draft["amounts"]),
        effective_from_ms=draft["effective_from_ms"],
        author=draft["author"],
        approver=draft["approver"],
        rates=Rates(**draft["rates"]),
        voices=tuple((name, credits) for name, credits in draft["voices"]),
        protects_until_ms=draft["protects_until_ms"],
    )
    return PriceProposal(version, row.proposed_at_ms, row.status, row.decided_by, row.decided_at_ms)
