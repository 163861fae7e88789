"""The rate card as rows; a version is added once and never touched again."""

from __future__ import annotations

from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import pricing
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import price_versions
from billing.types import Charge, PriceScope, PriceVersion

_SCOPE = ("show", "character", "mode", "locale", "region")


async def add(connection: AsyncConnection, version: PriceVersion) -> None:
    """Add a version, unless it is there already. Raises what `pricing.admit` raises."""
    # Of two at once the second finds the row taken, looks again and meets what the first has added.
    while not await _is_there(connection, version):
        if await _insert(connection, version):
            return


async def _is_there(connection: AsyncConnection, version: PriceVersion) -> bool:
    same = [price_versions.c[part] == getattr(version.scope, part) for part in _SCOPE]
    clash = and_(*same, price_versions.c.effective_from_ms == version.effective_from_ms)
    return not pricing.admit(version, await read(connection, or_(price_versions.c.id == version.id, clash)))


async def _insert(connection: AsyncConnection, version: PriceVersion) -> bool:
    values = {
        "id": version.id,
        **{part: getattr(version.scope, part) for part in _SCOPE},
        "text_credits": version.amounts.text,
        "voice_credits": version.amounts.voice,
        "effective_from_ms": version.effective_from_ms,
        "author": version.author,
        "approver": version.approver,
    }
    new = insert_new(connection, price_versions).returning(price_versions.c.id)
    return (await connection.execute(new, values)).one_or_none() is not None


async def in_force(connection: AsyncConnection, scope: PriceScope, now_ms: int) -> PriceVersion:
    """The version that prices a turn asked for now. Raises NoPrice."""
    covering = [price_versions.c[part].in_(("", getattr(scope, part))) for part in _SCOPE]
    return pricing.choose(
        await read(connection, *covering, price_versions.c.effective_from_ms <= now_ms), scope, now_ms
    )


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[PriceVersion, ...]:
    """The versions that meet the conditions, oldest first."""
    ordered = (
        select(price_versions).where(*conditions).order_by(price_versions.c.effective_from_ms, price_versions.c.id)
    )
    return tuple(version_of(row) for row in (await connection.execute(ordered)).all())


def version_of(row: Row[Any]) -> PriceVersion:
    """The version in a row that has the columns of `price_versions`."""
    return PriceVersion(
        id=row.id,
        scope=PriceScope(row.show, row.character, row.mode, row.locale, row.region),
        amounts=Charge(row.text_credits, row.voice_credits),
        effective_from_ms=row.effective_from_ms,
        author=row.author,
        approver=row.approver,
    )
