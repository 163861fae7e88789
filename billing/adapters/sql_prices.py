"""The rate card as rows; a version is added once and never touched again."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import pricing
from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import price_versions
from billing.types import Charge, PriceScope, PriceVersion, Rates

PRICE_COLUMNS = tuple(column.label(f"price_{column.name}") for column in price_versions.c)
"""A version beside other columns: a hold has some of the same names."""
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
        **asdict(version.rates),
        "voices": version.voices,
        "protects_until_ms": version.protects_until_ms,
    }
    new = insert_new(connection, price_versions).returning(price_versions.c.id)
    return (await connection.execute(new, values)).one_or_none() is not None


async def in_force(
    connection: AsyncConnection, scope: PriceScope, now_ms: int, *, voice: bool | str, opened_at_ms: int | None
) -> PriceVersion:
    """The version that prices a turn asked for now. Raises NoPrice."""
    covering = [price_versions.c[part].in_(("", getattr(scope, part))) for part in _SCOPE]
    card = await read(connection, *covering, price_versions.c.effective_from_ms <= now_ms)
    return pricing.choose(card, scope, now_ms, voice=voice, opened_at_ms=opened_at_ms)


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[PriceVersion, ...]:
    """The versions that meet the conditions, oldest first."""
    order = (price_versions.c.effective_from_ms, price_versions.c.id)
    rows = (await connection.execute(select(*PRICE_COLUMNS).where(*conditions).order_by(*order))).all()
    return tuple(version_of(row) for row in rows)


def version_of(row: Row[Any]) -> PriceVersion:
    """The version in a row that has PRICE_COLUMNS."""
    return PriceVersion(
        id=row.price_id,
        scope=PriceScope(row.price_show, row.price_character, row.price_mode, row.price_locale, row.price_region),
        amounts=Charge(row.price_text_credits, row.price_voice_credits),
        effective_from_ms=row.price_effective_from_ms,
        author=row.price_author,
        approver=row.price_approver,
        rates=Rates(
            row.price_text_per_1000_tokens, row.price_voice_per_100_chars, row.price_tokens_max, row.price_chars_max
        ),
        voices=tuple((name, credits) for name, credits in row.price_voices),
        protects_until_ms=row.price_protects_until_ms,
    )
