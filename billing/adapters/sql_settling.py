"""Settling a turn: one look that locks its holds and its fan's wallet, and one write of all that a settlement changes.

On PostgreSQL the write is a single statement, on SQLite, where a statement costs no round trip, one for each table.
Every part of it is guarded, and what a guard leaves out is a programmer's error: the caller planned under the locks.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select, bindparam, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing.adapters import sql_holds, sql_journal, sql_lots, sql_wallets
from billing.adapters.sql_holds import TURN_COLUMNS, TURN_ROWS, Turn
from billing.adapters.sql_wallets import WALLET_COLUMNS, Locked
from billing.adapters.tables import holds, wallets
from billing.ledger import Entry, balanced
from billing.settlement import Settlement, status_of
from billing.types import HoldStatus

# The rows come by kind, so the locks are the text's, the wallet's, the voice's; who wants the voice's has the text's.
_LOCK: Select[Any] = (
    select(*TURN_COLUMNS, *WALLET_COLUMNS)
    .select_from(TURN_ROWS.join(wallets, wallets.c.fan == holds.c.fan))
    .where(holds.c.turn == bindparam("of_turn"))
    .order_by(holds.c.kind)
    .with_for_update(of=[holds, wallets])
)

# Data-modifying CTEs: https://www.postgresql.org/docs/current/queries-with.html. They all run, in any order, and see
# nothing of each other but what they return.
_WRITE = text("""
WITH gate AS (
    UPDATE holds SET
        status = 'captured', reason = :reason,
        captured_credits = CASE kind WHEN 'voice' THEN CAST(:voice AS bigint) ELSE CAST(:text AS bigint) END,
        settled_at_ms = :at_ms, text_delivered = :text_delivered, voice_delivered = :voice_delivered,
        tokens = :tokens, chars = :chars
    WHERE turn = :turn AND status = :before
    RETURNING kind
), moved AS (
    UPDATE wallets SET held = held - :released, posted = posted - :spent
    WHERE fan = :fan AND held >= :released AND posted - :spent >= held - :released
    RETURNING fan
), entry AS (
    INSERT INTO journal_entries (kind, idem_key, fan, turn, at_ms, reason, actor, price_version)
    VALUES (:kind, :idem_key, :fan, :turn, :at_ms, :why, :actor, :price_version)
    RETURNING seq
), posted AS (
    INSERT INTO postings (entry_seq, position, account, credits, lot)
    SELECT entry.seq, of.at - 1, of.account, of.credits, of.lot
    FROM entry, unnest(CAST(:accounts AS varchar[]), CAST(:credits AS bigint[]), CAST(:lots AS varchar[]))
        WITH ORDINALITY AS of (account, credits, lot, at)
    RETURNING position
), shared AS (
    INSERT INTO share_postings (entry_seq, position, payee, lot, currency, micros)
    SELECT entry.seq, of.at - 1, of.payee, of.lot, of.currency, of.micros
    FROM entry, unnest(CAST(:payees AS varchar[]), CAST(:share_lots AS varchar[]), CAST(:currencies AS varchar[]),
        CAST(:micros AS bigint[])) WITH ORDINALITY AS of (payee, lot, currency, micros, at)
    RETURNING position
), burned AS (
    UPDATE lots SET remaining = lots.remaining - of.credits
    FROM unnest(CAST(:burned_lots AS varchar[]), CAST(:burned AS bigint[])) AS of (id, credits)
    WHERE lots.id = of.id AND lots.remaining >= of.credits
    RETURNING lots.id
)
SELECT (SELECT count(*) FROM gate), (SELECT count(*) FROM moved), (SELECT count(*) FROM posted),
    (SELECT count(*) FROM shared), (SELECT count(*) FROM burned)
""")


@dataclass(frozen=True, slots=True)
class Found:
    """A turn and its fan's wallet, both locked."""

    turn: Turn
    locked: Locked


async def lock(connection: AsyncConnection, turn: str, now_ms: int) -> Found | None:
    """Lock the holds of a turn and then its fan's wallet, in one statement; None when there is no such turn.

    Lots are not read here: whoever waited would see those of before.
    """
    rows = (await connection.execute(_LOCK, {"of_turn": turn, "now_ms": now_ms})).all()
    return Found(sql_holds.turn_of(rows), sql_wallets.locked_of(rows[0])) if rows else None


async def write(connection: AsyncConnection, before: HoldStatus, settled: Settlement) -> None:
    """Write what a settlement of a turn that was `before` changes: holds, wallet, journal and lots."""
    if settled.entry is not None and settled.burns and connection.dialect.name == "postgresql":
        await _capture_at_once(connection, before, settled, settled.entry)
        return
    await sql_holds.settle(connection, before, settled.holds)
    fan = settled.holds[0].fan
    await sql_wallets.settle(connection, fan, released=settled.released, spent=settled.spent)
    if settled.entry is not None:
        booked = await sql_journal.post(connection, settled.entry)
        assert booked is not None, "the turn was locked, so nobody booked it in between"
    await sql_lots.burn(connection, settled.burns)


async def _capture_at_once(connection: AsyncConnection, before: HoldStatus, settled: Settlement, entry: Entry) -> None:
    assert status_of(settled.holds) == "captured", "only a capture burns"
    assert balanced(entry.postings), "nothing unbalanced is written"
    assert (entry.terms, entry.order_id) == (None, None), "a capture is of no order"
    first, shares = settled.holds[0], entry.shares or ()
    captured = {hold.kind: hold.captured_credits for hold in settled.holds}
    values = {
        "turn": first.turn,
        "before": before,
        "text": captured["text"],
        "voice": captured.get("voice", 0),
        "reason": first.reason,
        "text_delivered": first.usage.text,
        "voice_delivered": first.usage.voice,
        "tokens": first.usage.tokens,
        "chars": first.usage.chars,
        "fan": first.fan,
        "released": settled.released,
        "spent": settled.spent,
        "kind": entry.kind,
        "idem_key": entry.idem_key,
        "at_ms": entry.at_ms,
        "why": entry.reason,
        "actor": entry.actor,
        "price_version": entry.price_version,
        "accounts": [posting.account for posting in entry.postings],
        "credits": [posting.credits for posting in entry.postings],
        "lots": [posting.lot for posting in entry.postings],
        "payees": [share.payee for share in shares],
        "share_lots": [share.lot for share in shares],
        "currencies": [share.currency for share in shares],
        "micros": [share.micros for share in shares],
        "burned_lots": [burn.lot for burn in settled.burns],
        "burned": [burn.credits for burn in settled.burns],
    }
    written = tuple((await connection.execute(_WRITE, values)).one())
    due = (len(settled.holds), 1, len(entry.postings), len(shares), len(settled.burns))
    assert written == due, "what was planned under the locks is written whole"
