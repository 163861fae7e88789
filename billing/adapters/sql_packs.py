"""Packs as rows: put up once, never changed, retired by a row of their own."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import asdict

from sqlalchemy import ColumnElement, exists, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.shop_tables import pack_prices, pack_retirements, packs
from billing.adapters.sql_inserts import insert_new
from billing.errors import UnknownPack
from billing.packs import Pack, PackPrice, admit

_ON_SALE = ~exists().where(pack_retirements.c.pack == packs.c.id)


async def add(connection: AsyncConnection, pack: Pack, now_ms: int) -> None:
    """Put a pack up, unless it is there already. Raises what `packs.admit` raises."""
    # Of two at once the second finds the row taken, looks again and meets what the first has added.
    while admit(pack, await read(connection, packs.c.id == pack.id)):
        values = {name: value for name, value in asdict(pack).items() if name != "prices"}
        new = insert_new(connection, packs, packs.c.id).returning(packs.c.id)
        if (await connection.execute(new, {**values, "added_at_ms": now_ms})).one_or_none() is not None:
            rows = [{"pack": pack.id, **asdict(price)} for price in pack.prices]
            await connection.execute(insert(pack_prices), rows)
            return


async def retire(connection: AsyncConnection, pack: str, actor: str, now_ms: int) -> None:
    """Sell it no longer. Raises UnknownPack."""
    if not await read(connection, packs.c.id == pack):
        raise UnknownPack(pack)
    new = insert_new(connection, pack_retirements, pack_retirements.c.pack)
    await connection.execute(new, {"pack": pack, "actor": actor, "retired_at_ms": now_ms})


async def on_sale(connection: AsyncConnection) -> tuple[Pack, ...]:
    """What is for sale, by id."""
    return await read(connection, _ON_SALE)


async def one_on_sale(connection: AsyncConnection, pack: str) -> Pack:
    """A pack that is for sale. Raises UnknownPack."""
    found = await read(connection, _ON_SALE, packs.c.id == pack)
    if not found:
        raise UnknownPack(pack)
    return found[0]


async def read(connection: AsyncConnection, *conditions: ColumnElement[bool]) -> tuple[Pack, ...]:
    """The packs that meet the conditions, by id."""
    rows = (await connection.execute(select(packs).where(*conditions).order_by(packs.c.id))).all()
    of_pack: defaultdict[str, list[PackPrice]] = defaultdict(list)
    wanted = pack_prices.c.pack.in_([row.id for row in rows])
    priced = select(pack_prices).where(wanted).order_by(pack_prices.c.pack, pack_prices.c.currency)
    for row in (await connection.execute(priced)).all():
        of_pack[row.pack].append(PackPrice(row.currency, row.amount_minor))
    return tuple(
        Pack(
            row.id,
            row.kind,
            row.title,
            row.credits,
            row.bonus,
            row.interval,
            tuple(of_pack[row.id]),
            row.author,
            row.approver,
            row.starts_at_ms,
            row.ends_at_ms,
        )
        for row in rows
    )
