"""The terms of shares as rows, and the part of a statement that reads them beside a turn. Terms are never changed."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import shares
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import share_terms
from billing.types import PriceScope, ShareTerms

SHARE_COLUMNS = tuple(column.label(f"share_{column.name}") for column in share_terms.c)
"""Terms beside other columns; all of them are None where an outer join found none."""


async def add(connection: AsyncConnection, terms: ShareTerms) -> None:
    """Add terms, unless they are there already. Raises what `shares.admit` raises."""
    same = [share_terms.c[part] == getattr(terms, part) for part in ("show", "character", "effective_from_ms")]
    clash = or_(share_terms.c.id == terms.id, and_(*same))
    new = insert_new(connection, share_terms).values(asdict(terms)).returning(share_terms.c.id)
    # Of two at once the second finds the row taken, looks again and meets what the first has added.
    while shares.admit(terms, await read(connection, clash)):
        if (await connection.execute(new)).one_or_none() is not None:
            return


async def in_force(connection: AsyncConnection, scope: PriceScope, now_ms: int) -> ShareTerms | None:
    """The terms that a turn asked for now is under, if any."""
    applying = [share_terms.c[part].in_(("", getattr(scope, part))) for part in ("show", "character")]
    known = await read(connection, *applying, share_terms.c.effective_from_ms <= now_ms)
    return shares.choose(known, scope.show, scope.character, now_ms)


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[ShareTerms, ...]:
    """The terms that meet the conditions, oldest first."""
    order = (share_terms.c.effective_from_ms, share_terms.c.id)
    rows = (await connection.execute(select(*SHARE_COLUMNS).where(*conditions).order_by(*order))).all()
    return tuple(terms for row in rows if (terms := terms_of(row)) is not None)


def terms_of(row: Row[Any]) -> ShareTerms | None:
    """The terms in a row that has SHARE_COLUMNS."""
    if row.share_id is None:
        return None
    return ShareTerms(**{column.name: row._mapping[f"share_{column.name}"] for column in share_terms.c})
