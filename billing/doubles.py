"""The books in memory, for tests and for trying things out: the same pure core, no database, no durability.

Ids are counted, so that a run repeats itself. `transaction` gives what a database gives: all of it or nothing.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace

from billing import pricing, settlement
from billing.audit import Snapshot, violations
from billing.errors import (
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
    same_grant,
)
from billing.settlement import Hold, Settlement
from billing.types import Burn, Charge, LotClass, PriceScope, PriceVersion, Quote, Receipt, Violation, Wallet


@dataclass
class _State:
    """Every value in it is immutable, so that copying the containers is a snapshot."""

    wallets: dict[str, WalletRow] = field(default_factory=dict)
    lots: dict[str, Lot] = field(default_factory=dict)
    journal: list[Recorded] = field(default_factory=list)
    holds: dict[str, tuple[Hold, ...]] = field(default_factory=dict)
    prices: dict[str, PriceVersion] = field(default_factory=dict)
    ids: int = 0

    def copy(self) -> _State:
        return _State(
            dict(self.wallets), dict(self.lots), list(self.journal), dict(self.holds), dict(self.prices), self.ids
        )


class MemoryBooks:
    """`billing.ports.Books` over dictionaries. No method waits for anything, so each one is atomic by itself."""

    def __init__(self) -> None:
        self._state = _State()
        self._lock = asyncio.Lock()

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
        self._open(fan)
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
    ) -> Wallet:
        if not 1 <= credits <= GRANT_CREDITS_MAX:
            raise InvalidAmount(credits, 1, GRANT_CREDITS_MAX)
        self._open(fan)
        key = grant_key(idem_key)
        booked = next((recorded.entry for recorded in self._state.journal if recorded.entry.idem_key == key), None)
        if booked is not None:
            if not same_grant(booked, fan, credits, lot_class):
                raise IdempotencyConflict(idem_key)
            return await self.wallet(fan)
        terms = LotTerms(self._new_id("lot"), lot_class, expires_at_ms)
        entry = grant_entry(fan, credits, terms, reason=reason, actor=actor, idem_key=idem_key, at_ms=now_ms)
        self._state.lots[terms.lot] = Lot(terms, fan, self._post(entry), credits, credits, now_ms)
        self._move(fan, posted=credits)
        return await self.wallet(fan)

    async def add_price(self, version: PriceVersion) -> None:
        if pricing.admit(version, tuple(self._state.prices.values())):
            self._state.prices[version.id] = version

    async def prices(self) -> tuple[PriceVersion, ...]:
        return tuple(sorted(self._state.prices.values(), key=lambda version: (version.effective_from_ms, version.id)))

    async def quote(self, scope: PriceScope, *, voice: bool, now_ms: int) -> Quote:
        return pricing.quote(pricing.choose(self._state.prices.values(), scope, now_ms), voice=voice)

    async def hold(self, turn: str, fan: str, quote: Quote, *, now_ms: int, ttl_ms: int) -> Charge:
        placed = settlement.open_holds(turn, fan, quote, receipt=self._new_id("receipt"), now_ms=now_ms, ttl_ms=ttl_ms)
        self._lapse(fan, now_ms)
        version = self._state.prices.get(quote.price_version)
        if version is None or not pricing.is_of(quote, version):
            raise NoPrice
        if found := self._state.holds.get(turn):
            if found[0].fan != fan:
                raise IdempotencyConflict(turn)
            return settlement.held(found)
        wallet = self._state.wallets.get(fan, WalletRow(fan, 0, 0))
        if quote.amounts.total > wallet.available:
            raise InsufficientCredits(quote.amounts.total, wallet.available)
        self._open(fan)
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

    async def capture(self, turn: str, delivered: Charge, *, now_ms: int) -> Receipt:
        holds = self._turn(turn)
        if settlement.status_of(holds) in ("captured", "voided"):
            return self._receipt(holds)
        settlement.check_delivered(holds, delivered)
        fan = holds[0].fan
        self._lapse(fan, now_ms)
        wallet = self._state.wallets[fan]
        return self._settle(settlement.capture(holds, delivered, wallet, self._lots_of(fan), now_ms=now_ms))

    async def void(self, turn: str, reason: str, *, now_ms: int) -> Receipt:
        holds = self._turn(turn)
        if settlement.status_of(holds) != "open":
            return self._receipt(holds)
        return self._settle(settlement.void(holds, reason, now_ms=now_ms))

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

    async def verify(self, *, now_ms: int | None = None) -> tuple[Violation, ...]:
        state = self._state
        books = Snapshot(
            wallets=tuple(state.wallets.values()),
            lots=tuple(state.lots.values()),
            journal=tuple(state.journal),
            holds=tuple(hold for holds in state.holds.values() for hold in holds),
            prices=tuple(state.prices.values()),
        )
        return violations(books, now_ms=now_ms)

    def _open(self, fan: str) -> None:
        self._state.wallets.setdefault(fan, WalletRow(fan, 0, 0))

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
        mine = [h for holds in self._state.holds.values() for h in holds if h.fan == fan and h.status == "open"]
        burns = plan_lapse(self._lots_of(fan), [(hold.opened_at_ms, hold.max_credits) for hold in mine], now_ms)
        if not burns:
            return False
        self._post(lapse_entry(fan, burns, lapse=self._new_id("lapse"), at_ms=now_ms))
        self._burn(burns)
        self._move(fan, posted=-sum(burn.credits for burn in burns))
        return True

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

    def _receipt(self, holds: tuple[Hold, ...]) -> Receipt:
        first = holds[0]
        spent = [
            Burn(posting.lot, self._state.lots[posting.lot].terms.lot_class, -posting.credits)
            for recorded in self._state.journal
            if (recorded.entry.kind, recorded.entry.turn) == ("capture", first.turn)
            for posting in recorded.entry.postings
            if posting.lot is not None
        ]
        return settlement.receipt_for(holds, self._state.prices[first.price_version], tuple(spent))
