"""Writing entries to the journal and reading them back. Nothing here changes or removes what was written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict
from typing import Any

from sqlalchemy import ColumnElement, Row, Table, insert, select
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters.sql_inserts import insert_new
from billing.adapters.tables import journal_entries, postings, share_postings
from billing.ledger import Entry, LotTerms, Posting, Recorded, SharePosting, balanced

SEQS_MAX = 100
"""Up to so many entries are named one by one; of a turn, months may lie between the first and the last."""


async def post(connection: AsyncConnection, entry: Entry) -> int | None:
    """Append an entry and its postings; returns its place in the journal.

    None, and nothing is appended, when another entry has this key: somebody else may just have committed it.
    """
    assert balanced(entry.postings), "nothing unbalanced is written"
    statement = insert_new(connection, journal_entries, journal_entries.c.idem_key).returning(journal_entries.c.seq)
    values = {
        "kind": entry.kind,
        "idem_key": entry.idem_key,
        "fan": entry.fan,
        "turn": entry.turn,
        "at_ms": entry.at_ms,
        "reason": entry.reason,
        "actor": entry.actor,
        "price_version": entry.price_version,
        "terms": asdict(entry.terms) if entry.terms else None,
        "order_id": entry.order_id,
    }
    seq: int | None = (await connection.execute(statement, values)).scalar_one_or_none()
    if seq is None:
        return None
    rows = [
        {"entry_seq": seq, "position": at, "account": posting.account, "credits": posting.credits, "lot": posting.lot}
        for at, posting in enumerate(entry.postings)
    ]
    await connection.execute(insert(postings), rows)
    if entry.shares is not None:
        earned = [{"entry_seq": seq, "position": at, **asdict(share)} for at, share in enumerate(entry.shares)]
        await connection.execute(insert(share_postings), earned)
    return seq


async def entry_by_key(connection: AsyncConnection, idem_key: str) -> Entry | None:
    """The entry that was booked under a key, if any."""
    found = await read(connection, journal_entries.c.idem_key == idem_key, limit=1)
    return found[0].entry if found else None


async def read(
    connection: AsyncConnection, *conditions: ColumnElement[bool], limit: int | None = None
) -> tuple[Recorded, ...]:
    """The entries that meet the conditions, by ascending place."""
    chosen = select(journal_entries).where(*conditions).order_by(journal_entries.c.seq).limit(limit)
    rows = (await connection.execute(chosen)).all()
    if not rows:
        return ()
    seqs = [row.seq for row in rows]
    moved: defaultdict[int, list[Posting]] = defaultdict(list)
    for row in await _parts(connection, postings, seqs):
        moved[row.entry_seq].append(Posting(row.account, row.credits, row.lot))
    earned: defaultdict[int, list[SharePosting]] = defaultdict(list)
    for row in await _parts(connection, share_postings, seqs):
        earned[row.entry_seq].append(SharePosting(row.payee, row.lot, row.currency, row.micros))
    return tuple(_recorded(row, moved[row.seq], earned[row.seq]) for row in rows)


async def _parts(connection: AsyncConnection, table: Table, seqs: Sequence[int]) -> Sequence[Row[Any]]:
    # By place and not by the conditions: on PostgreSQL more entries may meet them by now than did a statement ago.
    place = table.c.entry_seq
    there = place.in_(seqs) if len(seqs) <= SEQS_MAX else place.between(seqs[0], seqs[-1])
    return (await connection.execute(select(table).where(there).order_by(place, table.c.position))).all()


def _recorded(row: Row[Any], moved: Sequence[Posting], earned: Sequence[SharePosting]) -> Recorded:
    entry = Entry(
        kind=row.kind,
        idem_key=row.idem_key,
        fan=row.fan,
        turn=row.turn,
        at_ms=row.at_ms,
        postings=tuple(moved),
        reason=row.reason,
        actor=row.actor,
        price_version=row.price_version,
        terms=LotTerms(**row.terms) if row.terms else None,
        shares=tuple(earned) or None,
        order_id=row.order_id,
    )
    return Recorded(row.seq, entry)
