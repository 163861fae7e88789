"""The books in a relational database, inside one transaction of the caller: nothing here commits.

Rows are locked in one order everywhere: the turn's holds, the fan's wallet, the fan's lots by id. A turn reads under
those locks, lets the pure core decide, and writes. It never waits for a model.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from uuid import uuid4

from sqlalchemy.ext.asyncio import AsyncConnection

from billing import budgets, pricing, settlement
from billing.adapters import (
    sql_budgets,
    sql_holds,
    sql_journal,
    sql_lots,
    sql_placing,
    sql_prices,
    sql_receipts,
    sql_seals,
    sql_settling,
    sql_shares,
    sql_shop,
    sql_wallets,
)
from billing.adapters.sql_card import SqlCard
from billing.adapters.sql_holds import Turn
from billing.adapters.sql_purchases import SqlOrderBooks
from billing.adapters.sql_wallets import Locked
from billing.audit import Snapshot, violations
from billing.errors import (
    AccountFrozen,
    IdempotencyConflict,
    InsufficientCredits,
    InvalidAmount,
    NoPrice,
    UnknownHold,
    UnknownReceipt,
)
from billing.ledger import (
    GRANT_CREDITS_MAX,
    LotTerms,
    grant_entry,
    grant_key,
    refund_key,
    same_grant,
    same_refund,
    value_of,
)
from billing.settlement import Hold, Settlement
from billing.types import (
    Budget,
    BudgetSetter,
    Charge,
    LotClass,
    Money,
    PriceScope,
    PriceVersion,
    Quote,
    Receipt,
    TurnCost,
    TurnKind,
    Usage,
    Violation,
    Wallet,
)


class SqlBooks(SqlOrderBooks):
    """`billing.ports.Books` over one connection in a transaction.

    Statements of a hold and of a capture that meet nothing out of the ordinary: two and three on PostgreSQL, three and
    seven on SQLite.
    """

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    @property
    def card(self) -> SqlCard:
        return SqlCard(self._connection)

    async def open_wallet(self, fan: str, *, now_ms: int) -> Wallet:
        await sql_wallets.open_empty(self._connection, fan, now_ms)
        return await self.wallet(fan)

    async def wallet(self, fan: str) -> Wallet:
        return await sql_wallets.read(self._connection, fan)

    async def grant(
        self,
        fan: str,
        credits: int,
        *,
        lot_class: LotClass,
        reason: str,
        actor: str,
        idem_key: str,
        now_ms: int,
        expires_at_ms: int | None = None,
        paid_minor: int = 0,
        currency: str = "",
    ) -> Wallet:
        if not 1 <= credits <= GRANT_CREDITS_MAX:
            raise InvalidAmount(credits, 1, GRANT_CREDITS_MAX)
        await sql_wallets.open_empty(self._connection, fan, now_ms)
        # The lock comes before the look: of two grants with one key the second sees what the first booked.
        await sql_wallets.lock(self._connection, fan, now_ms)
        booked = await sql_journal.entry_by_key(self._connection, grant_key(idem_key))
        if booked is not None:
            if not same_grant(booked, fan, credits, lot_class):
                raise IdempotencyConflict(idem_key)
            return await self.wallet(fan)
        terms = LotTerms(uuid4().hex, lot_class, expires_at_ms, paid_minor, currency)
        entry = grant_entry(fan, credits, terms, reason=reason, actor=actor, idem_key=idem_key, at_ms=now_ms)
        seq = await sql_journal.post(self._connection, entry)
        if seq is None:  # another fan's grant took the key since we looked; ours would have waited for our wallet
            raise IdempotencyConflict(idem_key)
        await sql_lots.add(self._connection, entry, seq)
        await sql_wallets.settle(self._connection, fan, released=0, spent=-credits)
        return await self.wallet(fan)

    async def add_price(self, version: PriceVersion) -> None:
        await sql_prices.add(self._connection, version)

    async def prices(self) -> tuple[PriceVersion, ...]:
        return await sql_prices.read(self._connection)

    async def quote(
        self,
        scope: PriceScope,
        *,
        voice: bool | str,
        now_ms: int,
        kind: TurnKind = "message",
        opened_at_ms: int | None = None,
    ) -> Quote:
        version = await sql_prices.in_force(self._connection, scope, now_ms, voice=voice, opened_at_ms=opened_at_ms)
        terms = await sql_shares.in_force(self._connection, scope, now_ms)
        share = terms.id if terms else None
        return pricing.quote(version, voice=voice, scope=scope, kind=kind, share=share, opened_at_ms=opened_at_ms)

    async def hold(self, turn: str, fan: str, quote: Quote, *, now_ms: int, ttl_ms: int) -> Charge:
        placed = settlement.open_holds(turn, fan, quote, receipt=uuid4().hex, now_ms=now_ms, ttl_ms=ttl_ms)
        if await sql_placing.place(self._connection, quote, placed, now_ms=now_ms):
            return settlement.held(placed)
        return await self._hold_with_care(placed, quote, now_ms)

    async def _hold_with_care(self, placed: tuple[Hold, ...], quote: Quote, now_ms: int) -> Charge:
        """Every step by itself, each seeing what was committed while the one before had to wait."""
        turn, fan = placed[0].turn, placed[0].fan
        locked = await self._locked(fan, now_ms)
        if locked is None:  # without a row there is nothing to lock, and two holds of one turn would not queue
            await sql_wallets.open_empty(self._connection, fan, now_ms)
            locked = await self._locked(fan, now_ms)
        assert locked is not None, "it was opened"
        version, found = await sql_holds.pinned(self._connection, turn, quote)
        if version is None or not pricing.is_of(quote, version):
            raise NoPrice
        if found:
            if found[0].fan != fan:
                raise IdempotencyConflict(turn)
            return settlement.held(found)
        needed = quote.amounts.total
        if needed > 0:
            if locked.frozen:
                raise AccountFrozen
            caps = await sql_budgets.standing(self._connection, fan, now_ms)
            budgets.check(caps, show=quote.scope.show, credits=needed)
        if needed > 0 and not await sql_wallets.reserve(self._connection, fan, needed):
            raise InsufficientCredits(needed, locked.wallet.available)
        if not await sql_holds.place(self._connection, placed):  # our own would have waited for our wallet
            await sql_wallets.settle(self._connection, fan, released=needed, spent=0)
            raise IdempotencyConflict(turn)
        return settlement.held(placed)

    async def extend(self, turns: Sequence[str], *, expires_at_ms: int) -> None:
        assert len(turns) <= settlement.EXTEND_TURNS_MAX, "a heartbeat speaks for one process"
        await sql_holds.extend(self._connection, turns, expires_at_ms)

    async def capture(self, turn: str, usage: Usage, *, now_ms: int) -> Receipt:
        found = await sql_settling.lock(self._connection, turn, now_ms)
        if found is None:
            raise UnknownHold(turn)
        holds = found.turn.holds
        status = settlement.status_of(holds)
        if status in ("captured", "voided"):
            return await sql_receipts.receipt(self._connection, found.turn)
        locked = await self._lapsed(found.locked, now_ms)
        lots = await sql_lots.lock(self._connection, holds[0].fan)
        settled = settlement.capture(
            holds, found.turn.version, usage, locked.wallet, lots, terms=found.turn.terms, now_ms=now_ms
        )
        return await self._settle(found.turn, settled)

    async def void(self, turn: str, reason: str, *, now_ms: int) -> Receipt:
        found = await self._turn(turn)
        if settlement.status_of(found.holds) != "open":
            return await sql_receipts.receipt(self._connection, found)
        return await self._settle(found, settlement.void(found.holds, reason, now_ms=now_ms))

    async def refund(
        self, turn: str, *, credits: int | None, reason: str, actor: str, idem_key: str, now_ms: int
    ) -> Receipt:
        found = await self._turn(turn)
        fan = found.holds[0].fan
        booked = await sql_journal.entry_by_key(self._connection, refund_key(idem_key))
        if booked is not None:
            if not same_refund(booked, turn, credits):
                raise IdempotencyConflict(idem_key)
            return await sql_receipts.receipt(self._connection, found)
        await sql_wallets.lock(self._connection, fan, now_ms)
        entry = settlement.refund(
            await sql_receipts.burned(self._connection, found),
            found.holds,
            credits,
            terms=found.terms,
            reason=reason,
            actor=actor,
            idem_key=idem_key,
            now_ms=now_ms,
        )
        if (
            await sql_journal.post(self._connection, entry) is None
        ):  # another turn's refund took the key since we looked
            raise IdempotencyConflict(idem_key)
        given = await sql_lots.give_back(self._connection, entry)
        await sql_wallets.settle(self._connection, fan, released=0, spent=-given)
        return await sql_receipts.receipt(self._connection, found)

    async def orders_of(self, turn: str) -> tuple[str, ...]:
        burned = await sql_receipts.burned(self._connection, await self._turn(turn))
        lots = await sql_lots.by_id(self._connection, burned.bases) if burned else {}
        return settlement.orders_of(lots.values())

    async def refunded(self, turns: Sequence[str]) -> Mapping[str, int]:
        return await sql_receipts.refunded(self._connection, turns)

    async def refunds_of(self, fan: str, *, since_ms: int) -> int:
        return await sql_receipts.refunded_turns(self._connection, fan, since_ms)

    async def overdue(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        return await sql_holds.overdue(self._connection, now_ms=now_ms, limit=limit)

    async def expire(self, turn: str, *, now_ms: int) -> Receipt:
        found = await self._turn(turn)
        if settlement.status_of(found.holds) != "open":
            return await sql_receipts.receipt(self._connection, found)
        return await self._settle(found, settlement.expire(found.holds, now_ms=now_ms))

    async def lapse(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        fans = await sql_lots.lapsing_fans(self._connection, now_ms=now_ms, limit=limit)
        lapsed: list[str] = []
        for fan in sorted(fans):  # one order for everybody who locks several wallets
            await sql_wallets.lock(self._connection, fan, now_ms)
            if await sql_lots.lapse(self._connection, fan, lapse=uuid4().hex, now_ms=now_ms):
                lapsed.append(fan)
        return tuple(lapsed)

    async def receipt(self, receipt: str, *, fan: str) -> Receipt:
        turn = await sql_holds.turn_of_receipt(self._connection, receipt, fan)
        found = None if turn is None else await self.receipt_of(turn)
        if found is None:
            raise UnknownReceipt(receipt)
        return found

    async def receipt_of(self, turn: str) -> Receipt | None:
        found = await sql_holds.turn(self._connection, turn, lock=False)
        if found is None or settlement.status_of(found.holds) == "open":
            return None
        return await sql_receipts.receipt(self._connection, found)

    async def value(self, fan: str, credits: int, *, now_ms: int) -> tuple[Money, ...]:
        lots = await sql_lots.left_of(self._connection, fan)
        return value_of(lots, await sql_holds.open_of(self._connection, fan), credits, now_ms)

    async def set_budget(
        self, fan: str, *, show: str, set_by: BudgetSetter, credits: int | None, now_ms: int
    ) -> tuple[Budget, ...]:
        await sql_wallets.open_empty(self._connection, fan, now_ms)
        await sql_wallets.lock(self._connection, fan, now_ms)
        known = await sql_budgets.changes(self._connection, fan)
        new = budgets.change(known, fan=fan, show=show, set_by=set_by, credits=credits, now_ms=now_ms)
        if new is not None:
            await sql_budgets.add(self._connection, new)
        return await self.budgets(fan, now_ms=now_ms)

    async def budgets(self, fan: str, *, now_ms: int) -> tuple[Budget, ...]:
        return await sql_budgets.standing(self._connection, fan, now_ms)

    async def note_cost(self, turn: str, cost: TurnCost, *, now_ms: int) -> None:
        if await sql_holds.turn(self._connection, turn, lock=False) is None:
            raise UnknownHold(turn)
        await sql_budgets.note_cost(self._connection, turn, cost, now_ms)

    async def costs_of(self, turn: str) -> tuple[TurnCost, ...]:
        return await sql_budgets.costs_of(self._connection, turn)

    async def verify(self, *, now_ms: int | None = None) -> tuple[Violation, ...]:
        books = Snapshot(
            wallets=await sql_wallets.read_rows(self._connection),
            lots=await sql_lots.read(self._connection),
            journal=await sql_journal.read(self._connection),
            holds=await sql_holds.read(self._connection),
            prices=await sql_prices.read(self._connection),
            seals=await sql_seals.read(self._connection),
            shares=await sql_shares.read(self._connection),
            orders=await sql_shop.read_orders(self._connection),
        )
        return violations(books, now_ms=now_ms)

    async def _turn(self, turn: str) -> Turn:
        found = await sql_holds.turn(self._connection, turn, lock=True)
        if found is None:
            raise UnknownHold(turn)
        return found

    async def _locked(self, fan: str, now_ms: int) -> Locked | None:
        """The fan's wallet under lock, once what expired has lapsed: what is available then is good for a hold."""
        locked = await sql_wallets.lock(self._connection, fan, now_ms)
        return None if locked is None else await self._lapsed(locked, now_ms)

    async def _lapsed(self, locked: Locked, now_ms: int) -> Locked:
        if not locked.lapsing:  # nearly always, and then it costs no statement
            return locked
        wallet = locked.wallet
        lapsed = await sql_lots.lapse(self._connection, wallet.fan, lapse=uuid4().hex, now_ms=now_ms)
        return replace(locked, wallet=replace(wallet, posted=wallet.posted - lapsed), lapsing=False)

    async def _settle(self, before: Turn, settled: Settlement) -> Receipt:
        await sql_settling.write(self._connection, settlement.status_of(before.holds), settled)
        return settlement.receipt_for(settled.holds, before.version, settled.burns)
