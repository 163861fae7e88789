"""The books in memory, for tests and for trying things out: the same pure core, no database, no durability.

Ids are counted, so that a run repeats itself. `transaction` gives what a database gives: all of it or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import replace

from billing import budgets, pricing, settlement, shares
from billing.audit import Snapshot, violations
from billing.card_double import MemoryCard
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
    Entry,
    Lot,
    LotTerms,
    Recorded,
    WalletRow,
    burned,
    grant_entry,
    grant_key,
    lapse_entry,
    plan_lapse,
    refund_key,
    same_grant,
    same_refund,
    value_of,
)
from billing.memory_state import State
from billing.purchases_double import MemoryOrderBooks
from billing.report_double import MemoryReports
from billing.settlement import Burned, Hold, Settlement
from billing.types import (
    Budget,
    BudgetSetter,
    Burn,
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
from billing.units import day_start_ms


class MemoryBooks(MemoryOrderBooks):
    """`billing.ports.Books` over dictionaries. No method waits for anything, so each one is atomic by itself."""

    def __init__(self) -> None:
        self._state = State()
        self._lock = asyncio.Lock()
        self._card = MemoryCard(lambda: self._state)

    @property
    def card(self) -> MemoryCard:
        return self._card

    @property
    def reports(self) -> MemoryReports:
        """The same books, to be read."""
        return MemoryReports(lambda: self._state)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[MemoryBooks]:
        """Keep what is done inside, or, when it raises, nothing of it; transactions run one after the other."""
        async with self._lock:
            before = self._state.copy()
            try:
                yield self
            except BaseException:  # whatever ends the block early, also a cancellation, takes its changes back
                self._state = before
                raise

    async def open_wallet(self, fan: str, *, now_ms: int) -> Wallet:
        self._open(fan, now_ms)
        return await self.wallet(fan)

    async def wallet(self, fan: str) -> Wallet:
        row = self._state.wallets.get(fan, WalletRow(fan, 0, 0))
        by_class: dict[LotClass, int] = {}
        for lot in self._lots_of(fan):
            by_class[lot.terms.lot_class] = by_class.get(lot.terms.lot_class, 0) + lot.remaining
        return Wallet(fan, available=row.available, held=row.held, by_class=by_class)

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
        self._open(fan, now_ms)
        key = grant_key(idem_key)
        booked = self._booked(key)
        if booked is not None:
            if not same_grant(booked, fan, credits, lot_class):
                raise IdempotencyConflict(idem_key)
            return await self.wallet(fan)
        terms = LotTerms(self._new_id("lot"), lot_class, expires_at_ms, paid_minor, currency)
        entry = grant_entry(fan, credits, terms, reason=reason, actor=actor, idem_key=idem_key, at_ms=now_ms)
        self._state.lots[terms.lot] = Lot(terms, fan, self._post(entry), credits, credits, now_ms)
        self._move(fan, posted=credits)
        return await self.wallet(fan)

    async def add_price(self, version: PriceVersion) -> None:
        if pricing.admit(version, tuple(self._state.prices.values())):
            self._state.prices[version.id] = version

    async def prices(self) -> tuple[PriceVersion, ...]:
        return tuple(sorted(self._state.prices.values(), key=lambda version: (version.effective_from_ms, version.id)))

    async def quote(
        self,
        scope: PriceScope,
        *,
        voice: bool | str,
        now_ms: int,
        kind: TurnKind = "message",
        opened_at_ms: int | None = None,
    ) -> Quote:
        card = self._state.prices.values()
        version = pricing.choose(card, scope, now_ms, voice=voice, opened_at_ms=opened_at_ms)
        terms = shares.choose(self._state.shares.values(), scope.show, scope.character, now_ms)
        share = terms.id if terms else None
        return pricing.quote(version, voice=voice, scope=scope, kind=kind, share=share, opened_at_ms=opened_at_ms)

    async def hold(self, turn: str, fan: str, quote: Quote, *, now_ms: int, ttl_ms: int) -> Charge:
        placed = settlement.open_holds(turn, fan, quote, receipt=self._new_id("receipt"), now_ms=now_ms, ttl_ms=ttl_ms)
        self._lapse(fan, now_ms)
        version = self._state.prices.get(quote.price_version)
        if version is None or not pricing.is_of(quote, version):
            raise NoPrice
        if not shares.is_of(quote, self._state.shares.get(quote.share or "")):
            raise NoPrice
        if found := self._state.holds.get(turn):
            if found[0].fan != fan:
                raise IdempotencyConflict(turn)
            return settlement.held(found)
        if quote.amounts.total > 0:
            if fan in self._state.frozen:
                raise AccountFrozen
            budgets.check(await self.budgets(fan, now_ms=now_ms), show=quote.scope.show, credits=quote.amounts.total)
        wallet = self._state.wallets.get(fan, WalletRow(fan, 0, 0))
        if quote.amounts.total > wallet.available:
            raise InsufficientCredits(quote.amounts.total, wallet.available)
        self._open(fan, now_ms)
        self._move(fan, held=quote.amounts.total)
        self._state.holds[turn] = placed
        return settlement.held(placed)

    async def extend(self, turns: Sequence[str], *, expires_at_ms: int) -> None:
        assert len(turns) <= settlement.EXTEND_TURNS_MAX, "a heartbeat speaks for one process"
        for turn in turns:
            holds = self._state.holds.get(turn, ())
            self._state.holds.update(
                {
                    hold.turn: tuple(replace(each, expires_at_ms=expires_at_ms) for each in holds)
                    for hold in holds
                    if hold.status == "open" and hold.expires_at_ms < expires_at_ms
                }
            )

    async def capture(self, turn: str, usage: Usage, *, now_ms: int) -> Receipt:
        holds = self._turn(turn)
        first = holds[0]
        if settlement.status_of(holds) in ("captured", "voided"):
            return self._receipt(holds)
        self._lapse(first.fan, now_ms)
        wallet, lots = self._state.wallets[first.fan], self._lots_of(first.fan)
        version, terms = self._state.prices[first.price_version], self._state.shares.get(first.share_terms or "")
        return self._settle(settlement.capture(holds, version, usage, wallet, lots, terms=terms, now_ms=now_ms))

    async def void(self, turn: str, reason: str, *, now_ms: int) -> Receipt:
        holds = self._turn(turn)
        if settlement.status_of(holds) != "open":
            return self._receipt(holds)
        return self._settle(settlement.void(holds, reason, now_ms=now_ms))

    async def refund(
        self, turn: str, *, credits: int | None, reason: str, actor: str, idem_key: str, now_ms: int
    ) -> Receipt:
        holds = self._turn(turn)
        booked = self._booked(refund_key(idem_key))
        if booked is not None:
            if not same_refund(booked, turn, credits):
                raise IdempotencyConflict(idem_key)
            return self._receipt(holds)
        terms = self._state.shares.get(holds[0].share_terms or "")
        entry = settlement.refund(
            self._burned(turn),
            holds,
            credits,
            terms=terms,
            reason=reason,
            actor=actor,
            idem_key=idem_key,
            now_ms=now_ms,
        )
        self._post(entry)
        for posting in entry.postings:
            if posting.lot is not None:
                lot = self._state.lots[posting.lot]
                self._state.lots[posting.lot] = replace(lot, remaining=lot.remaining + posting.credits)
                self._move(entry.fan, posted=posting.credits)
        return self._receipt(holds)

    async def orders_of(self, turn: str) -> tuple[str, ...]:
        self._turn(turn)
        burned = self._burned(turn)
        return settlement.orders_of([self._state.lots[lot] for lot in burned.bases] if burned else ())

    async def refunded(self, turns: Sequence[str]) -> Mapping[str, int]:
        given: dict[str, int] = {}
        for entry in (recorded.entry for recorded in self._state.journal):
            if entry.kind == "turn_refund" and entry.turn is not None and entry.turn in turns:
                given[entry.turn] = given.get(entry.turn, 0) + sum(p.credits for p in entry.postings if p.lot)
        return given

    async def refunds_of(self, fan: str, *, since_ms: int) -> int:
        booked = [recorded.entry for recorded in self._state.journal if recorded.entry.kind == "turn_refund"]
        return len({entry.turn for entry in booked if entry.fan == fan and entry.at_ms >= since_ms})

    async def overdue(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        first = [holds[0] for holds in self._state.holds.values()]
        due = [hold for hold in first if hold.status == "open" and hold.expires_at_ms <= now_ms]
        return tuple(hold.turn for hold in sorted(due, key=lambda hold: (hold.expires_at_ms, hold.turn))[:limit])

    async def expire(self, turn: str, *, now_ms: int) -> Receipt:
        holds = self._turn(turn)
        if settlement.status_of(holds) != "open":
            return self._receipt(holds)
        return self._settle(settlement.expire(holds, now_ms=now_ms))

    async def lapse(self, *, now_ms: int, limit: int) -> tuple[str, ...]:
        expired = [lot for lot in self._state.lots.values() if lot.remaining and not lot.alive(now_ms)]
        fans = dict.fromkeys(lot.fan for lot in sorted(expired, key=lambda lot: (lot.terms.expires_at_ms, lot.fan)))
        return tuple(fan for fan in sorted(list(fans)[:limit]) if self._lapse(fan, now_ms))

    async def receipt(self, receipt: str, *, fan: str) -> Receipt:
        for holds in self._state.holds.values():
            if (holds[0].receipt, holds[0].fan) == (receipt, fan) and holds[0].status != "open":
                return self._receipt(holds)
        raise UnknownReceipt(receipt)

    async def receipt_of(self, turn: str) -> Receipt | None:
        holds = self._state.holds.get(turn)
        return None if holds is None or holds[0].status == "open" else self._receipt(holds)

    async def value(self, fan: str, credits: int, *, now_ms: int) -> tuple[Money, ...]:
        return value_of(self._lots_of(fan), self._open_holds(fan), credits, now_ms)

    async def set_budget(
        self, fan: str, *, show: str, set_by: BudgetSetter, credits: int | None, now_ms: int
    ) -> tuple[Budget, ...]:
        self._open(fan, now_ms)
        mine = [change for change in self._state.budgets if change.fan == fan]
        new = budgets.change(mine, fan=fan, show=show, set_by=set_by, credits=credits, now_ms=now_ms)
        if new is not None:
            self._state.budgets.append(new)
        return await self.budgets(fan, now_ms=now_ms)

    async def budgets(self, fan: str, *, now_ms: int) -> tuple[Budget, ...]:
        spent: dict[str, int] = {}
        for hold in (hold for holds in self._state.holds.values() for hold in holds):
            if hold.fan == fan and hold.opened_at_ms >= day_start_ms(now_ms):
                used = hold.max_credits if hold.status == "open" else hold.captured_credits
                spent[hold.scope.show] = spent.get(hold.scope.show, 0) + used
        return budgets.budgets([change for change in self._state.budgets if change.fan == fan], spent, now_ms)

    async def note_cost(self, turn: str, cost: TurnCost, *, now_ms: int) -> None:
        self._turn(turn)
        if self._state.costs.setdefault((turn, cost.kind), cost) != cost:
            raise IdempotencyConflict(turn)
        self._state.costs_at_ms.setdefault((turn, cost.kind), now_ms)

    async def costs_of(self, turn: str) -> tuple[TurnCost, ...]:
        return tuple(cost for (of, _), cost in sorted(self._state.costs.items()) if of == turn)

    async def verify(self, *, now_ms: int | None = None) -> tuple[Violation, ...]:
        state = self._state
        books = Snapshot(
            wallets=tuple(state.wallets.values()),
            lots=tuple(state.lots.values()),
            journal=tuple(state.journal),
            holds=tuple(hold for holds in state.holds.values() for hold in holds),
            prices=tuple(state.prices.values()),
            shares=tuple(state.shares.values()),
        )
        return violations(books, now_ms=now_ms)

    def _refreshed(self, fan: str, now_ms: int) -> WalletRow:
        self._open(fan, now_ms)
        self._lapse(fan, now_ms)
        return self._state.wallets[fan]

    def _journal(self) -> Sequence[Recorded]:
        return self._state.journal

    def _lots(self) -> dict[str, Lot]:
        return self._state.lots

    def _open(self, fan: str, now_ms: int) -> None:
        self._state.wallets.setdefault(fan, WalletRow(fan, 0, 0))
        self._state.joined_at_ms.setdefault(fan, now_ms)

    def _new_id(self, kind: str) -> str:
        self._state.ids += 1
        return f"{kind}-{self._state.ids}"

    def _post(self, entry: Entry) -> int:
        assert all(recorded.entry.idem_key != entry.idem_key for recorded in self._state.journal), "a key books once"
        self._state.journal.append(Recorded(len(self._state.journal) + 1, entry))
        return len(self._state.journal)

    def _move(self, fan: str, *, posted: int = 0, held: int = 0) -> None:
        row = self._state.wallets[fan]
        moved = WalletRow(fan, row.posted + posted, row.held + held)
        assert 0 <= moved.held <= moved.posted, "a wallet is never below zero"
        self._state.wallets[fan] = moved

    def _lots_of(self, fan: str) -> tuple[Lot, ...]:
        return tuple(lot for lot in self._state.lots.values() if lot.fan == fan and lot.remaining > 0)

    def _burn(self, burns: Sequence[Burn]) -> None:
        chosen = [self._state.lots[burn.lot] for burn in burns]
        self._state.lots.update({lot.terms.lot: lot for lot in burned(chosen, burns)})

    def _lapse(self, fan: str, now_ms: int) -> bool:
        burns = plan_lapse(self._lots_of(fan), self._open_holds(fan), now_ms)
        if not burns:
            return False
        self._post(lapse_entry(fan, burns, lapse=self._new_id("lapse"), at_ms=now_ms))
        self._burn(burns)
        self._move(fan, posted=-sum(burn.credits for burn in burns))
        return True

    def _open_holds(self, fan: str) -> list[tuple[int, int]]:
        mine = [h for holds in self._state.holds.values() for h in holds if h.fan == fan and h.status == "open"]
        return [(hold.opened_at_ms, hold.max_credits) for hold in mine]

    def _booked(self, key: str) -> Entry | None:
        return next((recorded.entry for recorded in self._state.journal if recorded.entry.idem_key == key), None)

    def _turn(self, turn: str) -> tuple[Hold, ...]:
        holds = self._state.holds.get(turn)
        if holds is None:
            raise UnknownHold(turn)
        return holds

    def _settle(self, settled: Settlement) -> Receipt:
        first = settled.holds[0]
        self._state.holds[first.turn] = settled.holds
        if settled.entry is not None:
            self._post(settled.entry)
        self._burn(settled.burns)
        self._move(first.fan, posted=-settled.spent, held=-settled.released)
        return self._receipt(settled.holds)

    def _burned(self, turn: str) -> Burned | None:
        of_turn = [recorded.entry for recorded in self._state.journal if recorded.entry.turn == turn]
        return settlement.burned_by(of_turn, self._state.lots)

    def _receipt(self, holds: tuple[Hold, ...]) -> Receipt:
        burned, version = self._burned(holds[0].turn), self._state.prices[holds[0].price_version]
        if burned is None:
            return settlement.receipt_for(holds, version, ())
        return settlement.receipt_for(holds, version, burned.burns, sum(burned.refunded.values()))
