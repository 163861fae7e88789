"""The short way to open a turn: one look that locks the wallet, and one write that reserves and places.

Nearly every hold goes this way. Whatever it meets that is out of the ordinary (a cap, an expired lot, a hold that is
there already, too few credits) it leaves to the books, having changed nothing; it never refuses a turn itself.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, exists, select, text
from sqlalchemy.ext.asyncio import AsyncConnection

from billing import pricing, shares
from billing.adapters import sql_holds, sql_prices, sql_shares, sql_wallets
from billing.adapters.sql_prices import PRICE_COLUMNS
from billing.adapters.sql_shares import SHARE_COLUMNS
from billing.adapters.sql_wallets import WALLET_COLUMNS
from billing.adapters.tables import holds, price_versions, share_terms, wallets
from billing.settlement import Hold
from billing.types import Quote

_LOOK = (
    select(
        *WALLET_COLUMNS,
        *PRICE_COLUMNS,
        *SHARE_COLUMNS,
        exists().where(holds.c.turn == bindparam("of_turn")).label("found"),
    )
    .select_from(
        wallets.join(price_versions, price_versions.c.id == bindparam("of_version")).outerjoin(
            share_terms, share_terms.c.id == bindparam("of_share")
        )
    )
    .where(wallets.c.fan == bindparam("of_fan"))
    .with_for_update(of=wallets)
)

# Data-modifying CTEs: https://www.postgresql.org/docs/current/queries-with.html. The cap is looked for once more: the
# look may have waited for whoever was setting the first one, and still saw the rows of before.
_PLACE = text("""
WITH reserved AS (
    UPDATE wallets SET held = held + :credits
    WHERE fan = :fan AND posted - held >= :credits
      AND NOT EXISTS (SELECT 1 FROM budget_changes WHERE budget_changes.fan = :fan)
    RETURNING fan
), placed AS (
    INSERT INTO holds (
        turn, kind, receipt, fan, status, max_credits, captured_credits, price_version, reason, opened_at_ms,
        expires_at_ms, "show", "character", mode, locale, region, voice, conversation_opened_at_ms, waived, share_terms
    )
    SELECT CAST(:turn AS varchar), of.kind, CAST(:receipt AS varchar), reserved.fan, 'open', of.credits, 0,
        CAST(:price_version AS varchar), '', CAST(:opened_at_ms AS bigint), CAST(:expires_at_ms AS bigint),
        CAST(:show AS varchar), CAST(:character AS varchar), CAST(:mode AS varchar), CAST(:locale AS varchar),
        CAST(:region AS varchar), CAST(:voice AS varchar), CAST(:conversation_opened_at_ms AS bigint),
        CAST(:waived AS varchar), CAST(:share_terms AS varchar)
    FROM reserved, unnest(CAST(:kinds AS varchar[]), CAST(:most AS bigint[])) AS of (kind, credits)
    ON CONFLICT (turn, kind) DO NOTHING
    RETURNING kind
)
SELECT (SELECT count(*) FROM reserved), (SELECT count(*) FROM placed)
""")


async def place(connection: AsyncConnection, quote: Quote, placed: Sequence[Hold], *, now_ms: int) -> bool:
    """Open the holds of a new turn if nothing stands out; False, with nothing changed, when something does."""
    first, needed = placed[0], quote.amounts.total
    asked = {
        "of_turn": first.turn,
        "of_version": quote.price_version,
        "of_share": quote.share,
        "of_fan": first.fan,
        "now_ms": now_ms,
    }
    row = (await connection.execute(_LOOK, asked)).one_or_none()
    if row is None or row.found or row.lapsing or row.capped or row.frozen or row.posted - row.held < needed:
        return False
    if not pricing.is_of(quote, sql_prices.version_of(row)) or not shares.is_of(quote, sql_shares.terms_of(row)):
        return False
    write = _place_at_once if connection.dialect.name == "postgresql" else _place_in_turn
    return await write(connection, placed, needed)


async def _place_in_turn(connection: AsyncConnection, placed: Sequence[Hold], needed: int) -> bool:
    # SQLite has no CTE that writes, nor anybody who could have come in between since the look.
    fan = placed[0].fan
    reserved = needed == 0 or await sql_wallets.reserve(connection, fan, needed)
    assert reserved, "whoever writes to SQLite is alone"
    there = await sql_holds.place(connection, placed)
    assert there, "whoever writes to SQLite is alone"
    return True


async def _place_at_once(connection: AsyncConnection, placed: Sequence[Hold], needed: int) -> bool:
    first, scope = placed[0], placed[0].scope
    values = {
        "credits": needed,
        "fan": first.fan,
        "turn": first.turn,
        "receipt": first.receipt,
        "price_version": first.price_version,
        "opened_at_ms": first.opened_at_ms,
        "expires_at_ms": first.expires_at_ms,
        "show": scope.show,
        "character": scope.character,
        "mode": scope.mode,
        "locale": scope.locale,
        "region": scope.region,
        "voice": first.voice,
        "conversation_opened_at_ms": first.conversation_opened_at_ms,
        "waived": first.waived,
        "share_terms": first.share_terms,
        "kinds": [hold.kind for hold in placed],
        "most": [hold.max_credits for hold in placed],
    }
    reserved, written = (await connection.execute(_PLACE, values)).one()
    if reserved == 1 and written == len(placed):
        return True
    if reserved:  # somebody has just held for this turn, perhaps for one of its kinds only
        await sql_wallets.settle(connection, first.fan, released=needed, spent=0)
        await connection.execute(delete(holds).where(holds.c.turn == first.turn, holds.c.receipt == first.receipt))
    return False
