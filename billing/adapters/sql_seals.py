"""Sealing the journal in the background, one batch at a time. It never runs on the path of a turn.

Which entries a seal covers is written down one by one: on PostgreSQL an entry may become visible after a later one,
so that “everything up to here” would say too much.
"""

from __future__ import annotations

from itertools import groupby
from typing import Any

from sqlalchemy import Row, exists, func, insert, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_journal
from billing.adapters.tables import journal_entries, sealed_entries, seals
from billing.seals import SEAL_ENTRIES_MAX, SEAL_LOOKBACK, Seal, next_seal


async def seal(connection: AsyncConnection, now_ms: int) -> int:
    """Seal what is not sealed yet, at most SEAL_ENTRIES_MAX entries; returns how many. The caller commits.

    Two sealers at once cannot fork the chain: the second one waits for the first and seals what is left.
    """
    if connection.dialect.name == "postgresql":  # on SQLite every transaction that writes waits for the one before
        await connection.execute(text("LOCK TABLE seals IN SHARE ROW EXCLUSIVE MODE"))
    newest = int(
        (await connection.execute(select(func.coalesce(func.max(sealed_entries.c.entry_seq), 0)))).scalar_one()
    )
    is_sealed = exists().where(sealed_entries.c.entry_seq == journal_entries.c.seq)
    recent = journal_entries.c.seq > newest - SEAL_LOOKBACK
    batch = await sql_journal.read(connection, recent, ~is_sealed, limit=SEAL_ENTRIES_MAX)
    if not batch:
        return 0
    statement = select(seals).order_by(seals.c.number.desc()).limit(1)
    last = (await connection.execute(statement)).one_or_none()
    new = next_seal(_seal(last, ()) if last else None, batch, now_ms)
    values = {
        "number": new.number,
        "previous_hash": new.previous_hash,
        "hash": new.hash,
        "sealed_at_ms": new.sealed_at_ms,
    }
    await connection.execute(insert(seals), values)
    await connection.execute(insert(sealed_entries), [{"entry_seq": seq, "seal": new.number} for seq in new.seqs])
    return len(new.seqs)


async def read(connection: AsyncConnection) -> tuple[Seal, ...]:
    """The chain, with what each seal covers."""
    members = select(sealed_entries).order_by(sealed_entries.c.seal, sealed_entries.c.entry_seq)
    covered = {
        number: tuple(row.entry_seq for row in rows)
        for number, rows in groupby((await connection.execute(members)).all(), key=lambda row: row.seal)
    }
    rows = (await connection.execute(select(seals).order_by(seals.c.number))).all()
    return tuple(_seal(row, covered.get(row.number, ())) for row in rows)


def _seal(row: Row[Any], seqs: tuple[int, ...]) -> Seal:
    return Seal(row.number, row.previous_hash, row.hash, seqs, row.sealed_at_ms)
